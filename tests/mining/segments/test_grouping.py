"""Groups: the same whoever draws them, by what lasts, and by what says more of spend where they say too little."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mining.segments.grouping import Past, lasting_weights, p_value, partition, stability
from mining.segments.indicators import IndicatorSnapshot
from mining.segments.segment_miner import SegmentLimits, choose

EVERYBODY = np.ones(300, dtype=bool)


def snapshot(values, paid=None):
    return IndicatorSnapshot(values=values, is_member=EVERYBODY, paid_after=np.zeros(300) if paid is None else paid)


@pytest.fixture(scope="module")
def habits():
    """Three habits that never change and say nothing of spend, beside a level of spend that nearly lasts."""
    chance = np.random.default_rng(3)
    habit, level = np.arange(300) % 3.0, chance.lognormal(3, 1, 300)
    spent = [level * chance.lognormal(0, 0.2, 300) for _ in range(4)]
    times = [snapshot(np.column_stack([habit, before]), after) for before, after in pairwise(spent)]
    return Past(long_ago=times[0], before=times[1], now=times[2], shares=np.array([1.0, 0.5]))


def test_what_lasts_counts_more_and_what_never_changes_as_much_as_what_hardly_does(habits):
    habit, spend = lasting_weights(habits.before, habits.now)
    assert habit == pytest.approx(7.0)
    assert 2 < spend < 7
    noise = snapshot(np.random.default_rng(1).random((300, 1)))
    assert lasting_weights(noise, snapshot(np.random.default_rng(2).random((300, 1))))[0] < 0.5


def test_groups_that_say_less_of_spend_than_one_column_in_as_many_parts_will_not_do(habits):
    found = habits.grouping(3, 0)
    assert found.agreement == 1.0
    assert found.explained < 0.05 < found.column_explained
    chosen = choose(habits, SegmentLimits(emphases=(0,), most=3))
    assert chosen.grouping.explained < chosen.grouping.column_explained


def test_then_what_says_more_of_it_counts_more(habits):
    chosen = choose(habits, SegmentLimits(most=3))
    assert chosen.grouping.emphasis > 0
    assert chosen.grouping.explained >= chosen.grouping.column_explained
    assert chosen.grouping.agreement >= 0.7
    assert p_value(chosen.grouping, habits.before.paid_after, 99) == 0.01


def test_what_groups_explain_by_chance_is_no_finding(habits):
    found = habits.grouping(3, 0)
    assert p_value(found, habits.before.paid_after, 99) > 0.05


def test_the_most_groups_are_taken_of_those_that_agree_as_well(habits):
    """Nine crisp groups of three levels and three habits: no smaller number of them comes back better."""
    level = np.repeat([10.0, 100.0, 200.0], 100)
    crisp = snapshot(np.column_stack([np.arange(300) % 3.0, level]), level)
    past = replace(habits, long_ago=crisp, before=crisp, now=crisp)
    assert choose(past, SegmentLimits(most=9)).grouping.size == 9


def test_what_is_unknown_pulls_to_no_side():
    points = np.vstack([np.repeat([[-1.0, -1.0], [1.0, 1.0]], 20, axis=0), [[-0.9, np.nan], [0.9, np.nan]]])
    found = partition(points, 2)
    assert found.groups[40] == found.groups[0] != found.groups[20] == found.groups[41]
    assert found.points[41] == pytest.approx([0.9, 1.0], abs=0.01)


def test_groups_of_what_has_no_gaps_are_less_steady_than_crisp_ones():
    chance = np.random.default_rng(0)
    crisp = np.repeat([[0.0], [5.0], [10.0]], 100, axis=0) + chance.normal(0, 0.3, (300, 1))
    assert stability(partition(crisp, 3), 5) == 1.0
    assert stability(partition(chance.random((300, 2)), 5), 5) < 0.9
