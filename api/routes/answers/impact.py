"""What recommending brought."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, Number, TextAnswer
from kb.experiments.contrast import ContrastVerdict, ImpactMeasure
from kb.experiments.impact import ControlKind
from kb.experiments.off_policy import RewardKind
from ontology.vocabulary import ActionFamily, OutcomeKind


class OutcomeCountAnswer(Answer):
    """Of how many recommended cards, and by how many customers, an outcome was recorded."""

    outcome: OutcomeKind
    cards: int
    customers: int


class SampleRatioAnswer(Answer):
    """How many customers stand on each side, and whether the draw alone can have put them there."""

    recommended: int
    control: int
    expected_share: Number = Field(description="of the control")
    evidence: Number = Field(description="how many times likelier these numbers are under other shares than under those"
                                         " of the draw; from 100 on no verdict is given")
    as_drawn: bool
    verdict: TextAnswer


class ImpactMeanAnswer(Answer):
    """The customers of one side whose days are over, and their mean; `null` where there is nobody."""

    customers: int
    mean: Number | None


class OrdersCountAnswer(Answer):
    """Of how many cards, by how many customers, orders tell that they were taken up, and nobody reported it."""

    cards: int
    customers: int


class ContrastAnswer(Answer):
    """One figure of both sides: `orders` is a number, `spend` in the base's currency, all else a share.

    `conversion`: who bought what was recommended, or would have been if nobody were held out, while the card stood.
    """

    measure: ImpactMeasure
    recommended: ImpactMeanAnswer
    control: ImpactMeanAnswer
    difference: Number | None = Field(description="`null` where a side counts nobody, or the verdict is withheld")
    interval: tuple[Number, Number] | None = Field(description="95 %, on all days at once")
    conclusion: ContrastVerdict
    verdict: TextAnswer


class GainAnswer(Answer):
    """Money over all customers who were recommended something, less what the control would have brought."""

    customers: int
    money: Number
    interval: tuple[Number, Number] = Field(description="95 %, on all days at once")
    verdict: TextAnswer


class ControlledAnswer(Answer):
    """Customers who were recommended something beside a control that a draw alone tells apart."""

    control: ControlKind
    name: str
    share: Number
    families: list[ActionFamily]
    releases: list[int]
    in_force: bool
    waiting: int = Field(description="customers whose days are not over")
    sample_ratio: SampleRatioAnswer | None = Field(description="`null` where nobody was decided for")
    figures: list[ContrastAnswer]
    gain: GainAnswer | None


class PolicyFigureAnswer(Answer):
    """The mean of an answer under another policy, from the weighted log: buys, or money as the cards say it."""

    reward: RewardKind
    doubly_robust: Number
    interval: tuple[Number, Number]
    snips: Number = Field(description="by self-normalised weights alone: a second opinion")
    snips_interval: tuple[Number, Number]
    recommended: Number = Field(description="of what is recommended where nothing is drawn, doubly robust")
    difference: Number = Field(description="the policy's less what is recommended")
    difference_interval: tuple[Number, Number]
    verdict: TextAnswer


class ReweightedAnswer(Answer):
    """What another policy would have brought, or why the log cannot tell."""

    policy: Literal["propensity_alone", "without_levers", "draft"]
    answers: int = Field(description="of different customers, in which a card could be drawn")
    effective: Number = Field(description="how many the weighted ones are worth (Kish)")
    least_effective: int
    supported: Number = Field(description="of the cards that it would show, the share that could have been shown")
    figures: list[PolicyFigureAnswer] = Field(description="empty where it is refused")
    refusal: TextAnswer | None


class LogExtentAnswer(Answer):
    """How much of the log of answers in which a card could be drawn is read."""

    customers: int = Field(description="each with the first such answer")
    most: int = Field(description="the latest so many are read")
    left_out: TextAnswer | None = Field(description="`null` where all are read")


class ImpactAnswer(Answer):
    """What recommending brought: counts, comparisons with a control, and what to switch on where one is missing."""

    as_of: str
    days: int = Field(description="for how many local days each customer is followed from the first answer on")
    currency: str
    orders_until: str | None = Field(description="the last order that is known")
    decisions: int
    customers: int
    outcomes: list[OutcomeCountAnswer]
    by_orders: OrdersCountAnswer
    controlled: list[ControlledAnswer]
    reweighted: list[ReweightedAnswer]
    log: LogExtentAnswer
    next_steps: list[TextAnswer]
    left_out: TextAnswer | None
