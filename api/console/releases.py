"""The manager's pages of releases: what publishing would change, what there was, and back to it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import page
from api.dependencies import HarmsDep, Manager, PublishingDep, RulesDep
from api.routes.knowledge import ReleaseNumber
from api.routes.schemas import Id
from api.use_cases.knowledge.publishing import Confirmed

router = APIRouter(include_in_schema=False)


class ConfirmForm(BaseModel):
    """What the page has shown and the manager has agreed to."""

    model_config = ConfigDict(extra="forbid")

    digest: str = Field(max_length=100)
    removes: list[Id] = Field(default_factory=list, max_length=10_000)
    ends_challenger: int | None = None
    accept_harm: str = Field(default="", max_length=2_000)

    def confirmed(self) -> Confirmed:
        """The same as the use cases take it."""
        return Confirmed(digest=self.digest, removes=tuple(self.removes), ends_challenger=self.ends_challenger,
                         accept_harm=self.accept_harm.strip() or None)


Said = Annotated[ConfirmForm, Form()]


@router.get("/releases")
def releases_page(request: Request, publishing: PublishingDep, _: Manager,
                  done: Literal["", "published", "rolled_back", "aside"] = "") -> Response:
    """What is live, what was, and what publishing would change."""
    return page(request, "releases.html", done=done, releases=publishing.listed(), planned=publishing.next())


@router.get("/releases/{number}")
def release_page(request: Request, publishing: PublishingDep, _: Manager, number: ReleaseNumber) -> Response:
    """One release: what serving it again would change and end, before it is done."""
    return page(request, "release.html", release=publishing.one(number))


@router.get("/findings")
def findings_page(request: Request, rules: RulesDep, _: Manager) -> Response:
    """What is wrong, or looks wrong, with the rules that are live or wait for a verdict."""
    return page(request, "findings.html", findings=rules.findings())


@router.get("/harms")
def harms_page(request: Request, harms: HarmsDep, _: Manager) -> Response:
    """What must never be seen together, and whether the next release keeps to it."""
    found = harms.of_next()
    return page(request, "harms.html", table=harms.listed(), found=found,
                idle={row["harm_id"] for row in found["without_facts"]})


@router.post("/releases", dependencies=[Depends(same_site)])
def publish(publishing: PublishingDep, manager: Manager, said: Said) -> Response:
    """Publish what is approved."""
    publishing.publish(manager.name, confirmed=said.confirmed())
    return RedirectResponse("/releases?done=published", status_code=303)


@router.post("/releases/aside", dependencies=[Depends(same_site)])
def publish_aside(publishing: PublishingDep, manager: Manager, said: Said) -> Response:
    """Publish what is approved, and go on serving the live release."""
    publishing.publish(manager.name, aside=True, confirmed=said.confirmed())
    return RedirectResponse("/releases?done=aside", status_code=303)


@router.post("/releases/{number}/rollback", dependencies=[Depends(same_site)])
def rollback(publishing: PublishingDep, manager: Manager, number: ReleaseNumber, said: Said) -> Response:
    """Make an earlier release live again."""
    publishing.rollback(number, manager.name, said.confirmed())
    return RedirectResponse("/releases?done=rolled_back", status_code=303)
