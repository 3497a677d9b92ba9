"""Gamma-Gamma: published figures are met, known parameters are found again, and what has no value is refused."""

import numpy as np
import pytest

from mining.value.order_value import OrderValues, fit_order_values


@pytest.mark.shared_data
def test_the_published_parameters_of_the_cdnow_sample_are_found(cdnow, cdnow_sample):
    """Of the 946 customers who came again, repeat orders alone: Fader and Hardie, 2013."""
    first = np.full(len(cdnow.keys), 10**6)
    np.minimum.at(first, cdnow.customer, cdnow.day)
    again = cdnow_sample[cdnow.customer] & (cdnow.day > first[cdnow.customer]) & (cdnow.day < 273)
    people = len(cdnow.keys)
    counts = np.bincount(cdnow.customer[again], minlength=people).astype(float)
    sums = np.bincount(cdnow.customer[again], cdnow.spend[again], people)
    found = fit_order_values(counts * (sums > 0), sums)
    assert ((counts > 0) & (sums > 0)).sum() == 946
    assert [found.p, found.q, found.gamma] == pytest.approx([6.25, 3.74, 15.44], rel=5e-3)


def test_parameters_are_found_again_from_customers_drawn_with_them():
    chance = np.random.default_rng(5)
    counts = chance.integers(1, 9, 20_000).astype(float)
    sums = chance.gamma(6.0 * counts) / (chance.gamma(4.0, size=20_000) / 15.0)
    found = fit_order_values(counts, sums)
    assert [found.p, found.q, found.gamma] == pytest.approx([6.0, 4.0, 15.0], rel=0.06)


def test_few_orders_are_drawn_to_the_mean_of_all_and_many_are_not(customer):
    values = OrderValues(p=6.25, q=3.74, gamma=15.44)
    mean = 6.25 * 15.44 / 2.74
    few, many = (values.expected(customer(0, 0, 9, valued=n, total=100.0 * n))[0] for n in (1, 1_000))
    assert mean < few < many == pytest.approx(100.0, rel=1e-2)


def test_no_orders_bring_nothing(customer):
    drawn = OrderValues(p=6.25, q=3.74, gamma=15.44).draw(customer(0, 0, 9), np.array([[0.0], [2.0]]),
                                                          chance=np.random.default_rng(1))
    assert drawn[0, 0] == 0.0 < drawn[1, 0]


def test_of_orders_without_value_nothing_is_said():
    with pytest.raises(ValueError, match="above zero"):
        fit_order_values(np.zeros(3), np.array([0.0, -5.0, 0.0]))
