"""Every record of an embedded graph copied into a new file; what was deleted is not among them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from kb.child_process import ChildProcess, ProcessLost
from kb.errors import StoreFailure
from kb.graph import ddl
from kb.graph.arrow_answer import as_arrow
from ontology.schema import NodeTable, RelTable, Schema
from ontology.text import Text

_BUFFER_POOL_BYTES = 1 << 28
_PATIENCE_SECONDS = 600.0  # for a page of rows: a slow disk takes some seconds
_PAGE_ROWS = 100_000  # an answer stands in the buffer pool: half a million relationships fill 1 GiB
_COUNT = "MATCH {pattern} RETURN count(*) AS rows"
_UNCHANGED = Text(zh="图谱保持原样；请运行 `zhike doctor`", en="the graph is as it was; run `zhike doctor`")
_KEYS = "MATCH (a:`{table}`) RETURN a.`{key}` AS key ORDER BY key"
_FROM, _BEFORE = "a.`{key}` >= $first", "a.`{key}` < $next"


def write_anew(old: Any, path: Path, schema: Schema) -> None:
    """Write the schema's tables and all that they hold into a new file, which is closed and whole on return.

    Args:
        old: A connection to the graph that is copied; nobody writes to it meanwhile.
        path: The new file.
        schema: What is copied; the old graph has every table of it.

    Raises:
        StoreFailure: If a table holds another number of records in the new file.
    """
    with _writing(path) as fresh:
        for declaration in ddl.missing_declarations(schema, {}):
            fresh.run(declaration)
        tables: tuple[NodeTable | RelTable, ...] = (*schema.nodes, *schema.relations)
        for table in tables:
            _copy(old, fresh, table, schema)


class _NewFile:
    """The new file, in the hands of the process that writes it."""

    def __init__(self, path: Path) -> None:
        path = path.resolve()  # the process stands in another folder
        self._page = path.with_name(f"{path.name}.page")
        self._process = ChildProcess("kb.graph.compaction_writer", str(path), str(_BUFFER_POOL_BYTES))

    def run(self, query: str, rows: pa.Table | None = None) -> list[Any]:
        """The first column of what ``query`` answers, which may load ``rows``.

        Raises:
            RuntimeError: As of the engine.
        """
        if rows is None:
            return self._ask({"query": query})
        try:
            with pa.ipc.new_file(self._page, rows.schema) as page:
                page.write_table(rows)
            return self._ask({"query": query, "rows": str(self._page)})
        finally:
            self._page.unlink(missing_ok=True)

    def close(self) -> None:
        """Return when the file is whole."""
        self._ask({})

    def let_go(self) -> None:
        """End the process."""
        self._process.kill()

    def _ask(self, request: Mapping[str, Any]) -> list[Any]:
        try:
            answer = self._process.ask(request, seconds=_PATIENCE_SECONDS)
        except ProcessLost as fault:
            msg = Text(zh="重写图谱的进程意外结束", en="the process that writes the graph anew has ended unexpectedly")
            raise StoreFailure(msg, hint=_UNCHANGED) from fault
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return list(answer.get("values", ()))


@contextmanager
def _writing(path: Path) -> Iterator[_NewFile]:
    fresh = _NewFile(path)
    try:
        yield fresh
        fresh.close()
    finally:
        fresh.let_go()


def _copy(old: Any, fresh: _NewFile, table: NodeTable | RelTable, schema: Schema) -> None:
    pattern, columns, source = _shape(table, schema)
    rows = _count(old, pattern)
    for span, limits in _spans(old, source, rows) if rows else ():
        page = _asked(old, f"MATCH {pattern} {span} RETURN {columns}", limits)
        if page.num_rows:
            fresh.run(f"COPY `{table.name}` FROM $rows", page)
    [copied] = fresh.run(_COUNT.format(pattern=pattern))
    if copied != rows:
        msg = Text(zh=f"复制了 {rows:,} 条之后，{table.name} 中有 {copied:,} 条",
                   en=f"{table.name} holds {copied:,} records after {rows:,} were copied")
        raise StoreFailure(msg, hint=_UNCHANGED)


def _shape(table: NodeTable | RelTable, schema: Schema) -> tuple[str, str, NodeTable]:
    """What matches the rows of a table, the columns that are copied, and the nodes by whose keys they are paged."""
    if isinstance(table, NodeTable):
        return f"(a:`{table.name}`)", ", ".join(f"a.`{name}` AS `{name}`" for name in table.columns), table
    nodes = {node.name: node for node in schema.nodes}
    source, target = nodes[table.source], nodes[table.target]
    ends = [f"a.`{source.key}` AS `from`", f"b.`{target.key}` AS `to`"]
    columns = ", ".join([*ends, *(f"r.`{name}` AS `{name}`" for name in table.columns)])
    return f"(a:`{source.name}`)-[r:`{table.name}`]->(b:`{target.name}`)", columns, source


def _spans(old: Any, source: NodeTable, rows: int) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Conditions that part the rows by the key of their source, some ``_PAGE_ROWS`` each, with their parameters."""
    pages = -(-rows // _PAGE_ROWS)
    keys = _asked(old, _KEYS.format(table=source.name, key=source.key), {})["key"]
    firsts = [keys[place].as_py() for place in range(0, len(keys), -(-len(keys) // pages))]
    for first, following in zip(firsts, [*firsts[1:], None], strict=True):
        if following is None:
            yield f"WHERE {_FROM.format(key=source.key)}", {"first": first}
        else:
            limits = f"WHERE {_FROM.format(key=source.key)} AND {_BEFORE.format(key=source.key)}"
            yield limits, {"first": first, "next": following}


def _count(connection: Any, pattern: str) -> int:
    return int(_asked(connection, _COUNT.format(pattern=pattern), {})["rows"][0].as_py())


def _asked(connection: Any, query: str, parameters: Mapping[str, object]) -> pa.Table:
    with connection.execute(query, dict(parameters)) as result:
        return as_arrow(result)
