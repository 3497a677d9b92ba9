"""Which snapshots make up the tables now, and which imports made them.

The catalog is one JSON file, replaced whole and last: until then an import has changed nothing that anybody reads.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
from cattrs import BaseValidationError

from kb.errors import Conflict, StoreFailure
from kb.ingestion.files import SourceFile
from kb.ingestion.mapping.declaration import Attribute, BaseDefaults, Category
from kb.ingestion.report import TableReport
from kb.model.codec import from_json, to_json
from kb.model.ids import Digest
from ontology.text import Text

_FILE = "catalog.json"
_DIGEST_IN_NAME = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A Parquet file named by the digest of its bytes; ``path`` is relative to the base's folder."""

    path: str
    digest: Digest
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one mapping gives to the tables; its next import replaces it.

    Args:
        tables: Canonical table -> this mapping's rows of it.
        quarantine: Canonical table -> the rows refused, where there are any.
        last_instant: Its last moment, epoch seconds.
        tells_moment: Whether that is the moment of the base: not where the base lives by the wall.
    """

    mapping: str
    tables: Mapping[str, Snapshot]
    quarantine: Mapping[str, Snapshot]
    attributes: tuple[Attribute, ...]
    categories: tuple[Category, ...]
    last_instant: int
    tells_moment: bool = True
    words: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRecord:
    """An import that changed something: which files it read, which mapping, what came of it."""

    mapping: str
    mapping_digest: Digest
    sources: tuple[SourceFile, ...]
    tables: Mapping[str, TableReport]
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A snapshot that stands for an earlier one from which an erased person's rows were dropped."""

    before: Snapshot
    after: Snapshot
    recorded_at: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The state of the warehouse."""

    zone: str
    currency: str
    contributions: tuple[Contribution, ...] = ()
    imports: tuple[ImportRecord, ...] = ()
    successions: tuple[Succession, ...] = ()

    def contribution(self, mapping: str) -> Contribution | None:
        """What the mapping gives now."""
        return next((given for given in self.contributions if given.mapping == mapping), None)

    def with_import(self, given: Contribution, record: ImportRecord) -> "Catalog":
        """The state after an import; contributions are kept in the order of their mappings' names."""
        others = [other for other in self.contributions if other.mapping != given.mapping]
        return replace(self, contributions=tuple(sorted([*others, given], key=lambda c: c.mapping)),
                       imports=(*self.imports, record))

    def require_same_base(self, base: BaseDefaults) -> None:
        """Refuse a mapping that tells days or money otherwise than what is here already.

        Raises:
            Conflict: If zone or currency differ.
        """
        for what, held, given in (("time zone", self.zone, base.zone), ("currency", self.currency, base.currency)):
            if held != given:
                msg = f"this base keeps the {what} {held}, the mapping says {given}"
                raise Conflict(msg, hint="import it into a base of its own, or correct [base] in the mapping")


def read_catalog(home: Path) -> Catalog | None:
    """The state of the warehouse; ``None`` before the first import.

    Raises:
        StoreFailure: If the file is there and cannot be read.
    """
    try:
        return from_json((home / _FILE).read_bytes(), Catalog)
    except FileNotFoundError:
        return None
    except (BaseValidationError, orjson.JSONDecodeError) as fault:
        msg = f"{home / _FILE} is damaged"
        raise StoreFailure(msg, hint="restore it from a backup", retryable=False) from fault


def write_catalog(home: Path, catalog: Catalog) -> None:
    """Replace the state of the warehouse, whole or not at all."""
    fresh = home / f".{_FILE}.{os.getpid()}"
    with fresh.open("wb") as file:
        file.write(to_json(catalog).encode())
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(home / _FILE)


def snapshot_of(home: Path, folder: str, fresh: Path, rows: int) -> Snapshot:
    """What a freshly written Parquet file is to be known as: the name that its content gives it."""
    with fresh.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())  # the catalog must not name what a power cut took
    path = home / folder / f"{digest[:_DIGEST_IN_NAME]}.parquet"
    return Snapshot(path=str(path.relative_to(home)), digest=Digest(f"sha256:{digest}"), rows=rows)


def put_in_place(home: Path, snapshot: Snapshot, fresh: Path) -> None:
    """Move a freshly written file to its name; one that is there stays as it is."""
    path = home / snapshot.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        fresh.replace(path)


def file_snapshot(home: Path, folder: str, fresh: Path, rows: int) -> Snapshot:
    """Move a freshly written Parquet file to the name that its content gives it; one that is there stays as it is."""
    snapshot = snapshot_of(home, folder, fresh, rows)
    put_in_place(home, snapshot, fresh)
    return snapshot
