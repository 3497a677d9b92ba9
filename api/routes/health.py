"""Is it alive, can it serve, and what does it count."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.dependencies import HealthDep, MetricsDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.health import HealthAnswer, ReadinessAnswer
from api.routes.problems import problem

router = APIRouter(tags=["health"])


@router.get("/healthz")
def healthz() -> HealthAnswer:
    """The process is alive."""
    return HealthAnswer(status="alive")


@router.get("/readyz", response_model=ReadinessAnswer)
def readyz(health: HealthDep) -> Response:
    """The graph, a release, the engine and the threads behind them are there, so that decisions can be served."""
    parts = health.readiness()
    waiting = [name for name, state in parts.items() if not state["ready"]]
    if waiting:
        detail = "; ".join(f"{name}: {parts[name]['why']}" for name in waiting)
        return problem(503, detail=f"not ready: {detail}", kind="Unavailable", parts=parts)
    return PlainAnswer({"status": "ready", "parts": parts})


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(metrics: MetricsDep) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)
