"""Calls of systems and agents: decisions, why not, outcomes, interactions, notes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.cancellation import Waited
from api.dependencies import Anybody, DecidingDep, Manager, RecordingDep
from api.peer_wait import Waits
from api.routes.schemas import CaseRequest, DecisionRequest, InteractionRequest, NoteRequest, OutcomeRequest
from ontology.vocabulary import Channel
from rules.decision.request import ContactDirection

router = APIRouter(prefix="/v1", tags=["recommendations"])
Json = dict[str, Any]


@router.post("/decisions")
def decide(body: DecisionRequest, deciding: DecidingDep, _: Anybody) -> Json:
    """Rank the actions for each customer, each with its reasons and evidence.

    Each customer is in `decisions` or in `faults` (`{customer_id, kind, detail, hint}`), both in the order
    asked; who is named twice is answered once. One unknown customer alone is a 404. Without `context.direction` the
    channel says who addresses whom.
    """
    return deciding.decide(body.customer_ids, body.channel, body.context.said(), body.limit, include=body.include,
                          moment=body.moment)


@router.post("/decisions/all")
def decide_all(deciding: DecidingDep, _: Manager, waited: Waited, channel: Channel = Channel.PHONE,
               limit: Annotated[int, Query(ge=1, le=20)] = 3, direction: ContactDirection = "outbound") -> Json:
    """Decide for every customer of the base and sum up by family and status.

    Nobody called: a batch is outbound, and marketing needs a known consent, unless `direction=inbound` asks what
    would be said to each of them if they came to us.
    """
    return deciding.decide_all(channel=channel, limit=limit, progress=waited, direction=direction)


@router.get("/decisions/{decision_id}")
def stored_decision(decision_id: str, deciding: DecidingDep, _: Anybody) -> Json:
    """Read a stored decision with the facts it used."""
    return deciding.decision(decision_id)


@router.post("/decisions/{decision_id}/replay")
def replay(decision_id: str, deciding: DecidingDep, _: Anybody) -> Json:
    """Compute a stored decision again under its release and say whether it is equal."""
    return deciding.replay(decision_id)


@router.get("/customers/{customer_id}/why-not")
def why_not(customer_id: str, action_id: str, deciding: DecidingDep, _: Anybody,
            channel: Channel = Channel.PHONE, direction: ContactDirection | None = None) -> Json:
    """Say what keeps an action from being recommended to a customer; `direction` as in `POST /v1/decisions`."""
    return deciding.why_not(customer_id, action_id, channel=channel, direction=direction)


@router.post("/outcomes")
async def record_outcome(body: OutcomeRequest, recording: RecordingDep, who: Anybody, waiting: Waits) -> Json:
    """Record what came of an action; 200 also when repeated, 409 for a contradiction.

    404 with `Retry-After` where services share a graph and the decision is not known here yet: send it again.
    """
    return await waiting.until_known(lambda: recording.record_outcome(body.decision_id, body.action_id, body.outcome,
                                                                    who.name, at=body.at))


@router.post("/interactions")
def post_interaction(body: InteractionRequest, recording: RecordingDep, who: Anybody) -> Json:
    """Record a contact as it happens; the next decision knows it."""
    return recording.record_interaction(body.model_dump(exclude_none=True), who.name)


@router.post("/cases/{case_id:path}/resolve")
def resolve_case(case_id: str, recording: RecordingDep, who: Anybody, body: CaseRequest | None = None) -> Json:
    """Resolve a case, or the interaction of that id; one that is resolved stays so. The next decision knows it."""
    told = body or CaseRequest()
    return recording.change_case(case_id, resolved=True, author=who.name, reason=told.reason, at=told.at)


@router.post("/cases/{case_id:path}/reopen")
def reopen_case(case_id: str, recording: RecordingDep, who: Anybody, body: CaseRequest | None = None) -> Json:
    """Open a case again; one that is open stays so."""
    told = body or CaseRequest()
    return recording.change_case(case_id, resolved=False, author=who.name, reason=told.reason, at=told.at)


@router.post("/customers/{customer_id}/notes")
def add_note(customer_id: str, body: NoteRequest, recording: RecordingDep, who: Anybody) -> Json:
    """Add a person's note; it shows on the map at once, marked unreviewed."""
    return recording.add_note(customer_id, body.text, who.name)
