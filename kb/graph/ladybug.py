"""The graph in one file beside the process: the embedded default, nothing to start."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import ladybug
import pyarrow as pa

from kb.errors import StoreFailure
from kb.graph import ddl
from kb.graph.arrow_answer import as_arrow
from kb.graph.column_types import conform_nodes, conform_relations, find_table
from kb.graph.compaction import write_anew
from kb.graph.disk_space import demand_room
from kb.graph.double_buffer import POINTER, TWINS, names_live_table, on_table
from kb.graph.lease import demand_leases
from kb.graph.migrations import SCHEMA, STATE, bring_forward, holds_version, recorded_version
from kb.graph.port import Record, Statement, key_taken
from kb.graph.read_write_lock import ReadWriteLock
from kb.graph.stale_rows import delete_absent
from kb.graph.state import READ_STATE
from kb.graph.zeroed_memory import zeroed_memory
from ontology.schema import NodeTable, RelTable, Schema
from ontology.text import Text

_FILE = "knowledge.lbug"
_FRESH = "fresh.lbug"  # becomes the graph once it is whole
_FRESH_TABLE = "_fresh"  # ends the name of a table that becomes another once it is whole
_WAL = ".wal"
_BUFFER_POOL_BYTES = 1 << 30  # what a transaction writes and what a query answers must fit in it
_SLICE_ROWS = 20_000  # a COPY of so many holds the writers' lock for less than 250 ms
_FRESH_SLICE_ROWS = 100_000  # every transaction writes the groups of its rows anew: fewer are four times as fast
_WIDE_SLICE_ROWS = 4_000  # setting forty columns by key costs some 50 us a row
_ARROW_FROM_ROWS = 500  # from here on a conversion by columns is faster than one row at a time
_WALKED_PER_LOOKUP = 2_000  # "=" asks the index; "IN" walks the table, so many rows in the time of one look-up
_WRITING_THREADS = 1  # a load is as fast, and does not take the cores that readers need
_DISK_FAULT = "IO exception"
_SEE_FOLDER = Text(zh="请检查磁盘空间和图谱文件夹的权限", en="see disk space and rights of the graph folder")


class LadybugGraph:
    """A graph of the schema's tables in ``folder``; missing tables and columns are declared on opening.

    One process opens a folder at a time: ``kb.home`` holds the lock. Readers take a connection each from a pool;
    writers share one lock, because the engine refuses a second writer at once instead of letting it wait, and a
    connection that was so refused must not be used again. They share one connection too, but for loads: a connection
    keeps what each load came from, and the plan and memory of it, until it is closed. The commit of a dropped table
    waits until no query runs: the engine frees its pages under a reader otherwise, and the process dies.

    All that a transaction writes stands in the buffer pool until its commit, and one that does not fit is refused:
    relationships that replace others are therefore written to a table beside them, in many transactions, which takes
    the name of the old one in a last, small one.
    """

    def __init__(self, folder: Path, schema: Schema, *, buffer_pool_bytes: int = _BUFFER_POOL_BYTES) -> None:
        self._schema = schema
        self._writing = threading.Lock()
        self._replacing = threading.Lock()  # taken before the writers': whoever changes which tables there are
        self._lock = ReadWriteLock()
        self._idle: deque[Any] = deque()
        self._closed = False
        self._is_broken = False
        self._folder = folder
        self._buffer_pool_bytes = buffer_pool_bytes
        with _translated(), zeroed_memory():
            folder.mkdir(parents=True, exist_ok=True)
            demand_room(folder)
            self._drop_fresh()
            self._open()
            version = self._declare_missing()
        if holds_version(schema):
            bring_forward(self, version)

    def read(self, query: str, /, **parameters: object) -> list[Record]:
        """The rows that ``query`` returns, of what is committed."""
        if names_live_table(query):
            return self.snapshot({"asked": query}, **parameters)["asked"]
        with self._reader() as connection:
            return _rows(connection, query, parameters)

    def snapshot(self, queries: Mapping[str, str], /, **parameters: object) -> dict[str, list[Record]]:
        """The rows of several queries over one state, by name."""
        with self._reader() as connection, _transaction(connection, "BEGIN TRANSACTION READ ONLY"):
            return {name: _rows(connection, query, {k: v for k, v in parameters.items() if f"${k}" in query})
                    for name, query in _on_live_table(connection, queries).items()}

    def bulk_read(self, query: str, columns: pa.Schema, /, **parameters: object) -> pa.Table:
        """The many rows that ``query`` returns, as columns."""
        with self._reader() as connection, _transaction(connection, "BEGIN TRANSACTION READ ONLY"):
            text = _on_live_table(connection, {"asked": query})["asked"]
            with connection.execute(text, dict(parameters)) as result:
                return as_arrow(result).cast(columns)

    def short_list(self, table: str) -> int:
        """As many keys as are looked up one by one while a list would walk the whole table."""
        [counted] = self.read(f"MATCH (n:`{find_table(self._schema, table).name}`) RETURN count(*) AS rows")
        return int(counted["rows"]) // _WALKED_PER_LOOKUP

    def write(self, statements: Iterable[Statement], /) -> list[list[Record]]:
        """Run the statements as one transaction, durable on return."""
        with self._writer_transaction() as connection:
            return [_step(connection, statement) for statement in statements]

    def bulk_load(self, table: str, rows: pa.Table, *, replace: bool = False) -> None:
        """Load many rows into a table of the schema."""
        match find_table(self._schema, table):
            case NodeTable() as node:
                self._load_nodes(node, conform_nodes(node, rows), replace=replace)
            case RelTable() as relation:
                self._load_relations(relation, rows, replace=replace)

    @contextmanager
    def hold_writers(self) -> Iterator[None]:
        """Let whoever writes wait; readers go on."""
        with self._writing:
            yield

    def purge(self) -> bool:
        """Write the file anew: a deleted record stays in its pages otherwise, and goes on with them.

        The new file takes the place of the old one in one step, so that a process that is killed leaves either.
        Readers wait while files are changed, not while the new one is written. There is room for both on the disk.
        """
        with self._replacing, self._only_writer():
            self._refuse_if_closed()
            self._refuse_if_broken()
            demand_room(self._folder, self._path.stat().st_size)
            try:
                with self._loader() as connection:
                    write_anew(connection, self._fresh, self._schema)
                with self._lock.alone():
                    self._take_fresh()
            finally:
                self._drop_fresh()
        return True

    def declare(self, schema: Schema) -> None:
        """Hold the tables of another schema; readers wait while tables change."""
        with self._replacing, self._only_writer(), self._lock.alone():
            self._refuse_if_closed()
            self._refuse_if_broken()
            self._schema = schema
            self._declare_missing()

    def drift(self) -> list[str]:
        """Tables and columns that are missing, of another type, or not of the schema."""
        with self._reader() as connection:
            return list(ddl.find_drift(self._schema, _existing(connection)))

    def ready(self) -> None:
        """Return if the graph can be read and its disk takes what is written now."""
        self.read("RETURN 1 AS one")
        self._refuse_if_broken()
        demand_room(self._folder)

    def close(self) -> None:
        """Let go of the file."""
        with self._only_writer(), self._lock.alone():
            if self._closed:
                return
            self._closed = True
            self._let_go()

    @property
    def _path(self) -> Path:
        return self._folder / _FILE

    @property
    def _fresh(self) -> Path:
        return self._folder / _FRESH

    def _open(self) -> None:
        self._database = ladybug.Database(str(self._path), buffer_pool_size=self._buffer_pool_bytes)
        self._writer = ladybug.Connection(self._database, num_threads=_WRITING_THREADS)

    def _let_go(self) -> None:
        """Close the file; what its log holds goes into it."""
        while self._idle:
            self._idle.pop().close()
        self._writer.close()
        self._database.close()

    def _take_fresh(self) -> None:
        """Open the new file under the name of the old one; the old one where that cannot be."""
        self._let_go()
        try:
            if self._path.with_name(_FILE + _WAL).exists():  # it would be read as the log of the new file
                msg = Text(zh="图谱未能静止下来，没有重写",
                           en="the graph could not be brought to rest, and was not written anew")
                raise StoreFailure(msg, hint=Text(zh="请检查磁盘空间和图谱文件夹的权限，然后重试",
                                                  en="see disk space and rights of the graph folder, then try again"))
            _sync(self._fresh)
            self._fresh.replace(self._path)
            _sync(self._folder)
        finally:
            self._open()

    def _drop_fresh(self) -> None:
        """A new file that did not become the graph is nothing."""
        for path in self._folder.glob(f"{_FRESH}*"):
            path.unlink()

    def _load_nodes(self, table: NodeTable, rows: pa.Table, *, replace: bool) -> None:
        merge = ddl.upsert(table, rows.column_names)
        for part in _slices(rows, _WIDE_SLICE_ROWS):
            with self._writer_transaction(self._loader) as connection:
                connection.execute(merge, {"rows": part})
        if replace:
            delete_absent(self, table, rows[table.key])

    def _load_relations(self, table: RelTable, rows: pa.Table, *, replace: bool) -> None:
        conform_relations(table, rows.slice(0, 0), self._schema)  # what they lack is said before anything is written
        if replace:
            self._replace_relations(table, rows)
        else:
            self._copy(table, rows, table.name, _SLICE_ROWS)

    def _copy(self, table: RelTable, rows: pa.Table, name: str, slice_rows: int) -> None:
        """Add rows of ``table`` to the table of that shape and ``name``, a transaction for each slice."""
        for part in _slices(rows, slice_rows):
            with self._writer_transaction(self._loader) as connection:
                connection.execute(f"COPY `{name}` FROM $rows", {"rows": conform_relations(table, part, self._schema)})

    def _replace_relations(self, table: RelTable, rows: pa.Table) -> None:
        """Readers see the old relationships until all new ones are there; where the load fails, they stay."""
        fresh = f"{table.name}{_FRESH_TABLE}"
        drop = f"DROP TABLE IF EXISTS `{fresh}`"
        with self._replacing:
            self._change_tables(drop, ddl.create_rel_table(replace(table, name=fresh)), wanted_bytes=2 * rows.nbytes)
            try:
                self._copy(table, rows, fresh, _FRESH_SLICE_ROWS)
                self._change_tables(f"DROP TABLE `{table.name}`",  # a thousand times faster than deleting its rows
                                    f"ALTER TABLE `{fresh}` RENAME TO `{table.name}`")
            except BaseException:
                with suppress(StoreFailure):  # the next load drops it, or the next opening
                    self._change_tables(drop)
                raise

    def _change_tables(self, *statements: str, wanted_bytes: int = 0) -> None:
        with self._writer_transaction(self._loader, commit=self._lock.alone, wanted_bytes=wanted_bytes) as connection:
            for statement in statements:
                connection.execute(statement)

    def _declare_missing(self) -> int | None:
        """Declare what is missing; the version of the records, ``None`` where there was no table yet."""
        for name in _names(self._writer):
            if name.endswith(_FRESH_TABLE):  # the process was killed over it
                self._writer.execute(f"DROP TABLE `{name}`")
        existing = _existing(self._writer)
        state = _rows(self._writer, READ_STATE, {"name": SCHEMA}) if STATE in existing else []
        version = recorded_version(state) if existing else None
        for declaration in ddl.missing_declarations(self._schema, existing):
            self._writer.execute(declaration)
        return version

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        with _translated(), self._lock.shared():
            self._refuse_if_closed()
            connection = self._idle.pop() if self._idle else ladybug.Connection(self._database, num_threads=1)
            yield connection
            self._idle.append(connection)  # after a fault it is dropped instead: it may hold half a transaction

    @contextmanager
    def _only_writer(self) -> Iterator[None]:
        with self._writing, _translated(), zeroed_memory():
            yield

    def _loader(self) -> AbstractContextManager[Any]:
        return closing(ladybug.Connection(self._database, num_threads=_WRITING_THREADS))

    @contextmanager
    def _writer_transaction(self, connect: Callable[[], AbstractContextManager[Any]] | None = None, *,
                            commit: Callable[[], AbstractContextManager[None]] = nullcontext,
                            wanted_bytes: int = 0) -> Iterator[Any]:
        with self._only_writer():
            self._refuse_if_closed()
            self._refuse_if_broken()
            demand_room(self._folder, wanted_bytes)
            try:
                with (connect() if connect else nullcontext(self._writer) as connection,
                      _transaction(connection, "BEGIN TRANSACTION", commit)):
                    demand_leases(partial(_rows, connection))
                    yield connection
            except RuntimeError as fault:
                self._is_broken = str(fault).startswith(_DISK_FAULT)
                raise

    def _refuse_if_broken(self) -> None:
        """After a fault of the disk the engine may hold its locks for ever: whoever wrote next would never return."""
        if self._is_broken:
            msg = Text(zh="图谱无法写入磁盘，重新打开之前不再接受写入",
                       en="the graph could not write to its disk, and takes no writes until it is opened again")
            raise StoreFailure(msg, hint=Text(zh="请检查磁盘空间和图谱文件夹的权限，然后重启服务",
                                              en="see disk space and rights of the graph folder, then restart the"
                                                 " service"))

    def _refuse_if_closed(self) -> None:
        if self._closed:
            msg = Text(zh="图谱已关闭", en="the graph is closed")
            raise StoreFailure(msg, hint=Text(zh="服务正在关闭；请等它启动后再试",
                                              en="the service is shutting down; try again when it is up"))


@contextmanager
def _transaction(connection: Any, begin: str,
                 commit: Callable[[], AbstractContextManager[None]] = nullcontext) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
    except BaseException:
        with suppress(RuntimeError):  # the engine has rolled back already when a statement of its own failed
            connection.execute("ROLLBACK")
        raise
    with commit():
        connection.execute("COMMIT")


def _sync(path: Path) -> None:
    """Return when the file, or the names in the folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _existing(connection: Any) -> dict[str, dict[str, str]]:
    """Each table of the store, with the types of its columns; those that are not whole are not among them."""
    tables = [name for name in _names(connection) if not name.endswith(_FRESH_TABLE)]
    return {table: {record["name"]: record["type"] for record in
                    _rows(connection, f"CALL table_info('{table}') RETURN name, type", {})} for table in tables}


