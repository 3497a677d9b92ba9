"""A pattern, or a person's experience, explained and screened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.model.ids import ItemId, RunId
from kb.model.measurement import Lapse, Measurement
from kb.model.pattern import Dataset, Population
from kb.model.validity import is_in_effect
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus, PatternKind, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeItem:
    """One statement with its numbers, its source and its life.

    Args:
        id: From the kind and subject of the pattern, never from a run or a time of day.
        strength: How far to trust it, [0, 1]; its definition per pattern kind is in ``mining.kinds``.
        details: What pages and templates need besides measures, as plain JSON values.
        valid_from: True in the world from then, epoch seconds; ``valid_to`` is ``None`` while it holds.
        recorded_at: Known to us from then; ``retired_at`` is ``None`` while it is live.
        author: Who proposed it: a run or a person. ``approver`` must differ.
        policy: The standing policy that approved it, where no person looked at this one item.
        reason: Of the last verdict.
        measured: By the last run that found it again since it was judged; ``None``: none did.
        missed: By the last run, where that did not find it; ``missed_since`` is the moment of the first in that row.
        lapses: When it did not hold, oldest first; the last is open while ``valid_to`` stands.
    """

    id: ItemId
    kind: KnowledgeKind
    pattern_kind: PatternKind
    status: KnowledgeStatus
    statement: Text
    strength: float
    subject: str = ""
    standing: Standing = Standing.HOLDS
    measures: Mapping[str, float] = field(default_factory=dict)
    antecedent: tuple[str, ...] = ()
    consequent: tuple[str, ...] = ()
    population: Population | None = None
    later_population: Population | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    valid_from: int
    valid_to: int | None = None
    recorded_at: int
    retired_at: int | None = None
    run_id: RunId | None = None
    datasets: tuple[Dataset, ...] = ()
    author: str
    approver: str | None = None
    policy: str | None = None
    reason: str | None = None
    measured: Measurement | None = None
    missed: Measurement | None = None
    missed_since: int | None = None
    lapses: tuple[Lapse, ...] = ()

    @property
    def measured_at(self) -> int:
        """The moment of the last run that found it, epoch seconds; of a person's experience since when it is told."""
        return self.valid_from if self.measured is None else self.measured.as_of

    @property
    def lapse(self) -> Lapse | None:
        """Why it does not hold now; ``None`` while it does, and where somebody else than a run said so."""
        return self.lapses[-1] if self.lapses and self.lapses[-1].until is None else None

    def is_true_at(self, instant: int) -> bool:
        """Whether it was true in the world at an instant, epoch seconds, by what is known of it."""
        return is_in_effect(self.valid_from, self.valid_to, instant) and not any(
            is_in_effect(lapse.since, lapse.until, instant) for lapse in self.lapses)

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            msg = f"strength must lie in [0, 1], got {self.strength} for item {self.id}"
            raise ValueError(msg)
