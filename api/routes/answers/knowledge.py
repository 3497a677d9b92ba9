"""Knowledge items, what was measured and by which run, and who they hold for."""

from typing import Literal

from pydantic import Field, JsonValue

from api.routes.answers.base import Answer, Number, TextAnswer
from api.routes.answers.rules import RuleAnswer
from kb.model.measurement import LapseVerdict
from ontology.vocabulary import (
    IndicatorGroup,
    KnowledgeKind,
    KnowledgeStatus,
    MeasurementVerdict,
    PatternKind,
    PopulationLevel,
    Standing,
)


class DatasetAnswer(Answer):
    """A snapshot that a run read."""

    name: str
    digest: str


class PopulationAnswer(Answer):
    """Of whom the measures speak: with it anybody can compute them again."""

    what: TextAnswer
    level: PopulationLevel = Field(description="what is counted")
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    size: int


class ItemBase(Answer):
    """What an item says wherever it appears."""

    id: str
    kind: KnowledgeKind
    pattern_kind: PatternKind
    status: KnowledgeStatus
    statement: TextAnswer
    strength: Number = Field(description="how far to trust it, from 0 to 1")
    subject: str
    standing: Standing
    measures: dict[str, Number] = Field(description="by name; `later_*` are the same on the later period")
    antecedent: list[str]
    consequent: list[str]
    details: dict[str, JsonValue] = Field(description="what the kind of pattern needs besides its measures")
    run_id: str | None
    datasets: list[DatasetAnswer]
    author: str
    approver: str | None
    policy: str | None = Field(description="the standing policy that approved it")
    reason: str | None = Field(description="of the last verdict")


class JudgedFigureAnswer(Answer):
    """The measure by which it is told how an item fares from run to run."""

    measure: str
    value: Number
    low: Number | None = Field(description="with `high` its interval, where it has one")
    high: Number | None


class MeasurementAnswer(Answer):
    """What one run measured of an item."""

    run_id: str | None
    as_of: str = Field(description="the moment of the run")
    recorded_at: str
    verdict: MeasurementVerdict
    strength: Number | None = Field(description="`null` where it does not hold")
    measures: dict[str, Number]
    figure: JudgedFigureAnswer | None
    reason: TextAnswer | None = Field(description="why it does not hold")


class LapseDecisionAnswer(Answer):
    """What a manager said of an item that no longer holds."""

    verdict: LapseVerdict
    by: str
    at: str
    reason: str


class LapseAnswer(Answer):
    """A time in which an item did not hold."""

    since: str = Field(description="the moment of the run by which it ended")
    until: str | None = Field(description="of the run that found it again")
    missed_since: str = Field(description="of the first run in that row that did not find it")
    run_id: str
    verdict: MeasurementVerdict
    reason: TextAnswer
    measures: dict[str, Number]
    decision: LapseDecisionAnswer | None


class ChangeAnswer(Answer):
    """What changed of an item that no longer holds: the figure when it was judged, and the last one measured."""

    then: JudgedFigureAnswer | None
    now: JudgedFigureAnswer | None
    as_of: str | None = Field(description="the moment of the run that measured `now`")
    reason: TextAnswer


class ItemAnswer(ItemBase):
    """A knowledge item; instants in ISO 8601."""

    population: PopulationAnswer | None
    later_population: PopulationAnswer | None
    valid_from: str
    valid_to: str | None
    recorded_at: str
    retired_at: str | None
    measured: MeasurementAnswer | None = Field(description="by the last run that found it since it was judged")
    missed: MeasurementAnswer | None = Field(description="by the last run, where that did not find it")
    missed_since: str | None = Field(description="the moment of the first run in that row")
    lapses: list[LapseAnswer] = Field(description="when it did not hold, oldest first")
    effective_strength: Number = Field(description="halved for every `half_life_days` since a run last found it")
    measured_at: str = Field(description="the moment of that run")
    measured_days_ago: int
    half_life_days: int
    change: ChangeAnswer | None = Field(description="of one that no longer holds")


class ItemsAnswer(Answer):
    """One page of items, with how many stand where."""

    items: list[ItemAnswer]
    as_of: str
    known_at: str | None
    next: str | None = Field(description="cursor of the next page")
    counts: dict[KnowledgeStatus, int]
    doubtful: dict[Standing, int] = Field(description="items in use by what the last run says against them")
    lapsed: int = Field(description="items in use that have ceased to hold")


class RunBodyAnswer(Answer):
    """One execution of the miners: what it read, with which parameters."""

    run_id: str
    as_of: str
    seed: int
    started_at: str
    finished_at: str
    code_version: str
    datasets: list[DatasetAnswer]
    parameters: dict[str, JsonValue] = Field(description="every parameter of every miner")
    plan: list[TextAnswer]
    libraries: dict[str, str] = Field(description="versions")
    mappings: dict[str, str] = Field(description="digests")


class ItemDetailAnswer(Answer):
    """An item with its rules, its run and its data, and the `digest` that an approval names."""

    item: ItemAnswer
    rule: RuleAnswer | None
    rules: list[RuleAnswer]
    run: RunBodyAnswer | None
    datasets: list[DatasetAnswer]
    customers: int
    digest: str
    measurements: list[MeasurementAnswer] = Field(description="the earliest moment first")


class RefusalAnswer(Answer):
    """A pattern that the gate did not let through, with the reason and its numbers."""

    item_id: str
    pattern_kind: PatternKind
    subject: str
    statement: TextAnswer
    reason: TextAnswer
    measures: dict[str, Number]


class RefusalsAnswer(Answer):
    """What the gate refused in the last run."""

    refusals: list[RefusalAnswer]


class ScoredCustomerAnswer(Answer):
    """A customer for whom an item holds."""

    customer_id: str
    score: Number
    run_id: str | None = Field(description="the run that made the score")


class ItemCustomersAnswer(Answer):
    """One page of those for whom an item holds."""

    item_id: str
    customers: list[ScoredCustomerAnswer]
    next: str | None = Field(description="cursor of the next page")


class FoundCustomerAnswer(Answer):
    """A customer who was looked for."""

    customer_id: str
    name: str | None
    summary: TextAnswer


class FoundCustomersAnswer(Answer):
    """Customers by the beginning of an id or a part of a name."""

    customers: list[FoundCustomerAnswer]


class IndicatorAnswer(Answer):
    """One indicator of customers."""

    name: str
    label: TextAnswer
    group: IndicatorGroup
    unit: str | None
    owner: TextAnswer
    coverage: Number | None = Field(description="share of customers for whom it is known")
    formula: TextAnswer


class IndicatorsAnswer(Answer):
    """The registry of indicators."""

    indicators: list[IndicatorAnswer]


class KeptItemAnswer(Answer):
    """An item of a document that stays here as it is."""

    id: str
    why: TextAnswer


class KnowledgeImportAnswer(Answer):
    """What a document brought."""

    proposed: list[str]
    status: Literal[KnowledgeStatus.PROPOSED]
    known: list[str] = Field(description="had a verdict here")
    kept: list[KeptItemAnswer]
    words: dict[str, int] = Field(description="how many, by vocabulary")


class ShapeFaultAnswer(Answer):
    """What does not fit its shape."""

    shape: str
    id: str
    path: str
    value: str
    message: str


class ShapesAnswer(Answer):
    """The whole base against its SHACL shapes."""

    conforms: bool
    checked: dict[str, int] = Field(description="records of each shape, relationships of each table")
    faults: list[ShapeFaultAnswer]
