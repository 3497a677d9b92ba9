"""Decisions with their reasons, why not, and what is recorded of customers."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, NamedAnswer, Number, Scalar, TextAnswer, absent
from ontology.vocabulary import ActionFamily, Channel, DecisionStatus, FigureSource, OutcomeKind
from rules.decision.policy.block import BlockKind
from rules.decision.request import ContactDirection
from rules.reasoning.edits import EditKind


class SourcedFigureAnswer(Answer):
    """A number, and whose it is."""

    value: Number
    source: FigureSource = absent("not in a decision of an earlier version")
    run_id: str = absent("of the customer's own figure: the run that made it")
    rates: int = absent("number of the rates that moved it, where outcomes did")
    before: Number = absent("the figure that outcomes moved")


class FactorsAnswer(Answer):
    """The factors whose values multiply to the score; 1 where nothing is known."""

    propensity: SourcedFigureAnswer
    context: Number
    value: SourcedFigureAnswer = Field(description="money of one success, less what it costs to get one")
    lever: Number


class WindowAnswer(Answer):
    """When to offer it; instants in ISO 8601."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    reason: TextAnswer = absent("why it does not open at once")


class FactReadAnswer(Answer):
    """One value that a rule read: of the customer (`key` is empty), or of the row `key` of the type `fact`."""

    fact: str
    key: str
    property: str
    value: Scalar | None


class EvidenceAnswer(Answer):
    """The knowledge behind a reason, with the run that measured it and the data it was measured on."""

    id: str
    statement: TextAnswer
    measures: dict[str, Number]
    run_id: str | None
    dataset: str | None = Field(description="digest")
    score: Number | None = Field(description="the customer's own, where the rule reads it")
    scored_by: str | None = Field(description="the run that made the score")


class ReasonAnswer(Answer):
    """Why an action is recommended: one rule in one sentence, with what it read and what it rests on."""

    rule_id: str
    sentence: TextAnswer
    facts: list[FactReadAnswer]
    knowledge: list[EvidenceAnswer]


class ActionAnswer(Answer):
    """One recommended action."""

    action_id: str
    name: TextAnswer
    family: ActionFamily
    arguments: dict[str, Scalar]
    channel: Channel
    score: Number
    factors: FactorsAnswer
    window: WindowAnswer
    expires_at: str
    shown_probability: Number = Field(
        description="how likely it was to stand in this answer before a card was drawn; 1 where none could be")
    explored: bool = Field(description="whether it is the card that was drawn")
    reasons: list[ReasonAnswer]
    content: TextAnswer = absent("what to say")


class QuestionAnswer(Answer):
    """What to ask next: a property that is unknown and would decide something."""

    property: str
    sentence: TextAnswer


class RowAnswer(Answer):
    """One related fact; what is unknown is left out."""

    key: str
    days_ago: int | None
    values: dict[str, Scalar]


class FactsAnswer(Answer):
    """Everything that a decision could read."""

    customer_key: str
    as_of: int = Field(description="epoch seconds")
    customer: dict[str, Scalar]
    related: dict[str, list[RowAnswer]] = Field(description="by type of fact")
    sequence: int = Field(description="of the last event that was seen")


class DecisionAnswer(Answer):
    """What we say about one customer, and why."""

    decision_id: str
    customer_id: str
    status: DecisionStatus
    actions: list[ActionAnswer]
    ask_next: list[QuestionAnswer]
    engine: Literal["durable_rules", "python"] = Field(description="the reading of the rules that decided")
    readings: list[Literal["durable_rules", "python"]] = Field(
        description="all readings that say so, the one that decided first; none in a decision of an earlier version")
    release: int
    rates: int | None = Field(description="number of the rates that it was made under; `null`: none")
    pauses: int | None = Field(description="number of the pauses that it was made under; `null`: none")
    holdouts: list[str] = Field(description="that the customer belongs to")
    withheld: list[str] = Field(description="actions that nothing but a holdout held back, best first")
    last_event: int = Field(description="number of the last event that was seen")
    why_none: TextAnswer = absent("where there is no action")
    facts: FactsAnswer = absent("where `include` asks for them")


class CustomerFaultAnswer(Answer):
    """What kept one customer of several from an answer."""

    customer_id: str
    kind: str
    detail: str
    hint: str


class DecisionsAnswer(Answer):
    """Each customer is among the decisions or the faults, both in the order asked."""

    release: int
    rates: int | None = Field(description="number of the rates in use; `null`: none")
    as_of: str
    decisions: list[DecisionAnswer]
    faults: list[CustomerFaultAnswer]


