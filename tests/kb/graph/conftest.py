"""A real embedded graph in a folder of its own."""

import pytest

from kb.graph.ladybug import LadybugGraph
from ontology.schema import load_schema

POOL = 1 << 27


@pytest.fixture
def open_graph(tmp_path):
    """Open the graph of this test; again after a close it is the same one."""
    opened = []

    def opener(schema=None):
        graph = LadybugGraph(tmp_path / "graph", schema or load_schema(), buffer_pool_bytes=POOL)
        opened.append(graph)
        return graph

    yield opener
    for graph in opened:
        graph.close()


@pytest.fixture
def graph(open_graph):
    return open_graph()
