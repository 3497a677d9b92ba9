"""What routes and pages ask of the application: the group of use cases they need, and who may call."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from api.composition import UseCases
from api.security.keys import Principal, require, require_owner
from api.use_cases.archiving import Archiving
from api.use_cases.challenging import Challenging
from api.use_cases.checking import Checking
from api.use_cases.customers import Customers
from api.use_cases.deciding import Deciding
from api.use_cases.describing import Describing
from api.use_cases.erasing import Erasing
from api.use_cases.health import ServiceHealth
from api.use_cases.impact import Impact
from api.use_cases.imports import Imports
from api.use_cases.ingestion import Ingestion
from api.use_cases.knowledge.harms import Harms
from api.use_cases.knowledge.linked import LinkedKnowledge
from api.use_cases.knowledge.pausing import Pausing
from api.use_cases.knowledge.publishing import Publishing
from api.use_cases.knowledge.reviewing import Reviewing
from api.use_cases.knowledge.rules import Rules
from api.use_cases.learning import Learning
from api.use_cases.metrics import Metrics
from api.use_cases.mining_runs import Runs
from api.use_cases.recording import Recording
from api.use_cases.simulation.simulating import Simulating
from api.use_cases.steering import Steering
from ontology.vocabulary import Role

Group = TypeVar("Group")


def use_cases_of(request: Request) -> UseCases:
    """Those that the application was built from."""
    use_cases: UseCases = request.app.state.use_cases
    return use_cases


def _given(choose: Callable[[UseCases], Group]) -> Callable[[Request], Awaitable[Group]]:
    async def group(request: Request) -> Group:  # async: it only looks, and need not wait for a thread
        return choose(use_cases_of(request))

    return group


ArchivingDep = Annotated[Archiving, Depends(_given(lambda it: it.archives))]
ChallengingDep = Annotated[Challenging, Depends(_given(lambda it: it.challenging))]
CheckingDep = Annotated[Checking, Depends(_given(lambda it: it.checking))]
CustomersDep = Annotated[Customers, Depends(_given(lambda it: it.customers))]
DecidingDep = Annotated[Deciding, Depends(_given(lambda it: it.deciding))]
DescribingDep = Annotated[Describing, Depends(_given(lambda it: it.describing))]
ErasingDep = Annotated[Erasing, Depends(_given(lambda it: it.erasing))]
HarmsDep = Annotated[Harms, Depends(_given(lambda it: it.harms))]
HealthDep = Annotated[ServiceHealth, Depends(_given(lambda it: it.health))]
ImpactDep = Annotated[Impact, Depends(_given(lambda it: it.impact))]
ImportsDep = Annotated[Imports, Depends(_given(lambda it: it.imports))]
IngestionDep = Annotated[Ingestion, Depends(_given(lambda it: it.ingestion))]
LearningDep = Annotated[Learning, Depends(_given(lambda it: it.learning))]
LinkedDep = Annotated[LinkedKnowledge, Depends(_given(lambda it: it.linked))]
MetricsDep = Annotated[Metrics, Depends(_given(lambda it: it.metrics))]
PausingDep = Annotated[Pausing, Depends(_given(lambda it: it.pausing))]
PublishingDep = Annotated[Publishing, Depends(_given(lambda it: it.publishing))]
RecordingDep = Annotated[Recording, Depends(_given(lambda it: it.recording))]
ReviewingDep = Annotated[Reviewing, Depends(_given(lambda it: it.reviewing))]
RulesDep = Annotated[Rules, Depends(_given(lambda it: it.rules))]
RunsDep = Annotated[Runs, Depends(_given(lambda it: it.runs))]
SimulatingDep = Annotated[Simulating, Depends(_given(lambda it: it.simulations))]
SteeringDep = Annotated[Steering, Depends(_given(lambda it: it.steering))]
Anybody = Annotated[Principal, Depends(require(Role.AGENT, Role.MANAGER, Role.SYSTEM))]
Agent = Annotated[Principal, Depends(require(Role.AGENT, Role.MANAGER))]
Manager = Annotated[Principal, Depends(require(Role.MANAGER))]
Owner = Annotated[Principal, Depends(require_owner)]
