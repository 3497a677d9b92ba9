"""How strength fades from the moment when a run last found the knowledge, until one finds it again.

What was measured long ago is trusted less: after every ``HALF_LIFE_DAYS`` half as much. It says which knowledge comes
first: in the listings and the review, and among the entries of one kind on a customer's map. Nothing else reads it:
propensities and values of decisions, releases and approval policies take what was measured, however old it is; what
no longer holds is ended by runs (``kb.curation.measuring``), not by age.
"""

from kb.model.bounds import DAY_SECONDS
from kb.model.knowledge import KnowledgeItem

HALF_LIFE_DAYS = 180
"""A choice, not a measurement: knowledge that two seasons have gone over is trusted half as much."""

HALF_LIFE_SECONDS = HALF_LIFE_DAYS * DAY_SECONDS


def effective_strength(item: KnowledgeItem, as_of: int) -> float:
    """The strength that the last run measured which found the item, faded up to a moment in epoch seconds; [0, 1]."""
    age = max(0, as_of - item.measured_at)
    return measured_strength(item) * float(0.5 ** (age / HALF_LIFE_SECONDS))


def measured_strength(item: KnowledgeItem) -> float:
    """The strength as the last run measured it that found the item."""
    found = item.measured
    return item.strength if found is None or found.strength is None else found.strength


def age_weight(measured_at: int) -> float:
    """By what strengths are multiplied to stand in the order in which they do at any moment, once they have faded.

    >>> age_weight(HALF_LIFE_SECONDS) / age_weight(0)
    2.0
    """
    return float(2.0 ** (measured_at / HALF_LIFE_SECONDS))
