"""What the port promises, kept by both engines on real stores."""

import threading
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pytest

from kb.errors import Conflict, InvalidInput, StoreFailure
from kb.graph import ddl
from kb.graph.ladybug import LadybugGraph
from kb.graph.port import Statement
from ontology.schema import ColumnType, NodeTable, RelTable, load_schema

_SMALL_POOL, _MANY_LOADS = 96 << 20, 500


def customers(*keys, **columns):
    return pa.table({"customer_key": list(keys), **columns})


def names(graph):
    return {r["key"]: r["name"] for r in graph.read("MATCH (c:Customer) RETURN c.customer_key AS key, c.name AS name")}


def test_what_was_written_is_there_after_reopening(open_graph):
    first = open_graph()
    first.write([Statement("CREATE (c:Customer {customer_key: $key, name: $name})", {"key": "c1", "name": "王小明"})])
    first.close()
    assert names(open_graph()) == {"c1": "王小明"}


@pytest.mark.parametrize("name", [
    "张三 \"quoted\" 'single'", "emoji 🙂, tab\t and line\nbreak", "", "$name `tick` {brace}",
])
def test_any_text_comes_back_as_it_was_given(graph, name):
    graph.write([Statement("CREATE (c:Customer {customer_key: 'c1', name: $name})", {"name": name})])
    assert names(graph) == {"c1": name}


def test_unknown_values_come_back_as_none_and_nan_is_unknown(graph):
    ages = pa.array([None, 40], pa.int64())
    graph.bulk_load("Customer", customers("c1", "c2", loyalty=[float("nan"), 0.5], age=ages))
    rows = graph.read("MATCH (c:Customer) RETURN c.loyalty AS loyalty, c.age AS age ORDER BY c.customer_key")
    assert rows == [{"loyalty": None, "age": None}, {"loyalty": 0.5, "age": 40}]


def test_a_transaction_that_fails_leaves_nothing(graph):
    create = "CREATE (c:Customer {customer_key: $key})"
    with pytest.raises(Conflict):
        graph.write([Statement(create, {"key": key}) for key in ("c1", "c2", "c1")])
    assert names(graph) == {}


def test_a_guard_that_finds_nothing_undoes_the_transaction_and_says_why(graph):
    with pytest.raises(Conflict, match="no such customer"):
        graph.write([
            Statement("CREATE (c:Customer {customer_key: 'c1'})"),
            Statement("MATCH (c:Customer {customer_key: 'c9'}) SET c.name = 'x' RETURN c.name AS name",
                      guard="no such customer"),
        ])
    assert names(graph) == {}


def test_after_a_failed_write_the_next_one_works(graph):
    with pytest.raises(StoreFailure):
        graph.write([Statement("THIS IS NO CYPHER")])
    graph.write([Statement("CREATE (c:Customer {customer_key: 'c1'})")])
    assert list(names(graph)) == ["c1"]


def test_a_fault_of_the_engine_becomes_a_store_failure(graph):
    with pytest.raises(StoreFailure, match="Nowhere") as caught:
        graph.read("MATCH (n:Nowhere) RETURN n")
    assert not caught.value.retryable


@pytest.mark.parametrize("count", [0, 1, 7_001])
def test_many_rows_are_read_as_columns_of_the_types_asked_for(graph, count):
    keys = [f"c{number}" for number in range(count)]
    ages = pa.array([number if number % 3 else None for number in range(count)], pa.int64())
    graph.bulk_load("Customer", pa.table({"customer_key": pa.array(keys, pa.string()), "age": ages,
                                          "name": pa.array([f"王{key}" for key in keys], pa.string())}))
    columns = pa.schema({"key": pa.string(), "name": pa.string(), "age": pa.int64()})
    found = graph.bulk_read("MATCH (c:Customer) WHERE c.name <> $no RETURN c.customer_key AS key, c.name AS name,"
                            " c.age AS age", columns, no="nobody")
    assert found.schema == columns
    expected = pa.table({"key": keys, "name": [f"王{key}" for key in keys], "age": ages}, schema=columns)
    assert found.sort_by("key").to_pylist() == expected.sort_by("key").to_pylist()


def test_nodes_load_by_key_and_keep_columns_that_were_not_given(graph):
    graph.bulk_load("Customer", customers("c1", "c2", name=["甲", "乙"]))
    graph.bulk_load("Customer", customers("c2", "c3", age=[30, 40]))
    rows = graph.read("MATCH (c:Customer) RETURN c.customer_key AS key, c.name AS name, c.age AS age ORDER BY key")
    assert [tuple(row.values()) for row in rows] == [("c1", "甲", None), ("c2", "乙", 30), ("c3", None, 40)]


