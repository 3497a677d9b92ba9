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
from api.routes.answers.base import PlainAnswer
from api.routes.answers.knowledge import (
    FoundCustomersAnswer,
    IndicatorsAnswer,
    ItemAnswer,
    ItemCustomersAnswer,
    ItemDetailAnswer,
    ItemsAnswer,
    RefusalsAnswer,
)
from api.routes.answers.knowledge_map import KnowledgeMapAnswer
from api.routes.answers.releases import (
    NextReleaseAnswer,
    PublishedReleaseAnswer,
    ReleaseDetailAnswer,
    ReleasesAnswer,
)
from api.routes.schemas import (
    MOST_RELEASES,
    AsOf,
    ItemReviewRequest,
    KnowledgeQuery,
    KnowledgeRequest,
    KnownAt,
    PublishRequest,
)
from api.use_cases.knowledge.linked import JSON_LD, RDF_TYPES, TRIG, TURTLE
from kb.curation.listing import ItemQuery

router = APIRouter(prefix="/v1", tags=["knowledge"])
LINKED_DATA: dict[int | str, dict[str, Any]] = {200: {"content": {
    JSON_LD: {"schema": {"type": "object", "description": "a graph in JSON-LD"}},
    TURTLE: {"schema": {"type": "string"}}, TRIG: {"schema": {"type": "string"}}}}}
ReleaseNumber = Annotated[int, Path(ge=1, le=MOST_RELEASES)]


@router.get("/customers", tags=["customers"], response_model=FoundCustomersAnswer)
def find_customers(customers: CustomersDep, _: Anybody, q: Annotated[str, Query(max_length=200)] = "",
                   limit: Annotated[int, Query(ge=1, le=100)] = 20) -> PlainAnswer:
    """Find customers by id or name."""
    return PlainAnswer({"customers": customers.find(q, limit)})


@router.get("/customers/{customer_id}/knowledge-map", tags=["customers"], response_model=KnowledgeMapAnswer,
            responses=LINKED_DATA)
def knowledge_map(customer_id: str, request: Request, customers: CustomersDep, _: Anybody,
                  as_of: AsOf = None, known_at: KnownAt = None) -> Response:
    """Everything known of a customer in three kinds; JSON, JSON-LD, Turtle or TriG by ``Accept``.

    `as_of` alone asks *what did we know on that day*; `gaps` says what is not known of a past.
    """
    wanted = _wanted(request) or "application/json"
    return Response(customers.written_map(customer_id, wanted, as_of, known_at), media_type=wanted)


@router.get("/segments/{item_id}/customers", tags=["customers"], response_model=ItemCustomersAnswer)
def segment_customers(item_id: str, reviewing: ReviewingDep, _: Anybody,
                      cursor: Annotated[str, Query(max_length=200)] = "",
                      limit: Annotated[int, Query(ge=1, le=1_000)] = 100) -> PlainAnswer:
    """Who is in a segment, page by page."""
    return PlainAnswer(reviewing.customers_of(item_id, cursor=cursor, limit=limit))


@router.get("/indicators", response_model=IndicatorsAnswer)
def indicators(describing: DescribingDep, _: Anybody) -> PlainAnswer:
    """List the indicators with formula, unit, group, owner and coverage."""
    return PlainAnswer({"indicators": describing.indicators()})


@router.get("/knowledge", response_model=ItemsAnswer, responses=LINKED_DATA)
def list_knowledge(request: Request, reviewing: ReviewingDep, linked: LinkedDep, _: Anybody,
                   asked: Annotated[KnowledgeQuery, Query()]) -> Response:
    """List knowledge items by status, kind of pattern, standing and words; of a past, as they were true and known then.

    With `Accept` JSON-LD, Turtle or TriG: all that the live release publishes (with an instant, the one of then), with
    its sources in PROV-O; in TriG the release is the named graph. The other parameters do not narrow that.
    """
    wanted = _wanted(request)
    if wanted is not None:
        return Response(linked.written(wanted, asked.as_of, asked.known_at), media_type=wanted)
    query = ItemQuery(status=asked.status, kind=asked.kind, standing=asked.standing, q=asked.q or "",
                      is_lapsed=asked.lapsed)
    return PlainAnswer(reviewing.items(query, asked.cursor, asked.limit, as_of=asked.as_of, known_at=asked.known_at))


