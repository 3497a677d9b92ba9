"""Conditions and rules as sentences, in Chinese and in English."""

from rules.explain.verbalisation import close_gaps, found_value, sentence, value_words

__all__ = ["close_gaps", "found_value", "sentence", "value_words"]
