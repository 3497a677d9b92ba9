"""Signing in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import page
from api.security.keys import COOKIE, AccessKeys
from kb.errors import Unauthenticated

router = APIRouter(include_in_schema=False)
_WORKDAY_SECONDS = 12 * 3600


class KeyForm(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(default="", max_length=200)


@router.get("/login")
def login_page(request: Request) -> Response:
    """Ask for the key."""
    return page(request, "login.html", refused=False)


@router.post("/login", dependencies=[Depends(same_site)])
def login(request: Request, said: Annotated[KeyForm, Form()]) -> Response:
    """Keep a valid key in a cookie that no script can read, for one working day."""
    keys: AccessKeys = request.app.state.access
    try:
        keys.holder(said.key.strip())
    except Unauthenticated:
        return page(request, "login.html", status=401, refused=True)
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, said.key.strip(), max_age=_WORKDAY_SECONDS, httponly=True, samesite="strict",
                      secure=request.url.scheme == "https")
    return answer


@router.post("/logout", dependencies=[Depends(same_site)])
def logout() -> Response:
    """Forget the key."""
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer
