"""Calls that keep a base while a service holds it: archives for its owner, and whether what it holds is sound."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.callers import Manager, Owner, Served

router = APIRouter(prefix="/v1", tags=["keeping"])


class ArchiveRequest(BaseModel):
    """Where the archive goes."""

    path: str = Field(description="absolute path on the machine of the service; nothing may be there yet",
                       examples=["/var/backups/zhike/2026-01-31.zhike"], pattern="^/")
    form: Literal["folder", "file"] = Field(description="an archive in a folder, or a backup in one file",
                                            examples=["file"])


@router.post("/archives", status_code=201)
def write_archive(body: ArchiveRequest, service: Served, _: Owner) -> dict[str, Any]:
    """Write the whole base, secret and persons included; for whoever owns the base's folder alone."""
    write = service.archives.export if body.form == "folder" else service.archives.backup
    return write(Path(body.path), _unheard)


@router.get("/checkup")
def checkup(service: Served, _: Manager) -> dict[str, Any]:
    """Look whether what the base holds is sound: references, journal, schema, shapes, snapshots and facts."""
    return {"checks": service.checking.checkup()}


def _unheard(_: str) -> None:
    """Progress has no listener on the other side of HTTP."""
