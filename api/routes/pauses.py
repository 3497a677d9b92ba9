"""Calls about pauses: by which policy rules rest whose knowledge no longer holds, and which state is in use."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from api.dependencies import Anybody, Manager, PausingDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.pauses import PausesAnswer, PausesListAnswer
from api.routes.schemas import RequestBody
from kb.model.pauses import PauseMode

router = APIRouter(prefix="/v1", tags=["pauses"])
PausesNumber = Annotated[int, Path(ge=1, le=1_000_000)]


class PausePolicyRequest(RequestBody):
    """What becomes of rules whose knowledge runs have ended."""

    mode: PauseMode = Field(examples=["propose"])
    reason: str = Field(default="", max_length=2_000)


@router.get("/pauses", response_model=PausesListAnswer)
def pauses(pausing: PausingDep, _: Anybody) -> PlainAnswer:
    """Read the policy, the states, which of them is in use, and what is to be paused now."""
    return PlainAnswer(pausing.listed())


@router.put("/pauses/policy", response_model=PausesListAnswer)
def set_pause_policy(body: PausePolicyRequest, pausing: PausingDep, who: Manager) -> PlainAnswer:
    """Pause rules whose knowledge no longer holds by itself, propose it, or turn that off."""
    return PlainAnswer(pausing.set_mode(body.mode, who.name, body.reason))


@router.get("/pauses/{number}", response_model=PausesAnswer)
def pauses_state(number: PausesNumber, pausing: PausingDep, _: Anybody) -> PlainAnswer:
    """Read one state with its rules."""
    return PlainAnswer(pausing.state(number))


@router.post("/pauses/{number}/use", response_model=PausesAnswer)
def use_pauses(number: PausesNumber, pausing: PausingDep, who: Manager) -> PlainAnswer:
    """Make decisions under a state from now on; earlier ones replay under theirs."""
    return PlainAnswer(pausing.use(number, who.name))
