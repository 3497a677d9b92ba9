"""The journal on a real SQLite file."""

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from itertools import permutations

import pytest

from kb.errors import Conflict, NotFound, StoreFailure, Unavailable
from kb.journal.events import MAY_STAND_BESIDE, Interaction, Note, Shadow
from kb.journal.store import NOBODY, Journal
from kb.journal.writer import GroupWriter
from kb.model.decision import Origin, Outcome
from kb.model.facts import Row
from ontology.vocabulary import ActionFamily, FigureSource, InteractionKind, OutcomeKind


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "journal.db"


@pytest.fixture
def journal(path):
    opened = Journal(path)
    yield opened
    opened.close()


def outcome(kind, decision_id="d1", action_id="cross_sell", at=200):
    return Outcome(decision_id=decision_id, action_id=action_id, outcome=OutcomeKind(kind), at=at, author="agent 王")


def complaint(interaction_id="i1", customer_key="c1", **changes):
    values = {"kind": InteractionKind.COMPLAINT, "at": 150, "author": "agent", "topic": "配送 delay"} | changes
    return Interaction(interaction_id=interaction_id, customer_key=customer_key, **values)


def test_a_decision_comes_back_equal_after_reopening(journal, path, decision_of):
    decision = decision_of("d1")
    journal.append_decisions([decision])
    journal.close()
    again = Journal(path)
    assert again.decision("d1") == decision
    again.close()


def test_decisions_of_a_customer_come_latest_first(journal, decision_of):
    journal.append_decisions([decision_of("d1"), decision_of("d2", "c2"), decision_of("d3")])
    assert [d.decision_id for d in journal.decisions_of("c1")] == ["d3", "d1"]
    assert [d.decision_id for d in journal.decisions_of("c1", limit=1)] == ["d3"]


def test_of_a_group_with_a_taken_id_nothing_is_kept(journal, decision_of):
    journal.append_decisions([decision_of("d1")])
    with pytest.raises(Conflict):
        journal.append_decisions([decision_of("d2"), decision_of("d1")])
    assert [d.decision_id for d in journal.decisions_of("c1")] == ["d1"]


def test_an_unknown_decision_is_not_found(journal):
    with pytest.raises(NotFound, match="d9"):
        journal.decision("d9")
    with pytest.raises(NotFound, match="d9"):
        journal.record_outcome(outcome("shown", "d9"))


def test_an_action_that_was_not_recommended_has_no_outcome(journal, decision_of):
    journal.append_decisions([decision_of("d1")])
    with pytest.raises(NotFound, match="cross_sell"):
        journal.record_outcome(outcome("shown", action_id="win_back"))


def test_the_same_outcome_again_changes_nothing(journal, decision_of):
    journal.append_decisions([decision_of("d1")])
    assert journal.record_outcome(outcome("accepted"))
    assert not journal.record_outcome(outcome("accepted", at=999))
    assert journal.outcomes_of("d1") == (outcome("accepted"),)


PAIRS = [*permutations(OutcomeKind, 2)]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda kind: kind.value)
def test_outcomes_follow_the_table_of_successions(journal, decision_of, first, second):
    journal.append_decisions([decision_of("d1")])
    journal.record_outcome(outcome(first))
    if first in MAY_STAND_BESIDE[second]:
        assert journal.record_outcome(outcome(second))
    else:
        with pytest.raises(Conflict, match=f"'{second}' contradicts '{first}'"):
            journal.record_outcome(outcome(second))


@pytest.mark.parametrize(("first", "second"), [
    ("converted", "rejected"), ("accepted", "rejected"), ("rejected", "accepted"), ("rejected", "converted"),
    ("accepted", "ignored"), ("converted", "ignored"), ("rejected", "ignored"),
])
def test_contradictions_are_these(first, second):
    assert OutcomeKind(first) not in MAY_STAND_BESIDE[OutcomeKind(second)]


def test_one_actions_outcome_does_not_contradict_anothers(journal, decision_of):
    journal.append_decisions([decision_of("d1", actions=("cross_sell", "survey"))])
    journal.record_outcome(outcome("accepted"))
    assert journal.record_outcome(outcome("rejected", action_id="survey"))


def test_a_posted_interaction_is_recorded_once(journal):
    assert journal.record_interaction(complaint())
    assert not journal.record_interaction(complaint(at=999))
    assert journal.events_since(["c1"])["c1"].interactions == (complaint(),)


def test_another_contact_under_a_taken_id_is_a_conflict(journal):
    journal.record_interaction(complaint())
    with pytest.raises(Conflict):
        journal.record_interaction(complaint(customer_key="c2"))