def test_replacing_nodes_keeps_the_relationships_of_those_that_stay(graph):
    graph.bulk_load("Customer", customers("c1", "c2"))
    graph.bulk_load("KNOWS", pa.table({"from": ["c1", "c2"], "to": ["c1", "c1"], "kind": ["self", "friend"]}))
    graph.bulk_load("Customer", customers("c1", "c3"), replace=True)
    assert set(names(graph)) == {"c1", "c3"}
    assert graph.read("MATCH (a:Customer)-[k:KNOWS]->(b:Customer) RETURN k.kind AS kind") == [{"kind": "self"}]


def test_replacing_relationships_leaves_the_new_ones_alone(graph):
    graph.bulk_load("Customer", customers("c1", "c2"))
    for kind in ("first", "second"):
        graph.bulk_load("KNOWS", pa.table({"from": ["c1"], "to": ["c2"], "kind": [kind]}), replace=True)
    assert graph.read("MATCH ()-[k:KNOWS]->() RETURN k.kind AS kind") == [{"kind": "second"}]


def test_a_relationship_to_nobody_is_refused_and_the_old_ones_stay(graph):
    graph.bulk_load("Customer", customers("c1", "c2"))
    graph.bulk_load("KNOWS", pa.table({"from": ["c1"], "to": ["c2"], "kind": ["friend"]}))
    with pytest.raises(StoreFailure):
        graph.bulk_load("KNOWS", pa.table({"from": ["c1"], "to": ["nobody"], "kind": ["ghost"]}), replace=True)
    assert graph.read("MATCH ()-[k:KNOWS]->() RETURN k.kind AS kind") == [{"kind": "friend"}]


@pytest.mark.parametrize(("table", "rows", "word"), [
    ("Custommer", {"customer_key": ["c1"]}, "no graph table 'Custommer'"),
    ("Customer", {"name": ["x"]}, "missing: customer_key"),
    ("Customer", {"customer_key": ["c1"], "shoe": [42]}, "not known: shoe"),
    ("KNOWS", {"from": ["c1"]}, "missing: to"),
])
def test_rows_of_another_shape_are_refused_by_name(graph, table, rows, word):
    with pytest.raises(InvalidInput, match=word):
        graph.bulk_load(table, pa.table(rows))


@pytest.mark.parametrize(("table", "rows", "replace"), [
    ("Customer", {"customer_key": ["c1", "c2"], "name": ["a", "b"]}, False),
    ("KNOWS", {"from": ["c1"], "to": ["c2"], "kind": ["friend"]}, False),
    ("KNOWS", {"from": ["c1"], "to": ["c2"], "kind": ["friend"]}, True),
])
def test_loads_that_go_on_for_ever_take_no_more_memory_than_a_few(tmp_path, table, rows, replace):
    """The engine's connection keeps what it loaded from until it is closed; a service stays open for months."""
    with closing(LadybugGraph(tmp_path / "graph", load_schema(), buffer_pool_bytes=_SMALL_POOL)) as graph:
        graph.bulk_load("Customer", customers("c1", "c2"))
        for _ in range(_MANY_LOADS):
            graph.bulk_load(table, pa.table(rows), replace=replace)
        assert graph.read("MATCH (c:Customer) RETURN count(*) AS n") == [{"n": 2}]


def test_relationships_that_no_transaction_holds_are_replaced_and_the_file_is_written_anew(tmp_path):
    """Ten times the demo's year is two million purchases: more than a gigabyte of pool before its commit."""
    ends = {"from": [f"c{i // 200}" for i in range(400_000)], "to": [f"k{i % 200}" for i in range(400_000)]}
    with closing(LadybugGraph(tmp_path / "graph", load_schema(), buffer_pool_bytes=_SMALL_POOL)) as graph:
        graph.bulk_load("Customer", customers(*(f"c{i}" for i in range(2_000))))
        graph.bulk_load("Category", pa.table({"name": [f"k{i}" for i in range(200)]}))
        graph.bulk_load("PURCHASED", pa.table(ends), replace=True)
        graph.purge()
        assert graph.read("MATCH (:Customer)-[p:PURCHASED]->(:Category) RETURN count(*) AS n") == [{"n": 400_000}]


def test_a_load_that_fails_or_is_killed_leaves_no_table_behind(tmp_path):
    """Half of the new relationships would take room for ever, and hold customers who are to be erased."""
    killed = ddl.create_rel_table(RelTable(name="HAD_fresh", source="Customer", target="Interaction", columns={}))
    tables = "CALL show_tables() RETURN name"
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        whole = graph.read(tables)
        graph.bulk_load("Customer", customers("c1"))
        with pytest.raises(StoreFailure):
            graph.bulk_load("KNOWS", pa.table({"from": ["c1"], "to": ["nobody"]}), replace=True)
        assert graph.read(tables) == whole
        graph.write([Statement(killed)])
        assert graph.drift() == []
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        assert sorted(row["name"] for row in graph.read(tables)) == sorted(row["name"] for row in whole)


