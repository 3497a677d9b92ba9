"""Calls about rates: by which policy they are learned from outcomes, their numbered states, and which one is in use."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.dependencies import Anybody, LearningDep, Manager
from api.routes.answers.base import PlainAnswer
from api.routes.answers.rates import RatesAnswer, RatesListAnswer, RulesOutcomesAnswer
from api.routes.impact import Days
from api.routes.schemas import Instant, Number, RequestBody, Whole
from api.use_cases.impact import FOLLOWED_DAYS
from kb.model.rates import RatesMode, RatesPolicy

router = APIRouter(prefix="/v1", tags=["rates"])
StateNumber = Annotated[int, Path(ge=1, le=1_000_000)]

_SHIPPED = RatesPolicy()


class RatesPolicyRequest(RequestBody):
    """How rates are learned, and what becomes of them; what is left out is as shipped."""

    mode: RatesMode = Field(examples=["propose"])
    prior_weight: Number = _SHIPPED.prior_weight
    window_days: Whole = _SHIPPED.window_days
    half_life_days: Whole = _SHIPPED.half_life_days
    least_factor: Number = _SHIPPED.least_factor
    most_factor: Number = _SHIPPED.most_factor
    reason: str = Field(default="", max_length=2_000)


class LearnRequest(RequestBody):
    """Up to which moment outcomes count."""

    as_of: Instant | None = Field(
        default=None, description="that of the facts, or of the last outcome where it is later, where absent")


@router.get("/rates", response_model=RatesListAnswer)
def rates(learning: LearningDep, _: Anybody) -> PlainAnswer:
    """Read the policy, the states and which of them is in use."""
    return PlainAnswer(learning.listed())


@router.put("/rates/policy", response_model=RatesListAnswer)
def set_rates_policy(body: RatesPolicyRequest, learning: LearningDep, who: Manager) -> PlainAnswer:
    """Set by which policy rates are learned; one that is off takes them out of use."""
    return PlainAnswer(learning.set_policy(RatesPolicy(**body.model_dump(exclude={"reason"})), who.name, body.reason))


@router.post("/rates", status_code=201, response_model=RatesAnswer)
def learn_rates(body: LearnRequest, learning: LearningDep, who: Manager) -> PlainAnswer:
    """Learn a new state from the outcomes on record; it is in use at once where the policy says so."""
    return PlainAnswer(learning.learn(who.name, body.as_of), 201)


@router.get("/rates/rules", response_model=RulesOutcomesAnswer)
def outcomes_of_rules(learning: LearningDep, _: Anybody, days: Days = FOLLOWED_DAYS) -> PlainAnswer:
    """Tell of each rule for whom it fired, what was shown of it and taken up, beside those who were held out."""
    return PlainAnswer(learning.rules(days))


@router.get("/rates/{number}", response_model=RatesAnswer)
def rates_state(number: StateNumber, learning: LearningDep, _: Anybody) -> PlainAnswer:
    """Read one state, each rate beside what was assumed."""
    return PlainAnswer(learning.state(number))


@router.post("/rates/{number}/use", response_model=RatesAnswer)
def use_rates(number: StateNumber, learning: LearningDep, who: Manager) -> PlainAnswer:
    """Make decisions under a state from now on; earlier ones replay under theirs."""
    return PlainAnswer(learning.use(number, who.name))
