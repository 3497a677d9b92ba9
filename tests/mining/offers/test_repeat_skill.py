"""What came of what was due, by hand, and how surely the model tells more than the plain one."""

import numpy as np
import pytest
from scipy import stats

from mining.offers.candidates import FEATURES, Candidates
from mining.offers.model import OfferModel
from mining.offers.plain_model import OfferModels
from mining.offers.repeat_skill import partial_p_value, try_repeats
from mining.offers.samples import question_at

DAY = 86_400
NAMES = list(FEATURES)
PLAIN = [name for name, reason in FEATURES.items() if reason in (None, "popularity")]


@pytest.fixture(scope="module")
def skill(sales):
    """Of item 0 four are late and one on time; the model says what comes, the plain one a half of everybody."""
    late = [(who, 10 * who + n, 0, 110 + 20 * n) for who in range(4) for n in range(4)]
    other = [(0, 100 + n, 1, 90 + 25 * n) for n in range(4)]
    on_time = [(4, 200 + n, 0, 130 + 20 * n) for n in range(4)]
    after = [(0, 300, 0, 201), (1, 301, 0, 202), (4, 304, 0, 203)]
    past = question_at(sales([*late, *other, *on_time, *after]), 200 * DAY - 1, 30)
    customer, item = np.array([0, 0, 1, 2, 3]), np.array([0, 1, 0, 0, 0])
    values = np.zeros((5, len(NAMES)))
    values[:, NAMES.index("log_orders")] = [2, -2, 2, -2, -2]
    found = Candidates(customer=customer, item=item, values=values)
    models = OfferModels(model=weighed(NAMES, "log_orders"), plain=weighed(PLAIN, "log_orders"))
    return try_repeats(past, np.ones(5, dtype=bool), found, models, seed=7)


def weighed(names, by):
    """A model of one feature, or of none."""
    return OfferModel(centre=np.zeros(len(names)), weight=np.array([float(name == by) for name in names]), offset=0.0)


def test_the_first_of_what_is_due_is_bought_or_not(skill):
    """Of four, customers 0 and 1 buy what they were late with; the most overdue of customer 0 is item 0 as well."""
    assert (skill.customers, skill.first, skill.popularity_first) == (4, 0.5, 0.5)
    assert skill.gain.mean == 0


def test_errors_are_those_of_the_chances_told(skill):
    told = 1 / (1 + np.exp(-2))
    assert skill.brier == pytest.approx((1 - told) ** 2)
    assert (skill.base_brier, skill.plain_brier) == (pytest.approx(0.4 * 0.6), 0.25)
    assert skill.skill == pytest.approx(1 - (1 - told) ** 2 / 0.25)
    assert skill.advantage.low > 0


def test_a_category_is_told_with_those_on_time_beside_it(skill):
    first, second = skill.categories
    assert (first.item, first.customers, first.rate, first.on_time_rate) == (0, 4, 0.5, 1.0)
    assert (second.item, second.customers, second.rate, second.p_value) == (1, 1, 0.0, 1.0)


def test_the_p_value_is_that_of_the_regression_on_both():
    """The t test of one coefficient beside another is the test of the partial correlation."""
    chance = np.random.default_rng(4)
    plain, ours = chance.random(60), chance.random(60)
    outcome = chance.random(60) < 0.5 * plain + 0.5 * ours
    known = np.column_stack([np.ones(60), plain, ours])
    weight, residue, *_ = np.linalg.lstsq(known, outcome.astype(float), rcond=None)
    error = np.sqrt(residue[0] / 57 * np.linalg.inv(known.T @ known)[2, 2])
    assert partial_p_value(outcome, ours, plain) == pytest.approx(stats.t.sf(weight[2] / error, 57))


def test_chances_that_say_what_the_plain_ones_say_tell_nothing_more():
    plain = np.linspace(0.1, 0.9, 30)
    outcome = np.arange(30) % 3 == 0
    assert partial_p_value(outcome, plain, plain) == 1.0
    assert partial_p_value(np.zeros(30, dtype=bool), np.random.default_rng(1).random(30), plain) == 1.0


def test_by_luck_alone_p_values_are_even():
    chance = np.random.default_rng(9)
    found = [partial_p_value(chance.random(50) < 0.4, chance.random(50), chance.random(50)) for _ in range(2_000)]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_where_those_on_time_buy_no_more_nothing_says_that_being_late_matters(skill):
    first, second = skill.categories
    assert first.on_time_p_value == pytest.approx(0.6)  # one of one beside two of four: three of five, two in the four
    assert (second.on_time_rate, second.on_time_p_value) == (0.0, 1.0)
