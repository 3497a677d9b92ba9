"""The online reading gives the facts of the refresh, and what happened since."""

import pyarrow as pa
import pytest

from kb.facts.load import load_facts, load_knowledge_links, load_persons
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.facts.refresh import refresh
from kb.facts.rows import to_facts
from kb.graph.twin import Twin
from kb.journal.events import Interaction
from kb.journal.store import Journal
from kb.model.decision import Outcome
from ontology.text import Text
from ontology.vocabulary import InteractionKind, KnowledgeStatus, OutcomeKind, PatternKind

KEYS = ("c1", "c2", "c3")


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def tables(source, local, line):
    return source(
        customers=[{"customer_key": "c1", "age_low": 30, "age_high": 39, "city": "北京", "consent_email": True},
                   {"customer_key": "c2", "gender": "female"}],
        products=[{"product_id": "p1", "category": "MILK"}, {"product_id": "p2", "category": "牛肉"}],
        order_lines=[line("o1", "2017-12-01"), line("o2", "2017-12-20", 3.5, product_id="p2"),
                     line("o3", "2017-06-01", customer_key="c2")],
        interactions=[
            {"interaction_id": "i1", "customer_key": "c1", "at": local("2017-11-01T10:00"), "kind": "complaint",
             "topic": "delivery", "text": "来晚了", "product_id": "p1"},
            {"interaction_id": "i2", "customer_key": "c2", "at": local("2017-12-30"), "kind": "visit",
             "dwell_seconds": 12.5},
        ],
        campaigns=[{"campaign_id": "k1", "kind": "TypeA", "starts_at": local("2017-12-01"),
                    "ends_at": local("2018-02-01"), "category": "MILK"}],
        contacts=[{"customer_key": "c1", "campaign_id": "k1", "contacted_at": local("2017-12-01"), "channel": "mail"},
                  {"customer_key": "c2", "campaign_id": "gone", "contacted_at": local("2017-12-02")}],
        subscriptions=[
            {"customer_key": "c2", "plan": "gold", "started_at": local("2016-01-01"), "ended_at": local("2017-01-01"),
             "ended_by": "customer", "monthly_amount": 9.99},
            {"customer_key": "c2", "plan": "gold", "started_at": local("2017-02-01"), "monthly_amount": 19.99},
        ],
        relations=[{"from_customer_key": "c1", "to_customer_key": "c2", "kind": "referral"}],
    )


@pytest.fixture
def moment(at):
    return at("2018-01-01T12:00")


@pytest.fixture
def loaded(graph, tables, moment, tmp_path):
    made = refresh(tables, moment, tmp_path / "facts", lambda _: None)
    load_persons(graph, pa.table({"customer_key": ["c1"], "external_id": ["42"], "name": ["王芳"], "phone": ["1"],
                                  "address": [None]}))
    load_facts(graph, made, tables, {"MILK": Text(zh="牛奶", en="milk")})
    return made


def from_tables(made, key):
    rows = {name: [row for row in made.read(name).to_pylist() if row["customer_key"] == key] for name in made.rows}
    customer = rows.pop("customer")[0]
    return to_facts(key, customer, rows, (), as_of=made.moment.as_of)


@pytest.mark.parametrize("key", ["c1", "c2"])
def test_facts_read_online_equal_those_of_the_refresh(graph, journal, loaded, key):
    assert read_facts(graph, journal, [key], loaded.moment) == {key: from_tables(loaded, key)}


def test_facts_of_many_equal_facts_of_each(graph, journal, loaded):
    keys = [*KEYS, *(f"nobody{n}" for n in range(30))]
    together = read_facts(graph, journal, keys, loaded.moment)
    assert together == {key: facts for one in KEYS for key, facts in
                        read_facts(graph, journal, [one], loaded.moment).items()}
    assert sorted(together) == ["c1", "c2"]


def test_facts_hold_no_identity(graph, journal, loaded):
    facts = read_facts(graph, journal, ["c1"], loaded.moment)["c1"]
    assert not {"customer_key", "external_id", "name", "phone", "address"} & set(facts.customer)


def test_a_second_load_replaces_the_first(graph, journal, tables, loaded, moment, tmp_path):
    before = read_facts(graph, journal, ["c1", "c2"], moment)
    load_facts(graph, refresh(tables, moment, tmp_path / "again", lambda _: None), tables, {})
    assert read_facts(graph, journal, ["c1", "c2"], moment) == before


def test_a_customer_whom_the_data_no_longer_knows_keeps_the_name_and_loses_the_facts(graph, journal, source, loaded,
                                                                                     moment, tmp_path):
    alone = source(customers=[{"customer_key": "c2"}])
    load_facts(graph, refresh(alone, moment, tmp_path / "again", lambda _: None), alone, {})
    assert read_facts(graph, journal, ["c1"], moment)["c1"].customer == {}
    assert graph.read("MATCH (c:Customer {customer_key: 'c1'}) RETURN c.name AS name") == [{"name": "王芳"}]


