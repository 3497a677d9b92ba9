"""Calls of knowledge managers, and what everybody may read of knowledge."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import (
    Anybody,
    CustomersDep,
    DescribingDep,
    LinkedDep,
    Manager,
    PublishingDep,
    ReviewingDep,
)
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
from kb.curation.listing import ItemQuery

router = APIRouter(prefix="/v1", tags=["knowledge"])
Json = dict[str, Any]
ReleaseNumber = Annotated[int, Path(ge=1, le=MOST_RELEASES)]


@router.get("/customers", tags=["customers"])
def find_customers(customers: CustomersDep, _: Anybody, q: Annotated[str, Query(max_length=200)] = "",
                   limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
    """Find customers by id or name."""
    return {"customers": customers.find(q, limit)}


@router.get("/customers/{customer_id}/knowledge-map", tags=["customers"])
def knowledge_map(customer_id: str, request: Request, customers: CustomersDep, _: Anybody,
                  as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """Everything known of a customer in three kinds; JSON, JSON-LD, Turtle or TriG by ``Accept``.

    `as_of` alone asks *what did we know on that day*; `gaps` says what is not known of a past.
    """
    wanted = _wanted(request) or "application/json"
    return Response(customers.written_map(customer_id, wanted, as_of, known_at), media_type=wanted)


@router.get("/segments/{item_id}/customers", tags=["customers"])
def segment_customers(item_id: str, reviewing: ReviewingDep, _: Anybody,
                      cursor: Annotated[str, Query(max_length=200)] = "",
                      limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> Json:
    """Who is in a segment, page by page."""
    return reviewing.customers_of(item_id, cursor=cursor, limit=limit)


@router.get("/indicators")
def indicators(describing: DescribingDep, _: Anybody) -> Json:
    """List the indicators with formula, unit, group, owner and coverage."""
    return {"indicators": describing.indicators()}


@router.get("/knowledge")
def list_knowledge(request: Request, reviewing: ReviewingDep, linked: LinkedDep, _: Anybody,
                   asked: Annotated[KnowledgeQuery, Query()]) -> Any:
    """List knowledge items by status, kind of pattern, standing and words; of a past, as they were true and known then.

    With `Accept` JSON-LD, Turtle or TriG: all that the live release publishes (with an instant, the one of then), with
    its sources in PROV-O; in TriG the release is the named graph. The other parameters do not narrow that.
    """
    wanted = _wanted(request)
    if wanted is not None:
        return Response(linked.written(wanted, asked.as_of, asked.known_at), media_type=wanted)
    query = ItemQuery(status=asked.status, kind=asked.kind, standing=asked.standing, q=asked.q or "")
    return reviewing.items(query, asked.cursor, asked.limit, as_of=asked.as_of, known_at=asked.known_at)


@router.get("/knowledge/{item_id}")
def knowledge(item_id: str, reviewing: ReviewingDep, _: Anybody) -> Json:
    """One item with its rule, its run and its data, and the `digest` that an approval names."""
    return reviewing.item(item_id)


@router.post("/knowledge", status_code=201)
def propose(body: KnowledgeRequest, reviewing: ReviewingDep, who: Manager) -> Json:
    """Propose a person's experience as knowledge."""
    return reviewing.propose_experience(body.statement_zh, body.statement_en, body.strength, who.name)


@router.post("/knowledge/{item_id}/review")
def review(item_id: str, body: ReviewRequest, reviewing: ReviewingDep, who: Manager) -> Json:
    """Approve, reject or retire an item; author and approver differ, and an approval names what was read."""
    return reviewing.review(item_id, body.verdict, body.reason, who.name, read=body.digest)


@router.get("/refusals")
def refusals(reviewing: ReviewingDep, _: Anybody) -> Json:
    """What the gate refused in the last run, with reasons and numbers."""
    return {"refusals": reviewing.refusals()}


@router.get("/releases")
def releases(publishing: PublishingDep, _: Anybody, as_of: AsOf = None) -> Json:
    """List the releases, the live one marked; with `as_of` those of then, and the one that was live then."""
    return {"releases": publishing.listed(as_of), "history": publishing.history()}


@router.get("/releases/next")
def next_release(publishing: PublishingDep, _: Anybody) -> Json:
    """See what publishing now would change: which rules and items come, change and go, and what it would end."""
    return publishing.next()


@router.get("/releases/{number}")
def release(number: ReleaseNumber, publishing: PublishingDep, _: Anybody) -> Json:
    """One release, and what serving it in place of the live one would change and end."""
    return publishing.one(number)


@router.post("/releases", status_code=201)
def publish(publishing: PublishingDep, who: Manager, body: PublishRequest | None = None, *,
            aside: bool = False) -> Json:
    """Publish what is approved as a new release; ``aside`` keeps it, and the live one goes on being served.

    Refused where nothing would change, and where a live rule would go or a challenge end that `removes` and
    `ends_challenger` do not confirm. `GET /v1/releases/next` tells all of it before.
    """
    return publishing.publish(who.name, aside=aside, confirmed=(body or PublishRequest()).confirmed())


@router.post("/releases/{number}/rollback")
def rollback(number: ReleaseNumber, publishing: PublishingDep, who: Manager,
             body: PublishRequest | None = None) -> Json:
    """Serve an earlier release again; refused where it would end a challenge that `ends_challenger` does not confirm.

    `GET /v1/releases/{number}` tells before what would change and end.
    """
    return publishing.rollback(number, who.name, (body or PublishRequest()).confirmed())


def _wanted(request: Request) -> str | None:
    """The form of linked data that is asked for; ``None`` for JSON."""
    return next((kind for kind in RDF_TYPES if kind in request.headers.get("accept", "")), None)
