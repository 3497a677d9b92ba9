"""Calls on the moment of the base, from which everything asks *how long ago*: read it, and set it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BeforeValidator, Field

from api.cancellation import ProgressDep
from api.dependencies import Anybody, IngestionDep, Manager
from api.routes.answers.moment import MomentAnswer
from api.routes.schemas import RequestBody

router = APIRouter(prefix="/v1", tags=["moment"])


class MomentRequest(RequestBody):
    """To which moment the base is set."""

    moment: Annotated[str, BeforeValidator(str)] = Field(
        min_length=1, max_length=40, examples=["2011-12-10", "data", "wall"],
        description="a day (its end, in the base's zone), an ISO 8601 instant or epoch seconds, which then stays;"
                    " `data`: the last of the data, whatever comes in; `wall`: the clock on the wall")


@router.get("/moment")
def moment(ingestion: IngestionDep, _: Anybody) -> MomentAnswer:
    """Read the moment, whether it stays, and who set it when and what stood before."""
    return MomentAnswer.model_validate(ingestion.moment())


@router.post("/moment")
def set_moment(body: MomentRequest, ingestion: IngestionDep, who: Manager, progress: ProgressDep) -> MomentAnswer:
    """Set the moment and compute the facts anew at it; answers when they are in place, decisions go on meanwhile."""
    return MomentAnswer.model_validate(ingestion.set_moment(body.moment, who.name, progress=progress))