def test_a_posted_complaint_is_a_fact_at_once_and_open_until_resolved(graph, journal, loaded, moment):
    journal.record_interaction(Interaction(interaction_id="new", customer_key="c1", kind=InteractionKind.COMPLAINT,
                                           at=moment.as_of - 60, author="agent", topic="price"))
    facts = read_facts(graph, journal, ["c1"], moment)["c1"]
    row = facts.related["interaction"][0]
    assert (row.key, row.values["kind"], row.values["days_ago"], row.values["resolved"]) == ("new", "complaint", 0, False)
    assert facts.sequence == journal.last_sequence()


@pytest.mark.parametrize(("seconds", "is_seen"), [(1, False), (0, True), (-86_400 * 363, True), (-86_400 * 366, False)])
def test_posted_interactions_count_up_to_the_moment_and_for_365_days(graph, journal, loaded, moment, seconds, is_seen):
    journal.record_interaction(Interaction(interaction_id="new", customer_key="c1", kind=InteractionKind.VISIT,
                                           at=moment.as_of + seconds, author="agent"))
    rows = read_facts(graph, journal, ["c1"], moment)["c1"].related["interaction"]
    assert ("new" in {row.key for row in rows}) is is_seen


def test_an_interaction_that_was_posted_and_then_imported_counts_once(graph, journal, loaded, moment):
    journal.record_interaction(Interaction(interaction_id="i1", customer_key="c1", kind=InteractionKind.COMPLAINT,
                                           at=moment.as_of, author="agent"))
    rows = read_facts(graph, journal, ["c1"], moment)["c1"].related["interaction"]
    assert [row.key for row in rows] == ["i1"]


@pytest.mark.parametrize(("outcomes", "responded", "rejected"), [
    (["shown"], False, False), (["shown", "accepted"], True, False), (["rejected"], False, True),
    (["shown", "converted"], True, False), (["ignored", "rejected"], False, True),
])
def test_an_answer_to_a_recommendation_is_a_contact(graph, journal, loaded, moment, decision_of, outcomes, responded,
                                                    rejected):
    journal.append_decisions([decision_of("d1")])
    for days, kind in enumerate(outcomes):
        journal.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind(kind),
                                       at=moment.as_of - 86_400 * (2 - days), author="agent"))
    rows = [row for row in read_facts(graph, journal, ["c1"], moment)["c1"].related["contact"] if row.key == "d1/cross_sell"]
    assert [(row.days_ago, dict(row.values)) for row in rows] == [(2, {
        "source": "recommendation", "action_id": "cross_sell", "family": "cross_sell", "channel": "phone",
        "responded": responded, "rejected": rejected, "category": "牛奶", "days_ago": 2})]


def knowledge(facts):
    return {row.key: (row.values["score"], row.values["since_days_ago"]) for row in facts.related.get("knowledge", ())}


@pytest.fixture
def items(graph):
    graph.bulk_load("KnowledgeItem", pa.table({
        "id": ["a1", "s1", "p1"], "pattern_kind": ["association", "segment", "association"],
        "status": ["published", "published", "proposed"], "subject": ["A", "S", "P"]}))


def test_knowledge_counts_once_it_is_published(graph, journal, loaded, items, moment):
    scores = {"a1": {"c1": 0.5}, "p1": {"c1": 0.9}, "unknown item": {"c1": 1.0}, "s1": {"nobody": 1.0}}
    load_knowledge_links(Twin(graph), scores, since=moment.as_of - 86_400, now=moment.as_of)
    assert knowledge(read_facts(graph, journal, ["c1"], moment)["c1"]) == {"a1": (0.5, 1)}
    preview = read_facts(graph, journal, ["c1"], moment, statuses=(KnowledgeStatus.PROPOSED,))["c1"]
    assert knowledge(preview) == {"p1": (0.9, 1)}


def test_a_later_run_replaces_the_links_of_the_kinds_it_measured_and_keeps_since(graph, journal, loaded, items, moment):
    day = 86_400
    twin = Twin(graph)
    load_knowledge_links(twin, {"a1": {"c1": 0.5}, "s1": {"c1": 1.0}}, since=moment.as_of - 9 * day, now=0)
    load_knowledge_links(twin, {"a1": {"c1": 0.7, "c2": 0.1}}, since=moment.as_of - day, now=0,
                         kinds=[PatternKind.ASSOCIATION])
    found = read_facts(graph, journal, ["c1", "c2"], moment)
    assert {key: knowledge(facts) for key, facts in found.items()} == {
        "c1": {"a1": (0.7, 9), "s1": (1.0, 9)}, "c2": {"a1": (0.1, 1)}}
    load_knowledge_links(twin, {}, since=moment.as_of, now=0, kinds=[PatternKind.SEGMENT])
    assert knowledge(read_facts(graph, journal, ["c1"], moment)["c1"]) == {"a1": (0.7, 9)}


def test_the_moment_is_asked_and_the_request_is_a_fact(graph, journal, loaded, moment):
    later = Moment(as_of=moment.as_of + 86_400 * 10, zone=moment.zone)
    facts = read_facts(graph, journal, ["c2"], later)["c2"]
    visits = [row.days_ago for row in facts.related["interaction"]]
    assert (facts.as_of, visits) == (later.as_of, [12])
