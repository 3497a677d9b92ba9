"""Faults as ``application/problem+json`` (RFC 9457): one table from class to HTTP status."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.routes.validation import plain_fault
from api.security.unknown_members import known_members, nearest_known
from kb.errors import (
    ChangedMeanwhile,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    RunUnderWay,
    Unauthenticated,
    Unavailable,
    ZhikeError,
)
from ontology.text import Text

STATUS_OF: dict[type[ZhikeError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    Conflict: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    Unavailable: 503,
    ZhikeError: 500,
}
_TITLES = {401: "Unauthenticated", 403: "Forbidden", 404: "Not found", 409: "Conflict", 422: "Invalid input",
           503: "Unavailable", 500: "Internal error"}
MEDIA_TYPE = "application/problem+json"
_RETRY_SECONDS = "2"
_MOST_ERRORS = 20
_SHOWN = 100
_LONGEST = 4_000  # what was given is told again, and may be long
_NO_SUCH_MEMBER = Text(zh="没有这个成员；{hint}", en="there is no such member; {hint}")
_log = logging.getLogger("zhike.api")


def status_of(fault: ZhikeError) -> int:
    """The HTTP status of a fault: that of its nearest ancestor in the table."""
    return next(STATUS_OF[kind] for kind in type(fault).__mro__ if kind in STATUS_OF)


def problem(status: int, *, detail: str, hint: str = "", kind: str = "", **extra: object) -> JSONResponse:
    """A problem document."""
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    told = detail if len(detail) <= _LONGEST else f"{detail[:_LONGEST]}… ({len(detail):,} characters)"
    body = {"type": "about:blank", "title": title, "status": status, "detail": told}
    body |= {"hint": hint} if hint else {}
    body |= {"kind": kind} if kind else {}
    headers = {"Retry-After": _RETRY_SECONDS} if status == STATUS_OF[Unavailable] else {}
    return JSONResponse(body | extra, status, headers=headers, media_type=MEDIA_TYPE)


def expected_of(request: Request, error: Mapping[str, Any]) -> Text:
    """What was expected where validation found a fault, in words; of a member that is not known, those that are."""
    if error["type"] != "extra_forbidden":
        return plain_fault(error)
    known = known_members(request.scope["endpoint"], error["loc"])
    return _NO_SUCH_MEMBER.fill(hint=nearest_known(str(error["loc"][-1])[:_SHOWN], known))


def install(app: FastAPI) -> None:
    """Answer every fault of the product, of validation and of routing as a problem document."""

    @app.exception_handler(ZhikeError)
    def on_fault(_: Request, fault: ZhikeError) -> JSONResponse:
        ids = {"run_id": fault.run_id} if isinstance(fault, RunUnderWay) else {}
        ids |= {"digest": fault.digest} if isinstance(fault, ChangedMeanwhile) else {}
        answer = problem(status_of(fault), detail=fault.message, hint=fault.hint, kind=type(fault).__name__, **ids)
        if fault.retryable:
            answer.headers.setdefault("Retry-After", _RETRY_SECONDS)
        return answer

    @app.exception_handler(RequestValidationError)
    def on_invalid(request: Request, fault: RequestValidationError) -> JSONResponse:
        errors = [{"at": "/".join(map(str, e["loc"]))[:_SHOWN], "expected": expected_of(request, e).en}
                  for e in fault.errors()[:_MOST_ERRORS]]
        first = errors[0]
        return problem(422, detail=f"{first['at']}: {first['expected']}", kind="InvalidInput", errors=errors)

    @app.exception_handler(HTTPException)
    def on_http(_: Request, fault: HTTPException) -> JSONResponse:
        return problem(fault.status_code, detail=str(fault.detail))

    @app.exception_handler(Exception)
    def on_defect(request: Request, fault: Exception) -> JSONResponse:
        _log.error("%s %s failed", request.method, request.url.path, exc_info=fault)
        return problem(500, detail="a defect of the service; its log tells more", kind="Defect")
