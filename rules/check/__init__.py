"""Whether a rule type-checks against the ontology and stays in the subset that all readings share.

Every refusal is an ``InvalidRule`` that names the rule, what was given, what was expected and the nearest known word.
"""

from rules.check.rule import check_rule, check_rules

__all__ = ["check_rule", "check_rules"]
