"""Histories of two customers that a reader can count by hand."""

import numpy as np
import pytest

from mining.offers.history import history_of, item_shares

NEXT_DAY = 86_400
ROWS = [(0, 0, 0, 100), (0, 1, 0, 130), (0, 1, 1, 130), (0, 2, 0, 190), (1, 3, 1, 199), (1, 4, 0, 205)]


@pytest.fixture
def history(sales):
    return history_of(sales(ROWS, customers=3), np.full(3, 200 * NEXT_DAY))


def test_nothing_from_the_instant_on_is_seen(sales, history):
    assert history.find(np.array([1]), np.array([0]))[0] == -1
    later = sales([*ROWS, (0, 9, 1, 200), (1, 9, 0, 300)], customers=3)
    again = history_of(later, np.full(3, 200 * NEXT_DAY))
    for name in ("customer", "item", "orders", "first_age", "last_age", "decayed", "trips", "began"):
        assert getattr(again, name).tolist() == getattr(history, name).tolist(), name


def test_orders_ages_and_trips_are_those_of_the_lines(history):
    assert list(zip(history.customer, history.item, history.orders, history.first_age, history.last_age, strict=True)) \
        == [(0, 0, 3, 100, 10), (0, 1, 1, 70, 70), (1, 1, 1, 1, 1)]
    assert history.trips.tolist() == [[3, 2, 1], [1, 1, 1], [0, 0, 0]]


def test_each_customer_can_be_asked_about_at_an_instant_of_their_own(sales):
    history = history_of(sales(ROWS), np.array([150 * NEXT_DAY, 300 * NEXT_DAY]))
    assert history.trips[:, 0].tolist() == [2, 2]
    assert history.last_age[history.find(np.array([0]), np.array([0]))] == [20]


def test_an_order_number_that_two_customers_share_is_an_order_of_each(sales):
    history = history_of(sales([(0, 0, 0, 1), (1, 0, 0, 1), (1, 0, 0, 2)]), np.full(2, 10 * NEXT_DAY))
    assert history.trips[:, 0].tolist() == [1, 1]
    assert history.orders.tolist() == [1, 1]


def test_shares_are_of_those_who_bought_anything_in_the_period(history):
    assert item_shares(history).tolist() == [0.5, 1.0]
    assert item_shares(history, period=2).tolist() == [0.5, 0.5]


def test_who_begins_is_counted_among_those_who_could(sales):
    """Of three customers active 60 to 150 days ago, one had the item then, one takes it now: 1 of 2, with the prior."""
    rows = [(n, n, 0, 100) for n in range(3)] + [(0, 0, 1, 100), (1, 5, 1, 190), (3, 6, 1, 190)]
    history = history_of(sales(rows), np.full(4, 200 * NEXT_DAY))
    assert history.began[1] == (1 + 1) / (2 + 20)


def test_the_decay_of_tifu_weighs_groups_and_orders_within_them(sales):
    """Six orders make three groups of two: weights .9^place x .6^group / (2 x 3)."""
    history = history_of(sales([(0, n, n, n) for n in range(6)]), np.array([10 * NEXT_DAY]))
    newest_first = [1, 0.9, 0.6, 0.54, 0.36, 0.324]
    np.testing.assert_allclose(history.decayed[::-1], np.array(newest_first) / 6)


def test_late_is_who_waits_half_as_long_again_as_usual(sales):
    """Four orders every 20 days: due at 30 days, on time at 20; nothing is due within a week, or without a gap."""
    rows = [(who, 10 * who + n, 0, last - 20 * (3 - n)) for who, last in enumerate((170, 171, 180)) for n in range(4)]
    rows += [(3, 40 + n, 0, 195 - n) for n in range(4)] + [(4, 50 + n, 0, 170) for n in range(4)]
    rows += [(5, 60 + n, 0, 100 + 20 * n) for n in range(3)]
    history = history_of(sales(rows), np.full(6, 200 * NEXT_DAY))
    assert history.usual_gap.tolist() == [20, 20, 20, 1, 0, 20]
    assert history.is_due.tolist() == [True, False, False, False, False, False]
    assert history.is_on_time.tolist() == [False, False, True, False, False, False]


def test_without_any_past_there_is_no_history(sales):
    with pytest.raises(ValueError, match="nobody had bought"):
        history_of(sales(ROWS), np.zeros(2, dtype=np.int64))
