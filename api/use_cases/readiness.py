"""Whether the parts of a service can serve, in words for people and programs."""

import logging
import time
from collections.abc import Callable, Sequence

from api.use_cases.views import Json
from kb.errors import ZhikeError
from kb.model.codec import to_plain
from kb.supervision import WorkerHealth

_log = logging.getLogger("zhike.readiness")


def part_state(check: Callable[[], object]) -> Json:
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


def worker_state(health: WorkerHealth | None) -> Json:
    """Whether one thread does its work; one that was not started, as in a command, keeps nothing from being served."""
    if health is None or health.trouble is None:
        return {"ready": True}
    return {"ready": False, "why": health.trouble.en}


def workers_state(workers: Sequence[WorkerHealth], needed: frozenset[str]) -> Json:
    """Each thread in words, and whether all that are ``needed`` do their work."""
    missing = [f"{one.name} {one.trouble.en}" for one in workers if one.trouble is not None and one.name in needed]
    return {"ready": not missing} | ({"why": "; ".join(missing)} if missing else {}) | {
        "running": sum(one.is_alive for one in workers), "restarts": sum(one.restarts for one in workers),
        "each": [_told(one) for one in workers]}


def _told(one: WorkerHealth) -> Json:
    return {"name": one.name, "alive": one.is_alive, "restarts": one.restarts, "faults": one.faults,
            "last_fault": None if one.last_fault is None else to_plain(one.last_fault),
            "trouble": None if one.trouble is None else to_plain(one.trouble)}
