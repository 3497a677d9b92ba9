"""The page that tells what recommending brought."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api.console.faults import same_site
from api.console.render import page
from api.console.simulations import DraftForm
from api.dependencies import Agent, ImpactDep, Manager
from api.use_cases.impact import FOLLOWED_DAYS, MOST_DAYS
from ontology.vocabulary import ActionFamily

router = APIRouter(prefix="/impact", include_in_schema=False)
_DAYS_OFFERED = (7, 28, 90)


class EstimateForm(DraftForm):
    """The draft to estimate, as a simulation takes it, and for how long each customer is followed."""

    days: int = Field(default=FOLLOWED_DAYS, ge=1, le=MOST_DAYS)


@router.get("")
def impact_page(request: Request, impact: ImpactDep, _: Agent,
                days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = FOLLOWED_DAYS) -> Response:
    """Counts, those who were held out, and what to switch on where something is missing."""
    return page(request, "impact.html", report=impact.counted(days), offered=sorted({*_DAYS_OFFERED, days}))


@router.get("/log")
def impact_log(request: Request, impact: ImpactDep, _: Agent,
               days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = FOLLOWED_DAYS) -> Response:
    """What the log tells; apart, because every answer in which a card could be drawn is decided again for it."""
    return page(request, "_impact_log.html", log=impact.logged(days), days=days, families=list(ActionFamily))


@router.post("/draft", dependencies=[Depends(same_site)])
def impact_draft(request: Request, impact: ImpactDep, _: Manager,
                 said: Annotated[EstimateForm, Form()]) -> Response:
    """What a draft would have brought, from the log; nothing is kept."""
    draft = said.draft()
    return page(request, "impact_draft.html", one=impact.estimate(draft, said.days), draft=draft, days=said.days)
