"""Calls by which managers steer what is recommended: levers, and releases that challenge the live one."""

from typing import Any

from fastapi import APIRouter

from api.dependencies import Anybody, Manager, ServiceDep
from api.routes.schemas import ChallengerRequest, LeversRequest

router = APIRouter(prefix="/v1", tags=["steering"])
Json = dict[str, Any]


@router.get("/levers")
def levers(service: ServiceDep, _: Anybody) -> Json:
    """Read the levers: those of the live release, those of the next one, and who set them when and why."""
    return service.levers()


@router.post("/levers")
def set_levers(body: LeversRequest, service: ServiceDep, who: Manager) -> Json:
    """Set the levers of some families; they take effect with the next release."""
    return service.set_levers(body.levers, who.name, body.reason)


@router.get("/contact-policy")
def contact_policy(service: ServiceDep, _: Anybody) -> Json:
    """Read the contact policy: caps, pauses, quiet hours, exclusions and holdouts in force, and those of the next."""
    return service.contact_policy()


@router.get("/holdouts/report")
def holdout_report(service: ServiceDep, _: Anybody) -> Json:
    """Compare those who are held out with those who are offered something, with 95% intervals."""
    return service.holdout_report()


@router.post("/challengers", status_code=201)
def start_challenger(body: ChallengerRequest, service: ServiceDep, who: Manager) -> Json:
    """Let a release challenge the live one, in shadow or for a share of the customers."""
    return service.start_challenger(body.release, body.mode, body.share, who.name)


@router.get("/challengers/report")
def challenger_report(service: ServiceDep, _: Anybody) -> Json:
    """Compare the outcomes of the challenger with those of the live release, with 95% intervals."""
    return service.challenger_report()


@router.delete("/challengers")
def stop_challenger(service: ServiceDep, who: Manager) -> Json:
    """End the challenge; its report stays."""
    return service.stop_challenger(who.name)
