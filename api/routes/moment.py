"""Calls on the moment of the base, from which everything asks *how long ago*: read it, and set it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, Field

from api.cancellation import ProgressDep
from api.dependencies import Anybody, IngestionDep, Manager
from api.routes.schemas import RequestBody

router = APIRouter(prefix="/v1", tags=["moment"])


class MomentRequest(RequestBody):
    """To which moment the base is set."""

    moment: Annotated[str, BeforeValidator(str)] = Field(
        min_length=1, max_length=40, examples=["2011-12-10", "data", "wall"],
        description="a day (its end, in the base's zone), an ISO 8601 instant or epoch seconds, which then stays;"
                    " `data`: the last of the data, whatever comes in; `wall`: the clock on the wall")


class MomentSetting(BaseModel):
    """The moment as somebody set it; instants in epoch seconds, `null` is the clock on the wall."""

    at: int = Field(description="when it was set, by the clock on the wall")
    by: str = Field(description="who set it")
    before: int | None
    after: int | None
    stays: bool = Field(description="whether it stayed from then on, whatever came in")
    at_text: str
    before_text: str
    after_text: str


class MomentAnswer(BaseModel):
    """The moment of the base, and how people set it, the last setting last."""

    as_of: int | None = Field(description="epoch seconds; `null` where the base lives by the clock on the wall")
    as_of_text: str
    lives: bool = Field(description="whether it is the clock on the wall")
    stays: bool = Field(description="whether it stays whatever comes in; else it follows the data")
    changes: list[MomentSetting]


@router.get("/moment")
def moment(ingestion: IngestionDep, _: Anybody) -> MomentAnswer:
    """Read the moment, whether it stays, and who set it when and what stood before."""
    return MomentAnswer.model_validate(ingestion.moment())


@router.post("/moment")
def set_moment(body: MomentRequest, ingestion: IngestionDep, who: Manager, progress: ProgressDep) -> MomentAnswer:
    """Set the moment and compute the facts anew at it; answers when they are in place, decisions go on meanwhile."""
    return MomentAnswer.model_validate(ingestion.set_moment(body.moment, who.name, progress=progress))
