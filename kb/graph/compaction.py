"""Every record of an embedded graph copied into a new file; what was deleted is not among them."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import ladybug
import pyarrow as pa

from kb.errors import StoreFailure
from kb.graph import ddl
from ontology.schema import NodeTable, RelTable, Schema
from ontology.text import Text

_BUFFER_POOL_BYTES = 1 << 28
_PAGE_ROWS = 100_000  # an answer stands in the buffer pool: half a million relationships fill 1 GiB
_COUNT = "MATCH {pattern} RETURN count(*) AS rows"
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
    with closing(ladybug.Database(str(path), buffer_pool_size=_BUFFER_POOL_BYTES)) as database:
        with _connected(database) as new:
            for declaration in ddl.missing_declarations(schema, {}):
                new.execute(declaration)
        tables: tuple[NodeTable | RelTable, ...] = (*schema.nodes, *schema.relations)
        for table in tables:
            _copy(old, database, table, schema)


def _connected(database: Any) -> AbstractContextManager[Any]:
    return closing(ladybug.Connection(database, num_threads=1))


def _copy(old: Any, fresh: Any, table: NodeTable | RelTable, schema: Schema) -> None:
    pattern, columns, source = _shape(table, schema)
    rows = _count(old, pattern)
    for span, limits in _spans(old, source, rows) if rows else ():
        page = _asked(old, f"MATCH {pattern} {span} RETURN {columns}", limits)
        if page.num_rows:
            with _connected(fresh) as new:  # a connection keeps what it loaded from until it is closed
                new.execute(f"COPY `{table.name}` FROM $rows", {"rows": page})
    with _connected(fresh) as new:
        copied = _count(new, pattern)
    if copied != rows:
        msg = Text(zh=f"复制了 {rows:,} 条之后，{table.name} 中有 {copied:,} 条",
                   en=f"{table.name} holds {copied:,} records after {rows:,} were copied")
        raise StoreFailure(msg, hint=Text(zh="图谱保持原样；请运行 `zhike doctor`",
                                          en="the graph is as it was; run `zhike doctor`"))


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
        return result.get_as_arrow()
