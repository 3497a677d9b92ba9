"""The Python reading: which rules fire for one customer, why, and why not.

``kleene`` defines what a condition means; ``source`` and ``ruleset`` compile rules for speed; ``trace`` and ``firing``
explain.
"""

from rules.interpreter.firing import Fired, explain, fire
from rules.interpreter.kleene import Conclusions, Truth
from rules.interpreter.ruleset import RuleSet, compile_rules, fired_ids
from rules.interpreter.trace import Trace, trace, undecided_negation, walk_trace

__all__ = ["Conclusions", "Fired", "RuleSet", "Trace", "Truth", "compile_rules", "explain", "fire", "fired_ids",
           "trace", "undecided_negation", "walk_trace"]
