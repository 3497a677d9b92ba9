"""The application, built once from the use cases of an open base; nothing connects at import."""

from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from pydantic.json_schema import models_json_schema

from api.cancellation import Stop
from api.composition import UseCases
from api.console import pages
from api.peer_wait import Waiting
from api.routes import (
    harms,
    health,
    impact,
    keeping,
    knowledge,
    linked,
    moment,
    pauses,
    problems,
    rates,
    recommend,
    rules,
    runs,
    simulations,
    steering,
)
from api.routes.answers.faults import ProblemAnswer
from api.security.keys import AccessKeys
from api.security.request_guard import Guard
from api.security.request_limits import RequestLimits
from api.security.unknown_members import refuse_unknown

ROUTERS = tuple(part.router for part in (recommend, knowledge, runs, simulations, steering, impact, health, keeping,
                                         linked, moment, rules, harms, rates, pauses))
"""Every call but the pages, in the order in which a path is looked for."""
_FAULTS: dict[int | str, dict[str, Any]] = {"default": {
    "description": "What went wrong, and what to try",
    "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}}}
_DESCRIPTION = """Recommendations that can be walked back to the data they rest on, and the knowledge behind them.

Every call under `/v1` needs a key, sent as `Authorization: Bearer KEY`. Faults are `application/problem+json`."""


def build_app(use_cases: UseCases, access: AccessKeys) -> FastAPI:
    """The API and the console over the use cases of one base."""
    app = FastAPI(title="Zhike", version=version("zhike"), description=_DESCRIPTION, redoc_url=None, docs_url=None,
                  dependencies=[Depends(refuse_unknown)], responses=_FAULTS)
    app.state.use_cases = use_cases
    app.state.access = access
    app.state.waiting = Waiting()
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    pages.install(app)
    _document_problems(app)
    return app


def guarded(app: FastAPI, access: AccessKeys, stop: Stop, limits: RequestLimits | None = None) -> Guard:
    """The application as it is served: behind the guard that knows who calls and bounds what they say."""
    return Guard(app, access, stop, limits or RequestLimits())


def _document_problems(app: FastAPI) -> None:
    """Describe the bearer key and problem documents in the OpenAPI text, once for all calls."""
    described = app.openapi
    models = models_json_schema([(ProblemAnswer, "serialization")], ref_template="#/components/schemas/{model}")[1]

    def openapi() -> dict[str, Any]:
        schema = described()
        schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["components"]["schemas"] |= models["$defs"]
        schema["security"] = [{"key": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
