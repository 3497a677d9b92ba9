"""Calls that ask for mining runs and follow them."""

from fastapi import APIRouter

from api.dependencies import Anybody, Manager, RunsDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.runs import RunAnswer, RunsAnswer
from api.routes.schemas import RunRequest

router = APIRouter(prefix="/v1/runs", tags=["knowledge"])


@router.post("", status_code=202, response_model=RunAnswer)
def mine(body: RunRequest, runs: RunsDep, who: Manager) -> PlainAnswer:
    """Begin a mining run and answer at once; `Location` tells how far it is. 409 while another has not ended.

    A run of another moment than the base's is a study: kept, listed, and live only once it is taken up.
    """
    begun = runs.start(as_of=body.as_of, seed=body.seed, by=who.name, take_up=body.take_up,
                       miners=body.miners)
    return PlainAnswer(begun, 202, headers={"Location": f"{router.prefix}/{begun['id']}"})


@router.get("", response_model=RunsAnswer)
def runs(runs: RunsDep, _: Anybody) -> PlainAnswer:
    """List the mining runs, the latest first."""
    return PlainAnswer({"runs": runs.listed()})


@router.get("/{run_id}", response_model=RunAnswer)
def run(run_id: str, runs: RunsDep, _: Anybody) -> PlainAnswer:
    """How far a mining run is: its stage, the share done, the result, what was left out and why, or the fault."""
    return PlainAnswer(runs.one(run_id))


@router.post("/{run_id}/take-up", status_code=202, response_model=RunAnswer)
def take_up(run_id: str, runs: RunsDep, who: Manager) -> PlainAnswer:
    """Take up what a study found: its items are proposed, its scores live. 409 where it is no finished study."""
    return PlainAnswer(runs.take_up(run_id, who.name), 202)


@router.delete("/{run_id}", response_model=RunAnswer)
def cancel(run_id: str, runs: RunsDep, who: Manager) -> PlainAnswer:
    """Cancel a run that still mines; the base stays as it was. 409 once its results are being taken up."""
    return PlainAnswer(runs.cancel(run_id, who.name))
