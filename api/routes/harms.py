"""Calls about what must never be seen together: the table of it, and whether the next release keeps to it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from api.dependencies import Anybody, HarmsDep, Manager
from api.routes.answers.base import PlainAnswer
from api.routes.answers.harms import HarmCheckAnswer, HarmsAnswer
from api.routes.rules import FileName
from api.routes.schemas import MOST_RELEASES

router = APIRouter(prefix="/v1", tags=["harms"])

AnyRelease = Annotated[int | None, Query(ge=1, le=MOST_RELEASES, description="the next one where it is left out")]
_TOML = "application/octet-stream"
_BROUGHT: dict[str, Any] = {"requestBody": {"required": True, "content": {
    _TOML: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("/harms", response_model=HarmsAnswer)
def harms(table: HarmsDep, _: Anybody) -> PlainAnswer:
    """List the rows by which every release is checked, and who brought the base's own ones in when."""
    return PlainAnswer(table.listed())


@router.put("/harms", openapi_extra=_BROUGHT, response_model=HarmsAnswer)
def put_harms(table: HarmsDep, who: Manager, name: FileName,
              body: Annotated[bytes, Body(media_type=_TOML)]) -> PlainAnswer:
    """Put the rows of a TOML file in place of the base's own ones, all of it or nothing; the shipped ones stay."""
    return PlainAnswer(table.take_in(body, name, who.name))


@router.get("/harms/check", response_model=HarmCheckAnswer)
def check_harms(table: HarmsDep, _: Anybody, release: AnyRelease = None) -> PlainAnswer:
    """See what publishing now, or serving a release, would let customers see that a row forbids; nothing is written."""
    return PlainAnswer(table.of_next() if release is None else table.of_release(release))
