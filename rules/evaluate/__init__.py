"""The Python reading: which rules fire for one customer, why, and why not.

``kleene`` defines what a condition means; ``source`` and ``ruleset`` compile rules for speed; ``trace`` and ``firing``
explain.
"""

from rules.evaluate.firing import Fired, explain, fire
from rules.evaluate.kleene import Conclusions, Truth
from rules.evaluate.ruleset import RuleSet, compile_rules, fired_ids
from rules.evaluate.trace import Trace, trace, undecided_negation, walk_trace

__all__ = ["Conclusions", "Fired", "RuleSet", "Trace", "Truth", "compile_rules", "explain", "fire", "fired_ids",
           "trace", "undecided_negation", "walk_trace"]
