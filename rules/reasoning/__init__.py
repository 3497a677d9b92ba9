"""What a condition can be at all, and what would have to be different for it to hold.

``satisfiability`` tells a condition as alternatives: in each, what every thing that it speaks of may be. Sound, not
complete: what is called impossible is impossible, whatever a customer is like; not everything impossible is found.
``counterfactuals`` finds the smallest change of what is known of a customer after which a rule fires, checked by
making it.
"""

from rules.reasoning.counterfactuals import Search
from rules.reasoning.edits import Edit, EditKind, Plan, apply_edits, cost_of
from rules.reasoning.satisfiability import Logic, Region
from rules.reasoning.terms import Conclusion, Count, Key, Pair, Place, universe
from rules.reasoning.value_sets import MemberSet, NumberSet, StateSet

__all__ = ["Conclusion", "Count", "Edit", "EditKind", "Key", "Logic", "MemberSet", "NumberSet",
           "Pair", "Place", "Plan", "Region", "Search", "StateSet", "apply_edits", "cost_of", "universe"]
