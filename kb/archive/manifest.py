"""What an archive says of itself: its format, the graph's tables, and the digest of every file.

::

    manifest.json    this; written last, so that a folder without it is no archive
    base.json        name, time zone, currency, moment
    graph/           one file for each table of the graph: Parquet, and JSON Lines for releases and state
    journal/         decisions, outcomes, interactions, notes and what else the journal keeps, as Parquet
    access/          API keys, hashed
    home/            files of the base as they are: secret, snapshots, fact tables, catalog, extension of the ontology
    ontology/        the ontology and its shapes, for whoever reads the archive elsewhere
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import orjson
from cattrs import BaseValidationError

from kb.errors import InvalidInput, NotFound
from kb.home import write_owner_only
from kb.model.codec import from_plain, to_plain
from ontology.schema import NodeTable, RelTable, Schema

FORMAT = 1
_FILE = "manifest.json"
_HINT = "take it from another copy; nothing was written"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """One file: SHA-256 of its bytes in hexadecimal digits, and how many records it holds where it holds records."""

    sha256: str
    records: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The contents of an archive.

    Args:
        format: Of the archive; this version reads and writes ``FORMAT``.
        made_at: Wall clock, epoch seconds.
        nodes: The graph's node tables as they were declared.
        relations: Its relationship tables.
        files: By path relative to the archive.
    """

    format: int
    made_at: int
    nodes: tuple[NodeTable, ...]
    relations: tuple[RelTable, ...]
    files: Mapping[str, ArchivedFile]

    @property
    def schema(self) -> Schema:
        """The graph's tables as the archived base had them; later columns come when the graph is opened."""
        return Schema(facts={}, nodes=self.nodes, relations=self.relations, labels={}, vocabularies={}, kinds={})

    def under(self, folder: str) -> Iterator[str]:
        """The paths of the files in a folder of the archive, sorted."""
        return (path for path in sorted(self.files) if path.startswith(f"{folder}/"))

    def records(self, folder: str) -> dict[str, int]:
        """How many records each file of a folder holds, by the file's name without its ending."""
        return {PurePosixPath(path).stem: self.files[path].records or 0 for path in self.under(folder)}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the folder an archive; every other file is there already."""
    write_owner_only(folder / _FILE, orjson.dumps(to_plain(manifest), option=orjson.OPT_INDENT_2))


def read_manifest(folder: Path) -> Manifest:
    """What the archive in ``folder`` says of itself.

    Raises:
        NotFound: If there is no archive, or one that was not finished.
        InvalidInput: If it is of another format, or damaged.
    """
    try:
        said = orjson.loads((folder / _FILE).read_bytes())
    except (FileNotFoundError, NotADirectoryError) as fault:
        msg = f"{folder} holds no {_FILE}: it is no archive, or one that was not finished"
        raise NotFound(msg, hint="make one with `zhike export FOLDER`") from fault
    except orjson.JSONDecodeError as fault:
        msg = f"{folder / _FILE} is damaged"
        raise InvalidInput(msg, hint=_HINT) from fault
    return _manifest_from(said, folder)


def check_files(folder: Path, manifest: Manifest) -> None:
    """Return if every file is there, byte for byte.

    Raises:
        InvalidInput: Naming the first file that is missing, leads out of the archive or has another digest.
    """
    for path, said in manifest.files.items():
        file = folder / path
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            msg = f"the archive names {path!r}, which is not inside it"
            raise InvalidInput(msg, hint=_HINT)
        if not file.is_file():
            msg = f"the archive in {folder} lacks {path}"
            raise InvalidInput(msg, hint=_HINT)
        found = sha256_of(file)
        if found != said.sha256:
            msg = f"{file} has the SHA-256 {found[:12]}…, the archive says {said.sha256[:12]}…"
            raise InvalidInput(msg, hint=_HINT)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _manifest_from(said: object, folder: Path) -> Manifest:
    version = said.get("format") if isinstance(said, dict) else None
    if version != FORMAT:
        msg = f"the archive in {folder} has format {version!r}, this version reads {FORMAT}"
        raise InvalidInput(msg, hint="read it with the version of zhike that wrote it, or a later one")
    try:
        return from_plain(said, Manifest)  # type: ignore[arg-type]  # a dictionary, as was just seen
    except BaseValidationError as fault:
        msg = f"{folder / _FILE} is damaged"
        raise InvalidInput(msg, hint=_HINT) from fault
