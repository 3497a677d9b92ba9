"""Conditions and rules as sentences, in Chinese and in English."""

from rules.sentences.speech import close_gaps, sentence, value_words

__all__ = ["close_gaps", "sentence", "value_words"]
