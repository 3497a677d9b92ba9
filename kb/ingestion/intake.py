"""One import: files in; snapshots, quarantine and a report out; nothing changed where anything fails.

Everything is read, judged and written to new files first; the catalog is replaced last. A file that cannot be read
as its mapping says is refused whole; a row with an impossible value goes into quarantine; no row is dropped silently.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import duckdb
import ibis

from kb.errors import StoreFailure
from kb.ingestion.cleaning import refuse_unreadable, sift
from kb.ingestion.files import (
    Connection,
    FileLimits,
    SourceFile,
    fingerprint,
    locate,
    read,
    require_columns,
    require_known,
)
from kb.ingestion.identity import assign_keys, names_of_erased
from kb.ingestion.latest_instant import horizon_of, require_not_to_come
from kb.ingestion.mapping.declaration import LookUp, Source, SourceMapping, columns_of
from kb.ingestion.report import ImportReport
from kb.ingestion.snapshot_writing import SnapshotWriter
from kb.ingestion.staging import Sources, Staged, stage
from kb.tables.catalog import Catalog, read_catalog
from kb.tables.memory_limit import Memory
from ontology.text import Text

_LIMITS = FileLimits()
_NO_OVERRIDES: Mapping[str, Path] = MappingProxyType({})


def run_import(mapping: SourceMapping, *, home: Path, secret: bytes,  # noqa: PLR0913 - an import has these eleven parts
               memory: Memory | None = None, limits: FileLimits = _LIMITS, erased: frozenset[str] = frozenset(),
               overrides: Mapping[str, Path] = _NO_OVERRIDES, replacing: bool = False,
               progress: Callable[[str], None],
               before_commit: Callable[[ImportReport], None] = lambda _: None, now: int | None = None) -> ImportReport:
    """Bring the files of a mapping into the base at ``home``.

    The files are the whole of what the mapping's source says: they replace what its last import brought, if they have
    nearly all of it (``kb.ingestion.loss_check``) or it was asked for. What other mappings brought stays beside it.

    Args:
        mapping: As ``load_mapping`` reads it.
        home: The base's folder; made if need be.
        secret: The base's own, for the keys of customers.
        memory: The most that it may take; ``None``: as ``Memory.of_machine`` says.
        limits: What one file may come to.
        erased: Keys of erased customers; their rows are refused, and nothing of them is kept.
        overrides: Source name -> file, where the mapping names none, or another.
        replacing: Let more of what the mapping brought before go than may go unasked.
        progress: Called with what is being done.
        before_commit: Called when all is written but the catalog, which decides that the import took place.
        now: Wall clock, epoch seconds: for the import's record, and nothing has happened after it.

    Raises:
        InvalidMapping: If it states a moment to come; the base is untouched.
        InvalidSource: If a file is not what the mapping says, or all its rows are refused; the base is untouched.
        Conflict: If the base keeps another zone or currency, or too much would go; the base is untouched.
    """
    catalog = read_catalog(home) or Catalog(zone=mapping.base.zone, currency=mapping.base.currency)
    catalog.require_same_base(mapping.base)
    require_not_to_come(mapping, now)
    home.mkdir(parents=True, exist_ok=True)
    with (_connected(memory or Memory.of_machine(), home) as con,
          tempfile.TemporaryDirectory(dir=home, prefix=".import-", ignore_cleanup_errors=True) as scratch):
        files, sources = _open_sources(con, mapping, overrides, limits, progress)
        staged = [_read_table(con, sources, name, progress) for name in mapping.tables]
        keys = assign_keys(con, staged, secret)
        names = names_of_erased(staged, keys, erased)
        writer = SnapshotWriter(con=con, home=home, scratch=Path(scratch), catalog=catalog, mapping=mapping,
                                files=files,
                                keys=keys, horizon=horizon_of(staged, mapping.base, now), replacing=replacing,
                                progress=progress, before_commit=before_commit)
        return writer.write([sift(con, one, keys, erased, writer.horizon, names) for one in staged], now=now)


def _open_sources(con: Connection, mapping: SourceMapping, overrides: Mapping[str, Path], limits: FileLimits,
                  progress: Callable[[str], None]) -> tuple[tuple[SourceFile, ...], Sources]:
    """Every file of the mapping, found, opened, and with the columns that are read from it."""
    require_known(mapping, overrides)
    files: list[SourceFile] = []
    paths: dict[str, Path] = {}
    tables: dict[str, ibis.Table] = {}
    for name, source in mapping.sources.items():
        paths[name] = locate(source, overrides)
        progress(f"opening {paths[name].name}")
        files.append(fingerprint(source, paths[name]))
        tables[name] = read(con, source, paths[name], limits)
        require_columns(source, paths[name], tables[name], _columns_read(mapping, source))
    return tuple(files), Sources(mapping=mapping, paths=paths, tables=tables)


def _columns_read(mapping: SourceMapping, source: Source) -> tuple[str, ...]:
    """The columns that the mapping reads from the file itself: what a look-up brings is not among them."""
    fetched = {new for lookup in source.lookups for new in lookup.columns}
    tables = [table for table in mapping.tables.values() if table.source == source.name]
    read_here = [column for table in tables for e in table.columns.values() for column in columns_of(e)]
    filtered = [column for table in tables for column in table.where]
    joined = [column for lookup in source.lookups for column in lookup.on]
    asked = [column for lookup in _lookups_into(mapping, source)
             for column in (*lookup.on, *(old for old in lookup.columns.values()))]
    return tuple(dict.fromkeys(c for c in (*read_here, *filtered, *joined, *asked) if c and c not in fetched))


def _lookups_into(mapping: SourceMapping, source: Source) -> tuple[LookUp, ...]:
    return tuple(lookup for other in mapping.sources.values() for lookup in other.lookups
                 if lookup.source == source.name)


def _read_table(con: Connection, sources: Sources, name: str, progress: Callable[[str], None]) -> Staged:
    table = sources.mapping.tables[name]
    progress(f"{name}: reading {sources.paths[table.source].name}")
    staged = stage(con, sources, table)
    refuse_unreadable(staged)
    return staged


@contextmanager
def _connected(memory: Memory, home: Path) -> Iterator[Connection]:
    try:
        with memory.engine(home) as con:
            con.raw_sql("SET TimeZone = 'UTC'")  # no clock of this machine may reach the data
            yield con
    except StoreFailure as fault:
        raise StoreFailure(_NOT_DONE.fill(why=fault.message_text), hint=fault.hint_text,
                           retryable=fault.retryable) from fault
    except (OSError, duckdb.IOException) as fault:
        msg = f"the import could not be written, and did not take place: {str(fault).splitlines()[0]}"
        raise StoreFailure(msg, hint="see disk space and rights of the home folder") from fault


_NOT_DONE = Text(zh="导入未进行：{why}", en="the import did not take place: {why}")
