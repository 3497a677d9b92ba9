"""Graphs that earlier versions wrote, opened today on either engine."""

import orjson
import pytest

from kb.errors import StoreFailure
from kb.graph import migrations
from kb.graph.migrations import LATEST, MIGRATIONS, SCHEMA
from kb.graph.port import Statement
from kb.graph.state import READ_STATE
from ontology.schema import ColumnType, NodeTable, RelTable, Schema

STRING, INT64 = ColumnType.STRING, ColumnType.INT64
FIRST = Schema(
    facts={}, labels={}, vocabularies={}, kinds={},
    nodes=(
        NodeTable(name="Customer", key="customer_key", columns={"customer_key": STRING, "name": STRING}),
        NodeTable(name="KnowledgeItem", key="id", columns={
            "id": STRING, "status": STRING, "valid_from": INT64, "recorded_at": INT64, "body": STRING}),
        NodeTable(name="State", key="name", columns={"name": STRING, "value": STRING}),
    ),
    relations=(RelTable(name="HOLDS_A", source="Customer", target="KnowledgeItem", columns={"since": INT64}),),
)
"""Tables of the first version, with the columns that this test writes."""
WRITTEN = (
    "CREATE (:Customer {customer_key: 'c1', name: '王小明'})",
    "CREATE (:KnowledgeItem {id: 'tea', status: 'published', recorded_at: 100, body: '{\"id\": \"tea\"}'})",
    "CREATE (:KnowledgeItem {id: 'old', status: 'retired', recorded_at: 50, body: '{\"id\": \"old\"}'})",
    "CREATE (:KnowledgeItem {id: 'stub'})",
    "MATCH (c:Customer {customer_key: 'c1'}), (i:KnowledgeItem {id: 'tea'}) CREATE (c)-[:HOLDS_A {since: 7}]->(i)",
    "CREATE (:State {name: 'holds', value: 'HOLDS_A'})",
    "MATCH (s:State {name: 'schema'}) DELETE s",  # the first version said nothing of versions
)
VERSIONS = """
    MATCH (v:KnowledgeVersion)
    RETURN v.item_id AS item, v.known_from AS known_from, v.body AS body ORDER BY v.item_id"""


def version_of(graph):
    return [row["value"] for row in graph.read(READ_STATE, name=SCHEMA)]


@pytest.fixture
def written_by_the_first_version(open_graph):
    graph = open_graph(FIRST)
    graph.write([Statement(text) for text in WRITTEN])
    graph.close()


def test_steps_are_numbered_without_a_gap():
    assert [migration.number for migration in MIGRATIONS] == list(range(1, LATEST + 1))


def test_a_new_graph_is_of_the_latest_version(open_graph):
    assert version_of(open_graph()) == [str(LATEST)]


@pytest.mark.usefixtures("written_by_the_first_version")
def test_a_graph_of_the_first_version_is_brought_forward_and_keeps_its_records(open_graph):
    graph = open_graph()
    assert version_of(graph) == [str(LATEST)]
    assert graph.read("MATCH (c:Customer)-[h:HOLDS_A]->(i:KnowledgeItem) RETURN c.name AS name, h.since AS since,"
                      " h.score AS score, i.id AS id") == [{"name": "王小明", "since": 7, "score": None, "id": "tea"}]
    assert graph.read("MATCH (s:State {name: 'holds'}) RETURN s.value AS value") == [{"value": "HOLDS_A"}]


@pytest.mark.usefixtures("written_by_the_first_version")
def test_items_from_before_versions_were_kept_are_known_since_they_were_recorded(open_graph):
    """Otherwise the knowledge of a past would lack them all."""
    expected = [{"item": "old", "known_from": 50, "body": '{"id": "old"}'},
                {"item": "tea", "known_from": 100, "body": '{"id": "tea"}'}]
    graph = open_graph()
    assert graph.read(VERSIONS) == expected
    graph.close()
    assert open_graph().read(VERSIONS) == expected


@pytest.mark.usefixtures("written_by_the_first_version")
def test_an_item_that_has_versions_keeps_them(open_graph):
    graph = open_graph()
    graph.write([Statement("MATCH (s:State {name: 'schema'}) DELETE s"),
                 Statement("MATCH (v:KnowledgeVersion {item_id: 'tea'}) SET v.known_from = 70")])
    graph.close()
    assert {row["item"]: row["known_from"] for row in open_graph().read(VERSIONS)} == {"old": 50, "tea": 70}


def test_more_items_than_a_batch_are_all_brought_forward(open_graph):
    graph = open_graph(FIRST)
    rows = [{"id": f"i{n}"} for n in range(1_201)]
    graph.write([Statement("UNWIND $rows AS r CREATE (:KnowledgeItem {id: r.id, recorded_at: 1, body: r.id})",
                           {"rows": rows}), Statement(WRITTEN[-1])])
    graph.close()
    assert [row["item"] for row in open_graph().read(VERSIONS)] == sorted(row["id"] for row in rows)


