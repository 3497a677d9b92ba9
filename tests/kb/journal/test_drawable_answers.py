"""What impact reads of the journal: counts, and each customer's first answer in which a card could be drawn."""

from dataclasses import replace

import pytest

from kb.journal.store import Journal
from kb.model.decision import Outcome
from ontology.vocabulary import OutcomeKind


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def drawn(decision_of):
    """A decision of which a card was not sure to be shown."""
    def make(decision_id, customer_key):
        decision = decision_of(decision_id, customer_key)
        cards = tuple(replace(action, shown_probability=0.9) for action in decision.actions)
        return replace(decision, actions=cards)
    return make


def told(decision_id, kind, at):
    return Outcome(decision_id=decision_id, action_id="cross_sell", outcome=OutcomeKind(kind), at=at, author="li")


def test_the_first_answer_in_which_a_card_could_be_drawn_stands_for_a_customer(journal, decision_of, drawn):
    journal.append_decisions([decision_of("d-1", "a"), drawn("d-2", "a"), drawn("d-3", "a"), drawn("d-4", "b"),
                              decision_of("d-5", "c")])
    journal.record_outcome(told("d-2", "converted", 300))
    journal.record_outcome(told("d-3", "converted", 400))
    journal.record_outcome(told("d-4", "shown", 200))
    found = journal.drawable_answers(10)
    assert [(one.decision, one.converted) for one in found] == [(drawn("d-2", "a"), {"cross_sell": 300}),
                                                                (drawn("d-4", "b"), {})]
    assert [one.decision.decision_id for one in journal.drawable_answers(1)] == ["d-4"]  # the latest customers


def test_decisions_and_outcomes_are_counted_by_card_and_by_customer(journal, decision_of):
    assert (journal.count_decisions(), journal.outcomes_by_kind(), journal.last_outcome_at()) == ((0, 0), {}, None)
    journal.append_decisions([decision_of("d-1", "a"), decision_of("d-2", "a"), decision_of("d-3", "b")])
    for decision, kind, at in (("d-1", "shown", 100), ("d-2", "shown", 250), ("d-3", "converted", 200)):
        journal.record_outcome(told(decision, kind, at))
    assert journal.count_decisions() == (3, 2)
    assert journal.outcomes_by_kind() == {OutcomeKind.SHOWN: (2, 1), OutcomeKind.CONVERTED: (1, 1)}
    assert journal.last_outcome_at() == 250