@router.get("/knowledge/{item_id}", response_model=ItemDetailAnswer)
def knowledge(item_id: str, reviewing: ReviewingDep, _: Anybody) -> PlainAnswer:
    """One item with its rule, its run and its data, what each run measured, and the `digest` that an approval names."""
    return PlainAnswer(reviewing.item(item_id))


@router.post("/knowledge", status_code=201, response_model=ItemAnswer)
def propose(body: KnowledgeRequest, reviewing: ReviewingDep, who: Manager) -> PlainAnswer:
    """Propose a person's experience as knowledge."""
    return PlainAnswer(reviewing.propose_experience(body.statement_zh, body.statement_en, body.strength, who.name), 201)


@router.post("/knowledge/{item_id}/review", response_model=ItemAnswer)
def review(item_id: str, body: ItemReviewRequest, reviewing: ReviewingDep, who: Manager) -> PlainAnswer:
    """Approve, reject or retire an item; author and approver differ, and an approval names what was read.

    Of what has ceased to hold: `keep` it in use with a reason, or `wait` for what the next run says.
    """
    return PlainAnswer(reviewing.review(item_id, body.verdict, body.reason, who.name, read=body.digest))


@router.get("/refusals", response_model=RefusalsAnswer)
def refusals(reviewing: ReviewingDep, _: Anybody) -> PlainAnswer:
    """What the gate refused in the last run, with reasons and numbers."""
    return PlainAnswer({"refusals": reviewing.refusals()})


@router.get("/releases", response_model=ReleasesAnswer)
def releases(publishing: PublishingDep, _: Anybody, as_of: AsOf = None) -> PlainAnswer:
    """List the releases, the live one marked; with `as_of` those of then, and the one that was live then."""
    return PlainAnswer({"releases": publishing.listed(as_of), "history": publishing.history()})


@router.get("/releases/next", response_model=NextReleaseAnswer)
def next_release(publishing: PublishingDep, _: Anybody) -> PlainAnswer:
    """See what publishing now would change: which rules and items come, change and go, and what it would end."""
    return PlainAnswer(publishing.next())


@router.get("/releases/{number}", response_model=ReleaseDetailAnswer)
def release(number: ReleaseNumber, publishing: PublishingDep, _: Anybody) -> PlainAnswer:
    """One release, and what serving it in place of the live one would change and end."""
    return PlainAnswer(publishing.one(number))


@router.post("/releases", status_code=201, response_model=PublishedReleaseAnswer)
def publish(publishing: PublishingDep, who: Manager, body: PublishRequest | None = None, *,
            aside: bool = False) -> PlainAnswer:
    """Publish what is approved as a new release; ``aside`` keeps it, and the live one goes on being served.

    Refused where nothing would change, and where a live rule would go or a challenge end that `removes` and
    `ends_challenger` do not confirm. `GET /v1/releases/next` tells all of it before.
    """
    return PlainAnswer(publishing.publish(who.name, aside=aside, confirmed=(body or PublishRequest()).confirmed()), 201)


@router.post("/releases/{number}/rollback", response_model=PublishedReleaseAnswer)
def rollback(number: ReleaseNumber, publishing: PublishingDep, who: Manager,
             body: PublishRequest | None = None) -> PlainAnswer:
    """Serve an earlier release again; refused where it would end a challenge that `ends_challenger` does not confirm.

    So it is where customers of today would see what must never be seen, unless `accept_harm` says why.
    `GET /v1/releases/{number}` tells before what would change and end, `GET /v1/harms/check` what would be seen.
    """
    return PlainAnswer(publishing.rollback(number, who.name, (body or PublishRequest()).confirmed()))


def _wanted(request: Request) -> str | None:
    """The form of linked data that is asked for; ``None`` for JSON."""
    return next((kind for kind in RDF_TYPES if kind in request.headers.get("accept", "")), None)
