"""An import between its snapshots and its place in the base: kept aside, so that a cut-off import can be finished.

The catalog decides whether an import took place. What follows from it (persons, moment, facts in the graph) is done
afterwards, and done again when the base is opened if the process ended in between. The file of persons is the only one
outside the graph that names them; it is readable by the owner alone and gone once they are in the graph.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kb.home import write_owner_only
from kb.model.codec import from_json, to_json
from kb.model.ids import Digest
from kb.warehouse.catalog import read_catalog

_SCRATCH = (".import-*", ".erase-*")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedImport:
    """What was imported.

    Args:
        tables: Canonical table -> digest of the mapping's rows of it.
        as_of: The moment of the base after it, epoch seconds; ``None`` where it does not set one.
    """

    mapping: str
    tables: Mapping[str, Digest]
    as_of: int | None


class Aside:
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

    def clear(self) -> None:
        """Nothing is left to be done: drop it, and what a killed import left of its scratch files."""
        for path in (self._folder, *(path for pattern in _SCRATCH for path in self._home.glob(pattern))):
            shutil.rmtree(path, ignore_errors=True)
