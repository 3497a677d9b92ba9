"""What a run measured of knowledge, and the times when that did not hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kb.model.ids import ItemId, RunId
from ontology.text import Text
from ontology.vocabulary import MeasurementVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One run's word on one item.

    Args:
        run_id: Of the run; ``None`` for a person's experience, which no run measures.
        as_of: The moment of the run, epoch seconds; ``recorded_at`` is the wall clock.
        strength: As of the item, [0, 1]; ``None`` where the item does not hold.
        measures: Empty where the run did not come to measure it.
        reason: Why it does not hold, where it was refused.
    """

    item: ItemId
    run_id: RunId | None
    as_of: int
    recorded_at: int
    verdict: MeasurementVerdict
    strength: float | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    reason: Text | None = None

    @property
    def id(self) -> str:
        """Of the item and the run: the same run measures an item once."""
        return f"{self.item}@{self.run_id}"


class LapseVerdict(StrEnum):
    """What a manager says of knowledge that no longer holds, besides retiring it."""

    KEEP = "keep"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class LapseDecision:
    """A manager's word on a lapse, and when it was said by the wall clock, epoch seconds.

    ``keep`` lets the knowledge be used although the data say otherwise; ``wait`` asks again after the next run.
    """

    verdict: LapseVerdict
    by: str
    at: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """A time in which knowledge did not hold.

    Args:
        since: The moment of the run by which it ended, epoch seconds; ``until`` that of the run that found it again,
            ``None`` while none has.
        missed_since: The moment of the first of the runs in a row that did not find it.
        run_id: Of the run by which it ended.
        verdict: Of that run.
        reason: Why it ended, in words.
        measures: What that run measured; empty where it did not come to measure it.
        decision: What a manager said of it; ``None`` while it waits for that.
    """

    since: int
    until: int | None = None
    missed_since: int
    run_id: RunId
    verdict: MeasurementVerdict
    reason: Text
    measures: Mapping[str, float] = field(default_factory=dict)
    decision: LapseDecision | None = None
