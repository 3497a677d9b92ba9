"""Calls by which managers steer what is recommended: levers, and releases that challenge the live one."""

from fastapi import APIRouter

from api.dependencies import Anybody, ChallengingDep, Manager, SteeringDep
from api.routes.answers.base import PlainAnswer
from api.routes.answers.steering import (
    ChallengeAnswer,
    ChallengeReportAnswer,
    ContactPoliciesAnswer,
    HoldoutReportAnswer,
    LeversAnswer,
)
from api.routes.schemas import ChallengerRequest, LeversRequest

router = APIRouter(prefix="/v1", tags=["steering"])


@router.get("/levers", response_model=LeversAnswer)
def levers(steering: SteeringDep, _: Anybody) -> PlainAnswer:
    """Read the levers: those of the live release, those of the next one, and who set them when and why."""
    return PlainAnswer(steering.levers())


@router.post("/levers", response_model=LeversAnswer)
def set_levers(body: LeversRequest, steering: SteeringDep, who: Manager) -> PlainAnswer:
    """Set levers and shares of exploration of some families; they take effect with the next release."""
    return PlainAnswer(steering.set_levers(body.levers, who.name, body.reason, exploration=body.exploration))


@router.get("/contact-policy", response_model=ContactPoliciesAnswer)
def contact_policy(steering: SteeringDep, _: Anybody) -> PlainAnswer:
    """Read the contact policy: caps, pauses, quiet hours, exclusions and holdouts in force, and those of the next."""
    return PlainAnswer(steering.contact_policy())


@router.get("/holdouts/report", response_model=HoldoutReportAnswer)
def holdout_report(steering: SteeringDep, _: Anybody) -> PlainAnswer:
    """Compare those who are held out with those who are offered something, with 95% intervals for any day."""
    return PlainAnswer(steering.holdout_report())


@router.post("/challengers", status_code=201, response_model=ChallengeAnswer)
def start_challenger(body: ChallengerRequest, challenging: ChallengingDep, who: Manager) -> PlainAnswer:
    """Let a release challenge the live one, in shadow or for a share of the customers."""
    return PlainAnswer(challenging.start(body.release, body.mode, body.share, who.name,
                                         accept_harm=body.accept_harm), 201)


@router.get("/challengers/report", response_model=ChallengeReportAnswer)
def challenger_report(challenging: ChallengingDep, _: Anybody) -> PlainAnswer:
    """Compare the outcomes of the challenger with those of the live release, with 95% intervals for any day."""
    return PlainAnswer(challenging.report())


@router.delete("/challengers", response_model=ChallengeAnswer)
def stop_challenger(challenging: ChallengingDep, who: Manager) -> PlainAnswer:
    """End the challenge; its report stays."""
    return PlainAnswer(challenging.stop(who.name))
