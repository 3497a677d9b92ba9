"""Knowledge items, what was measured and by which run, and who they hold for."""

from typing import Literal

from pydantic import Field, JsonValue

from api.routes.answers.base import Answer, Number, TextAnswer
from api.routes.answers.rules import RuleAnswer
from ontology.vocabulary import IndicatorGroup, KnowledgeKind, KnowledgeStatus, PatternKind, PopulationLevel, Standing


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


class ItemAnswer(ItemBase):
    """A knowledge item; instants in ISO 8601."""

    population: PopulationAnswer | None
    later_population: PopulationAnswer | None
    valid_from: str
    valid_to: str | None
    recorded_at: str
    retired_at: str | None


class ItemsAnswer(Answer):
    """One page of items, with how many stand where."""

    items: list[ItemAnswer]
    as_of: str
    known_at: str | None
    next: str | None = Field(description="cursor of the next page")
    counts: dict[KnowledgeStatus, int]
    doubtful: dict[Standing, int]


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
