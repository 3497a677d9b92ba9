"""What a journal records follows into the graph: in order, once, and after every interruption."""

import threading

import pyarrow as pa
import pytest

from kb.erasure import erase_person
from kb.errors import StoreFailure
from kb.graph.port import Statement
from kb.graph.version import JOURNAL
from kb.home import Base, Home
from kb.journal.events import Interaction, Note, Shadow
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.model.decision import Outcome
from ontology.text import Text
from ontology.validation import validate
from ontology.vocabulary import Channel, InteractionKind, OutcomeKind

ENOUGH = 30.0
DECISIONS = """
    MATCH (d:Decision)-[:DECIDED_FOR]->(c:Customer) RETURN d.decision_id AS decision_id, c.customer_key AS customer,
    d.at AS at, d.release AS release, d.status AS status, d.journal AS journal ORDER BY decision_id"""
PROPOSED = """
    MATCH (d:Decision)-[p:PROPOSED_ACTION]->(a:Action) RETURN d.decision_id AS decision_id, a.id AS action,
    p.rank AS rank, p.channel AS channel, p.arguments AS arguments ORDER BY decision_id, rank"""
OUTCOMES = """
    MATCH (o:Outcome)-[:CAME_OF]->(d:Decision) RETURN d.decision_id AS decision_id, o.outcome_id AS outcome_id,
    o.outcome AS outcome, o.at AS at, o.action_id AS action_id, o.family AS family, o.channel AS channel,
    o.arguments AS arguments, o.author AS author, o.journal AS journal ORDER BY outcome_id"""
POSTED = """
    MATCH (c:Customer)-[:REPORTED]->(i:PostedInteraction) RETURN c.customer_key AS customer, i.interaction_id AS id,
    i.kind AS kind, i.topic AS topic, i.amount AS amount ORDER BY id"""
NOTES = """
    MATCH (c:Customer)-[:NOTED]->(n:Note) RETURN c.customer_key AS customer, n.text AS text, n.reviewed AS reviewed"""


class Unreachable:
    """A graph that cannot be reached for a while."""

    def __init__(self, graph, refusals):
        self.graph = graph
        self.refusals = refusals

    def __getattr__(self, name):
        if name in {"read", "write"} and self.refusals:
            self.refusals -= 1
            msg = "the graph cannot be reached"
            raise StoreFailure(msg)
        return getattr(self.graph, name)


@pytest.fixture
def base(graph):
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"], "external_id": ["1", "2"]}))
    graph.bulk_load("Action", pa.table({"id": ["cross_sell", "care"], "family": ["cross_sell", "care"]}))
    return graph


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def projector(journal, base):
    return Projector(journal, lambda: base)


def shown(decision_id, outcome=OutcomeKind.SHOWN, action="cross_sell"):
    return Outcome(decision_id=decision_id, action_id=action, outcome=outcome, at=200, author="agent")


def complaint(interaction_id="i1", key="c1", **told):
    return Interaction(interaction_id=interaction_id, customer_key=key, kind=InteractionKind.COMPLAINT, at=50,
                       author="agent", **told)


def follower_position(journal, value):
    return Statement("MERGE (s:State {name: $name}) SET s.value = $value",
                     {"name": JOURNAL + journal.id, "value": str(value)})


