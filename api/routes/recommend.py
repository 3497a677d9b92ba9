"""Calls of systems and agents: decisions, why not, outcomes, interactions, notes."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.cancellation import Waited
from api.dependencies import Anybody, DecidingDep, Manager, RecordingDep
from api.peer_wait import Waits
from api.routes.answers.base import PlainAnswer
from api.routes.answers.decisions import (
    AllDecisionsAnswer,
    CaseAnswer,
    DecisionsAnswer,
    InteractionAnswer,
    NoteAnswer,
    OutcomeAnswer,
    ReplayAnswer,
    StoredDecisionAnswer,
    WhyNotAnswer,
)
from api.routes.schemas import CaseRequest, DecisionRequest, InteractionRequest, NoteRequest, OutcomeRequest
from ontology.vocabulary import Channel
from rules.decision.request import ContactDirection

router = APIRouter(prefix="/v1", tags=["recommendations"])


@router.post("/decisions", response_model=DecisionsAnswer)
def decide(body: DecisionRequest, deciding: DecidingDep, _: Anybody) -> PlainAnswer:
    """Rank the actions for each customer, each with its reasons and evidence.

    Each customer is in `decisions` or in `faults` (`{customer_id, kind, detail, hint}`), both in the order
    asked; who is named twice is answered once. One unknown customer alone is a 404. Without `context.direction` the
    channel says who addresses whom.
    """
    return PlainAnswer(deciding.decide(body.customer_ids, body.channel, body.context.said(), body.limit,
                                       include=body.include, moment=body.moment))


@router.post("/decisions/all", response_model=AllDecisionsAnswer)
def decide_all(deciding: DecidingDep, _: Manager, waited: Waited, channel: Channel = Channel.PHONE,
               limit: Annotated[int, Query(ge=1, le=20)] = 3, direction: ContactDirection = "outbound") -> PlainAnswer:
    """Decide for every customer of the base and sum up by family and status.

    Nobody called: a batch is outbound, and marketing needs a known consent, unless `direction=inbound` asks what
    would be said to each of them if they came to us.
    """
    return PlainAnswer(deciding.decide_all(channel=channel, limit=limit, progress=waited, direction=direction))


@router.get("/decisions/{decision_id}", response_model=StoredDecisionAnswer)
def stored_decision(decision_id: str, deciding: DecidingDep, _: Anybody) -> PlainAnswer:
    """Read a stored decision with the facts it used."""
    return PlainAnswer(deciding.decision(decision_id))


@router.post("/decisions/{decision_id}/replay", response_model=ReplayAnswer)
def replay(decision_id: str, deciding: DecidingDep, _: Anybody) -> PlainAnswer:
    """Compute a stored decision again under its release and say whether it is equal."""
    return PlainAnswer(deciding.replay(decision_id))


@router.get("/customers/{customer_id}/why-not", response_model=WhyNotAnswer)
def why_not(customer_id: str, action_id: str, deciding: DecidingDep, _: Anybody,
            channel: Channel = Channel.PHONE, direction: ContactDirection | None = None) -> PlainAnswer:
    """Say what keeps an action from being recommended to a customer; `direction` as in `POST /v1/decisions`."""
    return PlainAnswer(deciding.why_not(customer_id, action_id, channel=channel, direction=direction))


@router.post("/outcomes", response_model=OutcomeAnswer)
async def record_outcome(body: OutcomeRequest, recording: RecordingDep, who: Anybody, waiting: Waits) -> PlainAnswer:
    """Record what came of an action; 200 also when repeated, 409 for a contradiction.

    404 with `Retry-After` where services share a graph and the decision is not known here yet: send it again.
    """
    return PlainAnswer(await waiting.until_known(lambda: recording.record_outcome(
        body.decision_id, body.action_id, body.outcome, who.name, at=body.at)))


@router.post("/interactions", response_model=InteractionAnswer)
def post_interaction(body: InteractionRequest, recording: RecordingDep, who: Anybody) -> PlainAnswer:
    """Record a contact as it happens; the next decision knows it."""
    return PlainAnswer(recording.record_interaction(body.model_dump(exclude_none=True), who.name))


@router.post("/cases/{case_id:path}/resolve", response_model=CaseAnswer)
def resolve_case(case_id: str, recording: RecordingDep, who: Anybody, body: CaseRequest | None = None) -> PlainAnswer:
    """Resolve a case, or the interaction of that id; one that is resolved stays so. The next decision knows it."""
    told = body or CaseRequest()
    return PlainAnswer(recording.change_case(case_id, resolved=True, author=who.name, reason=told.reason, at=told.at))


@router.post("/cases/{case_id:path}/reopen", response_model=CaseAnswer)
def reopen_case(case_id: str, recording: RecordingDep, who: Anybody, body: CaseRequest | None = None) -> PlainAnswer:
    """Open a case again; one that is open stays so."""
    told = body or CaseRequest()
    return PlainAnswer(recording.change_case(case_id, resolved=False, author=who.name, reason=told.reason, at=told.at))


@router.post("/customers/{customer_id}/notes", response_model=NoteAnswer)
def add_note(customer_id: str, body: NoteRequest, recording: RecordingDep, who: Anybody) -> PlainAnswer:
    """Add a person's note; it shows on the map at once, marked unreviewed."""
    return PlainAnswer(recording.add_note(customer_id, body.text, who.name))
