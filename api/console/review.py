"""The manager's pages: review what was mined, walk from an item to its data."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import described, page
from api.console.strength_chart import strength_chart
from api.dependencies import Agent, Manager, PausingDep, ReviewingDep, RulesDep
from api.routes.pauses import PausesNumber
from kb.curation.listing import ItemQuery
from kb.errors import ChangedMeanwhile
from kb.model.pattern import iso_instant
from kb.model.pauses import PauseMode
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

router = APIRouter(include_in_schema=False)
_ITEMS_A_PAGE = 25
_REFUSALS_SHOWN = 200


class ItemFilter(BaseModel):
    """Which items to list."""

    status: KnowledgeStatus = KnowledgeStatus.PROPOSED
    kind: PatternKind | Literal[""] = ""
    standing: Standing | Literal[""] = ""
    q: str = Field(default="", max_length=200)
    cursor: str = Field(default="", max_length=200)


class VerdictForm(BaseModel):
    """A manager's verdict on what the page has shown: ``digest`` is of that."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["approve", "reject", "retire", "keep", "wait"]
    reason: str = Field(default="", max_length=2000)
    digest: str = Field(max_length=100)


@router.get("/knowledge")
def inbox(request: Request, reviewing: ReviewingDep, rules: RulesDep, _: Manager,
          asked: Annotated[ItemFilter, Query()]) -> Response:
    """Items of one status, by default those that wait for a verdict, with their numbers and rules."""
    listing = reviewing.inbox(ItemQuery(status=asked.status, kind=asked.kind or None, standing=asked.standing or None,
                                      q=asked.q), asked.cursor, _ITEMS_A_PAGE)
    return page(request, "inbox.html", listing=listing, found=listing["found"], asked=asked, kinds=list(PatternKind),
                statuses=list(KnowledgeStatus), standings=list(Standing), drafts=rules.count_waiting(),
                lapsed=listing["lapsed"])


@router.get("/knowledge/refused")
def refused(request: Request, reviewing: ReviewingDep, rules: RulesDep, _: Manager) -> Response:
    """What the gate did not let through, with the reasons."""
    return page(request, "refused.html", refusals=reviewing.refusals(), most=_REFUSALS_SHOWN,
                counts=reviewing.counts(), lapsed=reviewing.count_lapsed(),
                statuses=list(KnowledgeStatus), drafts=rules.count_waiting())


@router.get("/knowledge/lapsed")
def lapsed(request: Request, reviewing: ReviewingDep, rules: RulesDep, pausing: PausingDep, _: Manager,
           cursor: Annotated[str, Query(max_length=200)] = "") -> Response:
    """What is in use and has ceased to hold, with what changed, and what becomes of the rules that rest on it."""
    listing = reviewing.inbox(ItemQuery(is_lapsed=True), cursor, _ITEMS_A_PAGE)
    return page(request, "lapsed.html", listing=listing, statuses=list(KnowledgeStatus), drafts=rules.count_waiting(),
                lapsed=listing["lapsed"], pauses=pausing.listed(), modes=list(PauseMode))


@router.post("/knowledge/lapsed/policy", dependencies=[Depends(same_site)])
def set_pause_policy(pausing: PausingDep, manager: Manager, mode: Annotated[PauseMode, Form()]) -> Response:
    """Set what becomes of rules whose knowledge no longer holds."""
    pausing.set_mode(mode, manager.name)
    return RedirectResponse("/knowledge/lapsed", status_code=303)


@router.post("/knowledge/lapsed/pauses/{number}/use", dependencies=[Depends(same_site)])
def use_pauses(pausing: PausingDep, manager: Manager, number: PausesNumber) -> Response:
    """Make decisions under a state of the pauses from now on."""
    pausing.use(number, manager.name)
    return RedirectResponse("/knowledge/lapsed", status_code=303)


@router.get("/knowledge/{item_id}")
def knowledge_page(request: Request, reviewing: ReviewingDep, _: Agent, item_id: str) -> Response:
    """One item, how it fares from run to run, and the walk from it to the run and the data."""
    found = reviewing.item(item_id)
    now = iso_instant(described(request)["as_of"])
    chart = strength_chart(found["measurements"], now=now, half_life_days=found["item"]["half_life_days"])
    return page(request, "knowledge.html", chart=chart, now=now, **found)


@router.post("/knowledge/{item_id}/review", dependencies=[Depends(same_site)])
def review(request: Request, reviewing: ReviewingDep, manager: Manager, item_id: str,
           said: Annotated[VerdictForm, Form()]) -> Response:
    """Give a verdict on an item; its row is replaced by the verdict, or by what stands there now."""
    try:
        reviewing.review(item_id, said.verdict, said.reason.strip(), manager.name, read=said.digest)
    except ChangedMeanwhile:
        found = reviewing.item(item_id)
        return page(request, "_item_changed.html", status=409, found=found, item=found["item"], rule=found["rule"])
    return page(request, "_reviewed.html", verdict=said.verdict, item=reviewing.item(item_id)["item"])
