"""What was begun and must be finished when the base is opened: an import whose tables are in place, and erasures.

The catalog decides whether an import took place. What follows from it (persons, moment, facts in the graph) is done
afterwards, and done again when the base is opened if the process ended in between. The file of persons is the only one
outside the graph that names them; it is readable by the owner alone and gone once they are in the graph.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kb.home import write_owner_only
from kb.model.codec import from_json, to_json
from kb.model.ids import CustomerKey, Digest
from kb.tables.catalog import read_catalog

_SCRATCH = (".import-*", ".erase-*", ".spill-*")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedImport:
    """What was imported.

    Args:
        tables: Canonical table -> digest of the mapping's rows of it.
    """

    mapping: str
    tables: Mapping[str, Digest]


class ImportRecovery:
    """The folder ``unfinished-import`` of a base."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "unfinished-import"

    def keep(self, unfinished: UnfinishedImport, persons: pa.Table) -> None:
        """Keep what must be done once the catalog has the import."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)
        pq.write_table(persons, self._folder / "persons.parquet")
        write_owner_only(self._folder / "import.json", to_json(unfinished).encode())

    def note_moment(self) -> None:
        """Keep that the moment of the base is another, and the facts are not yet of it."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        (self._folder / "moment").touch()

    def is_moment_new(self) -> bool:
        """Whether the facts may still be of the moment before."""
        return (self._folder / "moment").exists()

    def import_to_finish(self) -> UnfinishedImport | None:
        """The import that the catalog has and whose rest may be missing; ``None`` where there is none."""
        try:
            kept = from_json((self._folder / "import.json").read_bytes(), UnfinishedImport)
        except FileNotFoundError:
            return None
        catalog = read_catalog(self._home)
        given = None if catalog is None else catalog.contribution(kept.mapping)
        took_place = given is not None and {name: s.digest for name, s in given.tables.items()} == kept.tables
        return kept if took_place else None

    def persons(self) -> pa.Table:
        """Who the customers of the import are."""
        return pq.read_table(self._folder / "persons.parquet")

    def forget(self, key: CustomerKey) -> None:
        """Take an erased person out of an import whose rest was not done yet."""
        path = self._folder / "persons.parquet"
        if path.exists():
            persons = self.persons()
            beside = path.with_name(f".{path.name}.new")
            pq.write_table(persons.filter(pc.not_equal(persons["customer_key"], key)), beside)
            beside.replace(path)

    def clear(self) -> None:
        """Nothing is left to be done: drop it, and what a killed import left of its scratch files."""
        for path in (self._folder, *(path for pattern in _SCRATCH for path in self._home.glob(pattern))):
            shutil.rmtree(path, ignore_errors=True)


class UnfinishedErasures:
    """The file ``unfinished-erasures`` of a base: keys of persons whose erasure was begun and not completed."""

    def __init__(self, home: Path) -> None:
        self._path = home / "unfinished-erasures"

    def keys(self) -> frozenset[CustomerKey]:
        """Whose erasure must be repeated."""
        listed = self._path.read_text(encoding="utf-8").split() if self._path.exists() else ()
        return frozenset(map(CustomerKey, listed))

    def begin(self, key: CustomerKey) -> None:
        """From here on the person is erased, now or when the base is opened again."""
        self._write(self.keys() | {key})

    def end(self, key: CustomerKey) -> None:
        """Nothing of the person is left."""
        self._write(self.keys() - {key})

    def _write(self, keys: frozenset[CustomerKey]) -> None:
        if keys:
            write_owner_only(self._path, "\n".join(sorted(keys)).encode())
        else:
            self._path.unlink(missing_ok=True)


def sweep(home: Path) -> None:
    """Delete the half-written files that a killed process left beside those they were to replace; nobody writes now."""
    for folder in (home, *(path for path in home.iterdir() if path.is_dir() and path.name != "graph")):
        for path in (folder.rglob(".*") if folder != home else folder.glob(".*")):
            if path.is_file():
                path.unlink()
