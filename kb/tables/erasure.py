"""Erasing a customer's rows from every file of the warehouse, with the digests of before and after."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import ibis

from kb.home import key_of
from kb.ingestion.files import Connection
from kb.model.ids import CustomerKey
from kb.tables.canonical import CANONICAL, CanonicalType
from kb.tables.catalog import (
    Contribution,
    Snapshot,
    Succession,
    file_snapshot,
    read_catalog,
    write_catalog,
)
from kb.tables.memory_limit import Memory

_COLUMNS = [column for table in CANONICAL.values() for column in table.columns]
_KEYS = frozenset(column.stored for column in _COLUMNS if column.type is CanonicalType.CUSTOMER)
_PLAIN = frozenset(column.name for column in _COLUMNS if column.type is CanonicalType.CUSTOMER) - _KEYS
"""Names under which earlier versions stored an external id as it was told."""
_STAFF = frozenset(column.stored for column in _COLUMNS if column.type is CanonicalType.STAFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom to look for in the files.

    Args:
        key: As files name the customer.
        secret: The base's own: it tells whether an id that stands as it was told is the customer's.
        name: As a column of staff may give it; ``None`` where it is not known.
    """

    key: CustomerKey
    secret: bytes
    name: str | None = None

    def is_named_by(self, value: str) -> bool:
        """Whether a plain value is the customer's external id."""
        return key_of(value, self.secret) == self.key


def erase_rows(home: Path, person: Person, *, memory: Memory | None = None,
               now: int | None = None) -> tuple[Succession, ...]:
    """Drop the customer's rows from all snapshots, superseded ones and quarantine included.

    Where a row of somebody else says that the customer handled it, as a member of staff, it no longer says who did; so
    it is with staff who goes by the same id or name, because nothing tells the two apart.
    The catalog names the successors first, then the files with the person in them are deleted. Repeating it after a
    crash finishes the work.

    Args:
        home: The base's folder.
        person: Whose rows.
        memory: The most that it may take; ``None``: as ``Memory.of_machine`` says.
        now: Wall clock for the record, epoch seconds.

    Returns:
        What became of each file that held such rows.
    """
    catalog = read_catalog(home)
    if catalog is None:
        return ()
    with ((memory or Memory.of_machine()).engine(home) as con,
          tempfile.TemporaryDirectory(dir=home, prefix=".erase-") as scratch):
        found = _successions(con, home, _files(home), person, Path(scratch) / "rest.parquet")
        done = tuple(replace(one, recorded_at=now) for one in found)
    if done:
        successors = {one.before.path: one.after for one in done}
        write_catalog(home, replace(
            catalog, contributions=tuple(_succeeded(given, successors) for given in catalog.contributions),
            successions=(*catalog.successions, *done)))
    for one in done:
        (home / one.before.path).unlink()
    return done


def is_in_files(home: Path, person: Person, memory: Memory | None = None) -> bool:
    """Whether a snapshot or a refused row names the customer, or somebody of staff by the customer's id."""
    with (memory or Memory.of_machine()).engine(home) as con:
        return any(_is_touched(con.read_parquet(path), person) for path in _files(home))


def _files(home: Path) -> list[Path]:
    return sorted([*(home / "snapshots").rglob("*.parquet"), *(home / "quarantine").rglob("*.parquet")])


def _is_touched(rows: ibis.Table, person: Person) -> bool:
    named = ibis.or_(_names(rows, person), *_is_handled_by(rows, person).values())
    return bool(rows.filter(named).limit(1).count().execute())


def _successions(con: Connection, home: Path, files: list[Path], person: Person, fresh: Path) -> Iterator[Succession]:
    for path in files:
        rows = con.read_parquet(path)
        if _is_touched(rows, person):
            read = int(rows.count().execute())
            before = file_snapshot(home, str(path.parent.relative_to(home)), path, read)
            rest = rows.filter(~_names(rows, person)).mutate(
                **{column: ibis.ifelse(is_named, None, rows[column])
                   for column, is_named in _is_handled_by(rows, person).items()})
            con.to_parquet(rest, fresh, compression="zstd")
            after = file_snapshot(home, str(path.parent.relative_to(home)), fresh, int(rest.count().execute()))
            yield Succession(before=before, after=after)


def _names(rows: ibis.Table, person: Person) -> ibis.Value:
    """Whether a row is of the customer: by key, by an id that is told, or within the row that quarantine shows."""
    if "row" in rows.columns:
        return rows["row"].contains(person.key).fill_null(False)
    by_key = [(rows[column] == person.key).fill_null(False) for column in sorted(_KEYS & set(rows.columns))]
    by_id = [rows[column].isin(told).fill_null(False) for column in sorted(_PLAIN & set(rows.columns))
             if (told := _told(rows, column, person))]
    return ibis.or_(ibis.literal(False), *by_key, *by_id)


def _is_handled_by(rows: ibis.Table, person: Person) -> dict[str, ibis.Value]:
    """Of each column of staff that names the customer, whether a row does."""
    names = {} if person.name is None else {person.name}
    found = {column: sorted({*_told(rows, column, person), *names}) for column in sorted(_STAFF & set(rows.columns))}
    return {column: rows[column].isin(told).fill_null(False) for column, told in found.items() if told}


def _told(rows: ibis.Table, column: str, person: Person) -> list[str]:
    """The values of a plain column that are the customer's external id."""
    distinct = rows.select(column).distinct().to_pyarrow().column(0).drop_null().to_pylist()
    return [value for value in distinct if person.is_named_by(value)]


def _succeeded(given: Contribution, successors: dict[str, Snapshot]) -> Contribution:
    return replace(given, tables={n: successors.get(s.path, s) for n, s in given.tables.items()},
                   quarantine={n: successors.get(s.path, s) for n, s in given.quarantine.items()})
