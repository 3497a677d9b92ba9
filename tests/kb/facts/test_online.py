"""The online reading gives the facts of the refresh, and what happened since."""

from dataclasses import dataclass

import pyarrow as pa
import pytest

from kb.facts.definitions.interaction import BESIDES
from kb.facts.load import Scores, load_facts, load_knowledge_links, load_persons
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.facts.refresh import refresh
from kb.facts.rows import to_facts
from kb.facts.whole_base import open_everyone
from kb.graph.double_buffer import DoubleBuffer
from kb.journal.events import CONSOLE, Interaction
from kb.journal.store import Journal
from kb.model.decision import Outcome
from kb.model.run import EndedScores, KeptScores
from kb.tables.run_scores import scores_table
from ontology.text import Text
from ontology.vocabulary import InteractionKind, KnowledgeStatus, OutcomeKind, PatternKind


@dataclass
class Base:
    """A loaded graph, a journal and the refresh that the graph was loaded from."""

    graph: object
    journal: object
    made: object

    @property
    def moment(self):
        return self.made.moment

    def ask(self, *keys, **options):
        return read_facts(self.graph, self.journal, keys, self.moment, **options)

    def facts(self, key):
        return self.ask(key)[key]

    def post(self, interaction_id, kind, at):
        self.journal.record_interaction(Interaction(interaction_id=interaction_id, customer_key="c1", kind=kind, at=at,
                                                    author="agent", topic="price"))


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
def base(graph, tables, at, tmp_path):
    made = refresh(tables, at("2018-01-01T12:00"), tmp_path / "facts", lambda _: None)
    load_persons(graph, pa.table({"customer_key": ["c1"], "external_id": ["42"], "name": ["王芳"], "phone": ["1"],
                                  "address": [None]}))
    load_facts(graph, made, tables, {"MILK": Text(zh="牛奶", en="milk")})
    journal = Journal(tmp_path / "journal.db")
    yield Base(graph, journal, made)
    journal.close()


@pytest.fixture
def items(base):
    base.graph.bulk_load("KnowledgeItem", pa.table({
        "id": ["a1", "s1", "p1"], "pattern_kind": ["association", "segment", "association"],
        "status": ["published", "published", "proposed"], "subject": ["A", "S", "P"]}))
    return DoubleBuffer(base.graph)


def from_tables(made, key):
    rows = {name: [{column: value for column, value in row.items() if column not in BESIDES}
                   for row in made.read(name).to_pylist() if row["customer_key"] == key] for name in made.rows}
    customer = rows.pop("customer")[0]
    return to_facts(key, customer, rows, (), as_of=made.moment.as_of)


def test_facts_read_online_equal_those_of_the_refresh(base):
    assert base.ask("c1", "c2") == {key: from_tables(base.made, key) for key in ("c1", "c2")}


def test_facts_of_many_equal_facts_of_each_and_strangers_are_absent(base):
    together = base.ask("c1", "c2", *(f"nobody{n}" for n in range(30)))
    assert together == {"c1": base.facts("c1"), "c2": base.facts("c2")}


@pytest.mark.parametrize("short", [0, 100])
def test_facts_are_equal_whether_their_customers_are_asked_for_in_a_list_or_one_by_one(base, monkeypatch, short):
    monkeypatch.setattr(base.graph, "short_list", lambda _: short)
    assert base.ask("c2", "nobody", "c1") == {"c2": base.facts("c2"), "c1": base.facts("c1")}


def test_facts_hold_no_identity(base):
    assert not {"customer_key", "external_id", "name", "phone", "address"} & set(base.facts("c1").customer)


def test_a_second_load_replaces_the_first(base, tables):
    before = base.ask("c1", "c2")
    load_facts(base.graph, base.made, tables, {})
    assert base.ask("c1", "c2") == before


def test_a_customer_whom_the_data_no_longer_knows_keeps_the_name_and_loses_the_facts(base, source, tmp_path):
    alone = source(customers=[{"customer_key": "c2"}])
    load_facts(base.graph, refresh(alone, base.moment, tmp_path / "again", lambda _: None), alone, {})
    assert (base.facts("c1").customer, base.facts("c1").related) == ({}, {})
    assert base.graph.read("MATCH (c:Customer {customer_key: 'c1'}) RETURN c.name AS name") == [{"name": "王芳"}]


