"""BG/NBD: published figures are met, known parameters are found again, and what cannot be said is refused."""

import numpy as np
import pytest

from mining.value.purchase_histories import PurchaseDays, histories
from mining.value.purchase_rate import PurchaseRates, fit_purchase_rates

WEEK = 7
PUBLISHED = PurchaseRates(r=0.243, alpha=4.414 * WEEK, a=0.793, b=2.426)


@pytest.mark.shared_data
def test_the_published_parameters_of_the_cdnow_sample_are_found(cdnow, cdnow_sample):
    """The tenth of the customers that Fader, Hardie and Lee fitted: table 2 of their paper, log-likelihood -9582.4."""
    chosen = cdnow_sample[cdnow.customer]
    sample = PurchaseDays(keys=cdnow.keys, customer=cdnow.customer[chosen], day=cdnow.day[chosen],
                          spend=cdnow.spend[chosen], is_order=cdnow.is_order[chosen])
    past = histories(sample, as_of=272)
    found = fit_purchase_rates(past)
    assert len(past.index) == 2_357
    assert [found.r, found.alpha / WEEK, found.a, found.b] == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=2e-3)
    in_weeks = found.log_likelihood + past.repeats.sum() * np.log(WEEK)
    assert in_weeks == pytest.approx(-9_582.4, abs=0.1)


def test_the_published_expectation_of_one_customer_is_met(customer):
    """Two repeats, the last in week 30.43 of 38.86: 1.226 orders in the next 39 weeks."""
    one = customer(2, 30.43 * WEEK, 38.86 * WEEK)
    assert PUBLISHED.expected_orders(one, 39 * WEEK)[0] == pytest.approx(1.226, abs=1e-3)


def test_parameters_are_found_again_from_customers_drawn_with_them(drawn):
    found = fit_purchase_rates(histories(drawn(people=12_000), as_of=399))
    assert [found.r, found.alpha] == pytest.approx([0.6, 30.0], rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(0.8 / 3.8, rel=0.15)


@pytest.mark.parametrize("repeats", [0, 3])
def test_what_is_drawn_has_the_expectation_of_the_formula(customer, repeats):
    one = customer(repeats, 100 if repeats else 0, 250)
    drawn = PUBLISHED.draw(one, 200, draws=200_000, chance=np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(PUBLISHED.expected_orders(one, 200)[0], rel=0.02)


@pytest.mark.parametrize(("a", "b"), [(1e-4, 1e3), (1e3, 1e-4)])
def test_those_who_never_leave_and_those_who_always_do_can_be_drawn(customer, a, b):
    rates = PurchaseRates(r=1e3, alpha=3e4, a=a, b=b)
    drawn = rates.draw(customer(3, 90, 100), 90, draws=2_000, chance=np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(rates.expected_orders(customer(3, 90, 100), 90)[0], rel=0.05, abs=0.01)


def test_the_expectation_has_no_gap_where_a_is_one(customer):
    at, beside = (PurchaseRates(r=0.5, alpha=20, a=a, b=2.0).expected_orders(customer(2, 50, 90), 90)[0]
                  for a in (1.0, 1.001))
    assert at == pytest.approx(beside, rel=1e-2)


def test_who_has_ordered_once_cannot_have_left(customer):
    assert PUBLISHED.active(customer(0, 0, 400)).tolist() == [1.0]


def test_of_one_time_buyers_nothing_is_said():
    once = PurchaseDays.of(["a", "b", "c"], [0, 4, 9], [5.0, 5.0, 5.0])
    with pytest.raises(ValueError, match="second time"):
        fit_purchase_rates(histories(once, as_of=20))


def test_one_customer_is_enough_for_finite_numbers():
    past = histories(PurchaseDays.of(["a"] * 4, [0, 9, 20, 33], [5.0] * 4), as_of=40)
    assert np.isfinite(fit_purchase_rates(past).expected_orders(past, 90)).all()
