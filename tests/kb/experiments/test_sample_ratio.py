"""Whether the sides are as large as the draw makes them."""

import numpy as np
import pytest
from scipy.stats import betabinom, binom

from kb.experiments.sample_ratio import CONCENTRATION, SampleRatio


def ever_fails(true_share, *, said=0.1, customers=4_000, seed=0):
    drawn = np.cumsum(np.random.default_rng(seed).random(customers) < true_share)
    return any(not SampleRatio(counts=(n - int(drawn[n - 1]), int(drawn[n - 1])), shares=(1 - said, said)).is_as_drawn
               for n in range(50, customers + 1, 50))


@pytest.mark.parametrize(("held_out", "others", "share"), [(3, 7, 0.5), (40, 960, 0.1), (0, 30, 0.05)])
def test_the_evidence_is_the_beta_binomial_over_the_binomial(held_out, others, share):
    size, weights = held_out + others, (CONCENTRATION * share, CONCENTRATION * (1 - share))
    found = SampleRatio(counts=(others, held_out), shares=(1 - share, share)).evidence
    assert found == pytest.approx(betabinom.pmf(held_out, size, *weights) / binom.pmf(held_out, size, share))


def test_nobody_speaks_against_no_draw():
    assert SampleRatio(counts=(0, 0), shares=(0.9, 0.1)).evidence == pytest.approx(1.0)


def test_a_draw_that_is_right_is_called_wrong_at_some_look_once_in_a_hundred_times():
    assert sum(ever_fails(0.1, seed=seed) for seed in range(300)) <= 8


def test_a_fifth_of_the_held_out_missing_is_found():
    assert sum(ever_fails(0.08, seed=seed) for seed in range(20)) >= 15


def test_sides_that_are_far_off_end_in_no_overflow():
    assert not SampleRatio(counts=(0, 10**7), shares=(0.99, 0.01)).is_as_drawn