def _names(connection: Any) -> list[str]:
    return [record["name"] for record in _rows(connection, "CALL show_tables() RETURN name", {})]


def _step(connection: Any, statement: Statement) -> list[Record]:
    text = _on_live_table(connection, {"step": statement.text})["step"]
    return statement.demand(_rows(connection, text, dict(statement.parameters)))


def _on_live_table(connection: Any, queries: Mapping[str, str]) -> Mapping[str, str]:
    """The queries with the table that is live in the transaction."""
    if not any(map(names_live_table, queries.values())):
        return queries
    found = _rows(connection, READ_STATE, {"name": POINTER})
    live = found[0]["value"] if found else TWINS[0]
    return {name: on_table(query, live) for name, query in queries.items()}


def _rows(connection: Any, query: str, parameters: Mapping[str, object]) -> list[Record]:
    with connection.execute(query, dict(parameters)) as result:
        if result.get_num_tuples() >= _ARROW_FROM_ROWS:
            by_columns: list[Record] = as_arrow(result).to_pylist()
            return by_columns
        by_rows: list[Record] = result.rows_as_dict().get_all()
        return by_rows


def _slices(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    for start in range(0, rows.num_rows, size):
        yield rows.slice(start, size)


@contextmanager
def _translated() -> Iterator[None]:
    """The engine reports everything as ``RuntimeError`` with a class of fault at the start of its text."""
    try:
        yield
    except (RuntimeError, OSError) as fault:
        text = str(fault)
        if "duplicated primary key" in text:
            raise key_taken() from fault
        why = text.splitlines()[0] if text else type(fault).__name__
        msg = Text(zh=f"图谱拒绝了操作：{why}", en=f"the graph refused: {why}")
        is_ours = text.startswith(("Binder exception", "Parser exception"))
        raise StoreFailure(msg, hint=_SEE_FOLDER, retryable=not is_ours) from fault
