"""Rules as sentence, table row and tree, their drafts, and what is wrong with them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from api.routes.answers.base import Answer, Number, Scalar, TextAnswer, absent
from kb.model.condition import Op
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level
from rules.lint.finding import FindingKind, Severity


class FigureOfCustomerAnswer(Answer):
    """A number of the customer: a property, or of their link to `item` the `score` or the `amount`."""

    property: str
    item: str | None


class ProductAnswer(Answer):
    """`share` times numbers of the customer; unknown where one of them is."""

    figures: list[FigureOfCustomerAnswer]
    share: Number


class RuleAnswer(Answer):
    """A rule in a sentence."""

    id: str
    name: TextAnswer
    sentence: TextAnswer
    status: KnowledgeStatus
    propensity: Number | None
    own_propensity: ProductAnswer | None = Field(description="goes before `propensity` where it is known")
    own_value: ProductAnswer | None = Field(description="of one success; goes before the rule's and the action's value")
    author: str
    rests_on: list[str] = Field(description="items")


class RuleDraftAnswer(Answer):
    """The draft of a rule that waits for a verdict."""

    id: str
    author: str
    recorded_at: str | None
    name: TextAnswer
    sentence: TextAnswer


class RuleRowAnswer(RuleAnswer):
    """A rule with the draft of it that waits, and the `digest` that a verdict names."""

    draft: RuleDraftAnswer | None
    digest: str | None


class RulesAnswer(Answer):
    """One page of rules."""

    rules: list[RuleRowAnswer]
    next: str | None = Field(description="cursor of the next page")
    waiting: int = Field(description="drafts that wait for a verdict")


class RefAnswer(Answer):
    """A property of an enclosing fact."""

    alias: str
    property: str


class QuantileAnswer(Answer):
    """What a constant is a quantile of."""

    at: Number
    of: str | None
    written: Scalar | None
    share: Number | None


class ComparisonCondition(Answer):
    """A property against a constant, several, or a property of an enclosing fact."""

    type: Literal["Test"]
    property: str
    op: Op
    operand: Scalar | RefAnswer | list[Scalar]
    quantile: QuantileAnswer = absent("where the constant is one")


class KnownCondition(Answer):
    """Whether a property has a value, or has none."""

    type: Literal["Known", "Unknown"]
    property: str


class PartsCondition(Answer):
    """All of several conditions, or one of them."""

    type: Literal["And", "Or"]
    parts: list["ConditionAnswer"]


class NotCondition(Answer):
    """The contrary of a condition."""

    type: Literal["Not"]
    part: "ConditionAnswer"


class ExistsCondition(Answer):
    """How many related facts make a condition true."""

    type: Literal["Exists"]
    fact: str
    alias: str
    where: "ConditionAnswer"
    at_least: int
    at_most: int | None


class ConcludedCondition(Answer):
    """That another rule came to a conclusion."""

    type: Literal["Concluded"]
    kind: str
    value: str


ConditionAnswer: TypeAlias = Annotated[
    ComparisonCondition | KnownCondition | PartsCondition | NotCondition | ExistsCondition | ConcludedCondition,
    Field(discriminator="type")]


class RecommendEffect(Answer):
    """The action becomes a candidate."""

    type: Literal["Recommend"]
    action: str
    arguments: dict[str, Scalar | RefAnswer]


class RequireEffect(Answer):
    """The action, or all of the family, stand only if the condition is true."""

    type: Literal["Require"]
    family: ActionFamily | None
    action: str | None


class ConcludeEffect(Answer):
    """A conclusion that rules of higher strata may test."""

    type: Literal["Conclude"]
    kind: str
    value: str


class ExampleAnswer(Answer):
    """A customer on whom the rule must, or must not, fire."""

    name: str
    customer: dict[str, Scalar]
    related: dict[str, list[dict[str, Scalar]]] = Field(description="rows by type of fact")
    conclusions: list[tuple[str, str]]
    fires: bool


class RuleTreeAnswer(Answer):
    """A rule as it is written, whole."""

    id: str
    name: TextAnswer
    when: ConditionAnswer
    then: Annotated[RecommendEffect | RequireEffect | ConcludeEffect, Field(discriminator="type")]
    level: Level
    propensity: Number | None
    own_propensity: ProductAnswer | None
    value: Number | None
    own_value: ProductAnswer | None
    sentence: TextAnswer | None
    rests_on: list[str]
    valid_from: int | None
    valid_to: int | None
    status: KnowledgeStatus
    author: str
    examples: list[ExampleAnswer]


class LineAnswer(Answer):
    """A line of what a draft says beside what is approved."""

    mark: Literal["same", "added", "removed"]
    text: str


class RuleDifferenceAnswer(Answer):
    """A draft line by line, in both languages."""

    zh: list[LineAnswer]
    en: list[LineAnswer]


class DraftVerdictAnswer(Answer):
    """A draft that a rule has had, and its verdict."""

    id: str
    status: KnowledgeStatus
    author: str
    recorded_at: str | None
    judged_at: str | None
    approver: str | None
    reason: str | None


class RuleDetailAnswer(RuleRowAnswer):
    """One rule as text and tree, with its draft and the drafts it has had."""

    text: TextAnswer
    tree: RuleTreeAnswer
    difference: RuleDifferenceAnswer | None
    history: list[DraftVerdictAnswer]


class AdoptedRulesAnswer(Answer):
    """How many of the shipped rules are new here."""

    adopted: int


class FindingAnswer(Answer):
    """What is wrong with a rule, or looks wrong; `rule_id` is `null` where it is the set as a whole."""

    rule_id: str | None
    kind: FindingKind
    severity: Severity
    message: TextAnswer


class FindingsAnswer(Answer):
    """What is wrong with the rules, errors first."""

    findings: list[FindingAnswer]


class RulesImportAnswer(Answer):
    """What a file brought; its rules are drafts."""

    new: list[str]
    changed: list[str]
    unchanged: int
    waiting: list[str] = Field(description="left as they are while another draft of them waits")
    status: KnowledgeStatus
