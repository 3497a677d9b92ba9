"""Intervals that may be read on any day: hand cases, and experiments without an effect that are looked at often."""

from dataclasses import replace
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.impact import EFFECTS, NULLS, first_seen, report_alarms, spends, tally
from kb.experiments.confidence_sequence import TIGHTEST_AT, Sample, interval_of_mean, mean_difference, width

VALUES = st.lists(st.floats(-1e6, 1e6), max_size=40)
EXPERIMENTS = 100


@given(VALUES, VALUES)
def test_two_samples_together_are_the_sample_of_both(one, other):
    both, at_once = Sample.of(one).with_(Sample.of(other)), Sample.of([*one, *other])
    assert both.size == at_once.size
    assert (both.mean, both.variance) == pytest.approx((at_once.mean, at_once.variance), rel=1e-6, abs=1e-3)


@given(VALUES.filter(lambda values: len(values) > 1))
def test_mean_and_variance_are_those_of_the_standard_library(values):
    found = Sample.of(values)
    assert (found.mean, found.variance) == pytest.approx((fmean(values), variance(values)), rel=1e-9, abs=1e-6)


@pytest.mark.parametrize(("size", "expected"), [(1, 27.60), (100, 3.858), (1_000, 3.035), (100_000, 3.561)])
def test_the_width_is_that_of_the_gaussian_mixture(size, expected):
    """sqrt(2 (1 + 1/x) log(sqrt(x + 1) / .05)), x = 7.937 size / 1000: for 1,000 (2 * 1.126 * 4.091)**.5."""
    assert width(size) == pytest.approx(expected, rel=2e-3)


def test_the_width_is_least_near_the_stated_size():
    assert min(range(200, 5_000, 50), key=width) == pytest.approx(TIGHTEST_AT, rel=0.1)


def test_nobody_has_neither_an_interval_nor_a_difference():
    nobody, one = Sample.of([]), Sample.of([3.0])
    assert interval_of_mean(nobody) is None
    assert mean_difference(nobody, one) is mean_difference(one, nobody) is None


def test_few_who_have_not_met_the_great_spender_are_not_believed_to_vary_less_than_all():
    """1,000 and 50 customers, one of whom spent 10,000: of 50 who spent 1 each the own variance would be 0."""
    many, few = Sample.of([1.0] * 999 + [10_000.0]), Sample.of([1.0] * 50)
    found, (low, high) = mean_difference(many, few)
    assert found == pytest.approx(9.999)
    assert low < -120 < 120 < high


@given(VALUES, VALUES)
def test_a_difference_turns_its_sign_with_the_sides(one, other):
    found, turned = mean_difference(Sample.of(one), Sample.of(other)), mean_difference(Sample.of(other), Sample.of(one))
    if found is None:
        assert turned is None
        return
    assert found[1][0] <= found[0] <= found[1][1]
    assert (turned[0], *turned[1]) == pytest.approx((-found[0], -found[1][1], -found[1][0]))


@pytest.mark.parametrize("experiment", NULLS, ids=lambda one: f"{one.name}, {one.held_out:.0%} held out")
def test_who_looks_a_hundred_times_sees_an_effect_where_there_is_none_in_at_most_one_of_twenty(experiment):
    """Of 100 experiments 5 may by the promise; 11 is what a promise that is just kept exceeds once in 100 times."""
    assert tally(experiment, experiments=EXPERIMENTS).alarms <= 0.11


def test_all_these_experiments_together_keep_the_promise_where_an_ordinary_interval_breaks_it():
    """2,100 experiments of every kind; the ordinary one is made for one look."""
    found = [tally(experiment, experiments=EXPERIMENTS) for experiment in NULLS]
    assert fmean(one.alarms for one in found) <= 0.05
    assert fmean(one.ordinary for one in found) > 0.25


@pytest.mark.parametrize("held_out", [0.5, 0.1, 0.05])
def test_the_figures_of_a_report_together_keep_the_promise(held_out):
    """Who bought, how often and for how much: the figures are of the same customers and seldom err apart."""
    assert report_alarms(held_out, experiments=EXPERIMENTS) <= 0.05


@pytest.mark.parametrize("held_out", [0.5, 0.05])
def test_the_true_difference_of_heavy_tailed_money_stays_inside_on_every_day(held_out):
    money = next(one for one in NULLS if one.name == "money, log-normal 1")
    lifted = replace(money, held_out=held_out, effect=spends(1.0, times=1.2))
    truth = 0.2 * 20 * 2.718281828 ** 0.5
    assert tally(lifted, experiments=EXPERIMENTS, truth=truth).missed <= 0.11


@pytest.mark.parametrize("experiment", EFFECTS, ids=lambda one: f"{one.name}, {one.held_out:.0%} held out")
def test_an_effect_that_is_there_is_seen(experiment):
    """6,000 customers where every other one is held out, 16,000 where one in ten is."""
    seen = first_seen(experiment, experiments=20)
    assert sum(at is not None for at in seen) >= 17


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.integers(1, 5)), min_size=1, max_size=20))
def test_a_weighted_mean_is_that_of_a_sample_in_which_each_stands_so_often(pairs):
    found = Sample.weighted(*zip(*pairs, strict=True))
    repeated = [value for value, times in pairs for _ in range(times)]
    assert (found.size, found.mean) == (len(pairs), pytest.approx(fmean(repeated), abs=1e-6))


def test_who_counts_nine_times_makes_a_mean_less_certain():
    """By hand: weights .1 and .9, mean .9, squares (.1 * .9)^2 + (.9 * .1)^2 = .0162, variance of the mean .0324."""
    found = Sample.weighted([0.0, 1.0], [1.0, 9.0])
    assert found.variance / found.size == pytest.approx(0.0324)
