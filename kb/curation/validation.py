"""The whole base against its shapes: everything that was written, as it stands now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kb.curation import records
from kb.graph.double_buffer import DoubleBuffer
from kb.graph.port import Graph
from ontology.columns import ColumnBounds, column_bounds
from ontology.validation import ShapeFault, find_faults

_BATCH = 100
_NODES: Mapping[str, tuple[str, str]] = {
    "KnowledgeItem": ("id", records.ALL_ITEMS),
    "Rule": ("id", records.ALL_RULES),
    "Action": ("id", "MATCH (n:Action) RETURN n.body AS body"),
    "Refusal": ("item_id", "MATCH (n:Refusal) RETURN n.body AS body"),
    "Run": ("run_id", "MATCH (n:Run) RETURN n.body AS body"),
}
"""Class of the shape -> the key of its records, and the query that reads them."""

_COUNT = "MATCH (:Customer)-[r:{table}]->() RETURN count(*) AS n"
_OUTSIDE = """
    MATCH (c:Customer)-[r:{table}]->() WHERE {wrong}
    RETURN c.customer_key AS key, r.{column} AS value LIMIT $most"""
_MOST_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFinding:
    """A record that does not fit: ``key`` names it within its shape."""

    key: str
    fault: ShapeFault


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesReport:
    """What was looked at, and what is wrong.

    Args:
        checked: How many records of each shape, how many relationships of each table.
        found: Every fault of a record; of a column of relationships the first hundred.
    """

    checked: Mapping[str, int]
    found: tuple[ShapeFinding, ...]

    @property
    def conforms(self) -> bool:
        """Whether everything fits."""
        return not self.found


def shapes_report(graph: Graph) -> ShapesReport:
    """Hold every record of the graph against its SHACL shape, and relationships against the same shapes as bounds."""
    checked: dict[str, int] = {}
    found: list[ShapeFinding] = []
    for shape, (key, query) in _NODES.items():
        plain = [_plain(row) for row in graph.read(query)]
        checked[shape] = len(plain)
        found += _faults_of(plain, shape, key)
    for table in (DoubleBuffer(graph).live(), "PURCHASED"):
        checked[table] = int(graph.read(_COUNT.format(table=table))[0]["n"])
        found += [one for bounds in column_bounds(table) for one in _rows_outside(graph, table, bounds)]
    return ShapesReport(checked=checked, found=tuple(found))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = orjson.loads(row["body"])
    return said | ({"status": row["status"]} if "status" in row else {})


def _faults_of(plain: Sequence[Mapping[str, Any]], shape: str, key: str) -> Iterator[ShapeFinding]:
    for start in range(0, len(plain), _BATCH):
        batch = plain[start:start + _BATCH]
        for fault in find_faults(batch, shape):
            yield ShapeFinding(key=str(batch[fault.position].get(key)), fault=fault)


def _rows_outside(graph: Graph, table: str, bounds: ColumnBounds) -> Iterator[ShapeFinding]:
    column = bounds.column
    wrong = [f"r.{column} IS NULL"] if bounds.required else []
    wrong += [f"r.{column} < {bounds.low!r}"] if bounds.low is not None else []
    wrong += [f"r.{column} > {bounds.high!r}"] if bounds.high is not None else []
    wrong += [f"r.{column} > r.{bounds.not_above}"] if bounds.not_above is not None else []
    query = _OUTSIDE.format(table=table, wrong=" OR ".join(wrong), column=column)
    for row in graph.read(query, most=_MOST_ROWS) if wrong else ():
        yield ShapeFinding(key=row["key"], fault=ShapeFault(shape=table, path=column, value=row["value"],
                                                            message=bounds.message))
