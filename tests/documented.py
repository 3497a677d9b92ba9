"""Clients that hold every answer to the OpenAPI document: to the model of its route, no member more, none less."""

from typing import Any

import httpx
from pydantic import TypeAdapter
from starlette.routing import compile_path

from api.app import ROUTERS
from api.routes.answers.faults import ProblemAnswer
from api.routes.problems import MEDIA_TYPE

_PROBLEM = TypeAdapter(ProblemAnswer)
_ROUTES = [(route, compile_path(route.path)[0], TypeAdapter(route.response_model))
           for router in ROUTERS for route in router.routes if getattr(route, "response_model", None) is not None]


def documented_client(**options: Any) -> httpx.Client:
    """A client that fails where an answer is another one than the document tells."""
    return httpx.Client(event_hooks={"response": [hold_to_document]}, **options)


def hold_to_document(response: httpx.Response) -> None:
    """Fail where an answer in JSON, or a problem, has a member that its model does not know, or lacks one."""
    if response.headers.get("content-type") == MEDIA_TYPE:
        _PROBLEM.validate_json(response.read(), strict=True)
    if response.is_success and response.headers.get("content-type") == "application/json":
        method, path = response.request.method, response.request.url.path
        for route, pattern, model in _ROUTES:
            if method in route.methods and pattern.match(path):
                assert response.status_code == (route.status_code or 200), f"{method} {path}"
                model.validate_json(response.read(), strict=True)
                return
        assert not path.startswith("/v1"), f"{method} {path} answers what the document does not tell"
