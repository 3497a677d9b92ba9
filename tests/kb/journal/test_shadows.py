"""What a challenger would have answered stands in the journal beside what was served, and never in its place."""

from dataclasses import replace

import pytest

from kb.errors import NotFound
from kb.journal.events import Followed, Shadow
from kb.journal.store import Journal
from kb.model.decision import Outcome
from ontology.vocabulary import OutcomeKind


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


@pytest.fixture
def shadow(decision_of):
    def make(beside, actions=("cross_sell",)):
        own = replace(decision_of(f"s-{beside.decision_id}", beside.customer_key, actions), release=2)
        return Shadow(beside=beside, decision=own)
    return make


@pytest.fixture
def followed(journal, decision_of, shadow):
    """Two served decisions; a challenger agrees with the first and has one of the two actions of the second."""
    served = [decision_of("d1"), decision_of("d2", "c2", ("survey", "win_back"))]
    journal.append_decisions(served)
    journal.append_shadows([shadow(served[0]), shadow(served[1], ("win_back",))])
    return served


def test_a_shadow_is_read_beside_its_decision_and_by_its_own_id(journal, followed, shadow):
    assert journal.shadows_of("d1") == (shadow(followed[0]).decision,)
    assert journal.decision("s-d1").release == 2
    assert [decision.decision_id for decision in journal.decisions_of("c1")] == ["d1"]


def test_what_was_never_shown_has_no_outcome(journal, followed):
    assert followed
    told = Outcome(decision_id="s-d1", action_id="cross_sell", outcome=OutcomeKind.SHOWN, at=1, author="li")
    with pytest.raises(NotFound):
        journal.record_outcome(told)


def test_the_same_shadow_again_changes_nothing(journal, followed, shadow):
    journal.append_shadows([shadow(followed[0])])
    assert len(journal.shadows_of("d1")) == 1


def test_beside_a_decision_that_was_erased_meanwhile_nothing_is_kept(journal, decision_of, shadow):
    journal.append_shadows([shadow(decision_of("d9"))])
    assert journal.shadows_of("d9") == ()


def test_erasing_a_person_erases_their_shadows(journal, followed):
    assert followed
    assert journal.erase("c1") == 2
    assert journal.shadows_of("d1") == ()


def test_agreement_is_counted_by_the_first_action(journal, followed):
    assert followed
    assert journal.followed_while(0, None, 2) == Followed(decisions=2, first_alike=1)
    assert journal.followed_while(0, None, 3) == Followed(decisions=0, first_alike=0)


def test_other_arguments_are_another_recommendation(decision_of, shadow):
    served = decision_of("d1")
    other = replace(served, actions=(replace(served.actions[0], arguments={"category": "WINE"}),))
    assert shadow(served).alike == ("cross_sell",)
    assert shadow(other).alike == ()
    assert not shadow(other).is_first_alike


def test_outcomes_are_told_with_their_release_and_what_the_shadow_has_in_common(journal, followed):
    for decision in followed:
        for action in decision.actions:
            journal.record_outcome(Outcome(decision_id=decision.decision_id, action_id=action.action_id,
                                           outcome=OutcomeKind.SHOWN, at=1, author="li"))
    shown = journal.shown_while(0, None, 2)
    assert [(one.action_id, one.release, one.alike) for one in shown] == [
        ("cross_sell", 1, {"cross_sell"}), ("survey", 1, {"win_back"}), ("win_back", 1, {"win_back"})]
    assert {one.alike for one in journal.shown_while(0, None, 3)} == {None}


def test_only_decisions_made_meanwhile_count_whenever_their_outcome_comes(journal, decision_of):
    journal.append_decisions([decision_of("d1")])
    since = journal.last_sequence()
    journal.append_decisions([decision_of("d2"), decision_of("d3")])
    until = journal.last_sequence()
    journal.append_decisions([decision_of("d4")])
    for decision_id in ("d1", "d2", "d4"):
        journal.record_outcome(Outcome(decision_id=decision_id, action_id="cross_sell", outcome=OutcomeKind.SHOWN,
                                       at=1, author="li"))
    assert len(journal.shown_while(since, until, 2)) == 1
    assert journal.decided_while(since, until) == {1: (2, 1)}
    assert journal.decided_while(since, None) == {1: (3, 1)}
