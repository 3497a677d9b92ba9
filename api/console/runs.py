"""Mining runs: begin one, see how far it is, what came of it, and what was left out and why."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import page
from api.dependencies import Manager, RunsDep

router = APIRouter(prefix="/runs", include_in_schema=False)
_SHOWN = 20


class RunForm(BaseModel):
    """What to ask for."""

    model_config = ConfigDict(extra="forbid")

    seed: int = Field(default=7, ge=0, le=2**31 - 1)


@router.get("")
def runs_page(request: Request, runs: RunsDep, _: Manager) -> Response:
    """The runs, the latest first; htmx asks for the list alone while one goes on."""
    template = "_runs.html" if "hx-request" in request.headers else "runs.html"
    return page(request, template, runs=runs.listed()[:_SHOWN])


@router.post("", dependencies=[Depends(same_site)])
def start_run(runs: RunsDep, manager: Manager, said: Annotated[RunForm, Form()]) -> Response:
    """Begin a run at the base's moment."""
    runs.start(as_of=None, seed=said.seed, by=manager.name)
    return RedirectResponse("/runs", status_code=303)


@router.post("/{run_id}/cancel", dependencies=[Depends(same_site)])
def cancel_run(runs: RunsDep, manager: Manager, run_id: str) -> Response:
    """Cancel a run that still mines."""
    runs.cancel(run_id, manager.name)
    return RedirectResponse("/runs", status_code=303)


@router.post("/{run_id}/take-up", dependencies=[Depends(same_site)])
def take_up_run(runs: RunsDep, manager: Manager, run_id: str) -> Response:
    """Take up what a study found."""
    runs.take_up(run_id, manager.name)
    return RedirectResponse("/runs", status_code=303)
