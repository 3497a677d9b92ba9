"""What a node table holds beside the rows that it is to hold alone."""

import pyarrow as pa
import pyarrow.compute as pc

from kb.graph.column_types import ARROW_TYPES
from kb.graph.port import Graph, Statement
from ontology.schema import NodeTable

_KEYS = 1_000  # one transaction deletes


def delete_absent(graph: Graph, table: NodeTable, present: pa.ChunkedArray) -> None:
    """Delete the nodes of a table whose key is not among ``present``, with their relationships."""
    keys = pa.schema([("key", ARROW_TYPES[table.columns[table.key]])])
    held = graph.bulk_read(f"MATCH (n:`{table.name}`) RETURN n.`{table.key}` AS key", keys)["key"]
    absent = held.filter(pc.invert(pc.is_in(held, value_set=present)))
    for start in range(0, len(absent), _KEYS):
        graph.write([Statement(f"MATCH (n:`{table.name}`) WHERE n.`{table.key}` IN $keys DETACH DELETE n",
                               {"keys": absent[start:start + _KEYS].to_pylist()})])