class ContextAnswer(Answer):
    """What was happening, as it was said; what was not said is left out."""

    cart: str | list[str] = absent()
    search: str | list[str] = absent()
    page: str | list[str] = absent()
    direction: ContactDirection = absent()
    family: ActionFamily = absent()


class RequestAnswer(Answer):
    """What was asked."""

    channel: Channel
    context: ContextAnswer
    limit: int
    moment: int = absent("epoch seconds, where another moment was asked about")


class FamilyCountAnswer(Answer):
    """How many customers have a first action of a family."""

    family: ActionFamily = Field(alias="first action")
    customers: int
    mined: int = Field(alias="with mined reason")


class StatusCountAnswer(Answer):
    """How many customers got an answer of a status."""

    status: DecisionStatus
    customers: int


class AllDecisionsAnswer(Answer):
    """Decisions for the whole base, summed up."""

    release: int
    as_of: str
    request: RequestAnswer
    seconds: float
    customers: int
    with_mined_reason: int
    mined_share: Number
    unexplained: int
    families: list[FamilyCountAnswer]
    statuses: list[StatusCountAnswer]


class DecidedOutcomeAnswer(Answer):
    """What came of an action of a decision."""

    decision_id: str
    action_id: str
    outcome: OutcomeKind
    at: int = Field(description="epoch seconds")
    author: str


class ShadowAnswer(Answer):
    """What a challenger would have answered, in short."""

    decision_id: str
    release: int
    status: DecisionStatus
    actions: list[str]


class StoredDecisionAnswer(DecisionAnswer):
    """A stored decision with the facts it used, what came of it, and what challengers would have answered."""

    as_of: str
    request: RequestAnswer
    facts: FactsAnswer
    outcomes: list[DecidedOutcomeAnswer]
    shadows: list[ShadowAnswer]


class ReplayAnswer(Answer):
    """A stored decision computed again under its release."""

    decision_id: str
    release: int
    equal: bool
    differences: list[str]


class RuleTestAnswer(Answer):
    """One test of a rule; those of one `alternative` above 0 are one way to satisfy it, 0 is needed in any case."""

    sentence: TextAnswer
    truth: bool | None = Field(description="`null`: unknown")
    read: TextAnswer
    reads: list[FactReadAnswer]
    alternative: int


class TestedRuleAnswer(Answer):
    """One rule that would recommend the action, as it stood for this customer."""

    rule_id: str
    name: TextAnswer
    sentence: TextAnswer
    met: bool
    tests: list[RuleTestAnswer]


class BlockAnswer(Answer):
    """What holds an action back, and until when where time alone ends it."""

    kind: BlockKind
    sentence: TextAnswer
    rule_id: str | None
    until: str | None


class AheadAnswer(Answer):
    """A candidate that came before."""

    action_id: str
    name: TextAnswer
    score: Number


class CounterfactualAnswer(Answer):
    """One thing that would have to be otherwise: a value, or a row that would have to be there, or not."""

    kind: EditKind
    fact: str
    key: str
    property: str | None
    now: Scalar | None
    needed: Scalar | None
    least: Number | None
    most: Number | None
    one_of: list[Scalar]
    values: dict[str, Scalar]
    is_protected: bool
    is_given: bool
    sentence: TextAnswer


class WhyNotAnswer(Answer):
    """What keeps an action from being recommended, and what would change it."""

    action: NamedAnswer
    release: int
    as_of: str
    verdict: TextAnswer
    rules: list[TestedRuleAnswer]
    more_rules: int
    blocks: list[BlockAnswer]
    waits: TextAnswer | None
    place: int | None
    ahead: list[AheadAnswer]
    change: TextAnswer | None
    changes: list[CounterfactualAnswer]
    change_rule: str | None


class OutcomeAnswer(Answer):
    """The outcome as it is kept."""

    decision_id: str
    action_id: str
    outcome: OutcomeKind
    at: str
    author: str
    recorded: bool = Field(description="false where it was known already")


class InteractionAnswer(Answer):
    """The contact is kept."""

    interaction_id: str
    recorded: bool = Field(description="false where nothing of it was new")


class CaseAnswer(Answer):
    """How a case stands, and who brought it there."""

    case_id: str
    resolved: bool
    recorded: bool = Field(description="false where it was so already")
    customer_ids: list[str]
    at: str | None
    author: str | None
    reason: str | None


class NoteAnswer(Answer):
    """The note is kept."""

    note_id: str
    reviewed: Literal[False]
