"""The calls that tell what recommending brought, and what a draft would have."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Anybody, ImpactDep, Manager
from api.routes.answers.base import PlainAnswer
from api.routes.answers.impact import ImpactAnswer, ReweightedAnswer
from api.routes.schemas import DraftRequest
from api.routes.simulations import drafted
from api.use_cases.impact import FOLLOWED_DAYS, MOST_DAYS

router = APIRouter(prefix="/v1/impact", tags=["impact"])


Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="for how long each customer is followed")]


@router.get("", response_model=ImpactAnswer)
def impact(impact: ImpactDep, _: Anybody, days: Days = FOLLOWED_DAYS) -> PlainAnswer:
    """Tell what recommending brought, beside a control, with intervals that may be read on any day."""
    return PlainAnswer(impact.report(days))


@router.post("", response_model=ReweightedAnswer)
def estimate(body: DraftRequest, impact: ImpactDep, _: Manager, days: Days = FOLLOWED_DAYS) -> PlainAnswer:
    """Estimate from the log what a draft of the next release would have brought, or say why that cannot be told."""
    return PlainAnswer(impact.estimate(drafted(body), days))
