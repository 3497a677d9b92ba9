"""Drafts of the next release tried on the whole base."""

from pydantic import Field, JsonValue

from api.routes.answers.base import Answer, Number, TextAnswer, absent
from api.routes.answers.decisions import RequestAnswer
from api.routes.answers.harms import HarmReportAnswer
from ontology.vocabulary import ActionFamily
from rules.simulation.effects import Move, RuleChange


class EstimateAnswer(Answer):
    """A number of customers or of money; the ends are equal to it where everybody was asked."""

    value: Number
    low: Number
    high: Number


class ShiftAnswer(Answer):
    """A sum under the live release, under the draft, and the difference."""

    live: EstimateAnswer
    draft: EstimateAnswer
    change: EstimateAnswer


class BalanceAnswer(Answer):
    """What becomes of some customers."""

    moves: dict[Move, EstimateAnswer]
    value: ShiftAnswer
    cost: ShiftAnswer


class TriedDraftAnswer(Answer):
    """What was tried."""

    include: list[str]
    exclude: list[str]
    levers: dict[str, Number]
    policy: dict[str, JsonValue] = Field(description="parts of the contact policy, as they were given")
    rules: int
    fingerprint: str


class TriedAgainstAnswer(Answer):
    """The live release that it was tried against."""

    release: int
    rules: int
    fingerprint: str


class SimulationSummaryAnswer(Answer):
    """A simulation in a listing."""

    simulation_id: str
    name: str
    made_at: str
    author: str
    draft: TriedDraftAnswer
    live: TriedAgainstAnswer
    as_of: str
    customers: int
    differing: int = Field(description="who may get another answer")
    decided: int
    sampled: bool
    moves: dict[Move, EstimateAnswer]
    value: ShiftAnswer
    cost: ShiftAnswer
    currency: str


class FamilyShiftAnswer(ShiftAnswer):
    """How many first actions are of a family."""

    family: ActionFamily


class FirstActionAnswer(Answer):
    """A first action."""

    action_id: str
    name: TextAnswer
    family: ActionFamily


class TransitionAnswer(Answer):
    """Customers whose first action becomes another one, or the same one with other content."""

    move: Move
    before: FirstActionAnswer | None
    after: FirstActionAnswer | None
    customers: EstimateAnswer
    examples: list[str]


class SegmentBalanceAnswer(BalanceAnswer):
    """What becomes of a segment; `null` are those in none."""

    segment: str | None
    name: TextAnswer | None


class FunnelStepAnswer(Answer):
    """One test of a rule, and how many customers pass it and all before it."""

    sentence: TextAnswer
    customers: int


class RuleEffectAnswer(Answer):
    """For how many customers a rule fires."""

    rule_id: str
    name: TextAnswer
    change: RuleChange
    live: int
    draft: int
    funnel: list[FunnelStepAnswer]


class SimulationAnswer(SimulationSummaryAnswer):
    """A simulation as it was made."""

    request: RequestAnswer
    seed: int
    families: list[FamilyShiftAnswer]
    transitions: list[TransitionAnswer]
    segments: list[SegmentBalanceAnswer]
    rules: list[RuleEffectAnswer]
    harms: HarmReportAnswer = absent("what the draft would let customers see that a row of the harm table forbids; left"
                                     " out where the simulation was made before that was looked for")


class ComparisonRowAnswer(Answer):
    """One number of each simulation, in their order."""

    row: str
    values: list[EstimateAnswer]


class ComparedRuleAnswer(Answer):
    """For how many customers a rule fires under each draft; `null` where it is not in it."""

    rule_id: str
    name: TextAnswer
    live: int
    drafts: list[int | None]


class ComparisonAnswer(Answer):
    """Simulations side by side; not `comparable` where they start from other ground."""

    simulations: list[SimulationSummaryAnswer]
    comparable: bool
    rows: list[ComparisonRowAnswer]
    rules: list[ComparedRuleAnswer]


class SimulatedAnswer(Answer):
    """The drafts that were tried, and their comparison."""

    simulations: list[SimulationAnswer]
    comparison: ComparisonAnswer


class SimulationsAnswer(Answer):
    """What was simulated, the latest first."""

    simulations: list[SimulationSummaryAnswer]
