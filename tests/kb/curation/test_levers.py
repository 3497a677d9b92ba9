import math

import pytest

from kb.curation.levers import StandingLevers
from kb.errors import InvalidInput
from kb.model.action import Levers
from ontology.vocabulary import ActionFamily
from tests.at_once import at_once

SURVEY, CARE = ActionFamily.SURVEY, ActionFamily.CARE


@pytest.fixture
def levers(graph, clock):
    return StandingLevers(graph, clock)


def test_no_lever_is_set_in_the_beginning(levers):
    assert levers.current() == Levers()


def test_a_lever_stands_until_it_is_set_again_and_at_one_it_is_none(levers):
    levers.change({SURVEY: 1.2, CARE: 0.0}, "li")
    assert levers.change({SURVEY: 1.0}, "wang") == levers.current() == Levers(by_family={CARE: 0.0})


def test_who_set_what_and_when_is_kept(levers, clock):
    levers.change({SURVEY: 1.2}, "li")
    clock.time = 2_000
    levers.change({SURVEY: 1.0}, "wang")
    assert [(one.family, one.weight, one.by, one.at) for one in levers.history()] == [
        (SURVEY, 1.2, "li", 1_000), (SURVEY, 1.0, "wang", 2_000)]


@pytest.mark.parametrize("weight", [-0.1, math.nan, math.inf])
def test_a_weight_that_weighs_nothing_is_refused_and_nothing_is_set(levers, weight):
    with pytest.raises(InvalidInput, match="survey"):
        levers.change({CARE: 2.0, SURVEY: weight}, "li")
    assert levers.history() == ()


def test_a_share_of_exploration_stands_beside_the_levers_and_at_zero_it_is_none(levers):
    levers.change({SURVEY: 1.2}, "li", exploration={CARE: 0.1, SURVEY: 0.2})
    assert levers.current() == Levers(by_family={SURVEY: 1.2}, exploration={CARE: 0.1, SURVEY: 0.2})
    levers.change({}, "li", exploration={CARE: 0.0, SURVEY: 0.0})
    assert levers.current() == Levers(by_family={SURVEY: 1.2})
    assert [(one.family, one.weight, one.exploration) for one in levers.history()] == [
        (SURVEY, 1.2, 0.2), (CARE, None, 0.1), (CARE, None, 0.0), (SURVEY, None, 0.0)]


@pytest.mark.parametrize("share", [-0.01, 0.21, math.nan])
def test_a_share_of_more_than_a_fifth_is_refused_and_nothing_is_set(levers, share):
    with pytest.raises(InvalidInput, match="exploration care"):
        levers.change({SURVEY: 2.0}, "li", exploration={CARE: share})
    assert levers.history() == ()


def test_of_changes_by_eight_managers_at_once_each_is_kept(services, clock):
    """Of eight that were all acknowledged, one was kept."""
    levers = [StandingLevers(graph, clock) for graph in services]
    told = at_once(*(lambda number=number: levers[number % 2].change({SURVEY: 1 + number}, f"m{number}")
                     for number in range(8)))

    history = levers[0].history()
    assert sorted(one.by for one in history) == [f"m{number}" for number in range(8)]
    assert levers[1].current().by_family.get(SURVEY, 1.0) == history[-1].weight
    assert all(Levers(by_family={} if number == 0 else {SURVEY: 1.0 + number}) == told[number] for number in range(8))
