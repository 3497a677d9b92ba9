"""How a store departs from the ontology, on each engine by what that engine declares."""

from dataclasses import replace

import pytest

from kb.graph.port import Statement
from ontology.schema import ColumnType, NodeTable, load_schema


def test_a_graph_that_was_opened_has_no_drift(open_graph):
    graph = open_graph()
    graph.write([Statement("CREATE (:Customer {customer_key: 'c1', age: 30, loyalty: 0.5})"),
                 Statement("CREATE (:State {name: 'holds', value: 'HOLDS_A'})")])
    assert list(graph.drift()) == []


@pytest.fixture
def departed(open_graph):
    """A graph with a column that the ontology does not have and one of another type, opened with the ontology."""
    schema = load_schema()
    columns = {"note_id": ColumnType.STRING, "mood": ColumnType.STRING, "at": ColumnType.STRING}
    other = NodeTable(name="Note", key="note_id", columns=columns)
    graph = open_graph(replace(schema, nodes=(*(t for t in schema.nodes if t.name != "Note"), other)))
    graph.write([Statement("CREATE (:Note {note_id: 'n1', mood: 'good', at: 'noon'})")])
    graph.close()
    return open_graph()


def test_columns_that_are_not_of_the_ontology_are_told(departed, engine):
    held = "STRING, not INT64" if engine == "ladybug" else "STRING, not INTEGER"
    assert sorted(departed.drift()) == [f"Note.at: {held}", "Note.mood: not in the ontology"]


@pytest.mark.parametrize("engine", ["ladybug"], indirect=True)
def test_a_table_that_is_gone_is_told(open_graph):
    graph = open_graph()
    graph._writer.execute("DROP TABLE `KNOWS`")
    assert graph.drift() == ["KNOWS: missing"]


@pytest.mark.parametrize("engine", ["neo4j"], indirect=True)
def test_a_constraint_that_is_gone_is_told(open_graph, graph_place):
    graph = open_graph()
    with graph._session() as session:
        session.run(f"DROP CONSTRAINT `{graph_place.namespace}.State.name`").consume()
    assert graph.drift() == [f"{graph_place.namespace}.State.name: no constraint"]
    graph.close()
    assert open_graph().drift() == []
