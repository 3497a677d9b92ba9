import pytest

from kb.errors import Conflict, NotFound
from kb.graph.version import read_version
from kb.model.rates import Rates, RatesMode, RatesPolicy
from kb.rates.states import RatesStates
from tests.at_once import at_once

PROPOSE = RatesPolicy(mode=RatesMode.PROPOSE)


def rates(number):
    return Rates(number=number, as_of=9, made_at=10, by="li", release=1, journal="j", upto=4, policy=PROPOSE, waiting=2)


@pytest.fixture
def states(graph):
    return RatesStates(graph, now=lambda: 1_000)


def test_in_the_beginning_nothing_is_learned_and_nothing_in_use(states, graph):
    assert (states.policy(), states.all(), states.in_use()) == (RatesPolicy(), (), None)
    assert read_version(graph).rates is None


def test_states_are_numbered_and_none_is_in_use_before_it_is_taken(states, graph):
    assert [states.add(rates).number for _ in range(2)] == [1, 2]
    assert states.state(2) == rates(2)
    assert states.in_use() is None
    states.use(1, "wang")
    assert (states.in_use(), read_version(graph).rates) == (1, 1)
    assert [(one.number, one.waiting) for one in states.all()] == [(1, 2), (2, 2)]


def test_a_policy_that_is_off_takes_the_rates_out_of_use_and_the_history_says_so(states, graph):
    states.set_policy(PROPOSE, "li", "a try")
    states.add(rates)
    states.use(1, "wang")
    states.set_policy(RatesPolicy(), "chen")
    assert (states.in_use(), read_version(graph).rates) == (None, None)
    assert [(one.number, one.by, one.at) for one in states.uses()] == [(1, "wang", 1_000), (0, "chen", 1_000)]
    assert [(one.policy.mode, one.by, one.reason) for one in states.policies()] == [
        ("propose", "li", "a try"), ("off", "chen", "")]


def test_a_state_that_is_not_there_is_not_taken(states):
    with pytest.raises(NotFound, match="no rates 1"):
        states.use(1, "li")
    assert states.uses() == ()


def test_of_two_that_learn_at_once_no_number_is_given_twice(services):
    """Either both are kept, one after the other, or one is told that somebody else came first."""
    both = [RatesStates(graph, now=lambda: 1_000) for graph in services]

    def add(one):
        try:
            return one.add(rates).number
        except Conflict:
            return None

    made = at_once(*(lambda number=number: add(both[number % 2]) for number in range(8)))
    numbers = sorted(number for number in made if number is not None)
    assert numbers == list(range(1, len(numbers) + 1))
    assert [one.number for one in both[0].all()] == numbers
