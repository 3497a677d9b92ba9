"""The manager's pages: review what was mined, walk from an item to its data, publish and roll back."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from api.callers import Agent, Manager, Served
from api.console.customers import Json
from api.console.faults import same_site
from api.console.render import page
from api.service import Service
from ontology.vocabulary import KnowledgeStatus, PatternKind

router = APIRouter(include_in_schema=False)
_ITEMS_A_PAGE = 25
_REFUSALS_SHOWN = 200


class Filter(BaseModel):
    """Which items to list."""

    status: KnowledgeStatus = KnowledgeStatus.PROPOSED
    kind: PatternKind | Literal[""] = ""
    q: str = Field(default="", max_length=200)
    cursor: str = ""


class Verdict(BaseModel):
    """A manager's verdict."""

    verdict: Literal["approve", "reject"]
    reason: str = Field(default="", max_length=2000)


@router.get("/knowledge")
def inbox(request: Request, service: Served, _: Manager, asked: Annotated[Filter, Query()]) -> Response:
    """Items of one status, by default those that wait for a verdict, with their numbers and rules."""
    listing = service.list_knowledge(status=asked.status, kind=asked.kind or None, q=asked.q, cursor=asked.cursor,
                                     limit=_ITEMS_A_PAGE)
    rules = {item["id"]: service.knowledge(item["id"])["rule"] for item in listing["items"]}
    return page(request, "inbox.html", listing=listing, rules=rules, asked=asked, kinds=list(PatternKind),
                statuses=list(KnowledgeStatus))


@router.get("/knowledge/refused")
def refused(request: Request, service: Served, _: Manager) -> Response:
    """What the gate did not let through, with the reasons."""
    counts = service.list_knowledge(status=None, kind=None, q="", cursor="", limit=1)["counts"]
    return page(request, "refused.html", refusals=service.refusals(), most=_REFUSALS_SHOWN, counts=counts,
                statuses=list(KnowledgeStatus))


@router.get("/knowledge/{item_id}")
def knowledge_page(request: Request, service: Served, _: Agent, item_id: str) -> Response:
    """One item, and the walk from it to the run and the data."""
    return page(request, "knowledge.html", **service.knowledge(item_id))


@router.post("/knowledge/{item_id}/review", dependencies=[Depends(same_site)])
def review(request: Request, service: Served, manager: Manager, item_id: str,
           said: Annotated[Verdict, Form()]) -> Response:
    """Approve or reject an item; its row is replaced by the verdict."""
    service.review(item_id, said.verdict, said.reason.strip(), manager.name)
    return page(request, "_reviewed.html", verdict=said.verdict, item=service.knowledge(item_id)["item"])


@router.get("/releases")
def releases_page(request: Request, service: Served, _: Manager,
                  done: Literal["", "published", "rolled_back", "aside"] = "") -> Response:
    """What is live, what was, and what publishing would change."""
    return page(request, "releases.html", done=done, releases=service.releases(), approved=_approved(service),
                levers=service.levers())


@router.get("/findings")
def findings_page(request: Request, service: Served, _: Manager) -> Response:
    """What is wrong, or looks wrong, with the rules that are live or wait for a verdict."""
    return page(request, "findings.html", findings=service.findings())


@router.post("/releases", dependencies=[Depends(same_site)])
def publish(service: Served, manager: Manager) -> Response:
    """Publish what is approved."""
    service.publish(manager.name)
    return RedirectResponse("/releases?done=published", status_code=303)


@router.post("/releases/aside", dependencies=[Depends(same_site)])
def publish_aside(service: Served, manager: Manager) -> Response:
    """Publish what is approved, and go on serving the live release."""
    service.publish(manager.name, aside=True)
    return RedirectResponse("/releases?done=aside", status_code=303)


@router.post("/releases/{number}/rollback", dependencies=[Depends(same_site)])
def rollback(service: Served, manager: Manager, number: int) -> Response:
    """Make an earlier release live again."""
    service.rollback(number, manager.name)
    return RedirectResponse("/releases?done=rolled_back", status_code=303)


def _approved(service: Service) -> list[Json]:
    """Every approved item that is not yet live, whatever the size of a page is."""
    items: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        listing = service.list_knowledge(status=KnowledgeStatus.APPROVED, kind=None, q="", cursor=cursor,
                                         limit=_ITEMS_A_PAGE)
        items += listing["items"]
        cursor = listing["next"] or None
    return items