def test_events_carry_growing_numbers_and_are_told_from_a_number_on(journal, decision_of):
    journal.record_interaction(complaint("i1"))
    first = journal.events_since(["c1"])["c1"].sequence
    journal.append_decisions([decision_of("d1")])
    journal.record_outcome(outcome("rejected"))
    later = journal.events_since(["c1"], first)["c1"]
    assert later.sequence > first
    assert later.interactions == ()
    assert [(r.outcome.outcome, r.family, dict(r.arguments)) for r in later.responses] == [
        (OutcomeKind.REJECTED, ActionFamily.CROSS_SELL, {"category": "牛奶"})]
    assert journal.events_since(["c1"], later.sequence) == {}
    assert journal.last_sequence() == later.sequence


def test_events_are_told_of_those_asked_for_alone(journal):
    for number in range(2_000):
        journal.record_interaction(complaint(f"i{number}", f"c{number}"))
    asked = [f"c{number}" for number in range(0, 2_000, 2)]
    assert sorted(journal.events_since(asked)) == sorted(asked)


@pytest.mark.parametrize(("origin", "figure", "is_models"), [
    (None, 0.5, False),
    (Origin(source=FigureSource.MEASURED, rates=3, before=0.3), 0.3, False),
    (Origin(source=FigureSource.MODEL, run_id="run-1"), 0.5, True),
    (Origin(source=FigureSource.MODEL, run_id="run-1", rates=3, before=0.4), 0.4, True),
])
def test_an_outcome_is_told_with_what_its_card_said_before_outcomes_moved_it(journal, decision_of, origin, figure,
                                                                             is_models):
    made = decision_of("d1", actions=("win_back", "cross_sell"))
    cards = [replace(card, factors=replace(card.factors, propensity_from=origin)) for card in made.actions]
    journal.append_decisions([replace(made, actions=tuple(cards))])
    journal.record_outcome(outcome("shown"))
    [told] = journal.card_outcomes(0)
    assert (told.action_id, told.outcome, told.customer_key, told.rule_id) == ("cross_sell", "shown", "c1", "r1")
    assert (told.figure, told.is_models, told.arguments) == (figure, is_models, '{"category":"牛奶"}')
    assert journal.latest_outcome() == told.at
    assert journal.card_outcomes(told.at + 1) == ()


def test_a_rule_is_told_with_whom_it_led_a_card_for_and_from_whom_one_was_withheld(journal, decision_of):
    journal.append_decisions([decision_of("d1", "c1", at=200), decision_of("d2", "c1", at=100),
                              replace(decision_of("d3", "c2", actions=()), withheld_rules=("r1", "r2"))])
    assert [(one.rule_id, one.customer_key, one.first_at, one.is_held_out) for one in journal.rule_customers()] == [
        ("r1", "c1", 100, False), ("r1", "c2", 100, True), ("r2", "c2", 100, True)]


def test_notes_come_latest_first(journal):
    notes = [Note(note_id=f"n{n}", customer_key="c1", text=f"喜欢苹果 {n}", author="王", at=n) for n in (1, 2)]
    for note in notes:
        journal.add_note(note)
    assert journal.notes_of("c1") == tuple(reversed(notes))
    with pytest.raises(Conflict):
        journal.add_note(notes[0])


def test_erasing_a_person_leaves_no_trace_in_the_files(journal, path, decision_of):
    journal.append_decisions([decision_of("d1", "c-erased"), decision_of("d2", "c2")])
    journal.record_interaction(complaint("i1", "c-erased", text="my secret words"))
    journal.add_note(Note(note_id="n1", customer_key="c-erased", text="note", author="王", at=1))
    journal.record_outcome(outcome("shown"))
    assert journal.erase("c-erased") == 4
    assert journal.decisions_of("c-erased") == ()
    assert journal.decision("d2").customer_key == "c2"
    journal.purge(1)
    for file in path.parent.iterdir():
        assert b"c-erased" not in file.read_bytes()
        assert b"my secret words" not in file.read_bytes()


def test_the_key_of_an_erased_person_stands_for_nobody_in_what_was_decided_for_others(journal, path, decision_of):
    def knowing(decision_id):
        made = decision_of(decision_id, "c2")
        related = {"relation": (Row(key="to:social:c-erased", values={}),)}
        return replace(made, facts=replace(made.facts, related=related))

    journal.append_decisions([knowing("d1")])
    journal.append_shadows([Shadow(beside=knowing("d1"), decision=knowing("d1s"))])
    journal.erase("c-erased")
    journal.append_decisions([knowing("d2")])  # it was under way meanwhile
    journal.purge(1)
    for decision_id in ("d1", "d1s", "d2"):
        assert journal.decision(decision_id).facts.related["relation"] == (Row(key=f"to:social:{NOBODY}", values={}),)
    assert all(b"c-erased" not in file.read_bytes() for file in path.parent.iterdir())


