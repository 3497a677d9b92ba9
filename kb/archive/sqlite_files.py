"""The tables of a SQLite file as Parquet, and back: the journal, and the hashed keys of the API."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from kb.archive.record_files import PARQUET, read_pages, write_parquet
from kb.errors import InvalidInput
from kb.journal.writer import translated

_PAGE_ROWS = 4_000
_TYPES = {"INTEGER": pa.int64(), "TEXT": pa.string(), "REAL": pa.float64()}
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteFile:
    """One SQLite file of a base.

    Args:
        name: Its folder in the archive.
        path: Where it lies in the base's folder.
        declare: Makes the file with its tables, where there is none.
    """

    name: str
    path: Path
    declare: Callable[[Path], object]


@contextmanager
def frozen(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees the file as it is now, however long it reads; whoever writes goes on meanwhile."""
    with translated(), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # the first read fixes what is seen
        yield connection


def write_rows(connection: sqlite3.Connection, folder: Path) -> dict[str, int]:
    """Write every table into ``folder``; how many records each has."""
    folder.mkdir()
    return {f"{table}{PARQUET}": write_parquet(folder / f"{table}{PARQUET}", shape, _pages(connection, table, shape))
            for table, shape in _shapes(connection).items()}


def load_rows(path: Path, folder: Path) -> None:
    """Read every file of ``folder`` into the table of its name, as one transaction; what stood there gives way.

    Raises:
        InvalidInput: If a file belongs to no table.
    """
    with translated(), closing(sqlite3.connect(path, isolation_level=None)) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        shapes = _shapes(connection)
        for file in sorted(folder.glob(f"*{PARQUET}")):
            _require_table(file, shapes)
            connection.execute(f"DELETE FROM {_quoted(file.stem)}")  # noqa: S608  # a name of the schema
            for page in read_pages(file, shapes[file.stem]):
                _insert(connection, file.stem, page)


def _require_table(file: Path, shapes: Mapping[str, pa.Schema]) -> None:
    if file.stem not in shapes:
        msg = f"{file.parent.name} has no table '{file.stem}'; known: {', '.join(sorted(shapes))}"
        raise InvalidInput(msg, hint="the archive was written by a later version; read it with that one")


def _insert(connection: sqlite3.Connection, table: str, page: pa.Table) -> None:
    columns = ", ".join(map(_quoted, page.column_names))
    places = ", ".join("?" for _ in page.column_names)
    connection.executemany(f"INSERT INTO {_quoted(table)} ({columns}) VALUES ({places})",  # noqa: S608  # as above
                           zip(*(column.to_pylist() for column in page.columns), strict=True))


def _shapes(connection: sqlite3.Connection) -> dict[str, pa.Schema]:
    """Each table with the types of its columns."""
    return {table: pa.schema([(name, _TYPES[kind]) for _, name, kind, *_ in
                              connection.execute(f"PRAGMA table_info({_quoted(table)})")])
            for table, in connection.execute(_TABLES).fetchall()}


def _pages(connection: sqlite3.Connection, table: str, shape: pa.Schema) -> Iterator[pa.Table]:
    found = connection.execute(f"SELECT {', '.join(map(_quoted, shape.names))} FROM {_quoted(table)} ORDER BY rowid")  # noqa: S608  # names of the schema
    while rows := found.fetchmany(_PAGE_ROWS):
        yield pa.table(dict(zip(shape.names, zip(*rows, strict=True), strict=True)), schema=shape)


def _quoted(name: str) -> str:
    return f'"{name}"'
