"""Calls of knowledge managers who ask what would be different if a draft were published."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.cancellation import Waited
from api.dependencies import Manager, SimulatingDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.simulations import ComparisonAnswer, SimulatedAnswer, SimulationAnswer, SimulationsAnswer
from api.routes.schemas import DraftRequest, SimulationRequest
from api.use_cases.simulation.drafting import ReleaseDraft

router = APIRouter(prefix="/v1/simulations", tags=["simulations"])


@router.post("", status_code=201, response_model=SimulatedAnswer)
def simulate(body: SimulationRequest, simulations: SimulatingDep, who: Manager, waited: Waited) -> PlainAnswer:
    """Try drafts of the next release against the live one over the whole base; each is kept. Answers when finished."""
    drafts = list(map(drafted, body.drafts))
    return PlainAnswer(simulations.simulate(drafts, body.channel, seed=body.seed, author=who.name, progress=waited,
                                            moment=body.moment, direction=body.direction), 201)


@router.get("", response_model=SimulationsAnswer)
def listed(simulations: SimulatingDep, _: Manager) -> PlainAnswer:
    """List the simulations, the latest first."""
    return PlainAnswer({"simulations": simulations.listed()})


@router.get("/comparison", response_model=ComparisonAnswer)
def comparison(simulations: SimulatingDep, _: Manager,
               ids: Annotated[list[str], Query(alias="id", max_length=20)]) -> PlainAnswer:
    """Put simulations side by side: ``?id=...&id=...``."""
    return PlainAnswer(simulations.compare(ids))


@router.get("/{simulation_id}", response_model=SimulationAnswer)
def one(simulation_id: str, simulations: SimulatingDep, _: Manager) -> PlainAnswer:
    """One simulation: rules with their funnels, transitions, families, segments, cost and value."""
    return PlainAnswer(simulations.one(simulation_id))


def drafted(said: DraftRequest) -> ReleaseDraft:
    """The draft as the use cases take it."""
    return ReleaseDraft(name=said.name, include=tuple(said.include), exclude=tuple(said.exclude), levers=said.levers,
                        policy=said.policy)
