"""Calls of knowledge managers, and what everybody may read of knowledge."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.callers import Anybody, Manager, Served
from api.cases.knowledge.linked import RDF_TYPES
from api.routes.schemas import AsOf, KnowledgeQuery, KnowledgeRequest, KnownAt, ReviewRequest

router = APIRouter(prefix="/v1", tags=["knowledge"])
Json = dict[str, Any]


@router.get("/customers", tags=["customers"])
def find_customers(service: Served, _: Anybody, q: str = "",
                   limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
    """Find customers by id or name."""
    return {"customers": service.find_customers(q, limit)}


@router.get("/customers/{customer_id}/knowledge-map", tags=["customers"])
def knowledge_map(customer_id: str, request: Request, service: Served, _: Anybody,
                  as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """Everything known of a customer in three kinds; JSON, JSON-LD, Turtle or TriG by ``Accept``.

    `as_of` alone asks *what did we know on that day*; `gaps` says what is not known of a past.
    """
    wanted = _wanted(request) or "application/json"
    return Response(service.maps.written(customer_id, wanted, as_of, known_at), media_type=wanted)


@router.get("/segments/{item_id}/customers", tags=["customers"])
def segment_customers(item_id: str, service: Served, _: Anybody, cursor: str = "",
                      limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Json:
    """Who is in a segment, page by page."""
    return service.customers_of(item_id, cursor=cursor, limit=limit)


@router.get("/indicators")
def indicators(service: Served, _: Anybody) -> Json:
    """List the indicators with formula, unit, group, owner and coverage."""
    return {"indicators": service.indicators()}


@router.get("/knowledge")
def list_knowledge(request: Request, service: Served, _: Anybody, asked: Annotated[KnowledgeQuery, Query()]) -> Any:
    """List knowledge items by status, kind of pattern and words; of a past, as they were true and known then.

    With `Accept` JSON-LD, Turtle or TriG: all that the live release publishes (with an instant, the one of then), with
    its sources in PROV-O; in TriG the release is the named graph. The other parameters do not narrow that.
    """
    wanted = _wanted(request)
    if wanted is not None:
        return Response(service.linked.written(wanted, asked.as_of, asked.known_at), media_type=wanted)
    return service.list_knowledge(asked.status, asked.kind, asked.q, asked.cursor, asked.limit, as_of=asked.as_of,
                                  known_at=asked.known_at)


@router.get("/knowledge/{item_id}")
def knowledge(item_id: str, service: Served, _: Anybody) -> Json:
    """One item with its rule, its run and its data."""
    return service.knowledge(item_id)


@router.post("/knowledge", status_code=201)
def propose(body: KnowledgeRequest, service: Served, who: Manager) -> Json:
    """Propose a person's experience as knowledge."""
    return service.propose_experience(body.statement_zh, body.statement_en, body.strength, who.name)


@router.post("/knowledge/{item_id}/review")
def review(item_id: str, body: ReviewRequest, service: Served, who: Manager) -> Json:
    """Approve, reject or retire an item; author and approver differ."""
    return service.review(item_id, body.verdict, body.reason, who.name)


@router.get("/refusals")
def refusals(service: Served, _: Anybody) -> Json:
    """What the gate refused in the last run, with reasons and numbers."""
    return {"refusals": service.refusals()}


@router.post("/rules/adopted", status_code=201)
def adopt_rules(service: Served, who: Manager) -> Json:
    """Approve the shipped hand-written rules, as far as they are new here; the next release has them."""
    return {"adopted": service.seed_rules(who.name)}


@router.get("/rules/findings")
def findings(service: Served, _: Anybody) -> Json:
    """What is wrong, or looks wrong, with the rules that are live or wait for a verdict; errors first."""
    return {"findings": service.findings()}


@router.get("/releases")
def releases(service: Served, _: Anybody, as_of: AsOf = None) -> Json:
    """List the releases, the live one marked; with `as_of` those of then, and the one that was live then."""
    return {"releases": service.releases(as_of), "history": service.release_history()}


@router.post("/releases", status_code=201)
def publish(service: Served, who: Manager, *, aside: bool = False) -> Json:
    """Publish what is approved as a new release; ``aside`` keeps it, and the live one goes on being served."""
    return service.publish(who.name, aside=aside)


@router.post("/releases/{number}/rollback")
def rollback(number: int, service: Served, who: Manager) -> Json:
    """Serve an earlier release again."""
    return service.rollback(number, who.name)


def _wanted(request: Request) -> str | None:
    """The form of linked data that is asked for; ``None`` for JSON."""
    return next((kind for kind in RDF_TYPES if kind in request.headers.get("accept", "")), None)
