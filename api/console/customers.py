"""The agent's pages: find a customer, the knowledge map, recommended actions, and what came of them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.drawing import elements
from api.console.faults import same_site
from api.console.labels import spoken_value
from api.console.render import described, language_of, page
from api.console.words import word
from api.dependencies import Agent, CustomersDep, DecidingDep, RecordingDep
from api.peer_wait import Waits
from api.routes.schemas import Id, Name, NonBlank
from ontology.vocabulary import Channel, InteractionKind, OutcomeKind
from rules.decision.request import ContactDirection

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
_FOUND_AT_MOST = 20
_CARDS = 4
_MOST_CARDS = 20
_DAY = r"^(\d{4}-\d{2}-\d{2})?$"
_TOLD_BY_AGENTS = (InteractionKind.COMPLAINT, InteractionKind.ENQUIRY, InteractionKind.FAULT, InteractionKind.REPAIR,
                   InteractionKind.SURVEY, InteractionKind.SUGGESTION, InteractionKind.VISIT,
                   InteractionKind.FOLLOW_UP)


class MomentForm(BaseModel):
    """The moment of the contact, as the agent sees it."""

    channel: Channel = Channel.PHONE
    direction: ContactDirection = "inbound"
    cart: str = Field(default="", max_length=500)

    def context(self) -> Json:
        """The ``context`` of the decision request.

        >>> MomentForm(cart="SOAP， MILK,").context()
        {'direction': 'inbound', 'cart': ['SOAP', 'MILK']}
        """
        things = [thing.strip() for thing in self.cart.replace("，", ",").split(",") if thing.strip()]
        return {"direction": self.direction} | ({"cart": things} if things else {})


class LookForm(MomentForm):
    """The moment of the contact, or a day of the past to look at: what was true then, as it was known on another day.

    A day that is left out is now; where only ``as_of`` is given, what was known on that day counts.
    """

    as_of: str = Field(default="", pattern=_DAY)
    known_at: str = Field(default="", pattern=_DAY)


class ContactForm(MomentForm):
    """A contact to record, with the moment and the names of the cards that are on the page (``before``)."""

    model_config = ConfigDict(extra="forbid")

    interaction_id: Id
    kind: InteractionKind
    by: Channel
    topic: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=2_000)
    before: list[Name] = Field(default_factory=list, max_length=_MOST_CARDS)

    def interaction(self, customer_id: str) -> Json:
        """The body of ``POST /v1/interactions``."""
        return {"interaction_id": self.interaction_id, "customer_id": customer_id, "kind": self.kind.value,
                "channel": self.by.value} | {name: said for name, said in
                (("topic", self.topic.strip()), ("text", self.text.strip())) if said}


class CaseForm(MomentForm):
    """A case to resolve or to open again, with the moment and the names of the cards that are on the page."""

    model_config = ConfigDict(extra="forbid")

    case_id: Id
    resolved: bool
    reason: str = Field(default="", max_length=2_000)
    before: list[Name] = Field(default_factory=list, max_length=_MOST_CARDS)


class OutcomeForm(BaseModel):
    """What the customer said to an action."""

    model_config = ConfigDict(extra="forbid")

    decision_id: Id
    action_id: Id
    outcome: OutcomeKind


class NoteForm(BaseModel):
    """What the agent noted."""

    model_config = ConfigDict(extra="forbid")

    text: NonBlank = Field(min_length=1, max_length=2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChange:
    """How the cards differ from those that were on the page: the names of new and of vanished ones."""

    added: tuple[str, ...]
    gone: tuple[str, ...]


def change_between(before: Sequence[str], after: Sequence[str]) -> CardChange:
    """The names that came and went, in the order of the cards.

    >>> change_between(["a", "b"], ["c", "a"])
    CardChange(added=('c',), gone=('b',))
    """
    return CardChange(added=tuple(name for name in after if name not in before),
                      gone=tuple(name for name in before if name not in after))


@dataclass(frozen=True, slots=True)
class CustomerView:
    """What the pages of one request show of a customer: the map, and the cards."""

    request: Request
    customers: CustomersDep
    deciding: DecidingDep
    recording: RecordingDep

    def map(self, customer_id: str, asked: LookForm | None = None) -> Json:
        """The knowledge map, now or of the day that is asked for."""
        language = language_of(self.request)
        shown = self.customers.knowledge_map(customer_id) if asked is None else self.customers.knowledge_map(
            customer_id, asked.as_of or None, asked.known_at or None)
        customer: Mapping[str, str] = shown["customer"]
        name = customer.get("name") or word("home.customer", language) + " " + customer_id
        speak = partial(spoken_value, self.customers.words(), currency=described(self.request)["currency"],
                        language=language)
        return {"customer_id": customer_id, "name": name, "map": shown,
                "drawing": elements(shown, name, speak, language)}

    def cards(self, customer_id: str, moment: MomentForm) -> Json:
        """The recommended actions, recorded as shown; none before the first release."""
        if not described(self.request)["release"]:
            return {"decision": None, "moment": moment}
        answer = self.deciding.decide([customer_id], moment.channel, moment.context(), _CARDS)
        decision = answer["decisions"][0]
        self.recording.record_shown(decision["decision_id"], [action["action_id"] for action in decision["actions"]])
        return {"decision": decision, "moment": moment}

    def changed(self, customer_id: str, told: ContactForm | CaseForm) -> Json:
        """The map and the cards after something was recorded, and how the cards changed."""
        context = self.cards(customer_id, told)
        actions = context["decision"]["actions"] if context["decision"] else []
        after = [action["name"][language_of(self.request)] for action in actions]
        return self.map(customer_id) | context | {"change": change_between(told.before, after)}


View = Annotated[CustomerView, Depends()]


@router.get("/")
def home(request: Request, customers: CustomersDep, _: Agent,
         q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Find a customer, or take one that is worth opening; htmx asks for the list of the found alone."""
    found = customers.find(q.strip(), _FOUND_AT_MOST) if q.strip() else []
    if "hx-request" in request.headers:
        return page(request, "_found.html", q=q, found=found, most=_FOUND_AT_MOST)
    return page(request, "home.html", q=q, found=found, most=_FOUND_AT_MOST)


