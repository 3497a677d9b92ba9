"""What is learned from outcomes: the policy, the numbered states, their rates, and what came of each rule."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import page
from api.dependencies import Agent, LearningDep, Manager
from api.routes.rates import StateNumber
from api.use_cases.learning import Learning
from kb.model.rates import RatesMode, RatesPolicy

router = APIRouter(prefix="/rates", include_in_schema=False)
Json = dict[str, Any]


class RatesPolicyForm(BaseModel):
    """How rates are learned, and what becomes of them."""

    model_config = ConfigDict(extra="forbid")

    mode: RatesMode
    prior_weight: float
    window_days: int
    half_life_days: int
    least_factor: float
    most_factor: float
    reason: str = Field(default="", max_length=2_000)


@router.get("")
def rates_page(request: Request, learning: LearningDep, _: Agent,
               state: Annotated[int | None, Query(ge=1, le=1_000_000)] = None) -> Response:
    """The policy and the states, with the rates of one: that which is asked for, is in use, or was learned last."""
    listed = learning.listed()
    return page(request, "rates.html", listed=listed, state=_state(learning, listed, state), modes=list(RatesMode))


@router.get("/rules")
def rules_page(request: Request, learning: LearningDep, _: Agent) -> Response:
    """What came of each rule."""
    return page(request, "rates_of_rules.html", report=learning.rules())


@router.post("/policy", dependencies=[Depends(same_site)])
def set_policy(learning: LearningDep, manager: Manager, said: Annotated[RatesPolicyForm, Form()]) -> Response:
    """Set by which policy rates are learned."""
    learning.set_policy(RatesPolicy(**said.model_dump(exclude={"reason"})), manager.name, said.reason.strip())
    return RedirectResponse("/rates", status_code=303)


@router.post("/learn", dependencies=[Depends(same_site)])
def learn(learning: LearningDep, manager: Manager) -> Response:
    """Learn a new state from the outcomes on record."""
    made = learning.learn(manager.name)
    return RedirectResponse(f"/rates?state={made['number']}", status_code=303)


@router.post("/{number}/use", dependencies=[Depends(same_site)])
def use(number: StateNumber, learning: LearningDep, manager: Manager) -> Response:
    """Make decisions under a state from now on."""
    learning.use(number, manager.name)
    return RedirectResponse("/rates", status_code=303)


def _state(learning: Learning, listed: Json, asked: int | None) -> Json | None:
    number = asked or listed["in_use"] or max((one["number"] for one in listed["states"]), default=None)
    return None if number is None else learning.state(number)
