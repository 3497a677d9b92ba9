"""What routes and pages ask of the application: its service, and who may call."""

from typing import Annotated

from fastapi import Depends, Request

from api.security.keys import Principal, require, require_owner
from api.service import Service
from ontology.vocabulary import Role


async def service_of(request: Request) -> Service:  # async: it only looks, and need not wait for a thread
    """The one service that the application built."""
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(service_of)]
Anybody = Annotated[Principal, Depends(require(Role.AGENT, Role.MANAGER, Role.SYSTEM))]
Agent = Annotated[Principal, Depends(require(Role.AGENT, Role.MANAGER))]
Manager = Annotated[Principal, Depends(require(Role.MANAGER))]
Owner = Annotated[Principal, Depends(require_owner)]
