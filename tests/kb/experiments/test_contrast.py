"""Two groups that a draw tells apart, and what may be concluded of them."""

import pytest

from kb.experiments.confidence_sequence import Sample, mean_difference, share_difference
from kb.experiments.contrast import ContrastVerdict, ImpactMeasure, contrast
from kb.experiments.sample_ratio import SampleRatio


def drawn(recommended, control, share=0.5):
    return SampleRatio(counts=(recommended, control), shares=(1 - share, share))


def shares(hits, size):
    return Sample.of([1.0] * hits + [0.0] * (size - hits))


@pytest.mark.parametrize(("recommended", "control", "verdict"), [
    ((40, 100), (10, 100), "higher"), ((10, 100), (40, 100), "lower"), ((20, 100), (20, 100), "undecided"),
    ((25, 29), (0, 29), "too_few"), ((0, 0), (0, 40), "too_few"),
])
def test_the_verdict_says_what_may_be_concluded(recommended, control, verdict):
    found = contrast(ImpactMeasure.PURCHASE, shares(*recommended), shares(*control), drawn(100, 100))
    assert found.verdict.value == verdict


def test_a_share_is_compared_as_one_and_money_as_a_mean():
    ratio = drawn(100, 100)
    bought = contrast(ImpactMeasure.PURCHASE, shares(40, 100), shares(10, 100), ratio)
    assert (bought.difference, bought.interval) == share_difference(shares(40, 100), shares(10, 100))
    one, other = Sample.of([10.0, 30.0] * 50), Sample.of([5.0, 15.0] * 50)
    spent = contrast(ImpactMeasure.SPEND, one, other, ratio)
    assert (spent.difference, spent.interval) == mean_difference(one, other)


def test_groups_that_are_not_as_large_as_the_draw_makes_them_have_no_difference_to_tell():
    found = contrast(ImpactMeasure.PURCHASE, shares(400, 1_000), shares(10, 100), drawn(1_000, 100))
    assert found.verdict is ContrastVerdict.WITHHELD
    assert (found.difference, found.interval) == (None, None)
    assert (found.recommended.mean, found.control.mean) == (0.4, 0.1)
