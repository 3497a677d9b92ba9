"""Steering: levers, the contact policy in force, a release that challenges the live one, and who is held out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.console.faults import same_site
from api.console.render import page
from api.dependencies import Agent, ChallengingDep, DecidingDep, Manager, PublishingDep, SteeringDep
from api.routes.schemas import MOST_RELEASES, Name
from api.use_cases.challenging import Challenging
from kb.errors import ChangedMeanwhile, InvalidInput, NotFound
from kb.experiments.challenge import ChallengeMode
from ontology.quantities import number
from ontology.text import Text
from ontology.vocabulary import ActionFamily

router = APIRouter(prefix="/steering", include_in_schema=False)
Json = dict[str, Any]
_CHANGES_SHOWN = 20
_NEUTRAL = 1.0
_SET_MEANWHILE = Text(zh="您打开页面之后，别人把“{family}”的权重改成了 {stands}",
                      en="somebody set the lever {family} to {stands} after this page was opened")
_LOOK_AGAIN = Text(zh="请刷新页面，再作决定", en="load the page again and decide anew")


class LeversForm(BaseModel):
    """The weight of each family; ``weight`` and ``shown``, what the page had said, have one entry for each of them."""

    model_config = ConfigDict(extra="forbid")

    family: list[ActionFamily] = Field(max_length=50)
    weight: list[Name] = Field(max_length=50)
    shown: list[float] = Field(max_length=50)
    reason: str = Field(default="", max_length=2000)

    def changed(self, standing: dict[str, float]) -> dict[ActionFamily, float]:
        """The weights that differ from what the page had shown; a family that is left empty is not weighed.

        What somebody else set meanwhile stays, where this form leaves it alone.

        >>> form = LeversForm(family=["care", "survey"], weight=["", "1.5"], shown=[2.0, 1.5])
        >>> {family.value: weight for family, weight in form.changed({"care": 2.0, "survey": 3.0}).items()}
        {'care': 1.0}

        Raises:
            InvalidInput: For a weight that is no number.
            ChangedMeanwhile: If somebody else set a weight that this form would change.
        """
        try:
            weights = {family: float(weight) if weight.strip() else _NEUTRAL
                       for family, weight in zip(self.family, self.weight, strict=True)}
        except ValueError as fault:
            msg = Text(zh=f"权重 {'、'.join(self.weight)} 不是每个类别一个数",
                       en=f"the weights {', '.join(self.weight)} are not one number for each family")
            raise InvalidInput(msg, hint=Text(zh="例如 1.5；1 表示保持不变",
                                              en="for example 1.5; 1 lets a family stand as it is")) from fault
        shown = dict(zip(self.family, self.shown, strict=True))
        changed = {family: weight for family, weight in weights.items() if weight != shown[family]}
        for family in changed:
            stands = standing.get(family.value, _NEUTRAL)
            if stands != shown[family]:
                raise ChangedMeanwhile(_SET_MEANWHILE.fill(family=family.value, stands=number(stands, exact=True)),
                                       hint=_LOOK_AGAIN)
        return changed


class ChallengerForm(BaseModel):
    """Which release challenges the live one; ``percent`` of the customers, in the mode ``share``."""

    model_config = ConfigDict(extra="forbid")

    release: int = Field(ge=1, le=MOST_RELEASES)
    mode: ChallengeMode = ChallengeMode.SHADOW
    percent: float = Field(default=10, gt=0, lt=100)

    def share(self) -> float:
        """The share of the customers; 0 in shadow.

        >>> ChallengerForm(release=2, mode="share", percent=12.5).share(), ChallengerForm(release=2).share()
        (0.125, 0.0)
        """
        return self.percent / 100 if self.mode is ChallengeMode.SHARE else 0.0


@router.get("")
def steering_page(request: Request, steering: SteeringDep, challenging: ChallengingDep,
                  publishing: PublishingDep, deciding: DecidingDep, _: Agent) -> Response:
    """What steers the recommendations, and what came of it; who may not change it sees it all the same."""
    levers = steering.levers()
    return page(request, "steering.html", levers=levers, families=list(ActionFamily), policy=steering.contact_policy(),
                changes=levers["history"][:-_CHANGES_SHOWN - 1:-1], challenge=_challenge(challenging),
                others=[release for release in publishing.listed() if not release["live"]],
                actions={action["id"]: action["name"] for action in deciding.actions()},
                holdouts=steering.holdout_report())


@router.post("/levers", dependencies=[Depends(same_site)])
def set_levers(steering: SteeringDep, manager: Manager, said: Annotated[LeversForm, Form()]) -> Response:
    """Set the levers of the next release, those that differ from what stands."""
    changed = said.changed(steering.levers()["next"])
    if changed:
        steering.set_levers(changed, manager.name, said.reason.strip())
    return _back("levers")


@router.post("/challenger", dependencies=[Depends(same_site)])
def start_challenger(challenging: ChallengingDep, manager: Manager,
                     said: Annotated[ChallengerForm, Form()]) -> Response:
    """Let a release challenge the live one."""
    challenging.start(said.release, said.mode, said.share(), manager.name)
    return _back("challenger")


@router.post("/challenger/end", dependencies=[Depends(same_site)])
def stop_challenger(challenging: ChallengingDep, manager: Manager) -> Response:
    """End the challenge; what it has shown stays."""
    challenging.stop(manager.name)
    return _back("challenger")


def _challenge(challenging: Challenging) -> Json | None:
    try:
        return challenging.report()
    except NotFound:
        return None


def _back(part: str) -> Response:
    return RedirectResponse(f"/steering#{part}", status_code=303)