def test_what_was_taken_out_because_nobody_could_read_it_goes_where_it_names_an_erased_person(journal, path):
    with closing(sqlite3.connect(path)) as other, other:
        rows = [(1, "c-erased", "x"), (2, None, "{torn: c-erased"), (3, None, "{torn: c2")]
        other.executemany("INSERT INTO replaced VALUES (?, 'Note', 'n', ?, ?, 'torn', 0)", rows)
    journal.erase("c-erased")
    journal.purge(1)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT sequence FROM replaced").fetchall() == [(3,)]
    assert all(b"c-erased" not in file.read_bytes() for file in path.parent.iterdir())


def test_records_of_an_erased_person_that_come_later_are_refused(journal, decision_of):
    journal.erase("c1")
    for record in (lambda: journal.append_decisions([decision_of("d1", "c1")]),
                   lambda: journal.record_interaction(complaint("i1", "c1")),
                   lambda: journal.add_note(Note(note_id="n1", customer_key="c1", text="x", author="li", at=1))):
        with pytest.raises(Conflict, match="was erased"):
            record()
    assert not journal.knows("c1")


def test_while_somebody_reads_the_bytes_are_not_gone_and_that_is_told(journal, path, decision_of):
    journal.append_decisions([decision_of("d1", "c-erased")])
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM decisions").fetchone()
        journal.erase("c-erased")
        with pytest.raises(Unavailable, match="not off the disk"):
            journal.purge(0.3)
        journal.append_decisions([decision_of("d2", "c2")])
    journal.purge(1)
    assert all(b"c-erased" not in file.read_bytes() for file in path.parent.iterdir())


def test_a_faulty_job_does_not_harm_those_committed_with_it(journal, decision_of):
    journal.append_decisions([decision_of("d0")])
    results, barrier = {}, threading.Barrier(20)

    def append(number):
        barrier.wait()
        try:
            journal.append_decisions([decision_of("d0" if number % 2 else f"x{number}")])
            results[number] = "kept"
        except Conflict:
            results[number] = "refused"

    threads = [threading.Thread(target=append, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == ("refused" if n % 2 else "kept") for n in range(20))
    assert len(journal.decisions_of("c1", 100)) == 11


def test_a_store_that_refuses_is_a_store_failure_and_works_again_afterwards(journal, decision_of):
    def fail(_):
        msg = "disk I/O error"
        raise sqlite3.OperationalError(msg)

    with pytest.raises(StoreFailure, match="disk I/O error") as caught:
        journal._writer.run(fail)
    assert caught.value.retryable
    journal.append_decisions([decision_of("d1")])
    assert journal.decision("d1")


def test_a_closed_journal_says_so(journal, decision_of):
    journal.close()
    journal.close()
    with pytest.raises(StoreFailure, match="closed"):
        journal.append_decisions([decision_of("d1")])


def test_who_waits_for_the_disk_hears_of_it_where_the_writer_itself_fails_and_the_next_write_is_kept(tmp_path):
    class Failing(GroupWriter):
        """Runs out of memory at its first group."""

        faults = 1

        def _gather(self, group):
            if self.faults:
                self.faults -= 1
                raise MemoryError
            return super()._gather(group)

    with closing(Failing(tmp_path / "some.db")) as writer:
        with pytest.raises(StoreFailure, match="could not be written"):
            writer.run(lambda connection: connection.execute("CREATE TABLE kept (n INTEGER)"))
        writer.run(lambda connection: connection.execute("CREATE TABLE kept (n INTEGER)"))
        health = writer.worker.health()

    assert (health.is_alive, health.restarts, health.trouble) == (True, 1, None)


def test_nobody_waits_for_a_disk_for_ever_and_what_was_not_begun_is_not_done_later(tmp_path):
    may_go_on = threading.Event()
    done = []
    with closing(GroupWriter(tmp_path / "some.db")) as writer:
        hanging = threading.Thread(target=lambda: writer.run(lambda _: may_go_on.wait(60)))
        hanging.start()
        pause = threading.Event()
        while not writer._jobs.empty():
            pause.wait(0.01)
        with pytest.raises(StoreFailure) as refused:
            writer.run(lambda _: done.append("late"), seconds=0.01)
        may_go_on.set()
        hanging.join(60)
        writer.run(lambda _: done.append("next"))

    assert "nothing was written" in refused.value.hint
    assert done == ["next"]
