"""A base written as an archive or a backup, and a new base made from one."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from api.security.keys import AccessKeys
from api.use_cases.views import Json
from kb.archive.manifest import Manifest
from kb.archive.packing import write_backup
from kb.archive.restoring import Destination
from kb.archive.sqlite_files import SqliteFile
from kb.archive.writing import Contents, write_archive
from kb.errors import InvalidInput, Unavailable
from kb.graph.port import Graph
from kb.home import Base, Home
from kb.journal.store import Journal
from kb.local_ontology import LocalOntology
from kb.model.pattern import iso_instant
from ontology.schema import Schema
from ontology.text import Text

_INSIDE = Text(zh="“{path}”位于知识库自己的文件夹内", en="'{path}' is inside the home of the base")
_OUTSIDE = Text(zh="请写到该文件夹之外", en="write it to a place outside of ZHIKE_HOME")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """The open base, written whole while it is used; one archive at a time."""

    graph: Graph
    home: Home
    ontology: LocalOntology
    _busy: threading.Lock = field(default_factory=threading.Lock, init=False)

    def export(self, folder: Path, progress: Progress) -> Json:
        """Write the base as an archive: a new folder.

        Raises:
            Conflict: If there is something in the folder.
            InvalidInput: If it is inside the home.
        """
        self._refuse_inside(folder)
        with self._alone():
            return archive_json(write_archive(self._contents(), folder, now=int(time.time()), progress=progress))

    def backup(self, file: Path, progress: Progress) -> Json:
        """Write the base as a backup: a new file.

        Raises:
            Conflict: If the file is there.
            InvalidInput: If it is inside the home.
        """
        self._refuse_inside(file)
        with self._alone():
            return archive_json(write_backup(self._contents(), file, now=int(time.time()), progress=progress))

    def _refuse_inside(self, path: Path) -> None:
        """A copy of the base inside its own home would hold whom the base has erased, and go into the next copy."""
        if path.absolute().resolve().is_relative_to(self.home.path.resolve()):
            raise InvalidInput(_INSIDE.fill(path=path), hint=_OUTSIDE)

    def _contents(self) -> Contents:
        return Contents(home=self.home, graph=self.graph, schema=self.ontology.schema,
                        sqlite=tuple(sqlite_files(self.home)))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            msg = Text(zh="正在写入此知识库的归档", en="an archive of this base is being written")
            raise Unavailable(msg, hint=Text(zh="请等它完成", en="wait until that one is finished"))
        try:
            yield
        finally:
            self._busy.release()


def destination(home: Home, open_graph: Callable[[Schema], Graph], describe: Callable[[Base], Base]) -> Destination:
    """A home that an archive is to become the base of."""
    return Destination(home=home, open_graph=open_graph, describe=describe,
                       sqlite={file.name: file for file in sqlite_files(home)})


def sqlite_files(home: Home) -> Iterator[SqliteFile]:
    """The SQLite files of a base."""
    yield SqliteFile(name="journal", path=home.journal_path, declare=lambda path: Journal(path).close())
    yield SqliteFile(name="access", path=home.access_path, declare=AccessKeys)


def archive_json(manifest: Manifest) -> Json:
    """What an archive holds: when it was made, how many files, and how many records of what."""
    return {"made_at": iso_instant(manifest.made_at), "files": len(manifest.files),
            "graph": manifest.records("graph"), "journal": manifest.records("journal")}
