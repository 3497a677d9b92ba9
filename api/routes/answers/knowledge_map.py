"""The knowledge map of a customer: entries of three kinds, what they rest on, and how they hang together."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, Number, Scalar, TextAnswer, absent
from api.routes.answers.knowledge import DatasetAnswer, ItemBase
from ontology.vocabulary import PopulationLevel


class PeriodAnswer(Answer):
    """From `start` to before `end`, epoch seconds."""

    start: int
    end: int


class MappedPopulationAnswer(Answer):
    """Of whom the measures of an item speak."""

    what: TextAnswer
    level: PopulationLevel
    period: PeriodAnswer
    size: int


class MappedItemAnswer(ItemBase):
    """The item behind an entry; instants in epoch seconds."""

    population: MappedPopulationAnswer | None
    later_population: MappedPopulationAnswer | None
    valid_from: int
    valid_to: int | None
    recorded_at: int
    retired_at: int | None


class ScoredByAnswer(Answer):
    """The run that made a score, its moment, and how old that is."""

    run_id: str
    as_of: str = absent()
    age_days: int = absent()


class FadedStrengthAnswer(Answer):
    """How far to trust an item by now: halved for every 180 days since a run last found it."""

    value: Number = Field(description="from 0 to 1")
    as_of: str = Field(description="the moment of that run")
    age_days: int


class MapEvidenceAnswer(TextAnswer):
    """What an entry rests on, in words, and what a program can follow."""

    facts: dict[str, Scalar] = absent("that the entry was made of")
    run_id: str = absent("the run that measured the item")
    scored_by: str = absent("the run that made the score")
    datasets: list[DatasetAnswer] = absent()
    measures: dict[str, Number] = absent("by name")
    factors: list[str] = absent("entries of the factors that push it")


class IntervalAnswer(Answer):
    """Within which the figure lies in nine cases of ten, ends included."""

    low: Number
    high: Number


class DeviationAnswer(Answer):
    """An indicator by which a member of a segment lies outside nine in ten of the group."""

    indicator: str
    value: Number
    typical: Number
    words: TextAnswer


class EntryAnswer(Answer):
    """One thing that is known of the customer."""

    id: str
    label: TextAnswer
    statement: TextAnswer
    evidence: MapEvidenceAnswer
    value: Scalar = absent()
    value_text: TextAnswer = absent("where the value is said in words, such as money with its interval")
    unit: str = absent()
    interval: IntervalAnswer = absent("of money that is expected")
    deviations: list[DeviationAnswer] = absent("from the segment, the furthest first")
    score: Number = absent("the customer's own")
    since: str = absent()
    as_of: str = absent("when it was computed")
    age_days: int = absent()
    scored_by: ScoredByAnswer = absent()
    strength: FadedStrengthAnswer = absent()
    item: MappedItemAnswer = absent("the knowledge item behind it")
    author: str = absent()
    unreviewed: Literal[True] = absent("of a person's note")
    case_id: str = absent("of a contact that is to be resolved")
    resolved: bool = absent()


class MapLinkAnswer(Answer):
    """A link between entries, rules, actions, runs and snapshots."""

    source: str
    target: str
    kind: Literal["pushes", "mined_by", "used", "applied_by", "recommends"]


class GapAnswer(TextAnswer):
    """What is left out, or not known of a past."""

    part: Literal["interactions", "attributes", "customer", "records", "runs", "release"]


class MapCustomerAnswer(Answer):
    """Whose map it is."""

    customer_id: str
    name: str | None


class KnowledgeMapAnswer(Answer):
    """Everything known of a customer, in three kinds."""

    customer: MapCustomerAnswer
    as_of: str
    known_at: str | None = Field(description="`null` but for a past")
    information: list[EntryAnswer]
    operational: list[EntryAnswer]
    hidden: list[EntryAnswer]
    links: list[MapLinkAnswer]
    gaps: list[GapAnswer]
    release: int | None = Field(description="the one that is or was live")
