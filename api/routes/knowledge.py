"""Calls of knowledge managers, and what everybody may read of knowledge."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import Anybody, Manager, ServiceDep
from api.routes.schemas import (
    MOST_RELEASES,
    AsOf,
    KnowledgeQuery,
    KnowledgeRequest,
    KnownAt,
    PublishRequest,
    ReviewRequest,
)
from api.use_cases.knowledge.linked import RDF_TYPES

router = APIRouter(prefix="/v1", tags=["knowledge"])
Json = dict[str, Any]
ReleaseNumber = Annotated[int, Path(ge=1, le=MOST_RELEASES)]


@router.get("/customers", tags=["customers"])
def find_customers(service: ServiceDep, _: Anybody, q: Annotated[str, Query(max_length=200)] = "",
                   limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
    """Find customers by id or name."""
    return {"customers": service.find_customers(q, limit)}


@router.get("/customers/{customer_id}/knowledge-map", tags=["customers"])
def knowledge_map(customer_id: str, request: Request, service: ServiceDep, _: Anybody,
                  as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """Everything known of a customer in three kinds; JSON, JSON-LD, Turtle or TriG by ``Accept``.

    `as_of` alone asks *what did we know on that day*; `gaps` says what is not known of a past.
    """
    wanted = _wanted(request) or "application/json"
    return Response(service.maps.written(customer_id, wanted, as_of, known_at), media_type=wanted)


@router.get("/segments/{item_id}/customers", tags=["customers"])
def segment_customers(item_id: str, service: ServiceDep, _: Anybody, cursor: Annotated[str, Query(max_length=200)] = "",
                      limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Json:
    """Who is in a segment, page by page."""
    return service.customers_of(item_id, cursor=cursor, limit=limit)


@router.get("/indicators")
def indicators(service: ServiceDep, _: Anybody) -> Json:
    """List the indicators with formula, unit, group, owner and coverage."""
    return {"indicators": service.indicators()}


@router.get("/knowledge")
def list_knowledge(request: Request, service: ServiceDep, _: Anybody, asked: Annotated[KnowledgeQuery, Query()]) -> Any:
    """List knowledge items by status, kind of pattern, standing and words; of a past, as they were true and known then.

    With `Accept` JSON-LD, Turtle or TriG: all that the live release publishes (with an instant, the one of then), with
    its sources in PROV-O; in TriG the release is the named graph. The other parameters do not narrow that.
    """
    wanted = _wanted(request)
    if wanted is not None:
        return Response(service.linked.written(wanted, asked.as_of, asked.known_at), media_type=wanted)
    return service.list_knowledge(asked.status, asked.kind, asked.q, asked.cursor, asked.limit,
                                  standing=asked.standing, as_of=asked.as_of, known_at=asked.known_at)


@router.get("/knowledge/{item_id}")
def knowledge(item_id: str, service: ServiceDep, _: Anybody) -> Json:
    """One item with its rule, its run and its data, and the `digest` that an approval names."""
    return service.knowledge(item_id)


@router.post("/knowledge", status_code=201)
def propose(body: KnowledgeRequest, service: ServiceDep, who: Manager) -> Json:
    """Propose a person's experience as knowledge."""
    return service.propose_experience(body.statement_zh, body.statement_en, body.strength, who.name)


@router.post("/knowledge/{item_id}/review")
def review(item_id: str, body: ReviewRequest, service: ServiceDep, who: Manager) -> Json:
    """Approve, reject or retire an item; author and approver differ, and an approval names what was read."""
    return service.review(item_id, body.verdict, body.reason, who.name, read=body.digest)


@router.get("/refusals")
def refusals(service: ServiceDep, _: Anybody) -> Json:
    """What the gate refused in the last run, with reasons and numbers."""
    return {"refusals": service.refusals()}


@router.get("/releases")
def releases(service: ServiceDep, _: Anybody, as_of: AsOf = None) -> Json:
    """List the releases, the live one marked; with `as_of` those of then, and the one that was live then."""
    return {"releases": service.releases(as_of), "history": service.release_history()}


@router.get("/releases/next")
def next_release(service: ServiceDep, _: Anybody) -> Json:
    """See what publishing now would change: which rules and items come, change and go, and what it would end."""
    return service.next_release()


@router.get("/releases/{number}")
def release(number: ReleaseNumber, service: ServiceDep, _: Anybody) -> Json:
    """One release, and what serving it in place of the live one would change and end."""
    return service.release(number)


@router.post("/releases", status_code=201)
def publish(service: ServiceDep, who: Manager, body: PublishRequest | None = None, *, aside: bool = False) -> Json:
    """Publish what is approved as a new release; ``aside`` keeps it, and the live one goes on being served.

    Refused where nothing would change, and where a live rule would go or a challenge end that `removes` and
    `ends_challenger` do not confirm. `GET /v1/releases/next` tells all of it before.
    """
    return service.publish(who.name, aside=aside, confirmed=(body or PublishRequest()).confirmed())


@router.post("/releases/{number}/rollback")
def rollback(number: ReleaseNumber, service: ServiceDep, who: Manager, body: PublishRequest | None = None) -> Json:
    """Serve an earlier release again; refused where it would end a challenge that `ends_challenger` does not confirm.

    `GET /v1/releases/{number}` tells before what would change and end.
    """
    return service.rollback(number, who.name, (body or PublishRequest()).confirmed())


def _wanted(request: Request) -> str | None:
    """The form of linked data that is asked for; ``None`` for JSON."""
    return next((kind for kind in RDF_TYPES if kind in request.headers.get("accept", "")), None)
