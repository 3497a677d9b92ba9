"""Rules that rest on knowledge that no longer holds, as a numbered state beside a release: none of them recommends."""

from dataclasses import dataclass
from enum import StrEnum

from kb.model.ids import ItemId, RuleId
from ontology.text import Text


class PauseMode(StrEnum):
    """What becomes of rules whose knowledge runs have ended."""

    OFF = "off"
    PROPOSE = "propose"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class PausedRule:
    """A rule that recommends nothing for now.

    Args:
        item: The knowledge that it rests on and that no longer holds.
        since: The moment from which that does not hold, epoch seconds.
        reason: Why, in words.
    """

    rule: RuleId
    item: ItemId
    since: int
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePauses:
    """One state: decisions are made, and replayed, under its number, which is its place among all. It never changes.

    Args:
        made_at: When it was made by the wall clock, epoch seconds; ``by`` is who did what led to it.
        rules: By id; none where all knowledge in use holds, or is kept.
    """

    made_at: int
    by: str
    rules: tuple[PausedRule, ...]
