"""What the pages ask of the application: its service, and who may open them."""

from typing import Annotated, Any

from fastapi import Depends, Request

from api.security import Principal, require
from api.service import Service
from ontology.vocabulary import Role

Json = dict[str, Any]


def service_of(request: Request) -> Service:
    """The one service that the application built."""
    service: Service = request.app.state.service
    return service


Desk = Annotated[Service, Depends(service_of)]
Agent = Annotated[Principal, Depends(require(Role.AGENT, Role.MANAGER))]
Manager = Annotated[Principal, Depends(require(Role.MANAGER))]
