"""Whether rules can be saved and published.

``rule`` refuses what does not type-check against the ontology or leaves the subset that all readings share: every
refusal is an ``InvalidRule`` that names the rule, what was given, what was expected and the nearest known word.
``release`` looks at rules that do, alone and together, and tells its findings.
"""

from rules.lint.finding import Finding, FindingKind, Severity
from rules.lint.release import check_release, demand_sound
from rules.lint.rule import check_rule, check_rules

__all__ = ["Finding", "FindingKind", "Severity", "check_release", "check_rule", "check_rules", "demand_sound"]
