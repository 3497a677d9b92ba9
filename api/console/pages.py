"""The console: all its pages, its static files and its way of telling faults."""

import os

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from api.console import customers, faults, impact, login, rates, releases, review, rules, runs, simulations, steering
from api.console.assets import STATIC

router = APIRouter(include_in_schema=False)
for part in (login, customers, review, rules, releases, simulations, steering, impact, rates, runs):
    router.include_router(part.router)


def install(app: FastAPI) -> None:
    """Add the console to an application whose ``state`` has ``use_cases`` and ``access``.

    To be called after ``api.routes.problems.install``: faults of pages become pages, the others stay problem documents.
    """
    app.include_router(router)
    app.mount("/static", _Versioned(directory=STATIC), name="static")
    faults.install(app)


class _Versioned(StaticFiles):
    """Static files whose addresses carry the digest of their content, so that a browser never asks twice."""

    def file_response(self, full_path: os.PathLike[str] | str, stat_result: os.stat_result, scope: Scope,
                      status_code: int = 200) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer
