"""Intervals of rates: they cover what comes, whatever was proposed because it looked best."""

import numpy as np
import pytest
from scipy.special import expit, logit

from mining.rate_intervals import LEVEL, GroupRates, drift_of, rate_interval

GROUPS = 4_000


def drawn(chance, centres, *, size=150, drift=0.0):
    """GroupRates of groups about their centres, on the scale of log odds, in one period."""
    shares = expit(centres + chance.normal(0, drift, len(centres)))
    return GroupRates(chance.binomial(size, shares).astype(float), np.full(len(centres), float(size)))


def covered(ends, later):
    share = later.yes / later.size
    return float(((ends[0] <= share) & (share <= ends[1])).mean())


@pytest.mark.parametrize("drift", [0.15, 0.4])
def test_nine_of_ten_rates_of_the_next_period_lie_within(drift):
    chance = np.random.default_rng(1)
    centres = chance.normal(-1.2, 0.5, GROUPS)
    periods = [drawn(chance, centres, drift=drift / np.sqrt(2)) for _ in range(3)]
    found = drift_of([(periods[0], periods[1])])
    assert found == pytest.approx(drift, abs=0.05)
    assert covered(periods[1].next(periods[1].size, found), periods[2]) == pytest.approx(LEVEL, abs=0.02)


def test_those_that_looked_best_are_covered_beside_what_a_model_foretold_of_them():
    """The best tenth by what they showed: alone their rates promise too much."""
    chance = np.random.default_rng(2)
    foretold = expit(chance.normal(-1.2, 0.4, GROUPS))
    centres = logit(foretold) + chance.normal(0, 0.1, GROUPS)
    now, later = (drawn(chance, centres, drift=0.1 / np.sqrt(2)) for _ in range(2))
    best = np.argsort(logit(foretold) - now.log_odds)[:GROUPS // 10]
    alone = now.of(best).next(now.size[best], 0.1)
    beside = [end[best] for end in now.next_beside(foretold, foretold, now.size, 0.1)]
    assert covered(alone, later.of(best)) < LEVEL - 0.1
    assert covered(beside, later.of(best)) == pytest.approx(LEVEL, abs=0.04)


def test_rates_that_move_by_chance_alone_have_no_drift_worth_telling():
    chance = np.random.default_rng(3)
    one, other = (drawn(chance, np.full(GROUPS, -1.0)) for _ in range(2))
    assert drift_of([(one, other)]) < 0.05


def test_the_more_customers_the_narrower_but_never_narrower_than_other_years_may_bring():
    widths = [ends["rate_high"] - ends["rate_low"]
              for ends in (rate_interval(30 * n, 100 * n, 100 * n, 0.0) for n in (1, 10, 10_000))]
    assert widths[0] > widths[1] > widths[2] > 0.05


def test_where_nobody_is_spoken_of_now_it_is_as_if_as_many_were():
    assert rate_interval(30, 100, 0, 0.1) == rate_interval(30, 100, 100, 0.1)
