"""How a Neo4j graph departs from the schema: constraints that are gone, labels and properties that nobody declared."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kb.graph.neo4j.cypher_rewriting import StoreNames
from kb.graph.neo4j.declare import missing_declarations
from ontology.schema import ColumnType, NodeTable, RelTable, Schema

Ask = Callable[[str], list[dict[str, Any]]]
"""Runs a text with the names of the store, and gives its rows."""

_STORED_AS: Mapping[ColumnType, str] = {ColumnType.STRING: "STRING", ColumnType.INT64: "INTEGER",
                                        ColumnType.DOUBLE: "FLOAT", ColumnType.BOOL: "BOOLEAN"}
_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name RETURN collect(name) AS names"
_NODE_VALUES = "MATCH (n:{name}) UNWIND keys(n) AS key RETURN DISTINCT key AS key, valueType(n[key]) AS type"
_RELATION_VALUES = "MATCH ()-[n:{name}]->() UNWIND keys(n) AS key RETURN DISTINCT key AS key, valueType(n[key]) AS type"


def find_drift(ask: Ask, schema: Schema, names: StoreNames) -> Iterator[str]:
    """Each departure, by the name of the table and column."""
    [constraints] = ask(_CONSTRAINTS)
    for text in missing_declarations(schema, names, constraints["names"]):
        yield f"{text.split('`')[1]}: no constraint"
    for node in schema.nodes:
        yield from _values(ask(_NODE_VALUES.format(name=names.stored(node.name))), node)
    for relation in schema.relations:
        yield from _values(ask(_RELATION_VALUES.format(name=names.stored(relation.name))), relation)


def _values(rows: Sequence[Mapping[str, Any]], table: NodeTable | RelTable) -> Iterator[str]:
    known = {name: _STORED_AS[kind] for name, kind in table.columns.items()}
    known |= {table.key: known.get(table.key, "STRING")} if isinstance(table, NodeTable) else {}
    for row in sorted(rows, key=lambda row: (row["key"], row["type"])):
        found = row["type"].removesuffix(" NOT NULL")
        if row["key"] not in known:
            yield f"{table.name}.{row['key']}: not in the ontology"
        elif found != known[row["key"]]:
            yield f"{table.name}.{row['key']}: {found}, not {known[row['key']]}"
