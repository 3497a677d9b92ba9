"""An archive as a base: into a new home, on whichever engine it is to live; whole, or absent and to be repeated."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.archive.graph_files import GRAPH, STATE, Progress, clear_graph, load_graph
from kb.archive.manifest import Manifest, check_files, read_manifest
from kb.archive.pages import count_records
from kb.archive.sqlite_files import SqliteFile, load_rows
from kb.archive.writing import DESCRIPTION, HOME, empty
from kb.errors import Conflict, StoreFailure
from kb.graph.ownership import belonging_of
from kb.graph.port import Graph, Statement
from kb.graph.state import put_state, state_of
from kb.home import UNFINISHED, Base, Home
from kb.model.codec import from_json
from ontology.schema import Schema, load_schema
from ontology.text import Text

_FORGET_STATE = "MATCH (s:State {name: $name}) DELETE s"
_AT_HAND = frozenset({"lock", UNFINISHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where an archive is to become a base.

    Args:
        open_graph: Opens the graph of the new base with a schema: the archived one, then today's.
        sqlite: Its SQLite files by their names in the archive.
        describe: The description that the base is to have, from the one that it had.
    """

    home: Home
    open_graph: Callable[[Schema], Graph]
    sqlite: Mapping[str, SqliteFile]
    describe: Callable[[Base], Base]


def settle(folder: Path, destination: Destination, progress: Progress) -> Manifest:
    """Make the archive in ``folder`` the base of a home that has none.

    The description comes when all else is there: until then there is no base, and what a killed attempt left, in the
    folder and in the graph, is cleared by the next one.

    Raises:
        Conflict: If the home has a base, or holds something else, or the graph holds records.
        InvalidInput: If the archive is of another format or a file is not as it was written.
    """
    manifest = read_manifest(folder)
    _require_room(destination.home)
    check_files(folder, manifest)
    with _begun(destination.home):
        _copy_home(folder, manifest, destination.home)
        _load_graph(folder, manifest, destination, progress)
        for name, file in destination.sqlite.items():
            file.declare(file.path)
            load_rows(file.path, folder / name)
        described = from_json((folder / DESCRIPTION).read_bytes(), Base)
        destination.home.describe(destination.describe(described))
        _unmark(destination)
    return manifest


def _require_room(home: Home) -> None:
    """Return if the home is new, empty, or holds an attempt that was not finished."""
    if home.exists():
        msg = f"there is a base in {home.path} already"
        raise Conflict(msg, hint="set ZHIKE_HOME to a new folder")
    if home.path.exists() and not (home.path / UNFINISHED).exists():
        strange = sorted(entry.name for entry in home.path.iterdir() if entry.name not in _AT_HAND)
        if strange:
            msg = f"{home.path} holds no base, but {strange[0]!r}"
            raise Conflict(msg, hint="set ZHIKE_HOME to a new or empty folder")


@contextmanager
def _begun(home: Home) -> Iterator[None]:
    """A home that says it is unfinished, cleared of what an earlier attempt left; empty again after a fault."""
    try:
        home.path.mkdir(parents=True, exist_ok=True)
        home.path.chmod(0o700)
        (home.path / UNFINISHED).touch()
        empty(home.path, keep=_AT_HAND.__contains__)
        try:
            yield
        except BaseException:
            if not home.exists():
                empty(home.path, keep=lambda name: name == "lock")
            raise
        (home.path / UNFINISHED).unlink()
    except OSError as fault:
        msg = f"the base could not be written to {home.path}: {fault.strerror}"
        raise StoreFailure(msg, hint="check free space and rights of the folder") from fault


def _copy_home(folder: Path, manifest: Manifest, home: Home) -> None:
    for path in manifest.under(HOME):
        target = home.path / Path(path).relative_to(HOME)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / path, target)
        target.chmod(0o600)


def _load_graph(folder: Path, manifest: Manifest, destination: Destination, progress: Progress) -> None:
    """Load the tables as they were declared, then open the graph once as this version does: it is brought forward."""
    with closing(destination.open_graph(manifest.schema)) as graph:
        _mark(graph, manifest.schema, str(destination.home.path.resolve()))
        load_graph(graph, manifest.schema, folder / GRAPH, progress)
    _open_today(destination).close()


def _open_today(destination: Destination) -> Graph:
    return destination.open_graph(load_schema(*destination.home.extensions))


def _mark(graph: Graph, schema: Schema, home: str) -> None:
    """Let the graph say for which home it is being filled; clear what an earlier attempt for that one left."""
    if state_of(graph, UNFINISHED) == home:
        clear_graph(graph, schema)
    else:
        _require_nobodys(graph, schema)
    graph.write([put_state(UNFINISHED, home)])


def _require_nobodys(graph: Graph, schema: Schema) -> None:
    owner = belonging_of(graph)
    held = [table.name for table in schema.nodes if table.name != STATE and count_records(graph, table)]
    if owner is not None or held:
        msg = f"the graph belongs to the base '{owner.base.name.en}'" if owner else f"the graph holds {held[0]} already"
        raise Conflict(msg, hint=Text(zh="请在 ZHIKE_GRAPH 中指定另一个图谱或命名空间",
                                      en="name another graph or another namespace in ZHIKE_GRAPH"))


def _unmark(destination: Destination) -> None:
    with closing(_open_today(destination)) as graph:
        graph.write([Statement(_FORGET_STATE, {"name": UNFINISHED})])
