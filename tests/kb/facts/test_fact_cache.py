"""Facts that are remembered are the facts that would be read: after every change of what the graph holds."""

import random

import pyarrow as pa
import pytest

from kb.curation.curation import Curation
from kb.erasure import erase_person
from kb.facts.customer_snapshot import CustomerSnapshot
from kb.facts.fact_cache import FactCache
from kb.facts.load import Scores, load_facts, load_knowledge_links, load_persons
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.facts.refresh import refresh
from kb.graph.double_buffer import DoubleBuffer
from kb.graph.version import GraphVersion
from kb.home import Base, Home
from kb.journal.events import Interaction
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.model.decision import Outcome
from kb.model.knowledge import KnowledgeItem
from kb.tables.run_scores import scores_table
from ontology.text import Text
from ontology.vocabulary import InteractionKind, KnowledgeKind, KnowledgeStatus, OutcomeKind, PatternKind, Standing

KEYS = ("c1", "c2", "nobody")
STAMP = GraphVersion(facts="f1", knowledge="k1", journals=frozenset(), release=1, facts_as_of=1)
STATUSES = (KnowledgeStatus.PUBLISHED,)


class Counted:
    """A graph that counts how often customers were read."""

    def __init__(self, graph):
        self.graph = graph
        self.snapshots = 0

    def snapshot(self, queries, /, **parameters):
        self.snapshots += 1
        return self.graph.snapshot(queries, **parameters)

    def __getattr__(self, name):
        return getattr(self.graph, name)


class Kept:
    """A base whose facts are read with a memory and without."""

    def __init__(self, graph, journal, tables, at, folder):
        self.graph = Counted(graph)
        self.journal = journal
        self.tables = tables
        self.folder = folder
        self.memory = FactCache()
        self.moment = at("2018-01-01T12:00")
        self.curation = Curation(self.graph, now=lambda: 1)
        self.refresh()

    def refresh(self, tables=None, moment=None):
        made = refresh(tables or self.tables, moment or self.moment, self.folder, lambda _: None)
        load_persons(self.graph, pa.table({"customer_key": ["c1", "c2"], "external_id": ["1", "2"]}))
        load_facts(self.graph, made, tables or self.tables, {})

    def read(self, moment=None, memory=None):
        return read_facts(self.graph, self.journal, KEYS, moment or self.moment, memory=memory)

    def check(self, moment=None):
        """What is remembered after a change, twice, beside what is read anew."""
        fresh = self.read(moment)
        assert self.read(moment, self.memory) == fresh
        assert self.read(moment, self.memory) == fresh
        return fresh


@pytest.fixture
def tables(source, local, line):
    return source(
        customers=[{"customer_key": "c1", "city": "北京"}, {"customer_key": "c2"}],
        products=[{"product_id": "p1", "category": "MILK"}],
        order_lines=[line("o1", "2017-12-01"), line("o2", "2017-06-01", customer_key="c2")],
        interactions=[{"interaction_id": "i1", "customer_key": "c1", "at": local("2017-11-01"), "kind": "complaint"}],
        campaigns=[{"campaign_id": "k1", "kind": "A", "starts_at": local("2017-12-01"),
                    "ends_at": local("2018-02-01")}],
        contacts=[{"customer_key": "c1", "campaign_id": "k1", "contacted_at": local("2017-12-01"), "channel": "mail"}],
        subscriptions=[{"customer_key": "c2", "plan": "gold", "started_at": local("2016-01-01")}],
        relations=[{"from_customer_key": "c1", "to_customer_key": "c2", "kind": "referral"}])


@pytest.fixture
def kept(graph, tables, at, tmp_path):
    graph.bulk_load("Action", pa.table({"id": ["cross_sell"], "family": ["cross_sell"]}))
    journal = Journal(tmp_path / "journal.db")
    yield Kept(graph, journal, tables, at, tmp_path / "facts")
    journal.close()


def item(item_id):
    return KnowledgeItem(
        id=item_id, pattern_kind=PatternKind.SEGMENT, kind=KnowledgeKind.OPERATIONAL, status=KnowledgeStatus.PROPOSED,
        statement=Text(zh="客户群", en="segment"), strength=0.5, standing=Standing.HOLDS, valid_from=0, recorded_at=0,
        author="run")


def publish(curation):
    from rules.packs.pack import load_pack

    pack = load_pack()
    return curation.publish("li", pack.actions, pack.policy, check=lambda _: None)


def test_a_customer_who_was_asked_for_is_not_read_again(kept):
    kept.read(memory=kept.memory)
    before = kept.graph.snapshots
    kept.read(memory=kept.memory)

    assert kept.graph.snapshots == before + 1  # nobody is known under the third key, and nothing is remembered of them


def test_of_customers_asked_for_together_only_those_not_remembered_are_read(kept):
    alone = read_facts(kept.graph, kept.journal, ["c2"], kept.moment, memory=kept.memory)
    asked = []
    kept.graph.snapshot = lambda queries, **values: asked.append(values["asked"]) or kept.graph.graph.snapshot(
        queries, **values)
    both = read_facts(kept.graph, kept.journal, ["c1", "c2"], kept.moment, memory=kept.memory)

    assert asked == ["c1"]
    assert both == read_facts(kept.graph, kept.journal, ["c1", "c2"], kept.moment)
    assert both["c2"] == alone["c2"]


