"""The application, built once from an open service; nothing connects at import."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from api.console import pages
from api.routes import health, keeping, knowledge, linked, problems, recommend, rules, runs, simulations, steering
from api.security import AccessKeys
from api.service import Service
from api.waiting import Waiting

_DESCRIPTION = """Recommendations that can be walked back to the data they rest on, and the knowledge behind them.

Every call under `/v1` needs a key, sent as `Authorization: Bearer KEY`. Faults are `application/problem+json`."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline';"
                               " frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def build_app(service: Service, access: AccessKeys) -> FastAPI:
    """The API and the console over one service."""
    app = FastAPI(title="Zhike", version=version("zhike"), description=_DESCRIPTION, redoc_url=None, docs_url=None)
    app.state.service = service
    app.state.access = access
    app.state.waiting = Waiting()
    problems.install(app)
    for router in (recommend.router, knowledge.router, runs.router, simulations.router, steering.router, health.router):
        app.include_router(router)
    app.include_router(keeping.router)
    app.include_router(linked.router)
    app.include_router(rules.router)
    pages.install(app)
    _document_problems(app)

    @app.middleware("http")
    async def guard_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _document_problems(app: FastAPI) -> None:
    """Describe the bearer key and problem documents in the OpenAPI text, once for all calls."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        schema = described()
        schema.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"key": []}]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
