"""What is Neo4j's alone: getting in, several processes on one graph, names in the store."""

import socket
import threading
from dataclasses import replace

import pyarrow as pa
import pytest
from neo4j.exceptions import ForbiddenOnReadOnlyDatabase, ServiceUnavailable, UnsupportedServerProduct

from kb.errors import Conflict, GraphUnavailable, StoreFailure
from kb.graph.address import GraphAccess, GraphAddress
from kb.graph.neo4j.faults import fault_of
from kb.graph.neo4j.graph import Neo4jGraph
from kb.graph.port import Statement
from ontology.schema import load_schema

KINDS = "MATCH (a:Customer)-[k:KNOWS]->(b:Customer) RETURN k.kind AS kind, count(*) AS n"


@pytest.fixture
def engine():
    return "neo4j"


@pytest.fixture
def other(open_graph, graph):
    """Another process's view of the same graph: it has a driver, bookmarks and names of its own."""
    assert graph
    return open_graph()


@pytest.fixture
def unused_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def load_knows(graph, kind, count=3):
    graph.bulk_load("Customer", pa.table({"customer_key": [f"c{i}" for i in range(count)]}))
    graph.bulk_load("KNOWS", pa.table({"from": [f"c{i}" for i in range(count)], "to": ["c0"] * count,
                                       "kind": [kind] * count}), replace=True)


@pytest.mark.parametrize(("change", "message", "hint"), [
    ({"access": GraphAccess()}, "'neo4j' in: no password was given", "ZHIKE_GRAPH_PASSWORD"),
    ({"access": GraphAccess(password="wrong")}, "does not let the user 'neo4j' in", "ZHIKE_GRAPH_PASSWORD"),  # noqa: S106
    ({"database": "nowhere"}, "refused: .*nowhere", "name another after the port"),
])
def test_what_an_operator_set_wrongly_is_said_plainly_and_not_tried_again(graph_place, change, message, hint):
    with pytest.raises(StoreFailure, match=message) as caught:
        Neo4jGraph(replace(graph_place, **change), load_schema())
    assert hint in caught.value.hint
    assert not caught.value.retryable
    assert not isinstance(caught.value, GraphUnavailable)


def test_a_server_that_is_not_there_may_be_there_later(unused_port):
    place = GraphAddress(server=f"bolt://127.0.0.1:{unused_port}", access=GraphAccess(retry_seconds=0))
    with pytest.raises(GraphUnavailable, match="cannot be reached") as caught:
        Neo4jGraph(place, load_schema())
    assert caught.value.retryable


@pytest.mark.parametrize(("fault", "kind", "message"), [
    (ForbiddenOnReadOnlyDatabase("no writes"), GraphUnavailable, "is read-only now"),
    (ServiceUnavailable("gone"), GraphUnavailable, "cannot be reached or cannot serve now: gone"),
    (UnsupportedServerProduct("Neo4j/4.2"), StoreFailure, "not a Neo4j 5 or later: Neo4j/4.2"),
])
def test_faults_that_are_hard_to_bring_about_are_told_by_their_class(fault, kind, message):
    said = fault_of(fault, GraphAddress(server="bolt://db:7687"))
    assert type(said) is kind
    assert message in said.message


def test_a_table_that_another_process_replaced_is_read_under_its_new_name(graph, other):
    for turn in range(4):
        writer, reader = (graph, other) if turn % 2 else (other, graph)
        load_knows(writer, str(turn))
        assert reader.read(KINDS) == [{"kind": str(turn), "n": 3}]


def test_a_table_that_another_process_replaced_is_written_under_its_new_name(graph, other):
    load_knows(graph, "old")
    load_knows(other, "new")
    other.write([Statement("MATCH (a:Customer {customer_key: 'c0'}), (b:Customer {customer_key: 'c1'})"
                           " CREATE (a)-[:KNOWS {kind: 'added'}]->(b)")])
    graph.write([Statement("MATCH (:Customer)-[k:KNOWS {kind: 'new'}]->(:Customer) DELETE k")])
    assert graph.read(KINDS) == other.read(KINDS) == [{"kind": "added", "n": 1}]


def test_readers_of_another_process_never_see_half_of_a_replacement(graph, other):
    load_knows(graph, "0", count=2_000)
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add(tuple((row["kind"], row["n"]) for row in other.read(KINDS)))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(1, 5):
        load_knows(graph, str(turn), count=2_000)
    done.set()
    reader.join()
    assert seen
    assert seen <= {((str(turn), 2_000),) for turn in range(5)}


def test_of_two_processes_that_change_the_same_record_one_is_told(graph, other):
    graph.write([Statement("CREATE (s:State {name: 'n', value: '0'})")])
    step = "MATCH (s:State {name: 'n'}) WHERE s.value = $before SET s.value = $after RETURN s.value AS value"
    outcomes = []

    def count_up(body):
        for _ in range(25):
            before = body.read("MATCH (s:State {name: 'n'}) RETURN s.value AS value")[0]["value"]
            try:
                body.write([Statement(step, {"before": before, "after": str(int(before) + 1)}, guard="changed")])
                outcomes.append(True)
            except Conflict:
                outcomes.append(False)

    threads = [threading.Thread(target=count_up, args=(body,)) for body in (graph, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [found] = graph.read("MATCH (s:State {name: 'n'}) RETURN s.value AS value")
    assert found["value"] == str(sum(outcomes))


def test_what_a_load_left_that_was_cut_short_is_not_seen_and_goes_with_the_next(graph):
    load_knows(graph, "old")
    broken = pa.table({"from": ["c0"] * 5_001, "to": ["c1"] * 5_000 + ["nobody"], "kind": ["broken"] * 5_001})
    with pytest.raises(StoreFailure, match="1 relationships of 1 have an end that is not there"):
        graph.bulk_load("KNOWS", broken, replace=True)
    assert graph.read(KINDS) == [{"kind": "old", "n": 3}]
    load_knows(graph, "new")
    assert graph.read(KINDS) == [{"kind": "new", "n": 3}]


def test_two_namespaces_of_one_database_do_not_see_each_other(graph, graph_place, free_namespaces, neo4j_server):
    del neo4j_server
    name = free_namespaces.take()
    beside = Neo4jGraph(replace(graph_place, namespace=name), load_schema())
    beside.write([Statement("CREATE (s:State {name: 'mine', value: '1'})")])
    assert graph.read("MATCH (s:State {name: 'mine'}) RETURN s.name AS name") == []
    beside.write([Statement("MATCH (s:State) DELETE s")])
    beside.close()
    free_namespaces.give_back(name)


def test_the_address_of_a_cluster_works_for_a_single_server_too(graph_place, graph):
    graph.write([Statement("CREATE (s:State {name: 'n', value: '1'})")])
    routed = Neo4jGraph(replace(graph_place, server=graph_place.server.replace("bolt", "neo4j")), load_schema())
    assert routed.read("MATCH (s:State {name: 'n'}) RETURN s.value AS value") == [{"value": "1"}]
    routed.close()
