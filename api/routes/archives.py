"""The call by which the owner of a base has it archived while a service holds it."""

from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.callers import Owner, Served

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


def _unheard(_: str) -> None:
    """Progress has no listener on the other side of HTTP."""
