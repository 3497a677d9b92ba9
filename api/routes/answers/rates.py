"""Rates that were learned from outcomes, their states and their policy."""

from pydantic import Field

from api.routes.answers.base import Answer, Number, TextAnswer
from api.routes.answers.knowledge import DatasetAnswer
from api.routes.answers.steering import ProportionAnswer
from kb.model.rates import RatesMode, RateSubject


class RatesPolicyAnswer(Answer):
    """How rates are learned, and what becomes of them."""

    mode: RatesMode
    prior_weight: Number = Field(description="for how many showings the assumed figure counts")
    window_days: int = Field(description="days from the first showing in which it may be taken up")
    half_life_days: int
    least_factor: Number = Field(description="the least that a rate may be of the assumed figure")
    most_factor: Number


class RatesPolicyChangeAnswer(Answer):
    """The policy as somebody set it."""

    policy: RatesPolicyAnswer
    by: str
    at: str
    reason: str


class RatesUseAnswer(Answer):
    """Which state was taken into use; 0 is none."""

    number: int
    by: str
    at: str


class RatesSummaryAnswer(Answer):
    """A state in the listing."""

    number: int
    as_of: str
    made_at: str
    by: str
    release: int
    size: int = Field(description="how many rates it has")
    cut: int = Field(description="of them, those that the bounds cut")
    waiting: int = Field(description="showings whose window was not over")
    digest: str | None = Field(description="of the state; `null` where it was learned before that was kept")
    in_use: bool


class RatesListAnswer(Answer):
    """The policy, who set it, and every state, oldest first."""

    policy: RatesPolicyAnswer
    in_use: int | None
    left_out: TextAnswer | None = Field(description="what is not counted")
    states: list[RatesSummaryAnswer]
    policies: list[RatesPolicyChangeAnswer]
    uses: list[RatesUseAnswer]


class RateAnswer(Answer):
    """How often what was shown was taken up, around what was assumed."""

    subject: RateSubject
    id: str = Field(description="of the action or the rule")
    name: TextAnswer
    band: tuple[Number, Number] | None = Field(description="of the figures of a model")
    prior: Number = Field(description="the figure that was assumed")
    showings: Number = Field(description="settled ones, each weighed by its age")
    takings: Number = Field(description="of them, those that were taken up")
    measured: Number
    value: Number = Field(description="the same within the bounds: what decisions take")
    factor: Number
    cut: bool = Field(description="whether the bounds cut it")
    accepted: int
    converted: int
    rejected: int
    ignored: int
    by_orders: int = Field(description="of the converted, those of which orders tell and nobody reported it")


class RatesAnswer(Answer):
    """One numbered state."""

    number: int
    as_of: str
    made_at: str
    by: str
    release: int
    journal: str
    upto: int = Field(description="number of the last record that was read")
    policy: RatesPolicyAnswer
    waiting: int
    unshown: int = Field(description="cards of which an answer is on record, and no showing")
    rates: list[RateAnswer]
    datasets: list[DatasetAnswer] = Field(description="the orders and contacts that were read beside the journal")
    in_use: bool


class RuleControlAnswer(Answer):
    """Who bought in the days after a card, beside those from whom it was withheld."""

    recommended: ProportionAnswer
    held_out: ProportionAnswer
    difference: Number | None
    interval: tuple[Number, Number] | None = Field(description="it may be read on any day")
    verdict: TextAnswer


class RuleOutcomesAnswer(Answer):
    """What came of one rule: its cards that were shown, each customer once within the window."""

    rule_id: str
    name: TextAnswer
    live: bool
    fired: int = Field(description="customers for whom it led a card, given or withheld")
    shown: int
    waiting: int = Field(description="of the shown, those whose window is not over")
    accepted: int
    converted: int
    rejected: int
    ignored: int
    by_orders: int = Field(description="of the converted, those of which orders tell and nobody reported it")
    control: RuleControlAnswer | None = Field(description="`null` where nobody was held out from it")


class RulesOutcomesAnswer(Answer):
    """What came of every rule that ever led a card."""

    as_of: str
    upto: int = Field(description="number of the last record that was read")
    days: int = Field(description="for how long customers are followed")
    window_days: int
    left_out: TextAnswer | None
    rules: list[RuleOutcomesAnswer]
