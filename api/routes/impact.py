"""The call that tells what recommending brought."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Anybody, ImpactDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.impact import ImpactAnswer
from api.use_cases.impact import FOLLOWED_DAYS, MOST_DAYS

router = APIRouter(prefix="/v1/impact", tags=["impact"])


@router.get("", response_model=ImpactAnswer)
def impact(impact: ImpactDep, _: Anybody,
           days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="for how long each customer is followed")]
           = FOLLOWED_DAYS) -> PlainAnswer:
    """Tell what recommending brought, beside a control, with intervals that may be read on any day."""
    return PlainAnswer(impact.report(days))
