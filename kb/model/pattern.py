"""What a miner found, with the numbers and the population from which anybody can compute them again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.model.condition import Condition
from kb.model.ids import CustomerKey, Digest, ItemId, RunId
from ontology.text import Text
from ontology.vocabulary import PatternKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The instants ``start <= t < end``, in epoch seconds UTC.

    >>> Period(start=0, end=86_400).isoformat()
    ('1970-01-01T00:00:00Z', '1970-01-02T00:00:00Z')
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start > self.end:
            msg = f"a period must not end before it starts: start {self.start}, end {self.end}"
            raise ValueError(msg)

    def isoformat(self) -> tuple[str, str]:
        """Both ends as ISO 8601 in UTC."""
        return iso_instant(self.start), iso_instant(self.end)


def iso_instant(epoch_seconds: int) -> str:
    """The instant as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(epoch_seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A snapshot that a run read: the root of provenance."""

    name: str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Of whom the measures speak.

    Args:
        what: The members in words exact enough to select them again from the tables.
        level: What is counted: ``order``, ``customer``, ``contact`` or ``subscription``.
        period: When.
        size: How many members.
    """

    what: Text
    level: str
    period: Period
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAmount:
    """Money that is expected of a customer, in the currency of the base.

    Args:
        value: The mean of what may come; it may lie outside the interval where most of what may come is nothing.
        low: With ``high``: in nine cases of ten the amount lies within, ends included.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One finding of one run; immutable.

    Args:
        kind: The shape of the pattern.
        subject: What identifies the pattern whatever its numbers are, so that a later run measures the same one
            again: for an association its items, for a factor its label and feature.
        antecedent: Items on the left, sorted; empty where the shape has none.
        consequent: Items on the right, sorted.
        measures: Named numbers; ``later_*`` are the same on the later period or hold-out. Non-finite is refused.
        population: Of whom ``measures`` speaks.
        later_population: Of whom ``later_*`` speaks; ``None`` where nothing later was measured.
        condition: For whom it holds, in the rule language; ``None`` where no rule can follow.
        details: What the statement's template needs besides the measures (features, profile, direction).
        scores: The customer's own score for each customer it holds for; kept out of comparisons and of JSON.
        amounts: The money expected of each customer, where the pattern speaks of money; kept out likewise.
        companions: What each customer buys that the pattern's subject goes with, where one is known; kept out likewise.
    """

    kind: PatternKind
    subject: str
    antecedent: tuple[str, ...] = ()
    consequent: tuple[str, ...] = ()
    measures: Mapping[str, float]
    population: Population
    later_population: Population | None = None
    condition: Condition | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    scores: Mapping[CustomerKey, float] = field(default_factory=dict, repr=False, compare=False)
    amounts: Mapping[CustomerKey, ExpectedAmount] = field(default_factory=dict, repr=False, compare=False)
    companions: Mapping[CustomerKey, str] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A pattern that the gate did not let through, with the reason and its numbers."""

    item_id: ItemId
    pattern_kind: PatternKind
    subject: str
    statement: Text
    reason: Text
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the miners over named snapshots.

    Args:
        run_id: Content id of parameters, datasets and code version.
        as_of: The moment the run asked of, epoch seconds.
        started_at: Wall clock, epoch seconds; part of no fingerprint.
        code_version: Of everything that figures are computed with, as ``mining.provenance`` tells it.
        libraries: Versions of the libraries that computed them; empty in the records of earlier versions.
        mappings: Digest of each mapping that made the tables, as it was at the last import.
        parameters: Every parameter of every miner, as plain JSON values.
        plan: What was run, and what was left out and why, for people.
    """

    run_id: RunId
    as_of: int
    seed: int
    started_at: int
    finished_at: int
    code_version: str
    datasets: tuple[Dataset, ...]
    parameters: Mapping[str, object]
    plan: tuple[Text, ...] = ()
    libraries: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, Digest] = field(default_factory=dict)