def test_a_long_list_drives_nobody_out_of_the_memory(kept):
    kept.read(memory=kept.memory)
    before = kept.memory.rows
    crowd = [f"nobody{place}" for place in range(200)]
    read_facts(kept.graph, kept.journal, ["c1", *crowd], Moment(as_of=1, zone=kept.moment.zone), memory=kept.memory)

    assert kept.memory.rows == before


def test_what_the_journal_knows_since_is_never_remembered(kept, decision_of):
    kept.check()
    kept.journal.record_interaction(Interaction(interaction_id="p1", customer_key="c1", author="li",
                                                kind=InteractionKind.VISIT, at=kept.moment.as_of - 5))
    kept.journal.append_decisions([decision_of("d1")])
    kept.journal.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind.REJECTED,
                                        at=kept.moment.as_of - 3, author="li"))

    facts = kept.check()["c1"]

    assert "p1" in {row.key for row in facts.related["interaction"]}
    assert "d1/cross_sell" in {row.key for row in facts.related["contact"]}


def test_what_another_service_recorded_is_seen_through_the_memory(kept, decision_of, tmp_path):
    kept.check()
    other = Journal(tmp_path / "other.db")
    other.append_decisions([decision_of("d9")])
    other.record_outcome(Outcome(decision_id="d9", action_id="cross_sell", outcome=OutcomeKind.SHOWN,
                                 at=kept.moment.as_of - 9, author="li"))
    Projector(other, lambda: kept.graph).step()
    other.close()

    facts = kept.check()["c1"]

    assert "d9/cross_sell" in {row.key for row in facts.related["contact"]}


def test_days_go_on_for_what_is_remembered(kept):
    kept.check()
    later = Moment(as_of=kept.moment.as_of + 40 * 86_400, zone=kept.moment.zone)

    assert kept.check(later)["c2"].related["subscription"][0].days_ago == kept.check()["c2"].related[
        "subscription"][0].days_ago + 40


def test_another_refresh_is_seen_at_once(kept, source, line):
    kept.check()
    kept.refresh(source(customers=[{"customer_key": "c1", "city": "上海"}], products=[{"product_id": "p1",
                        "category": "TEA"}], order_lines=[line("o9", "2017-12-30")]))

    facts = kept.check()["c1"]

    assert (facts.customer["city"], facts.related["purchase"][0].key) == ("上海", "TEA")


def test_knowledge_that_is_published_retired_rolled_back_and_held_anew_is_seen_at_once(kept):
    kept.check()
    kept.curation.propose([item("s1"), item("s2")])
    for score in (0.5, 0.7, 0.9):  # three runs: the same twin is live again after the second
        load_knowledge_links(
            DoubleBuffer(kept.graph),
            Scores(rows=scores_table({"s1": {"c1": score}, "s2": {"c1": score}}), as_of=1, now=1))
        kept.check()
    for one in ("s1", "s2"):
        kept.curation.approve(one, "wang")
        kept.check()
    publish(kept.curation)
    assert [(row.key, row.values["score"]) for row in kept.check()["c1"].related["knowledge"]] == [
        ("s1", 0.9), ("s2", 0.9)]
    kept.curation.retire("s1", "wang", "outdated")
    assert [row.key for row in kept.check()["c1"].related["knowledge"]] == ["s2"]
    publish(kept.curation)
    kept.check()
    kept.curation.rollback(1, "li")
    kept.check()


def test_whoever_is_erased_is_forgotten(kept, tmp_path):
    kept.check()
    home = Home(tmp_path / "home")
    home.create(Base(name=Text.same("x"), zone="UTC", currency="EUR"))
    erase_person("c1", home=home, graph=kept.graph, journal=kept.journal)

    assert set(kept.check()) == {"c2"}
    assert "relation" not in kept.check()["c2"].related


def test_those_not_asked_for_longest_go_first_and_rows_are_bounded():
    memory = FactCache(most_rows=6)
    two_rows = CustomerSnapshot(customer={}, rows={"purchase": ("row",)}, moving={})
    chance = random.Random(7)  # noqa: S311 - no secret
    for number in range(50):
        memory.keep(f"c{number}", STATUSES, STAMP, two_rows)
        memory.recall(f"c{chance.randrange(number + 1)}", STATUSES, STAMP)
        assert memory.rows <= 6
    memory.keep("a", STATUSES, STAMP, two_rows)
    memory.keep("b", STATUSES, STAMP, two_rows)
    memory.recall("a", STATUSES, STAMP)
    memory.keep("c", STATUSES, STAMP, two_rows)
    memory.keep("d", STATUSES, STAMP, two_rows)

    assert [memory.recall(key, STATUSES, STAMP) is not None for key in ("a", "b", "c", "d")] == [
        True, False, True, True]


def test_under_another_stamp_everything_is_forgotten():
    memory = FactCache()
    still = CustomerSnapshot(customer={}, rows={}, moving={})
    other = GraphVersion(facts="f2", knowledge="k1", journals=frozenset(), release=1, facts_as_of=1)
    memory.keep("a", STATUSES, STAMP, still)

    assert memory.recall("a", STATUSES, other) is None
    memory.keep("b", STATUSES, other, still)
    assert (memory.recall("a", STATUSES, other), memory.rows) == (None, 1)
