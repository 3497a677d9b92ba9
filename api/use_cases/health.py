"""Whether the parts of a service can serve, and how the threads fare that work beside the answers."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from api.use_cases.release_cache import ReleaseCache
from api.use_cases.views import Json
from kb.errors import ZhikeError
from kb.graph.port import Graph
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.model.codec import to_plain
from kb.supervision import WorkerHealth

_NEEDED = frozenset({"journal-writer", "watch"})
"""Threads without which answers go wrong; the follower is a part of its own, the engine has a stand-in."""

_log = logging.getLogger("zhike.readiness")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceHealth:
    """The health of a service.

    Args:
        threads: How each thread fares; ``None`` for one that does not run.
    """

    graph: Graph
    journal: Journal
    projector: Projector
    releases: ReleaseCache
    threads: Callable[[], Iterable[WorkerHealth | None]]

    def readiness(self) -> dict[str, Json]:
        """Whether graph, journal, release, engine and the threads behind them can serve; ``why`` where one cannot."""
        workers, projector = self.workers(), self.projector
        following = next((one for one in workers if one.name == projector.worker.name), None)
        return {"graph": _part_state(self.graph.ready), "journal": _part_state(self.journal.ready),
                "follower": _worker_state(following) | to_plain(projector.state()),
                "release": _part_state(self.releases.compiled), "engine": self.releases.engine_state(),
                "workers": _workers_state(workers)}

    def workers(self) -> tuple[WorkerHealth, ...]:
        """How each thread fares that works beside the answers."""
        return tuple(health for health in self.threads() if health is not None)


def _part_state(check: Callable[[], object]) -> Json:
    """Whether a part answers: how long it took, or why it does not."""
    begun = time.perf_counter()
    try:
        check()
    except ZhikeError as fault:
        return {"ready": False, "why": fault.message}
    except Exception as fault:  # noqa: BLE001  # whatever it is, the part cannot serve, and that is the answer
        _log.exception("a part of the service failed when it was asked whether it is ready")
        return {"ready": False, "why": f"a defect ({type(fault).__name__}); the log of the service tells more"}
    return {"ready": True, "seconds": round(time.perf_counter() - begun, 4)}


def _worker_state(health: WorkerHealth | None) -> Json:
    """Whether one thread does its work; one that was not started, as in a command, keeps nothing from being served."""
    if health is None or health.trouble is None:
        return {"ready": True}
    return {"ready": False, "why": health.trouble.en}


def _workers_state(workers: Sequence[WorkerHealth]) -> Json:
    """Each thread in words, and whether all that are needed do their work."""
    missing = [f"{one.name} {one.trouble.en}" for one in workers if one.trouble is not None and one.name in _NEEDED]
    return {"ready": not missing} | ({"why": "; ".join(missing)} if missing else {}) | {
        "running": sum(one.is_alive for one in workers), "restarts": sum(one.restarts for one in workers),
        "each": [_told(one) for one in workers]}


def _told(one: WorkerHealth) -> Json:
    return {"name": one.name, "alive": one.is_alive, "restarts": one.restarts, "faults": one.faults,
            "last_fault": None if one.last_fault is None else to_plain(one.last_fault),
            "trouble": None if one.trouble is None else to_plain(one.trouble)}
