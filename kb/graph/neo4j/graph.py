"""The graph in a Neo4j server, where several processes or machines share it."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import neo4j
import pyarrow as pa

from kb.errors import StoreFailure
from kb.graph.address import GraphAddress
from kb.graph.column_types import ENDS, conform_nodes, conform_relations, find_table
from kb.graph.double_buffer import POINTER, TWINS
from kb.graph.lease import demand_leases
from kb.graph.migrations import SCHEMA, bring_forward, holds_version, recorded_version
from kb.graph.neo4j import cypher_rewriting
from kb.graph.neo4j.connecting import check_version, connect
from kb.graph.neo4j.cypher_rewriting import CombinedQuery, StoreNames
from kb.graph.neo4j.declare import STORAGE, missing_declarations
from kb.graph.neo4j.drift import find_drift
from kb.graph.neo4j.faults import translated
from kb.graph.port import Record, Statement
from kb.graph.read_write_lock import ReadWriteLock
from kb.graph.stale_rows import delete_absent
from kb.graph.state import READ_STATE
from ontology.schema import NodeTable, RelTable, Schema
from ontology.text import Text

_Result = TypeVar("_Result")
_BATCH_ROWS = 5_000  # a transaction of so many rows takes some 100 ms
_DELETE_ROWS = 10_000
_FETCH_RECORDS = 10_000
_UNDISTURBED_TRIES = 3
_ONE = "{id: 1}"


class Neo4jGraph:
    """A graph of the schema's tables in a Neo4j database; missing constraints are declared on opening.

    Neo4j isolates no further than *read committed*, so the port's promises are kept in another way. A node ``Storage``
    counts the writes and names the relationship tables that stand under their second name.

    - Every transaction that writes begins by locking that node: writers of all processes queue on it, so that a
      guard's check and the change after it are one, and none is chosen as the victim of a deadlock.
    - A relationship table that is replaced is filled under the name that is out of turn, in batches; then its names
      take turns in one small transaction, and the old rows are deleted. Every read looks at the end which names were
      in turn, and is repeated when they changed: it saw the table before or after, never between. So it is with the
      two tables of links, of which the pointer names the live one.
    - ``snapshot`` looks at the counter before and after its queries, and reads again when somebody wrote meanwhile; at
      the fourth time it holds the writers back. Its queries are answered in the order in which they are given, so that
      what is read last (the mark) vouches for what was read before. Writers of this process wait with
      their commit until snapshots have left. What remains: of a commit of *another* process, one that the server
      is applying in that very moment, a snapshot can see a part.

    A session gets the bookmarks of all that went before, so that it sees what this process wrote.
    """

    def __init__(self, place: GraphAddress, schema: Schema) -> None:
        self._place = place
        self._schema = schema
        self._writing = threading.Lock()
        self._lock = ReadWriteLock()
        self._names = StoreNames(tables=_tables_of(schema), namespace=place.namespace)
        self._closed = False
        self._driver = connect(place)
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        try:
            self._open()
        except BaseException:
            self._driver.close()
            raise

    def read(self, query: str, /, **parameters: object) -> list[Record]:
        """The rows that ``query`` returns, of what is committed."""
        return self._ask({"asked": query}, parameters, is_one_state=False)["asked"]

    def snapshot(self, queries: Mapping[str, str], /, **parameters: object) -> dict[str, list[Record]]:
        """The rows of several queries over one state, by name."""
        return self._ask(queries, parameters, is_one_state=True)

    def bulk_read(self, query: str, columns: pa.Schema, /, **parameters: object) -> pa.Table:
        """The many rows that ``query`` returns, as columns."""
        records = self.read(query, **parameters)
        parts = (records[start:start + _BATCH_ROWS] for start in range(0, len(records), _BATCH_ROWS))
        return pa.concat_tables([columns.empty_table(), *(pa.Table.from_pylist(part, columns) for part in parts)])

    def short_list(self, table: str) -> int:
        """One key, in every table: each question is a way to the server, and a list is found by index too."""
        find_table(self._schema, table)
        return 1

    def write(self, statements: Iterable[Statement], /) -> list[list[Record]]:
        """Run the statements as one transaction, durable on return."""
        steps = list(statements)
        return self._write(lambda run: [_step(run, statement) for statement in steps])

    def bulk_load(self, table: str, rows: pa.Table, *, replace: bool = False) -> None:
        """Load many rows into a table of the schema."""
        match find_table(self._schema, table):
            case NodeTable() as node:
                self._load_nodes(node, conform_nodes(node, rows), replace=replace)
            case RelTable() as relation:
                self._load_relations(relation, conform_relations(relation, rows, self._schema), replace=replace)

    @contextmanager
    def hold_writers(self) -> Iterator[None]:
        """Let whoever writes wait, in every process: an open transaction holds what each of them locks first."""
        hold = cypher_rewriting.stored_text(f"MATCH (g:{STORAGE} {_ONE}) SET g.held = true", self._names)
        with (self._writing, translated(self._place), self._session() as session,
              session.begin_transaction() as transaction):
            transaction.run(hold).consume()
            yield

    def purge(self) -> bool:
        """Nothing, the files are the server's.

        Measured with 5.26: a deleted value stays in the store until other records take its room, and in the transaction
        log until that is rotated away.
        """
        return False

    def declare(self, schema: Schema) -> None:
        """Hold the tables of another schema; what it adds gets its constraints."""
        with self._writing, translated(self._place):
            self._schema = schema
            self._names = replace(self._names, tables=_tables_of(schema))
            self._declare_missing()

    def drift(self) -> list[str]:
        """Constraints that are gone, and properties that the schema does not have or has otherwise."""
        with translated(self._place), self._session() as session:
            return list(find_drift(lambda text: session.run(text).data(), self._schema, self._know_names()))

    def ready(self) -> None:
        """Return if the graph can be read now."""
        self.read("RETURN 1 AS one")

    def close(self) -> None:
        """Let go of the connections."""
        self._closed = True
        self._driver.close()

    def _open(self) -> None:
        with translated(self._place):
            check_version(self._place, self._driver.get_server_info().agent)
            version = self._version()
            self._declare_missing()
        begin = f"MERGE (g:{STORAGE} {_ONE}) ON CREATE SET g.revision = 0, g.turned = []"
        self._change(_asking(begin, {}), self._names)
        self._know_names()
        if holds_version(self._schema):
            bring_forward(self, version)

    def _declare_missing(self) -> None:
        with self._session() as session:
            existing = session.run("SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names").single(strict=True)
            for declaration in missing_declarations(self._schema, self._names, existing["names"]):
                session.run(declaration).consume()

    def _version(self) -> int | None:
        """The version of the records; ``None`` where the graph is new."""
        known = self._change(_asking(self._mark, {}), self._names)
        has_version = holds_version(self._schema)
        state = self._change(_asking(READ_STATE, {"name": SCHEMA}), self._names) if has_version else []
        return recorded_version(state) if known else None

    def _ask(self, queries: Mapping[str, str], parameters: Mapping[str, object], *,
             is_one_state: bool) -> dict[str, list[Record]]:
        asked = {"before": self._mark, **{f"asked {name}": text for name, text in queries.items()}, "after": self._mark}
        for _ in range(_UNDISTURBED_TRIES):
            names = self._names
            with self._lock.shared() if is_one_state else nullcontext():
                found = self._transact(neo4j.READ_ACCESS, partial(
                    _answers, cypher_rewriting.reading_of(asked, names, are_gathered=is_one_state), parameters))
            [before], [after] = found.pop("before"), found.pop("after")
            self._know(after)
            if names == self._names and (before == after or not is_one_state):
                break
        else:
            found = self._write(lambda run: {name: run(text, cypher_rewriting.named_in(text, parameters))
                                             for name, text in asked.items()})
        return {name: found[f"asked {name}"] for name in queries}

    def _load_nodes(self, table: NodeTable, rows: pa.Table, *, replace: bool) -> None:
        merge = cypher_rewriting.upsert(table, rows.column_names)
        for batch in _batches(rows):
            self._write(_asking(merge, batch))
        if replace:
            delete_absent(self, table, rows[table.key])

    def _load_relations(self, table: RelTable, rows: pa.Table, *, replace: bool) -> None:
        create = cypher_rewriting.append(table, self._schema, rows.column_names)
        if not replace:
            for batch in _batches(rows):
                self._write(_joining(create, batch))
            return
        with self._sole_loader(table.name):
            in_turn = self._know_names()
            fresh = in_turn.turning(table.name)
            self._clear(table.name, fresh)  # what a load that was cut short has left
            for batch in _batches(rows):
                self._change(_joining(create, batch), fresh)
            self._write(_asking(cypher_rewriting.TURN.format(storage=STORAGE, one=_ONE), {"table": table.name}))
            self._know_names()
            self._clear(table.name, in_turn)

    def _clear(self, table: str, names: StoreNames) -> None:
        """Delete the rows of a relationship table that stand under a name that is out of turn."""
        delete = f"MATCH ()-[r:{table}]->() WITH r LIMIT $most DELETE r RETURN count(*) AS deleted"
        while self._change(_asking(delete, {"most": _DELETE_ROWS}), names)[0]["deleted"] == _DELETE_ROWS:
            pass

    @contextmanager
    def _sole_loader(self, table: str) -> Iterator[None]:
        """Let nobody else, in any process, replace this table meanwhile: an open transaction holds a node of its own.

        The server gives it up when this process ends, however it ends.
        """
        hold = cypher_rewriting.stored_text(f"MERGE (g:{STORAGE} {{id: $table}}) SET g.loading = true", self._names)
        with translated(self._place), self._session() as session, session.begin_transaction() as transaction:
            transaction.run(hold, table=table).consume()
            yield

    def _write(self, work: "Work[_Result]") -> _Result:
        """Run ``work`` as one transaction, alone among all that write."""
        lock = f"MATCH (g:{STORAGE} {_ONE}) SET g.revision = g.revision + 1 {self._marked}"

        def locked(transaction: neo4j.ManagedTransaction) -> _Result:
            commit.close()  # of an earlier try
            [mark] = _rows(transaction, lock, self._names, {})
            self._know(mark)
            names = self._names

            def run(text: str, parameters: Mapping[str, object]) -> list[Record]:
                return _rows(transaction, text, names, parameters)

            demand_leases(run)
            done = work(run)
            commit.enter_context(self._lock.alone())
            return done

        with self._writing, ExitStack() as commit:
            return self._transact(neo4j.WRITE_ACCESS, locked)

    def _change(self, work: "Work[_Result]", names: StoreNames) -> _Result:
        """Run ``work`` as one transaction on what no reader sees."""
        def changed(transaction: neo4j.ManagedTransaction) -> _Result:
            def run(text: str, parameters: Mapping[str, object]) -> list[Record]:
                return _rows(transaction, text, names, parameters)

            demand_leases(run)
            return work(run)

        return self._transact(neo4j.WRITE_ACCESS, changed)

    def _transact(self, access: str, work: Callable[[neo4j.ManagedTransaction], _Result]) -> _Result:
        """Run ``work`` as one transaction, again where it failed for a passing reason."""
        if self._closed:
            msg = Text(zh="图谱已关闭", en="the graph is closed")
            raise StoreFailure(msg, hint=Text(zh="服务正在关闭；请等它启动后再试",
                                              en="the service is shutting down; try again when it is up"))
        with translated(self._place), self._session() as session:
            return session.execute_read(work) if access == neo4j.READ_ACCESS else session.execute_write(work)

    def _session(self) -> neo4j.Session:
        return self._driver.session(database=self._place.database or None, bookmark_manager=self._bookmarks,
                                    fetch_size=_FETCH_RECORDS)

    def _know_names(self) -> StoreNames:
        """The names that are in turn now."""
        [mark] = self._transact(neo4j.READ_ACCESS, lambda transaction: _rows(transaction, self._mark, self._names, {}))
        self._know(mark)
        return self._names

    def _know(self, mark: Record) -> None:
        turned, live = frozenset(mark["turned"]), mark["live"] or TWINS[0]
        if (turned, live) != (self._names.turned, self._names.live):
            self._names = replace(self._names, turned=turned, live=live)

    @property
    def _mark(self) -> str:
        return f"MATCH (g:{STORAGE} {_ONE}) {self._marked}"

    @property
    def _marked(self) -> str:
        """The end of a query that has found the node ``Storage``: the counter, and which tables are read."""
        returned = "RETURN g.revision AS revision, g.turned AS turned"
        if not holds_version(self._schema):
            return f"{returned}, null AS live"
        return f"WITH g OPTIONAL MATCH (s:State {{name: '{POINTER}'}}) {returned}, s.value AS live"


Run = Callable[[str, Mapping[str, object]], list[Record]]
Work = Callable[[Run], _Result]


def _tables_of(schema: Schema) -> frozenset[str]:
    return frozenset({table.name for table in schema.nodes} | {table.name for table in schema.relations} | {STORAGE})


def _step(run: Run, statement: Statement) -> list[Record]:
    return statement.demand(run(statement.text, statement.parameters))


def _asking(text: str, parameters: Mapping[str, object]) -> Work[list[Record]]:
    return lambda run: run(text, parameters)


def _joining(create: str, batch: Mapping[str, list[object]]) -> Work[None]:
    """Create the relationships of a batch, all or none."""
    def join(run: Run) -> None:
        [made] = run(create, batch)
        missing = len(batch["c0"]) - made["joined"]
        if missing:
            msg = Text(zh=f"图谱拒绝了操作：{len(batch['c0'])} 条关系中有 {missing} 条缺少端点",
                       en=f"the graph refused: {missing} relationships of {len(batch['c0'])} have an end that is "
                          "not there")
            raise StoreFailure(msg, hint=Text(zh=f"请先载入节点；列为 {'、'.join(ENDS)}",
                                              en="load the nodes first; the columns are "
                                                 f"{', '.join(ENDS)}"), retryable=False)

    return join


def _answers(reading: CombinedQuery, parameters: Mapping[str, object],
             transaction: neo4j.ManagedTransaction) -> dict[str, list[Record]]:
    """What each of several queries returns, by name."""
    found: dict[str, list[Record]] = {name: [] for name in reading.columns}
    for name, rows in transaction.run(reading.text, cypher_rewriting.named_in(reading.text, parameters)):
        found[name] += [dict(zip(reading.columns[name], row, strict=True)) for row in rows]
    return found


def _rows(transaction: neo4j.ManagedTransaction, text: str, names: StoreNames,
          parameters: Mapping[str, object]) -> list[Record]:
    found: list[Record] = transaction.run(cypher_rewriting.stored_text(text, names), dict(parameters)).data()
    return found


def _batches(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """The columns ``c0``, ``c1``, ... as lists, some rows at a time."""
    for start in range(0, rows.num_rows, _BATCH_ROWS):
        part = rows.slice(start, _BATCH_ROWS)
        yield {f"c{number}": column.to_pylist() for number, column in enumerate(part.columns)}
