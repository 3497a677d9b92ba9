"""Faults as pages: the problem in place where htmx asked, a whole page otherwise."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from inspect import isawaitable
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.console.render import language_of, page
from api.routes.problems import expected_of, status_of
from api.routes.validation import plain_place
from api.security.keys import principal
from kb.errors import Forbidden, Unauthenticated, ZhikeError
from ontology.text import Text

Handler = Callable[[Request, Any], Response | Awaitable[Response]]

_TITLES = {403: "forbidden", 404: "not_found", 409: "conflict", 422: "invalid", 503: "unavailable"}
_UNAUTHENTICATED = 401
_API = ("/v1", "/healthz", "/readyz", "/metrics")


def install(app: FastAPI) -> None:
    """Answer faults of the console as pages, and leave those of the API to the handlers that are in place."""
    for kind in (ZhikeError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _for_pages(app.exception_handlers[kind]))


def is_page(request: Request) -> bool:
    """Whether a person's browser asks, not a client of the API."""
    wants_html = "text/html" in request.headers.get("accept", "") or "hx-request" in request.headers
    return wants_html and not request.url.path.startswith(_API)


def same_site(request: Request) -> None:
    """Refuse what another site makes a browser send; a dependency of every page that changes something.

    Raises:
        Forbidden: If the browser says that the request did not start here.
    """
    site = request.headers.get("sec-fetch-site")
    if site is None:  # a browser that does not say it names the origin of what is posted; a program names neither
        origin = request.headers.get("origin")
        site = "none" if origin is None or urlsplit(origin).netloc == request.headers.get("host") else "cross-site"
    if site not in {"same-origin", "none"}:
        raise Forbidden(Text(zh="请求来自别的网站", en="the request came from another site"),
                        hint=Text(zh="请在本系统自己的页面上操作", en="act from the console's own pages"))


def fault_page(request: Request, status: int, detail: str, hint: str = "") -> Response:
    """The page of a fault; who is not signed in goes to the login page."""
    is_fragment = "hx-request" in request.headers
    if status == _UNAUTHENTICATED:
        return Response(status_code=status, headers={"HX-Redirect": "/login"}) if is_fragment \
            else RedirectResponse("/login", status_code=303)
    with suppress(Unauthenticated):
        principal(request)  # an unknown page has no guard that would have found it
    template = "_problem.html" if is_fragment else "fault.html"
    answer = page(request, template, status=status, title=f"fault.{_TITLES.get(status, 'failed')}", detail=detail,
                  hint=hint)
    answer.headers["HX-Retarget"] = "#notice"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def _for_pages(api_handler: Handler) -> Handler:
    async def answer(request: Request, fault: Exception) -> Response:  # async: Starlette awaits the handler within
        if is_page(request):
            return fault_page(request, *_told(request, fault))
        given = api_handler(request, fault)
        return await given if isawaitable(given) else given

    return answer


def _told(request: Request, fault: Exception) -> tuple[int, str, str]:
    """Status, detail and hint of a fault."""
    match fault:
        case ZhikeError():
            language = language_of(request)
            return status_of(fault), fault.message_text.say(language), fault.hint_text.say(language)
        case RequestValidationError():
            first = fault.errors()[0]
            expected = expected_of(request, first).say(language_of(request))
            return 422, ": ".join(filter(None, (plain_place(first), expected))), ""
        case HTTPException():
            return fault.status_code, request.url.path, ""
    return 500, str(fault), ""
