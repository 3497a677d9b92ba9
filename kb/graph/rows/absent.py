"""What a node table holds beside the rows that it is to hold alone."""

from kb.graph.port import Graph, Statement
from ontology.schema import NodeTable

_KEYS = 1_000  # one transaction deletes


def delete_absent(graph: Graph, table: NodeTable, present: frozenset[object]) -> None:
    """Delete the nodes of a table whose key is not among ``present``, with their relationships."""
    held = graph.read(f"MATCH (n:`{table.name}`) RETURN n.`{table.key}` AS key")
    absent = [record["key"] for record in held if record["key"] not in present]
    for start in range(0, len(absent), _KEYS):
        graph.write([Statement(f"MATCH (n:`{table.name}`) WHERE n.`{table.key}` IN $keys DETACH DELETE n",
                               {"keys": absent[start:start + _KEYS]})])
