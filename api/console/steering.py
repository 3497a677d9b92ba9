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
_DECIMALS = 6  # of a percentage, as the page shows it
_SET_MEANWHILE = Text(zh="您打开页面之后，别人把“{family}”的权重改成了 {stands}",
                      en="somebody set the lever {family} to {stands} after this page was opened")
_NO_NUMBERS = Text(zh="{told} 不是每个类别一个数", en="{told}: not one number for each family")
_A_NUMBER_EACH = Text(zh="例如权重 1.5，1 表示保持不变；随机展示 10，0 表示不展示",
                      en="for example a weight of 1.5, 1 lets a family stand as it is; 10 for 10% drawn, 0 draws none")
_LOOK_AGAIN = Text(zh="请刷新页面，再作决定", en="load the page again and decide anew")


class LeversForm(BaseModel):
    """What is set of each family; every list has one entry for each of them.

    Args:
        weight: Its lever; ``shown`` is what the page had said.
        percent: Of the answers that show a card of it that is drawn; ``drawn`` is what the page had said.
    """

    model_config = ConfigDict(extra="forbid")

    family: list[ActionFamily] = Field(max_length=50)
    weight: list[Name] = Field(max_length=50)
    shown: list[float] = Field(max_length=50)
    percent: list[Name] = Field(default_factory=list, max_length=50)
    drawn: list[float] = Field(default_factory=list, max_length=50)
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
        return self._changed(self.weight, self.shown, standing, neutral=_NEUTRAL)

    def explored(self, standing: dict[str, float]) -> dict[ActionFamily, float]:
        """The shares of drawn answers that differ from what the page had shown, [0, 1]; see ``changed``.

        >>> form = LeversForm(family=["care"], weight=[""], shown=[1.0], percent=["10"], drawn=[0.0])
        >>> {family.value: share for family, share in form.explored({}).items()}
        {'care': 0.1}
        """
        stands = {family: round(100 * share, _DECIMALS) for family, share in standing.items()}
        changed = self._changed(self.percent, self.drawn, stands, neutral=0.0) if self.percent else {}
        return {family: percent / 100 for family, percent in changed.items()}

    def _changed(self, told: list[str], shown: list[float], standing: dict[str, float], *,
                 neutral: float) -> dict[ActionFamily, float]:
        try:
            figures = {family: float(figure) if figure.strip() else neutral
                       for family, figure in zip(self.family, told, strict=True)}
        except ValueError as fault:
            raise InvalidInput(_NO_NUMBERS.fill(told=", ".join(told)), hint=_A_NUMBER_EACH) from fault
        before = dict(zip(self.family, shown, strict=True))
        changed = {family: figure for family, figure in figures.items() if figure != before[family]}
        for family in changed:
            stands = standing.get(family.value, neutral)
            if stands != before[family]:
                raise ChangedMeanwhile(_SET_MEANWHILE.fill(family=family.value, stands=number(stands, exact=True)),
                                       hint=_LOOK_AGAIN)
        return changed


class ChallengerForm(BaseModel):
    """Which release challenges the live one; ``percent`` of the customers, in the mode ``share``."""

    model_config = ConfigDict(extra="forbid")

    release: int = Field(ge=1, le=MOST_RELEASES)
    mode: ChallengeMode = ChallengeMode.SHADOW
    percent: float = Field(default=10, gt=0, lt=100)
    accept_harm: str = Field(default="", max_length=2_000)

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
    """Set the levers and shares of exploration of the next release, those that differ from what stands."""
    stands = steering.levers()
    changed, explored = said.changed(stands["next"]), said.explored(stands["exploration"]["next"])
    if changed or explored:
        steering.set_levers(changed, manager.name, said.reason.strip(), exploration=explored)
    return _back("levers")


@router.post("/challenger", dependencies=[Depends(same_site)])
def start_challenger(challenging: ChallengingDep, manager: Manager,
                     said: Annotated[ChallengerForm, Form()]) -> Response:
    """Let a release challenge the live one."""
    challenging.start(said.release, said.mode, said.share(), manager.name,
                      accept_harm=said.accept_harm.strip() or None)
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