def test_a_graph_of_a_later_version_is_refused_and_left_as_it_is(open_graph):
    graph = open_graph(FIRST)
    graph.write([Statement("MATCH (s:State {name: 'schema'}) SET s.value = $value", {"value": str(LATEST + 1)})])
    graph.close()
    with pytest.raises(StoreFailure, match=f"has schema version {LATEST + 1}.*up to {LATEST}") as told:
        open_graph()
    assert not told.value.retryable
    assert "a later one" in told.value.hint


@pytest.mark.usefixtures("written_by_the_first_version")
def test_a_step_that_fails_leaves_the_version_and_is_taken_the_next_time(open_graph, monkeypatch):
    broken = migrations.Migration(number=1, what="fails", steps=lambda _: iter([Statement("THIS IS NO CYPHER")]))
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (broken,))
        with pytest.raises(StoreFailure):
            open_graph()
    assert [row["item"] for row in open_graph().read(VERSIONS)] == ["old", "tea"]


RULES = Schema(
    facts={}, labels={}, vocabularies={}, kinds={},
    nodes=(
        NodeTable(name="Rule", key="id", columns=dict.fromkeys(("id", "status", "level", "action", "body"), STRING)),
        NodeTable(name="Release", key="number", columns={"number": INT64, "body": STRING}),
        NodeTable(name="State", key="name", columns={"name": STRING, "value": STRING}),
    ), relations=())
"""Tables of rules and releases as they were while a draft stood in the place of the rule that it would change."""


def rule_text(name, said, *rests_on):
    return orjson.dumps({"id": name, "said": said, "level": "applicability", "rests_on": rests_on,
                         "then": {"type": "Recommend", "action": "survey"}}).decode()


def release_of(*rules):
    return orjson.dumps({"rules": [orjson.loads(rule) for rule in rules]}).decode()


def test_a_draft_that_stood_in_the_place_of_its_rule_is_set_beside_it(open_graph):
    """The live rule comes back as the live release says it, one that a publish dropped as the last release did."""
    graph = open_graph(RULES)
    rules = {"live": rule_text("live", "new"), "dropped": rule_text("dropped", "new"),
             "fresh": rule_text("fresh", "new"), "mined": rule_text("mined", "new", "assoc-1")}
    releases = {1: release_of(rule_text("live", "old"), rule_text("dropped", "old")),
                2: release_of(rule_text("live", "newer"))}
    graph.write([
        *(Statement("CREATE (:Rule {id: $id, status: 'proposed', body: $body})", {"id": name, "body": body})
          for name, body in rules.items()),
        *(Statement("CREATE (:Release {number: $number, body: $body})", {"number": number, "body": body})
          for number, body in releases.items()),
        Statement("CREATE (:State {name: 'live_release', value: '2'})"),
        Statement("MATCH (s:State {name: 'schema'}) SET s.value = '1'")])
    graph.close()
    graph = open_graph()
    kept = graph.read("MATCH (r:Rule) RETURN r.id AS id, r.status AS status, r.action AS action, r.body AS body"
                      " ORDER BY r.id")
    assert [(row["id"], row["status"], orjson.loads(row["body"])["said"]) for row in kept] == [
        ("dropped", "approved", "old"), ("live", "published", "newer"), ("mined", "proposed", "new")]
    assert {row["action"] for row in kept} == {"survey", None}
    drafts = graph.read("MATCH (d:RuleDraft) RETURN d.draft_id AS id, d.rule_id AS rule, d.status AS status,"
                        " d.recorded_at AS at, d.body AS body ORDER BY d.draft_id")
    assert [(row["id"], row["rule"], row["status"], row["at"]) for row in drafts] == [
        (f"{name}#1", name, "proposed", None) for name in ("dropped", "fresh", "live")]
    assert {row["body"] for row in drafts} == {rules["dropped"], rules["fresh"], rules["live"]}


def test_the_scores_of_an_earlier_version_get_the_name_of_the_run_that_made_them(open_graph):
    graph = open_graph()
    graph.write([Statement(text) for text in (
        "CREATE (:Customer {customer_key: 'c1'})", "CREATE (:KnowledgeItem {id: 'tea'})",
        "CREATE (:Run {run_id: 'early', as_of: 3, started_at: 4})",
        "CREATE (:Run {run_id: 'late', as_of: 7, started_at: 9})",
        ("MATCH (c:Customer {customer_key: 'c1'}), (i:KnowledgeItem {id: 'tea'})"
        " CREATE (c)-[:HOLDS_B {score: 0.5, since: 7}]->(i)"),
        "MATCH (s:State {name: 'schema'}) SET s.value = '2'")])
    graph.close()
    held = open_graph().read("MATCH (:Customer)-[h:HOLDS_B]->(:KnowledgeItem) RETURN h.run_id AS run, h.as_of AS as_of")
    assert [tuple(row.values()) for row in held] == [("late", 7)]
