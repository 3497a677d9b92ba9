"""Calls that keep a base while a service holds it: archives for its owner, and whether what it holds is sound."""

from pathlib import Path
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import Field, model_validator

from api.cancellation import ProgressDep
from api.dependencies import ArchivingDep, CheckingDep, ErasingDep, ImportsDep, Manager, Owner
from api.routes.answers.base import PlainAnswer
from api.routes.answers.keeping import ArchiveAnswer, CheckupAnswer, ErasureAnswer, ImportAnswer, MendAnswer
from api.routes.schemas import RequestBody

router = APIRouter(prefix="/v1", tags=["keeping"])


class ArchiveRequest(RequestBody):
    """Where the archive goes."""

    path: str = Field(description="absolute path on the machine of the service; nothing may be there yet",
                       examples=["/var/backups/zhike/2026-01-31.zhike"], pattern="^/", max_length=4_096)
    form: Literal["folder", "file"] = Field(description="an archive in a folder, or a backup in one file",
                                            examples=["file"])


class ImportRequest(RequestBody):
    """What is brought in."""

    mapping: str = Field(description="a shipped mapping's name, or the absolute path of a mapping file",
                         examples=["complete_journey", "/srv/zhike/shop.toml"], min_length=1)
    files: dict[str, str] = Field(default_factory=dict, examples=[{"lines": "/srv/data/lines.csv"}],
                                  description="source -> absolute path, where the mapping names none, or another")
    replace: bool = Field(default=False, description="also where more than 5 % of what the mapping brought before goes")

    @model_validator(mode="after")
    def _are_absolute(self) -> Self:
        """The service has a working folder of its own: a path from another one would mean another file."""
        relative = [path for path in self.files.values() if not path.startswith("/")]
        if relative:
            msg = f"expected absolute paths, got {relative[0]!r}"
            raise ValueError(msg)
        return self


class ErasureRequest(RequestBody):
    """Who is erased."""

    customer_id: str = Field(description="as the sources name the customer", examples=["1453"], min_length=1)


@router.post("/archives", status_code=201, response_model=ArchiveAnswer)
def write_archive(body: ArchiveRequest, archives: ArchivingDep, _: Owner, progress: ProgressDep) -> PlainAnswer:
    """Write the whole base, secret and persons included; for whoever owns the base's folder alone."""
    write = archives.export if body.form == "folder" else archives.backup
    return PlainAnswer(write(Path(body.path), progress), 201)


@router.post("/imports", status_code=202, response_model=ImportAnswer)
def begin_import(body: ImportRequest, imports: ImportsDep, _: Owner) -> PlainAnswer:
    """Bring in files of the service's machine, for whoever owns the base's folder alone; `Location` tells how far."""
    files = {source: Path(path) for source, path in body.files.items()}
    begun = imports.start(body.mapping, files, replacing=body.replace)
    return PlainAnswer(begun, 202, headers={"Location": f"{router.prefix}/imports/{begun['id']}"})


@router.get("/imports/{import_id}", response_model=ImportAnswer)
def one_import(import_id: str, imports: ImportsDep, _: Owner, after: Annotated[int, Query(ge=0)] = 0) -> PlainAnswer:
    """How far an import is: its state, the lines it has said after the first `after`, its report or its fault."""
    return PlainAnswer(imports.one(import_id, after))


@router.delete("/imports/{import_id}", response_model=ImportAnswer)
def stop_import(import_id: str, imports: ImportsDep, _: Owner) -> PlainAnswer:
    """Stop an import that has changed nothing yet. 409 once its tables are in place: it is finished then."""
    return PlainAnswer(imports.cancel(import_id))


@router.post("/erasures", response_model=ErasureAnswer)
def erase(body: ErasureRequest, erasing: ErasingDep, _: Owner) -> PlainAnswer:
    """Erase a person from every store, to the byte, for whoever owns the base's folder alone; it cannot be undone."""
    return PlainAnswer(erasing.erase(body.customer_id))


@router.get("/checkup", response_model=CheckupAnswer)
def checkup(checking: CheckingDep, _: Manager) -> PlainAnswer:
    """Look whether what the base holds is sound: references, journal, schema, shapes, snapshots and facts."""
    return PlainAnswer({"checks": checking.checkup()})


@router.post("/checkup/mend", response_model=MendAnswer)
def mend(checking: CheckingDep, owner: Owner) -> PlainAnswer:
    """Mend records that cannot be read and levers out of bounds; what stood there is kept aside."""
    return PlainAnswer(checking.mend(owner.name))
