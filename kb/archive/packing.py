"""An archive in one file: a backup is an archive, packed."""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from kb.archive.graph_files import Progress
from kb.archive.manifest import Manifest
from kb.archive.writing import Contents, write_archive
from kb.errors import Conflict, InvalidInput, NotFound, StoreFailure

_OWNER_ONLY = 0o600


def write_backup(contents: Contents, file: Path, *, now: int, progress: Progress) -> Manifest:
    """Write the whole base into one new file, readable by its owner alone; the file appears whole or not at all.

    Raises:
        Conflict: If there is a file of that name: a backup never takes the place of another.
        StoreFailure: If the disk refused.
    """
    if file.exists():
        msg = f"{file} is there already"
        raise Conflict(msg, hint="name a new file, for example with the day in its name")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as scratch:
            manifest = write_archive(contents, Path(scratch) / "archive", now=now, progress=progress)
            _pack(Path(scratch) / "archive", Path(scratch) / file.name)
            (Path(scratch) / file.name).rename(file)
    except OSError as fault:
        msg = f"the backup could not be written to {file}: {fault.strerror}"
        raise StoreFailure(msg, hint="check free space and rights of the folder") from fault
    return manifest


@contextmanager
def unpacked(file: Path, beside: Path) -> Iterator[Path]:
    """The archive in a backup file, as a folder for as long as it is needed.

    It lies beside ``beside``, on the same disk, or where the system keeps such things if nothing may be put there.

    Raises:
        NotFound: If there is no such file.
        InvalidInput: If it is no backup, or a damaged one.
    """
    if not file.is_file():
        msg = f"there is no file {file}"
        raise NotFound(msg, hint="make one with `zhike backup FILE`")
    parent = beside.absolute().parent
    where = parent if os.access(parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where, prefix=f".{beside.name}.") as scratch:
        try:
            with tarfile.open(file, "r:") as packed:
                for member in packed:
                    _unpack(packed, member, Path(scratch))
        except (tarfile.TarError, EOFError) as fault:
            msg = f"{file} is no backup, or a damaged one"
            raise InvalidInput(msg, hint="take it from another copy; nothing was written") from fault
        yield Path(scratch)


def _pack(folder: Path, file: Path) -> None:
    """One uncompressed tar file, on disk when this returns; what is long in it is compressed already."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as target:
        with tarfile.open(fileobj=target, mode="w") as packed:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.add(path, arcname=path.relative_to(folder).as_posix())
        target.flush()
        os.fsync(target.fileno())


def _unpack(packed: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one plain file; a link, a device or a path that leads out of the folder is in no backup."""
    path = PurePosixPath(member.name)
    content = packed.extractfile(member) if member.isreg() else None
    if content is None or path.is_absolute() or ".." in path.parts:
        msg = f"the backup holds {member.name!r}, which is no plain file inside it"
        raise InvalidInput(msg, hint="take it from another copy; nothing was written")
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    with (folder / path).open("wb") as target:
        shutil.copyfileobj(content, target)
