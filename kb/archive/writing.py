"""A base as an archive: one folder that holds everything, complete or not there."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.archive.graph_files import GRAPH, Progress, write_graph
from kb.archive.manifest import FORMAT, ArchivedFile, Manifest, sha256_of, write_manifest
from kb.archive.sqlite_files import SqliteFile, frozen, write_rows
from kb.errors import Conflict, StoreFailure
from kb.graph.port import Graph
from kb.home import Home
from kb.model.codec import to_json
from ontology.schema import Schema
from ontology.terms import ONTOLOGY, SHAPES

HOME, DESCRIPTION = "home", "base.json"
_BELONGS_TO_A_PROCESS = frozenset({"lock", "service"})
_SQLITE = (".db", ".db-wal", ".db-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an archive is written from.

    Args:
        schema: Of the graph as it is open.
        sqlite: The SQLite files of the base.
    """

    home: Home
    graph: Graph
    schema: Schema
    sqlite: Sequence[SqliteFile]


def write_archive(contents: Contents, folder: Path, *, now: int, progress: Progress) -> Manifest:
    """Write the whole base into ``folder``, readable by its owner alone; the folder is new or empty.

    Writers of the graph wait until its tables are written. The journal is read as it stood when that began; whoever
    decides or records an outcome does not wait.

    Raises:
        Conflict: If there is something in the folder.
        StoreFailure: If the disk refused; nothing is left in the folder then.
    """
    with _new_folder(folder):
        records = _write_records(contents, folder, progress)
        (folder / DESCRIPTION).write_text(to_json(contents.home.base()), encoding="utf-8")
        _write_ontology(folder)
        _copy_home(contents.home, folder / HOME, progress)
        manifest = Manifest(
            format=FORMAT, made_at=now, nodes=contents.schema.nodes, relations=contents.schema.relations,
            files={path: ArchivedFile(sha256=sha256_of(folder / path), records=records.get(path))
                   for path in _files_in(folder)})
        write_manifest(folder, manifest)
    return manifest


def home_files(home: Home) -> Iterator[Path]:
    """The files of a base that are archived as they are, relative to its folder: all that is not a store or a lock."""
    for entry in sorted(home.path.iterdir()):
        if entry.is_dir() and entry.name != GRAPH and not entry.name.startswith("."):
            yield from (path.relative_to(home.path) for path in sorted(entry.rglob("*"))
                        if path.is_file() and not path.name.startswith("."))
        elif entry.is_file() and not _is_left_out(entry.name):
            yield entry.relative_to(home.path)


def _is_left_out(name: str) -> bool:
    return name.startswith(".") or name.endswith(_SQLITE) or name in _BELONGS_TO_A_PROCESS or name == DESCRIPTION


def _write_records(contents: Contents, folder: Path, progress: Progress) -> dict[str, int]:
    """The graph and the SQLite files; how many records each file of the archive holds."""
    with ExitStack() as stack:
        with contents.graph.hold_writers():
            sqlite = {file.name: stack.enter_context(frozen(file.path)) for file in contents.sqlite
                      if file.path.exists()}
            records = _named(GRAPH, write_graph(contents.graph, contents.schema, folder / GRAPH, progress))
        for name, connection in sqlite.items():
            records |= _named(name, write_rows(connection, folder / name))
            progress(f"{name}: written")
    return records


def _named(folder: str, records: dict[str, int]) -> dict[str, int]:
    return {f"{folder}/{name}": count for name, count in records.items()}


def _write_ontology(folder: Path) -> None:
    (folder / "ontology").mkdir()
    for path in (ONTOLOGY, SHAPES):
        shutil.copyfile(path, folder / "ontology" / path.name)


def _copy_home(home: Home, folder: Path, progress: Progress) -> None:
    folder.mkdir()
    for path in home_files(home):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home.path / path, folder / path)
    progress("files: copied")


def _files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """A folder for its owner alone; emptied again where writing into it fails."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            msg = f"{folder} is not empty"
            raise Conflict(msg, hint="name a new folder")
        folder.chmod(0o700)
        with _emptied_on_failure(folder):
            yield
    except OSError as fault:
        msg = f"the archive could not be written to {folder}: {fault.strerror}"
        raise StoreFailure(msg, hint="check free space and rights of the folder") from fault


@contextmanager
def _emptied_on_failure(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        empty(folder)
        raise


def empty(folder: Path, keep: Callable[[str], bool] = lambda _: False) -> None:
    """Delete what is in a folder, but for what is to be kept."""
    for entry in folder.iterdir():
        if keep(entry.name):
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()
