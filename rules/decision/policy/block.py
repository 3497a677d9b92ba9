"""What held an action back, and until when."""

from dataclasses import dataclass
from enum import StrEnum

from kb.model.ids import RuleId
from ontology.text import Text
from rules.decision.calendar import Calendar


class BlockKind(StrEnum):
    """What held an action back."""

    ARGUMENT = "argument"
    REQUIREMENT = "requirement"
    CHANNEL = "channel"
    CONSENT = "consent"
    CAP = "cap"
    PAUSE = "pause"
    EXCLUSION = "exclusion"
    HOLDOUT = "holdout"
    MOMENT = "moment"
    VALUE = "value"
    FAMILY = "family"
    RULE_PAUSE = "rule_pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Why an action was held back, in words.

    Args:
        rule_id: The rule that did it, where one did.
        until: The first instant without it, epoch seconds, where time alone ends it.
    """

    kind: BlockKind
    sentence: Text
    rule_id: RuleId | None = None
    until: int | None = None


_QUIET = Text(zh="触达策略：静默到 {day}（当日起可再联系），因为{why}",
              en="contact policy: quiet until {day} because {why}")


def quiet_block(kind: BlockKind, calendar: Calendar, *, days: int, why: Text) -> Block:
    """The block that ends as the local day ``days`` days ahead begins."""
    until = calendar.day_ahead(days)
    return Block(kind=kind, until=until, sentence=_QUIET.fill(day=calendar.date(until), why=why))
