"""Conditions and rules as sentences, in Chinese and in English."""

from rules.sentences.speech import sentence

__all__ = ["sentence"]