def test_a_decision_stands_in_the_graph_with_its_customer_and_its_actions(journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1", actions=("cross_sell", "care")), decision_of("d2", "c2", ())])

    projector.step()

    assert base.read(DECISIONS) == [
        {"decision_id": "d1", "customer": "c1", "at": 100, "release": 1, "status": "recommended",
         "journal": journal.id},
        {"decision_id": "d2", "customer": "c2", "at": 100, "release": 1, "status": "recommended",
         "journal": journal.id}]
    assert base.read(PROPOSED) == [
        {"decision_id": "d1", "action": action, "rank": rank, "channel": "phone", "arguments": '{"category":"牛奶"}'}
        for rank, action in ((1, "cross_sell"), (2, "care"))]


def test_an_outcome_stands_beside_its_decision_with_all_that_contact_policy_needs(
        journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1")])
    journal.record_outcome(shown("d1"))
    journal.record_outcome(shown("d1", OutcomeKind.REJECTED))

    projector.step()

    assert base.read(OUTCOMES) == [
        {"decision_id": "d1", "outcome_id": f"d1/cross_sell/{outcome}", "outcome": outcome, "at": 200,
         "action_id": "cross_sell", "family": "cross_sell", "channel": "phone", "arguments": '{"category":"牛奶"}',
         "author": "agent", "journal": journal.id} for outcome in ("rejected", "shown")]


def test_interactions_and_notes_follow_unknown_values_staying_unknown(journal, projector, base):
    journal.record_interaction(complaint(topic="价格", channel=Channel.PHONE))
    journal.record_interaction(complaint("i2", "c2", amount=3))
    journal.add_note(Note(note_id="n1", customer_key="c1", text="喜欢电话", author="li", at=60))

    projector.step()

    assert base.read(POSTED) == [
        {"customer": "c1", "id": "i1", "kind": "complaint", "topic": "价格", "amount": None},
        {"customer": "c2", "id": "i2", "kind": "complaint", "topic": None, "amount": 3.0}]
    assert base.read(NOTES) == [{"customer": "c1", "text": "喜欢电话", "reviewed": False}]


def test_slim_records_fit_their_shapes(journal, decision_of):
    journal.append_decisions([decision_of("d1")])
    journal.record_outcome(shown("d1"))
    journal.record_interaction(complaint())
    for table, rows in journal.records_after(0, 10).rows.items():
        for row in rows:
            validate({name: value for name, value in row.items() if name not in {"actions", "customer_key"}}
                     | {"journal": journal.id}, table)


def test_following_twice_changes_nothing(journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1")])
    projector.step()
    before = base.read(DECISIONS) + base.read(PROPOSED)

    assert not projector.step()
    Projector(journal, lambda: base).step()

    assert base.read(DECISIONS) + base.read(PROPOSED) == before


def test_a_position_that_was_set_back_doubles_nothing(journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1", actions=("cross_sell", "care"))])
    journal.record_outcome(shown("d1"))
    projector.step()
    before = [base.read(query) for query in (DECISIONS, PROPOSED, OUTCOMES)]
    base.write([follower_position(journal, 0)])
    journal.append_decisions([decision_of("d2", "c2")])

    Projector(journal, lambda: base).step()

    assert [len(base.read(query)) for query in (DECISIONS, PROPOSED, OUTCOMES)] == [2, 3, 1]
    assert base.read(DECISIONS)[:1] == before[0]


def test_the_position_stands_in_the_graph_with_the_records(journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1"), decision_of("d2")])
    projector.step()

    assert base.read("MATCH (s:State {name: $name}) RETURN s.value AS value", name=JOURNAL + journal.id) == [
        {"value": str(journal.last_sequence())}]


def test_records_follow_in_order_some_at_a_time(journal, projector, base, decision_of):
    journal.append_decisions([decision_of(f"d{n:03}") for n in range(150)])

    assert projector.step()
    assert [row["decision_id"] for row in base.read(DECISIONS)] == [f"d{n:03}" for n in range(100)]
    assert not projector.step()
    assert len(base.read(DECISIONS)) == 150


def test_a_shadow_does_not_follow_and_holds_nothing_up(journal, projector, base, decision_of):
    journal.append_decisions([decision_of("d1")])
    journal.append_shadows([Shadow(beside=decision_of("d1"), decision=decision_of("d1-r2"))])
    journal.append_decisions([decision_of("d2")])

    projector.step()

    assert [row["decision_id"] for row in base.read(DECISIONS)] == ["d1", "d2"]
    assert projector.state().behind == 0


def test_a_graph_that_cannot_be_reached_is_tried_again_and_nothing_is_lost(journal, base, decision_of):
    away = Unreachable(base, refusals=1)
    projector = Projector(journal, lambda: away)
    journal.append_decisions([decision_of("d1")])

    refused = projector.catch_up(0.0)
    caught_up = projector.catch_up(ENOUGH)

    assert (refused.behind, refused.faults, refused.fault) == (1, 1, "the graph cannot be reached")
    assert (caught_up.behind, caught_up.faults, caught_up.fault) == (0, 0, None)
    assert len(base.read(DECISIONS)) == 1


def test_a_write_whose_answer_was_lost_is_not_repeated(journal, base, decision_of):
    class Deaf(Unreachable):
        """Writes, and loses the answer."""

        def write(self, statements):
            self.graph.write(statements)
            if self.refusals:
                self.refusals -= 1
                msg = "the connection broke"
                raise StoreFailure(msg)

    deaf = Deaf(base, refusals=0)
    projector = Projector(journal, lambda: deaf)
    journal.append_decisions([decision_of("d1")])
    projector.step()
    journal.append_decisions([decision_of("d2")])
    deaf.refusals = 1
    projector.catch_up(0.0)

    assert projector.catch_up(ENOUGH).faults == 0
    assert len(base.read(DECISIONS)) == 2
    assert len(base.read(PROPOSED)) == 2


def test_an_older_copy_of_the_journal_is_followed_from_its_start(journal, projector, base, decision_of):
    base.write([follower_position(journal, 99)])
    journal.append_decisions([decision_of("d1")])

    projector.step()

    assert len(base.read(DECISIONS)) == 1


def test_the_thread_follows_by_itself_and_finishes_on_closing(journal, projector, base, decision_of):
    projector.start()
    journal.append_decisions([decision_of("d1")])
    reached = threading.Event()
    for _ in range(200):
        if base.read(DECISIONS) or reached.wait(0.05):
            break
    seen = len(base.read(DECISIONS))
    journal.append_decisions([decision_of("d2")])
    projector.close(ENOUGH)

    assert seen == 1
    assert len(base.read(DECISIONS)) == 2
    assert projector.state().behind == 0


def test_whoever_was_erased_does_not_come_back(journal, projector, base, decision_of, tmp_path):
    home = Home(tmp_path / "home")
    home.create(Base(name=Text.same("x"), zone="UTC", currency="EUR"))
    journal.append_decisions([decision_of("d1"), decision_of("d2", "c2")])
    journal.record_outcome(shown("d1"))
    journal.record_interaction(complaint())
    projector.step()
    waiting = journal.records_after(0, 10)

    with projector.paused():
        erase_person("c1", home=home, graph=base, journal=journal)
    base.write(waiting.without_known(base).statements(journal.id))
    projector.step()

    assert [row["decision_id"] for row in base.read(DECISIONS)] == ["d2"]
    assert base.read(OUTCOMES) == base.read(POSTED) == []
    assert base.read("MATCH (d:Decision) RETURN count(d) AS n") == [{"n": 1}]
    assert base.read("MATCH (o:Outcome) RETURN count(o) AS n") == [{"n": 0}]


def test_each_journal_has_an_id_of_its_own_and_keeps_it(tmp_path):
    first, second = Journal(tmp_path / "a.db"), Journal(tmp_path / "b.db")
    known = first.id
    first.close()
    again = Journal(tmp_path / "a.db")

    assert (again.id, again.id == second.id) == (known, False)
    again.close()
    second.close()


class Choosy(Unreachable):
    """A graph that takes everything but one customer's records, for a reason of its own."""

    def write(self, statements):
        steps = list(statements)
        if any(row.get("customer_key") == "c2" for step in steps for row in step.parameters.get("rows", ())):
            msg = "this graph does not like c2"
            raise RuntimeError(msg)
        return self.graph.write(steps)


def test_a_record_that_the_graph_alone_of_all_does_not_take_is_set_aside_and_the_others_follow(
        journal, base, decision_of):
    journal.append_decisions([decision_of("d1"), decision_of("d2", "c2"), decision_of("d3")])
    projector = Projector(journal, lambda: Choosy(base, refusals=0))
    for _ in range(10):
        projector.worker.attempt()

    assert [row["decision_id"] for row in base.read(DECISIONS)] == ["d1", "d3"]
    assert (projector.state().behind, projector.state().faults, projector.state().set_aside) == (0, 0, 1)


def test_a_graph_that_takes_nothing_sets_nothing_aside(journal, base, decision_of):
    class Broken(Unreachable):
        """Takes nothing."""

        def write(self, _):
            msg = "broken"
            raise RuntimeError(msg)

    journal.append_decisions([decision_of("d1")])
    Projector(journal, lambda: base).step()
    journal.append_decisions([decision_of("d2")])
    projector = Projector(journal, lambda: Broken(base, refusals=0))
    for _ in range(10):
        projector.worker.attempt()

    assert (projector.state().set_aside, projector.state().faults) == (0, 10)
