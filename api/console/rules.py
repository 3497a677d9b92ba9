"""The manager's pages of rules: drafts beside what is approved, and the verdicts on them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.console.faults import same_site
from api.console.render import page
from api.console.review import VerdictForm
from api.dependencies import Manager, ReviewingDep, RulesDep
from kb.errors import ChangedMeanwhile
from ontology.vocabulary import KnowledgeStatus

router = APIRouter(prefix="/rules", include_in_schema=False)
_RULES_A_PAGE = 50
_DRAFTS_SHOWN = 50


class RuleFilter(BaseModel):
    """Which rules to list."""

    q: str = Field(default="", max_length=200)
    cursor: str = Field(default="", max_length=500)


@router.get("")
def rules_page(request: Request, reviewing: ReviewingDep, rules: RulesDep, _: Manager,
               asked: Annotated[RuleFilter, Query()]) -> Response:
    """The drafts that wait for a verdict, and all rules."""
    counts = reviewing.counts()
    drafts = [] if asked.q or asked.cursor else rules.waiting(_DRAFTS_SHOWN)
    return page(request, "rules.html", drafts=drafts, asked=asked, counts=counts, lapsed=reviewing.count_lapsed(),
                statuses=list(KnowledgeStatus),
                listing=rules.listed(q=asked.q, cursor=asked.cursor, limit=_RULES_A_PAGE))


@router.get("/{rule_id:path}")
def rule_page(request: Request, rules: RulesDep, _: Manager, rule_id: str) -> Response:
    """One rule, the draft of it beside what is approved, and the drafts that it has had."""
    return page(request, "rule.html", rule=rules.one(rule_id))


@router.post("/{rule_id:path}/review", dependencies=[Depends(same_site)])
def review(request: Request, rules: RulesDep, manager: Manager, rule_id: str,
           said: Annotated[VerdictForm, Form()]) -> Response:
    """Judge a draft or retire a rule; the row is replaced by the verdict, or by what stands there now."""
    try:
        rule = rules.review(rule_id, said.verdict, said.reason.strip(), manager.name, read=said.digest)
    except ChangedMeanwhile:
        return page(request, "_rule_changed.html", status=409, rule=rules.one(rule_id))
    return page(request, "_rule_reviewed.html", verdict=said.verdict, rule=rule)
