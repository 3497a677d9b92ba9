"""Which rules are paused, in which numbered state, and by which policy."""


import pytest

from kb.curation.pauses import PauseStates, to_be_paused
from kb.errors import NotFound
from kb.graph.version import read_version
from kb.model.measurement import Lapse, LapseDecision, LapseVerdict
from kb.model.pauses import PausedRule, PauseMode
from kb.model.rule import Require
from ontology.text import Text
from ontology.vocabulary import ActionFamily, KnowledgeStatus, MeasurementVerdict

WHY = Text(zh="未再发现", en="not found")


@pytest.fixture
def states(graph, clock):
    return PauseStates(graph, clock)


@pytest.fixture
def ended(item_of):
    """An item in use that no longer holds, and what was said of it."""
    def make(verdict=None):
        decision = None if verdict is None else LapseDecision(verdict=verdict, by="li", at=1)
        lapse = Lapse(since=900, missed_since=800, run_id="run-2", verdict=MeasurementVerdict.NOT_FOUND, reason=WHY,
                      decision=decision)
        return item_of(status=KnowledgeStatus.PUBLISHED, approver="li", valid_to=900, lapses=(lapse,))

    return make


def paused(*rules):
    return tuple(PausedRule(rule=name, item="assoc-1", since=900, reason=WHY) for name in rules)


@pytest.mark.parametrize(("verdict", "expected"), [(None, ("rule-1",)), (LapseVerdict.WAIT, ("rule-1",)),
                                                   (LapseVerdict.KEEP, ())])
def test_what_recommends_on_ended_knowledge_is_paused_unless_that_is_kept(ended, rule_of, verdict, expected):
    guard = rule_of("rule-2", then=Require(family=ActionFamily.CROSS_SELL))
    assert to_be_paused([ended(verdict)], {"assoc-1": [rule_of(), guard]}) == paused(*expected)


def test_what_holds_pauses_nothing(item_of, rule_of):
    assert to_be_paused([item_of()], {"assoc-1": [rule_of()]}) == ()


def test_off_by_default_nothing_is_noted_or_in_use(states, graph):
    states.renew(paused("rule-1"), "run-2")
    assert (states.mode(), states.all(), states.in_use()) == (PauseMode.OFF, (), None)
    assert read_version(graph).pauses is None


def test_a_proposed_state_waits_until_somebody_takes_it(states, graph):
    states.set_mode(PauseMode.PROPOSE, "li")
    states.renew(paused("rule-1"), "run-2")
    assert (len(states.all()), states.in_use()) == (1, None)
    states.use(1, "wang")
    assert (states.in_use(), read_version(graph).pauses) == (1, 1)
    assert [(use.number, use.by) for use in states.uses()] == [(1, "wang")]


def test_what_pauses_by_itself_takes_each_new_state_and_lifts_it_likewise(states):
    states.set_mode(PauseMode.PAUSE, "li")
    states.renew(paused("rule-1"), "run-2")
    states.renew(paused("rule-1"), "run-3")
    states.renew((), "run-4")
    assert [state.rules for state in states.all()] == [paused("rule-1"), ()]
    assert states.in_use() == 2
    assert states.state(1).rules == paused("rule-1"), "no state ever changes"


def test_nothing_to_pause_makes_no_state(states):
    states.set_mode(PauseMode.PAUSE, "li")
    states.renew((), "run-2")
    assert (states.all(), states.in_use()) == ((), None)


def test_off_takes_the_pauses_out_of_use_and_keeps_the_states(states):
    states.set_mode(PauseMode.PAUSE, "li")
    states.renew(paused("rule-1"), "run-2")
    states.set_mode(PauseMode.OFF, "li", "the season is over")
    assert (states.in_use(), len(states.all())) == (None, 1)
    assert [(change.mode, change.reason) for change in states.policies()] == [
        (PauseMode.PAUSE, ""), (PauseMode.OFF, "the season is over")]


@pytest.mark.parametrize("number", [0, 2])
def test_a_state_that_is_not_there_is_named(states, number):
    states.set_mode(PauseMode.PAUSE, "li")
    states.renew(paused("rule-1"), "run-2")
    with pytest.raises(NotFound, match=f"no pauses {number}"):
        states.use(number, "li")