def test_a_list_of_keys_is_short_by_what_its_engine_does_with_lists(graph, graph_place):
    """The embedded engine walks the whole table for a list; a server finds each key by index."""
    graph.bulk_load("Customer", customers(*(f"c{i}" for i in range(10_000))))
    assert graph.short_list("Customer") == (5 if graph_place.is_embedded else 1)
    with pytest.raises(InvalidInput, match="no graph table 'Custommer'"):
        graph.short_list("Custommer")


def test_more_rows_than_a_slice_arrive_whole_and_in_large_answers_too(graph):
    count = 45_000
    graph.bulk_load("Customer", customers(*(f"c{i}" for i in range(count))))
    graph.bulk_load("KNOWS", pa.table({"from": [f"c{i}" for i in range(count)], "to": ["c0"] * count}))
    rows = graph.read("MATCH (c:Customer)-[:KNOWS]->(:Customer) RETURN c.customer_key AS key")
    assert {row["key"] for row in rows} == {f"c{i}" for i in range(count)}


def grown_schema():
    known = load_schema()
    nodes = tuple(replace(t, columns=t.columns | {"contract_type": ColumnType.STRING}) if t.name == "Customer" else t
                  for t in known.nodes)
    pet = NodeTable(name="Pet", key="pet_id", columns={"pet_id": ColumnType.STRING})
    return replace(known, nodes=(*nodes, pet))


def test_a_grown_ontology_adds_its_columns_to_a_store_that_is_there(open_graph):
    graph = open_graph()
    graph.bulk_load("Customer", customers("c1", name=["甲"]))
    graph.close()
    again = open_graph(grown_schema())
    again.bulk_load("Customer", customers("c1", contract_type=["月付"]))
    assert again.read("MATCH (c:Customer) RETURN c.name AS name, c.contract_type AS contract") == [
        {"name": "甲", "contract": "月付"}]


def test_an_open_graph_takes_a_grown_ontology_while_readers_go_on(graph):
    graph.bulk_load("Customer", customers("c1", name=["甲"]))
    done, faults = threading.Event(), []

    def look():
        while not done.is_set():
            try:
                assert names(graph) == {"c1": "甲"}
            except BaseException as fault:  # noqa: BLE001  # it is looked at below
                faults.append(fault)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    graph.declare(grown_schema())
    graph.bulk_load("Customer", customers("c1", contract_type=["月付"]))
    graph.bulk_load("Pet", pa.table({"pet_id": ["p1"]}))
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert graph.read("MATCH (c:Customer), (p:Pet) RETURN c.contract_type AS contract, p.pet_id AS pet") == [
        {"contract": "月付", "pet": "p1"}]
    graph.purge()
    assert graph.read("MATCH (c:Customer) RETURN c.contract_type AS contract") == [{"contract": "月付"}]


def test_a_reader_sees_relationships_before_or_after_a_replacement_never_between(graph):
    count, rounds = 5_000, 8
    graph.bulk_load("Customer", customers(*(f"c{i}" for i in range(count))))

    def load(kind):
        graph.bulk_load("KNOWS", pa.table({"from": [f"c{i}" for i in range(count)], "to": ["c0"] * count,
                                           "kind": [kind] * count}), replace=True)

    load("0")
    seen, faults, done = set(), [], threading.Event()

    def read():
        while not done.is_set():
            try:
                rows = graph.read("MATCH ()-[k:KNOWS]->(:Customer) RETURN k.kind AS kind, count(*) AS n")
                seen.add(tuple((row["kind"], row["n"]) for row in rows))
            except StoreFailure as fault:
                faults.append(fault)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(1, rounds):
        load(str(turn))
    done.set()
    for reader in readers:
        reader.join()
    assert not faults
    assert seen <= {((str(turn), count),) for turn in range(rounds)}


def test_the_queries_of_a_snapshot_see_one_state(graph):
    graph.bulk_load("State", pa.table({"name": ["a", "b"], "value": ["0", "0"]}))
    done = threading.Event()

    def count_up():
        for number in range(300):
            graph.write([Statement("MATCH (s:State) SET s.value = $value", {"value": str(number)})])
        done.set()

    writer = threading.Thread(target=count_up)
    writer.start()
    one = "MATCH (s:State {name: '%s'}) RETURN s.value AS value"
    pairs = []
    while not done.is_set():
        pairs.append(graph.snapshot({"a": one % "a", "b": one % "b"}, unused=1))
    writer.join()
    assert pairs
    assert all(pair["a"] == pair["b"] for pair in pairs)


def test_writers_of_several_threads_wait_for_each_other(graph):
    def write(number):
        for step in range(20):
            graph.write([Statement("CREATE (c:Customer {customer_key: $key})", {"key": f"{number}-{step}"})])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(graph)) == 80


def test_a_closed_graph_says_so(graph):
    graph.ready()
    graph.close()
    graph.close()
    with pytest.raises(StoreFailure, match="closed"):
        graph.ready()
    with pytest.raises(StoreFailure, match="closed"):
        graph.write([Statement("CREATE (c:Customer {customer_key: 'c1'})")])
