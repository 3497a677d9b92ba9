"""The tables of a graph as files of an archive, and back."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from kb.archive.pages import arrow_schema, count_records, pages
from kb.archive.record_files import LINES, PARQUET, read_pages, write_lines, write_parquet
from kb.errors import StoreFailure, Unavailable
from kb.graph.port import Graph
from ontology.schema import NodeTable, RelTable, Schema

GRAPH = "graph"
STATE = "State"
_AS_LINES = frozenset({STATE, "Release"})

Progress = Callable[[str], None]


def write_graph(graph: Graph, schema: Schema, folder: Path, progress: Progress) -> dict[str, int]:
    """Write every table into ``folder``; how many records each has.

    Raises:
        Unavailable: If another process wrote to the graph meanwhile; writers of this one are held back.
    """
    folder.mkdir()
    counts: dict[str, int] = {}
    for table in tables_of(schema):
        path = folder / file_of(table)
        found = pages(graph, schema, table)
        counts[path.name] = (write_lines(path, found) if path.suffix == LINES
                             else write_parquet(path, arrow_schema(schema, table), found))
        progress(f"{table.name}: {counts[path.name]:,}")
    _require_still(graph, schema, counts)
    return counts


def load_graph(graph: Graph, schema: Schema, folder: Path, progress: Progress) -> None:
    """Read every table of ``folder`` into an empty graph; what the graph says of itself comes last.

    Raises:
        StoreFailure: If a table holds another number of records afterwards than its file.
    """
    for table in sorted(tables_of(schema), key=lambda table: table.name == STATE):
        loaded = _load(graph, table.name, read_pages(folder / file_of(table), arrow_schema(schema, table)))
        held = count_records(graph, table)
        if held != loaded and table.name != STATE:  # a fresh graph says something of itself already
            msg = f"{table.name} holds {held:,} records after {loaded:,} were loaded"
            raise StoreFailure(msg, hint="was something else writing to the graph? try again", retryable=True)
        progress(f"{table.name}: {loaded:,}")


def clear_graph(graph: Graph, schema: Schema) -> None:
    """Delete every record but the state, relationships before the nodes they join."""
    for table in reversed([table for table in tables_of(schema) if table.name != STATE]):
        graph.bulk_load(table.name, arrow_schema(schema, table).empty_table(), replace=True)


def tables_of(schema: Schema) -> Iterator[NodeTable | RelTable]:
    """All tables, nodes before the relationships between them."""
    yield from schema.nodes
    yield from schema.relations


def file_of(table: NodeTable | RelTable) -> str:
    """The name of a table's file."""
    return table.name + (LINES if table.name in _AS_LINES else PARQUET)


def _load(graph: Graph, table: str, found: Iterator[pa.Table]) -> int:
    loaded = 0
    for page in found:
        graph.bulk_load(table, page)
        loaded += page.num_rows
    return loaded


def _require_still(graph: Graph, schema: Schema, counts: dict[str, int]) -> None:
    for table in tables_of(schema):
        held, written = count_records(graph, table), counts[file_of(table)]
        if held != written:
            msg = f"another service wrote to {table.name} meanwhile: {written:,} records are now {held:,}"
            raise Unavailable(msg, hint="try again when no import or mining runs")
