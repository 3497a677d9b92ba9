"""The records of a graph, table by table, in pages of bounded size: no table is ever in memory whole.

Pages go by key, which every engine answers without sorting what came before. The queries are in the shared Cypher.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from kb.graph.column_types import ARROW_TYPES, ENDS, key_type
from kb.graph.port import Graph, Record
from ontology.schema import ColumnType, NodeTable, RelTable, Schema

_PAGE_NODES = 4_000
_PAGE_RELATIONS = 20_000
_FIRST_KEYS = "MATCH (n:`{table}`) RETURN n.`{key}` AS key ORDER BY n.`{key}` LIMIT $most"
_NEXT_KEYS = "MATCH (n:`{table}`) WHERE n.`{key}` > $after RETURN n.`{key}` AS key ORDER BY n.`{key}` LIMIT $most"
_NODES = "MATCH (n:`{table}`) WHERE n.`{key}` >= $first AND n.`{key}` <= $last RETURN {columns} ORDER BY n.`{key}`"
_DEGREES = """
    MATCH (a:`{source}`)-[r:`{table}`]->(:`{target}`) WHERE a.`{key}` >= $first AND a.`{key}` <= $last
    RETURN a.`{key}` AS key, count(r) AS n"""
_RELATIONS = """
    MATCH (a:`{source}`)-[r:`{table}`]->(b:`{target}`) WHERE a.`{key}` >= $first AND a.`{key}` <= $last
    RETURN {columns} ORDER BY a.`{key}`, b.`{other}`"""
_COUNT_NODES = "MATCH (n:`{table}`) RETURN count(n) AS n"
_COUNT_RELATIONS = "MATCH (:`{source}`)-[r:`{table}`]->(:`{target}`) RETURN count(r) AS n"

Span = tuple[object, object]
"""The first and the last key of a page."""


def arrow_schema(schema: Schema, table: NodeTable | RelTable) -> pa.Schema:
    """The columns of a table as they are archived; those of a relationship table begin with its ends."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in _columns(schema, table).items()])


def pages(graph: Graph, schema: Schema, table: NodeTable | RelTable) -> Iterator[pa.Table]:
    """Every record of a table, by key; relationships by the keys of their ends.

    A page holds at most 4,000 nodes, or 20,000 relationships unless one node alone has more.
    """
    shape = arrow_schema(schema, table)
    numbered = pa.schema([(f"c{number}", field.type) for number, field in enumerate(shape)])
    return (pa.Table.from_pylist(rows, schema=numbered).rename_columns(shape.names)
            for rows in _rows(graph, schema, table))


def count_records(graph: Graph, table: NodeTable | RelTable) -> int:
    """How many records a table of the graph has."""
    match table:
        case NodeTable():
            text = _COUNT_NODES.format(table=table.name)
        case RelTable():
            text = _COUNT_RELATIONS.format(table=table.name, source=table.source, target=table.target)
    return int(graph.read(text)[0]["n"])


def _rows(graph: Graph, schema: Schema, table: NodeTable | RelTable) -> Iterator[list[Record]]:
    match table:
        case NodeTable():
            query = _NODES.format(table=table.name, key=table.key, columns=_numbered(
                f"n.`{name}`" for name in _columns(schema, table)))
            for first, last in _key_spans(graph, table):
                yield graph.read(query, first=first, last=last)
        case RelTable():
            source, other = _node(schema, table.source), _node(schema, table.target).key
            columns = (f"a.`{source.key}`", f"b.`{other}`", *(f"r.`{name}`" for name in table.columns))
            query = _RELATIONS.format(table=table.name, source=table.source, target=table.target, key=source.key,
                                      other=other, columns=_numbered(columns))
            for first, last in _relation_spans(graph, source, table):
                yield graph.read(query, first=first, last=last)


def _key_spans(graph: Graph, table: NodeTable) -> Iterator[Span]:
    """The keys of a node table, a page at a time."""
    names = {"table": table.name, "key": table.key}
    keys = graph.read(_FIRST_KEYS.format(**names), most=_PAGE_NODES)
    while keys:
        yield keys[0]["key"], keys[-1]["key"]
        keys = graph.read(_NEXT_KEYS.format(**names), after=keys[-1]["key"], most=_PAGE_NODES)


def _relation_spans(graph: Graph, source: NodeTable, table: RelTable) -> Iterator[Span]:
    """The keys of those who have such relationships, cut so that a page holds a bounded number of these."""
    query = _DEGREES.format(table=table.name, source=table.source, target=table.target, key=source.key)
    for first, last in _key_spans(graph, source):
        degrees = {row["key"]: row["n"] for row in graph.read(f"{query} ORDER BY key", first=first, last=last)}
        yield from _cut(degrees)


def _cut(degrees: Mapping[object, int]) -> Iterator[Span]:
    """Spans of neighbouring keys with at most a page of relationships together, or of one key alone.

    >>> list(_cut({"a": 12_000, "b": 8_000, "c": 1, "d": 50_000}))
    [('a', 'b'), ('c', 'c'), ('d', 'd')]
    """
    held: list[object] = []
    total = 0
    for key, degree in degrees.items():
        if held and total + degree > _PAGE_RELATIONS:
            yield held[0], held[-1]
            held, total = [], 0
        held.append(key)
        total += degree
    if held:
        yield held[0], held[-1]


def _columns(schema: Schema, table: NodeTable | RelTable) -> dict[str, ColumnType]:
    match table:
        case NodeTable():
            return {table.key: table.columns[table.key], **table.columns}
        case RelTable():
            ends = (key_type(schema, table.source), key_type(schema, table.target))
            return dict(zip(ENDS, ends, strict=True)) | dict(table.columns)


def _numbered(columns: Iterable[str]) -> str:
    """Columns under names that are no word of any engine's language.

    >>> _numbered(["a.`from`", "b.`order`"])
    'a.`from` AS c0, b.`order` AS c1'
    """
    return ", ".join(f"{column} AS c{number}" for number, column in enumerate(columns))


def _node(schema: Schema, name: str) -> NodeTable:
    return next(table for table in schema.nodes if table.name == name)