def test_a_posted_complaint_is_a_fact_at_once_and_open_until_resolved(base):
    base.post("new", InteractionKind.COMPLAINT, base.moment.as_of - 60)
    facts = base.facts("c1")
    row = facts.related["interaction"][0]
    assert (row.key, dict(row.values)) == ("new", {"kind": "complaint", "topic": "price", "days_ago": 0,
                                                   "resolved": False})
    assert facts.sequence == base.journal.last_sequence()


def test_posted_interactions_count_up_to_the_moment_and_for_365_days(base):
    for name, seconds in {"future": 1, "now": 0, "old": -86_400 * 363, "too old": -86_400 * 366}.items():
        base.post(name, InteractionKind.VISIT, base.moment.as_of + seconds)
    assert {row.key for row in base.facts("c1").related["interaction"]} == {"i1", "now", "old"}


def test_an_interaction_that_was_posted_and_then_imported_counts_once(base):
    base.post("i1", InteractionKind.COMPLAINT, base.moment.as_of)
    assert [row.key for row in base.facts("c1").related["interaction"]] == ["i1"]


ANSWERS = {
    ("shown",): (False, False), ("shown", "accepted"): (True, False), ("rejected",): (False, True),
    ("shown", "converted"): (True, False), ("ignored", "rejected"): (False, True),
}


def test_an_answer_to_a_recommendation_is_a_contact(base, decision_of):
    for number, outcomes in enumerate(ANSWERS):
        base.journal.append_decisions([decision_of(f"d{number}")])
        for days, kind in enumerate(outcomes):
            base.journal.record_outcome(Outcome(
                decision_id=f"d{number}", action_id="cross_sell", outcome=OutcomeKind(kind),
                at=base.moment.as_of - 86_400 * (2 - days), author="agent"))
    rows = {row.key: dict(row.values) for row in base.facts("c1").related["contact"] if "/" in row.key}
    assert rows == {f"d{number}/cross_sell": {
        "source": "recommendation", "action_id": "cross_sell", "family": "cross_sell", "channel": "phone",
        "responded": responded, "rejected": rejected, "category": "牛奶", "days_ago": 2,
    } for number, (responded, rejected) in enumerate(ANSWERS.values())}


def test_a_card_on_an_agents_screen_is_no_contact_before_the_customer_has_answered(base, decision_of):
    def tell(kind, author, days_ago):
        base.journal.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind(kind),
                                            at=base.moment.as_of - 86_400 * days_ago, author=author))

    def contacts():
        return {row.key: row.values["days_ago"] for row in base.facts("c1").related["contact"] if "/" in row.key}

    base.journal.append_decisions([decision_of("d1")])
    tell("shown", CONSOLE, 3)
    assert contacts() == {}
    tell("rejected", "agent", 1)
    assert contacts() == {"d1/cross_sell": 1}


def knowledge(facts):
    return {row.key: (row.values["score"], row.values["since_days_ago"]) for row in facts.related.get("knowledge", ())}


def test_knowledge_counts_once_it_is_published(base, items):
    scores = {"a1": {"c1": 0.5}, "p1": {"c1": 0.9}, "unknown item": {"c1": 1.0}, "s1": {"nobody": 1.0}}
    load_knowledge_links(
        items, Scores(rows=scores_table(scores), as_of=base.moment.as_of - 86_400, now=base.moment.as_of))
    assert knowledge(base.facts("c1")) == {"a1": (0.5, 1)}
    assert knowledge(base.ask("c1", statuses=(KnowledgeStatus.PROPOSED,))["c1"]) == {"p1": (0.9, 1)}


def test_a_later_run_replaces_the_links_of_the_kinds_it_measured_and_keeps_since(base, items):
    now, day = base.moment.as_of, 86_400
    load_knowledge_links(
        items, Scores(rows=scores_table({"a1": {"c1": 0.5}, "s1": {"c1": 1.0}}), as_of=now - 9 * day, now=now))
    load_knowledge_links(items, Scores(rows=scores_table({"a1": {"c1": 0.7, "c2": 0.1}}), as_of=now - day, now=now,
                                       kinds=[PatternKind.ASSOCIATION]))
    assert {key: knowledge(facts) for key, facts in base.ask("c1", "c2").items()} == {
        "c1": {"a1": (0.7, 9), "s1": (1.0, 9)}, "c2": {"a1": (0.1, 1)}}
    load_knowledge_links(items, Scores(rows=scores_table({}), as_of=now, now=now,
                                       kinds=[PatternKind.SEGMENT]))
    assert knowledge(base.facts("c1")) == {"a1": (0.7, 9)}