@router.get("/worth-opening")
def worth_opening(request: Request, deciding: DecidingDep, _: Agent) -> Response:
    """The customers worth opening; apart, because the first look after a release takes a while."""
    return page(request, "_worth.html", worth=deciding.worth_opening())


@router.get("/customers/{customer_id}")
def customer_page(request: Request, view: View, _: Agent, customer_id: str,
                  asked: Annotated[LookForm, Query()]) -> Response:
    """The knowledge map and the recommended actions of one customer; of a past day the map alone."""
    shown = view.map(customer_id, asked)
    is_past = shown["map"]["known_at"] is not None
    cards = {"decision": None, "moment": asked} if is_past else view.cards(customer_id, asked)
    return page(request, "customer.html", **shown, **cards, is_past=is_past, catalogue=view.deciding.actions(),
                channels=list(Channel), kinds=_TOLD_BY_AGENTS, interaction_id=_new_interaction_id(),
                days=_days(request, asked))


@router.get("/customers/{customer_id}/actions")
def cards(request: Request, view: View, _: Agent, customer_id: str,
          moment: Annotated[MomentForm, Query()]) -> Response:
    """The cards anew, for another channel or moment."""
    return page(request, "_actions.html", **view.cards(customer_id, moment))


@router.get("/customers/{customer_id}/why-not")
def why_not(request: Request, deciding: DecidingDep, _: Agent, customer_id: str, action_id: Id,  # noqa: PLR0913, PLR0917 - what is asked
            channel: Channel = Channel.PHONE, direction: ContactDirection = "inbound") -> Response:
    """Why an action is not recommended now."""
    answer = deciding.why_not(customer_id, action_id, channel=channel, direction=direction)
    return page(request, "_why_not.html", answer=answer)


@router.post("/outcomes", dependencies=[Depends(same_site)])
async def record_outcome(request: Request, recording: RecordingDep, agent: Agent, waiting: Waits,
                         told: Annotated[OutcomeForm, Form()]) -> Response:
    """Record what the customer said to an action."""
    def record() -> Response:
        recording.record_outcome(told.decision_id, told.action_id, told.outcome, agent.name)
        return page(request, "_outcome.html", outcome=told.outcome)

    return await waiting.until_known(record)


@router.post("/customers/{customer_id}/interactions", dependencies=[Depends(same_site)])
def record_contact(request: Request, view: View, recording: RecordingDep, agent: Agent,  # noqa: PLR0913, PLR0917 - what is said
                   customer_id: str, told: Annotated[ContactForm, Form()]) -> Response:
    """Record a contact; the cards and the map answer at once, and say what changed."""
    recording.record_interaction(told.interaction(customer_id), agent.name)
    return page(request, "_after_contact.html", **view.changed(customer_id, told),
                kind=told.kind, interaction_id=_new_interaction_id())


@router.post("/customers/{customer_id}/cases", dependencies=[Depends(same_site)])
def change_case(request: Request, view: View, recording: RecordingDep, agent: Agent,  # noqa: PLR0913, PLR0917 - what is said
                customer_id: str, told: Annotated[CaseForm, Form()]) -> Response:
    """Resolve a case or open it again; the cards and the map answer at once, and say what changed."""
    case = recording.change_case(told.case_id, resolved=told.resolved, author=agent.name, reason=told.reason)
    return page(request, "_after_case.html", **view.changed(customer_id, told),
                case=case)


@router.post("/customers/{customer_id}/notes", dependencies=[Depends(same_site)])
def add_note(request: Request, view: View, recording: RecordingDep, agent: Agent,  # noqa: PLR0913, PLR0917 - what is said
             customer_id: str, told: Annotated[NoteForm, Form()]) -> Response:
    """Add a note; the map shows it at once."""
    recording.add_note(customer_id, told.text.strip(), agent.name)
    return page(request, "_after_note.html", **view.map(customer_id))


def _days(request: Request, asked: LookForm) -> Json:
    """The days in the fields of the form, and the last ones that may be chosen."""
    base = described(request)
    today = datetime.now(ZoneInfo(base["zone"])).strftime("%Y-%m-%d")
    latest = base["as_of_text"][:len("2018-01-01")]
    return {"as_of": asked.as_of or latest, "known_at": asked.known_at or asked.as_of or today, "latest": latest,
            "today": today}


def _new_interaction_id() -> str:
    """One id for each form that is shown, so that sending it twice records one contact."""
    return f"console-{secrets.token_hex(8)}"
