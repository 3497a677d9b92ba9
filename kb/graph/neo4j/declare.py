"""Neo4j's declarations of the schema: keys that are unique, and what is looked for by value."""

from collections.abc import Collection, Iterator

from kb.graph.neo4j.cypher_rewriting import StoreNames
from ontology.schema import NodeTable, Schema

STORAGE = "Storage"
"""The node that says how the graph is stored: what is under its second name, and how often it was written."""
_STORAGE_TABLE = NodeTable(name=STORAGE, key="id", columns={})


def missing_declarations(schema: Schema, names: StoreNames, existing: Collection[str]) -> Iterator[str]:
    """What must be declared so that every node table's key is unique.

    >>> schema = Schema(facts={}, nodes=(), relations=(), labels={}, vocabularies={}, kinds={})
    >>> list(missing_declarations(schema, StoreNames(tables=frozenset()), ()))
    ['CREATE CONSTRAINT `Storage.id` IF NOT EXISTS FOR (n:`Storage`) REQUIRE n.`id` IS UNIQUE']
    """
    for table in (*schema.nodes, _STORAGE_TABLE):
        name = f"{names.stored(table.name)[1:-1]}.{table.key}"
        if name not in existing:
            yield (f"CREATE CONSTRAINT `{name}` IF NOT EXISTS FOR (n:{names.stored(table.name)})"
                   f" REQUIRE n.`{table.key}` IS UNIQUE")
