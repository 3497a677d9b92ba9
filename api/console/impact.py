"""The page that tells what recommending brought."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.console.render import page
from api.dependencies import Agent, ImpactDep
from api.use_cases.impact import FOLLOWED_DAYS, MOST_DAYS

router = APIRouter(prefix="/impact", include_in_schema=False)
_DAYS_OFFERED = (7, 28, 90)


@router.get("")
def impact_page(request: Request, impact: ImpactDep, _: Agent,
                days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = FOLLOWED_DAYS) -> Response:
    """Counts, those who were held out, and what to switch on where something is missing."""
    return page(request, "impact.html", report=impact.counted(days), offered=sorted({*_DAYS_OFFERED, days}))


@router.get("/log")
def impact_log(request: Request, impact: ImpactDep, _: Agent,
               days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = FOLLOWED_DAYS) -> Response:
    """What the log tells; apart, because every answer in which a card could be drawn is decided again for it."""
    return page(request, "_impact_log.html", log=impact.logged(days), days=days)
