"""The one place that chooses the engine of a graph."""

from pathlib import Path

from kb.graph.address import GraphAddress
from kb.graph.ladybug import LadybugGraph
from kb.graph.port import Graph
from ontology.schema import Schema


def open_graph(place: GraphAddress, folder: Path, schema: Schema) -> Graph:
    """The graph at ``place``, with the tables of the schema; ``folder`` is that of the embedded one.

    Raises:
        StoreFailure: If it cannot be opened; ``GraphUnavailable`` where that may pass.
    """
    if place.is_embedded:
        return LadybugGraph(folder, schema)
    from kb.graph.neo4j.graph import Neo4jGraph  # a driver that an embedded base need not wait for

    return Neo4jGraph(place, schema)
