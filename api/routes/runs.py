"""Calls that ask for mining runs and follow them."""

from typing import Any

from fastapi import APIRouter, Response

from api.dependencies import Anybody, Manager, RunsDep
from api.routes.schemas import RunRequest

router = APIRouter(prefix="/v1/runs", tags=["knowledge"])
Json = dict[str, Any]


@router.post("", status_code=202)
def mine(body: RunRequest, response: Response, runs: RunsDep, who: Manager) -> Json:
    """Begin a mining run and answer at once; `Location` tells how far it is. 409 while another has not ended.

    A run of another moment than the base's is a study: kept, listed, and live only once it is taken up.
    """
    begun = runs.start(as_of=body.as_of, seed=body.seed, by=who.name, take_up=body.take_up,
                               miners=body.miners)
    response.headers["Location"] = f"{router.prefix}/{begun['id']}"
    return begun


@router.get("")
def runs(runs: RunsDep, _: Anybody) -> Json:
    """List the mining runs, the latest first."""
    return {"runs": runs.listed()}


@router.get("/{run_id}")
def run(run_id: str, runs: RunsDep, _: Anybody) -> Json:
    """How far a mining run is: its stage, the share done, the result, what was left out and why, or the fault."""
    return runs.one(run_id)


@router.post("/{run_id}/take-up", status_code=202)
def take_up(run_id: str, runs: RunsDep, who: Manager) -> Json:
    """Take up what a study found: its items are proposed, its scores live. 409 where it is no finished study."""
    return runs.take_up(run_id, who.name)


@router.delete("/{run_id}")
def cancel(run_id: str, runs: RunsDep, who: Manager) -> Json:
    """Cancel a run that still mines; the base stays as it was. 409 once its results are being taken up."""
    return runs.cancel(run_id, who.name)
