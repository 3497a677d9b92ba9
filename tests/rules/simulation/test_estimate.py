"""Intervals of samples: exact where all are asked, and covering the truth about as often as they say."""

from random import Random

import pytest

from rules.simulation import Estimate
from rules.simulation.estimate import CustomerSample, Sums

POPULATION, SIZE, DRAWS = 5_000, 400, 400


def dice_of(seed):
    return Random(seed)  # noqa: S311  # chance that a test can repeat


def coverage(values, estimate):
    """The share of samples whose interval holds the truth."""
    covered = 0
    for seed in range(DRAWS):
        drawn = dice_of(seed).sample(values, SIZE)
        found = estimate(drawn)
        covered += found.low <= sum(values) <= found.high
    return covered / DRAWS


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.97])
def test_the_interval_of_a_count_covers_the_truth_in_about_95_of_100_samples(share):
    values = [1] * round(POPULATION * share) + [0] * round(POPULATION * (1 - share))
    sample = CustomerSample(size=SIZE, population=POPULATION)
    assert 0.92 <= coverage(values, lambda drawn: sample.count(sum(drawn))) <= 0.99


def test_the_interval_of_a_sum_covers_the_truth_in_about_95_of_100_samples():
    dice = dice_of(7)
    values = [dice.choice([0, 0, 0, dice.uniform(-5, 40)]) for _ in range(POPULATION)]
    sample = CustomerSample(size=SIZE, population=POPULATION)
    assert 0.92 <= coverage(values, lambda drawn: sample.total(sum(drawn), sum(x * x for x in drawn))) <= 0.98


@pytest.mark.parametrize(("found", "size"), [(0, 50), (50, 50), (1, 50), (3, 10)])
def test_an_interval_holds_its_estimate_and_never_less_than_was_found(found, size):
    estimate = CustomerSample(size=size, population=1_000).count(found)
    assert found <= estimate.low <= estimate.value <= estimate.high <= 1_000 - size + found


def test_of_nobody_there_is_nothing_and_that_for_certain():
    assert CustomerSample(size=0, population=0).count(0) == Estimate.exactly(0)
    assert Sums().shift(CustomerSample(size=0, population=0)).change == Estimate.exactly(0.0)


def test_a_change_is_estimated_by_pairs_and_not_from_two_sums():
    sums, dice = Sums(), dice_of(7)
    for _ in range(100):
        worth = dice.uniform(0, 100)
        sums.add(worth, worth + 1)
    shift = sums.shift(CustomerSample(size=100, population=1_000))
    assert (shift.change.low, shift.change.value, shift.change.high) == pytest.approx((1_000, 1_000, 1_000))
    assert shift.live.high - shift.live.low > 10_000
