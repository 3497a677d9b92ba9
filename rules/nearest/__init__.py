"""The smallest change of what is known of a customer after which a rule fires, checked by making it."""

from rules.nearest.edits import Edit, EditKind, Plan, apply_edits, cost_of
from rules.nearest.search import Search
from rules.nearest.words import Change, changes_of

__all__ = ["Change", "Edit", "EditKind", "Plan", "Search", "apply_edits", "changes_of", "cost_of"]
