"""Whether the service is alive and can serve."""

from typing import Literal

from pydantic import Field

from api.routes.answers.base import Answer, TextAnswer, absent


class HealthAnswer(Answer):
    """The process is alive."""

    status: Literal["alive"]


class PartAnswer(Answer):
    """Whether a part answers: how long it took, or why it does not."""

    ready: bool
    seconds: float = absent("that it took to answer")
    why: str = absent("where it is not ready")


class ProjectionAnswer(Answer):
    """How the graph follows the journal."""

    ready: bool
    why: str = absent("where it is not ready")
    behind: int
    faults: int
    fault: str | None
    set_aside: int


class EngineCountersAnswer(Answer):
    """The workers of the engine that are alive, and how often what happened since they were started."""

    ready: bool
    workers: int
    note: str = absent("where readings differed")
    engine: int
    disagreed: int
    late: int
    lost: int
    busy: int
    too_many_facts: int
    outside: int
    not_loaded: int
    not_sampled: int
    replaced: int


class WorkerAnswer(Answer):
    """How one thread fares that works beside the answers."""

    name: str
    alive: bool
    restarts: int
    faults: int
    last_fault: TextAnswer | None
    trouble: TextAnswer | None


class WorkersAnswer(Answer):
    """All of these threads."""

    ready: bool
    why: str = absent("where one that is needed does not work")
    running: int
    restarts: int
    each: list[WorkerAnswer]


class PartsAnswer(Answer):
    """The parts of a service."""

    graph: PartAnswer
    journal: PartAnswer
    projection: ProjectionAnswer = Field(alias="follower")
    release: PartAnswer
    engine: EngineCountersAnswer
    workers: WorkersAnswer


class ReadinessAnswer(Answer):
    """Everything that answers need is there."""

    status: Literal["ready"]
    parts: PartsAnswer
