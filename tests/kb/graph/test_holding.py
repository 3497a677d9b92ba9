"""Writers that are held wait, and readers go on: many reads see one state."""

import threading

import pytest

from kb.errors import StoreFailure
from kb.graph.port import Statement

COUNT = "MATCH (c:Customer) RETURN count(c) AS n"


def test_writers_of_every_process_wait_while_they_are_held_and_readers_go_on(open_graph, engine):
    graph = open_graph()
    writer = open_graph() if engine == "neo4j" else graph  # one process alone has an embedded graph
    late = threading.Thread(target=writer.write, args=([Statement("CREATE (:Customer {customer_key: 'c1'})")],))
    with graph.hold_writers():
        late.start()
        late.join(0.5)
        assert late.is_alive()
        assert graph.read(COUNT) == writer.read(COUNT) == [{"n": 0}]
        assert graph.snapshot({"count": COUNT}) == {"count": [{"n": 0}]}
    late.join(60)
    assert graph.read(COUNT) == [{"n": 1}]


def test_a_fault_while_they_are_held_lets_writers_go_on(open_graph):
    graph = open_graph()
    with pytest.raises(StoreFailure), graph.hold_writers():
        graph.read("THIS IS NO CYPHER")
    graph.write([Statement("CREATE (:Customer {customer_key: 'c1'})")])
    assert graph.read(COUNT) == [{"n": 1}]
