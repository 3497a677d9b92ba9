"""Calls of knowledge managers who ask what would be different if a draft were published."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.cancellation import Waited
from api.dependencies import Manager, SimulatingDep
from api.routes.schemas import SimulationRequest
from api.use_cases.simulation.drafting import ReleaseDraft

router = APIRouter(prefix="/v1/simulations", tags=["simulations"])
Json = dict[str, Any]


@router.post("", status_code=201)
def simulate(body: SimulationRequest, simulations: SimulatingDep, who: Manager, waited: Waited) -> Json:
    """Try drafts of the next release against the live one over the whole base; each is kept. Answers when finished."""
    drafts = [ReleaseDraft(name=said.name, include=tuple(said.include), exclude=tuple(said.exclude), levers=said.levers,
                           policy=said.policy) for said in body.drafts]
    return simulations.simulate(drafts, body.channel, seed=body.seed, author=who.name, progress=waited,
                                        moment=body.moment, direction=body.direction)


@router.get("")
def listed(simulations: SimulatingDep, _: Manager) -> Json:
    """List the simulations, the latest first."""
    return {"simulations": simulations.listed()}


@router.get("/comparison")
def comparison(simulations: SimulatingDep, _: Manager,
               ids: Annotated[list[str], Query(alias="id", max_length=20)]) -> Json:
    """Put simulations side by side: ``?id=...&id=...``."""
    return simulations.compare(ids)


@router.get("/{simulation_id}")
def one(simulation_id: str, simulations: SimulatingDep, _: Manager) -> Json:
    """One simulation: rules with their funnels, transitions, families, segments, cost and value."""
    return simulations.one(simulation_id)
