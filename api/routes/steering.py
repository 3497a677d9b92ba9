"""Calls by which managers steer what is recommended: levers, and releases that challenge the live one."""

from typing import Any

from fastapi import APIRouter

from api.dependencies import Anybody, ChallengingDep, Manager, SteeringDep
from api.routes.schemas import ChallengerRequest, LeversRequest

router = APIRouter(prefix="/v1", tags=["steering"])
Json = dict[str, Any]


@router.get("/levers")
def levers(steering: SteeringDep, _: Anybody) -> Json:
    """Read the levers: those of the live release, those of the next one, and who set them when and why."""
    return steering.levers()


@router.post("/levers")
def set_levers(body: LeversRequest, steering: SteeringDep, who: Manager) -> Json:
    """Set the levers of some families; they take effect with the next release."""
    return steering.set_levers(body.levers, who.name, body.reason)


@router.get("/contact-policy")
def contact_policy(steering: SteeringDep, _: Anybody) -> Json:
    """Read the contact policy: caps, pauses, quiet hours, exclusions and holdouts in force, and those of the next."""
    return steering.contact_policy()


@router.get("/holdouts/report")
def holdout_report(steering: SteeringDep, _: Anybody) -> Json:
    """Compare those who are held out with those who are offered something, with 95% intervals."""
    return steering.holdout_report()


@router.post("/challengers", status_code=201)
def start_challenger(body: ChallengerRequest, challenging: ChallengingDep, who: Manager) -> Json:
    """Let a release challenge the live one, in shadow or for a share of the customers."""
    return challenging.start(body.release, body.mode, body.share, who.name)


@router.get("/challengers/report")
def challenger_report(challenging: ChallengingDep, _: Anybody) -> Json:
    """Compare the outcomes of the challenger with those of the live release, with 95% intervals."""
    return challenging.report()


@router.delete("/challengers")
def stop_challenger(challenging: ChallengingDep, who: Manager) -> Json:
    """End the challenge; its report stays."""
    return challenging.stop(who.name)
