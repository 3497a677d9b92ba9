"""Erasing a customer's rows from every file of the warehouse, with the digests of before and after."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ibis

from kb.model.ids import CustomerKey
from kb.warehouse.catalog import (
    Contribution,
    Snapshot,
    Succession,
    file_snapshot,
    read_catalog,
    write_catalog,
)
from kb.warehouse.files import Connection

_KEYS = ("customer_key", "from_customer_key", "to_customer_key")


def erase_rows(home: Path, customer: CustomerKey, *, now: int | None = None) -> tuple[Succession, ...]:
    """Drop the customer's rows from all snapshots, superseded ones and quarantine included.

    The catalog names the successors first, then the files with the person in them are deleted. Repeating it after a
    crash finishes the work.

    Args:
        home: The base's folder.
        customer: Whose rows.
        now: Wall clock for the record, epoch seconds.

    Returns:
        What became of each file that held such rows.
    """
    catalog = read_catalog(home)
    if catalog is None:
        return ()
    con = ibis.duckdb.connect()
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".erase-") as scratch:
            files = [*(home / "snapshots").rglob("*.parquet"), *(home / "quarantine").rglob("*.parquet")]
            found = _successions(con, home, sorted(files), customer, Path(scratch) / "rest.parquet")
            done = tuple(replace(one, recorded_at=now) for one in found)
    finally:
        con.disconnect()
    if done:
        successors = {one.before.path: one.after for one in done}
        write_catalog(home, replace(
            catalog, contributions=tuple(_succeeded(given, successors) for given in catalog.contributions),
            successions=(*catalog.successions, *done)))
    for one in done:
        (home / one.before.path).unlink()
    return done


def _successions(con: Connection, home: Path, files: list[Path], customer: CustomerKey,
                 fresh: Path) -> Iterator[Succession]:
    for path in files:
        rows = con.read_parquet(path)
        rest = rows.filter(~_names(rows, customer))
        kept, read = int(rest.count().execute()), int(rows.count().execute())
        if kept < read:
            before = file_snapshot(home, str(path.parent.relative_to(home)), path, read)
            con.to_parquet(rest, fresh, compression="zstd")
            after = file_snapshot(home, str(path.parent.relative_to(home)), fresh, kept)
            yield Succession(before=before, after=after)


def _names(rows: ibis.Table, customer: CustomerKey) -> ibis.Value:
    """Whether a row names the customer: by key, or within the row that quarantine shows."""
    if "row" in rows.columns:
        return rows["row"].contains(customer).fill_null(False)
    named = [(rows[column] == customer).fill_null(False) for column in _KEYS if column in rows.columns]
    return ibis.or_(*named) if named else ibis.literal(False)


def _succeeded(given: Contribution, successors: dict[str, Snapshot]) -> Contribution:
    return replace(given, tables={n: successors.get(s.path, s) for n, s in given.tables.items()},
                   quarantine={n: successors.get(s.path, s) for n, s in given.quarantine.items()})