def runs_of(facts):
    return {row.key: row.values.get("run_id") for row in facts.related.get("knowledge", ())}


def test_a_score_names_the_run_that_made_it_and_stays_where_a_later_run_brings_nothing_of_its_kind(base, items):
    now, day = base.moment.as_of, 86_400
    first = Scores(rows=scores_table({"a1": {"c1": 0.5}, "s1": {"c1": 1.0}}), run_id="first", as_of=now - 9 * day,
                   now=now)
    load_knowledge_links(items, first)
    changes = load_knowledge_links(items, Scores(rows=scores_table({"a1": {"c1": 0.7}}), run_id="second", as_of=now,
                                                 now=now, kinds=[PatternKind.ASSOCIATION]))
    assert runs_of(base.facts("c1")) == {"a1": "second", "s1": "first"}
    assert changes.kept == (
        KeptScores(kind=PatternKind.SEGMENT, run_id="first", as_of=now - 9 * day, scores=1),)
    assert changes.ended == ()


def test_what_a_run_looked_at_and_refused_ends_and_is_told(base, items):
    now = base.moment.as_of
    rows = scores_table({"a1": {"c1": 0.5, "c2": 0.4}, "s1": {"c1": 1.0}})
    load_knowledge_links(items, Scores(rows=rows, run_id="first", as_of=now, now=now))
    changes = load_knowledge_links(items, Scores(rows=scores_table({}), run_id="second", as_of=now, now=now, kinds=[],
                                                 refused=["a1"]))
    assert knowledge(base.facts("c1")) == {"s1": (1.0, 0)}
    assert changes.ended == (
        EndedScores(item="a1", kind=PatternKind.ASSOCIATION, run_id="first", as_of=now, scores=2),)


@pytest.mark.parametrize("days", [0, 10, 400])
def test_the_tables_of_everyone_say_of_each_customer_what_is_read_of_one(base, items, decision_of, days):
    later = Moment(as_of=base.moment.as_of + days * 86_400, zone=base.moment.zone)
    found = scores_table({"a1": {"c1": 0.5}, "p1": {"c2": 0.9}})
    load_knowledge_links(items, Scores(rows=found, run_id="run-1", as_of=base.moment.as_of, now=later.as_of))
    for number, when in enumerate((base.moment.as_of, later.as_of)):
        base.post(f"new{number}", InteractionKind.COMPLAINT, when)
    base.post("i1", InteractionKind.COMPLAINT, base.moment.as_of)
    base.journal.append_decisions([decision_of("d1")])
    base.journal.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind.REJECTED,
                                        at=later.as_of, author="agent"))
    found = {}
    with open_everyone(base.made, base.graph, base.journal, later) as tables:
        for name, table in tables.items():
            for row in table.to_pyarrow().to_pylist():
                found.setdefault(row["customer_key"], {}).setdefault(name, []).append(row)
    told = {key: to_facts(key, own.pop("customer")[0], own, (), as_of=later.as_of) for key, own in found.items()}
    read = read_facts(base.graph, base.journal, ["c1", "c2"], later)
    assert {key: (facts.customer, facts.related) for key, facts in told.items()} == {
        key: (facts.customer, facts.related) for key, facts in read.items()}


def test_of_everyone_the_knowledge_of_named_items_can_be_read_alone(base, items):
    found = scores_table({"a1": {"c1": 0.5}, "s1": {"c1": 1.0, "c2": 0.5}})
    load_knowledge_links(items, Scores(rows=found, as_of=base.moment.as_of, now=0))
    with open_everyone(base.made, base.graph, base.journal, base.moment, items=["s1"]) as tables:
        assert sorted(tables["knowledge"].to_pyarrow()["customer_key"].to_pylist()) == ["c1", "c2"]
    with open_everyone(base.made, base.graph, base.journal, base.moment, items=[]) as tables:
        assert tables["knowledge"].to_pyarrow().num_rows == 0
