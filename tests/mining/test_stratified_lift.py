"""Lift and lift among orders of equal size, against counts by hand and against plain Python."""

from fractions import Fraction

import pytest

from mining.itemsets import to_baskets
from mining.stratified_lift import Meeting, SizedOrders


def meet(lists, left=(0,), right=(1,), items=6):
    return SizedOrders.of(to_baskets(lists, items=items)).meetings([(left, right)])[0]


@pytest.mark.parametrize(("lists", "support", "confidence", "lift"), [
    ([[0, 1]], 1.0, 1.0, 1.0),                      # support 1
    ([[0, 1], [2]], 0.5, 1.0, 2.0),                 # confidence 1
    ([[0], [1]], 0.0, 0.0, 0.0),                    # never together
    ([[2], [3]], 0.0, 0.0, 0.0),                    # neither occurs
    ([[0, 1], [0], [1], [2]], 0.25, 0.5, 1.0),      # independent
])
def test_measures_by_hand(lists, support, confidence, lift):
    meeting = meet(lists)
    assert (meeting.support, meeting.confidence, meeting.lift) == (support, confidence, lift)


def test_no_orders_at_all_measure_nothing():
    meeting = Meeting(orders=0, antecedent=0, consequent=0, both=0, expected=0.0, variance=0.0)
    assert (meeting.support, meeting.leverage, meeting.adjusted_lift, meeting.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_lift_is_the_exact_ratio_rounded_once(shopping):
    lists = shopping(3, 997)
    meeting = meet(lists, items=60)
    both = sum({0, 1} <= set(o) for o in lists)
    left, right = (sum(item in o for o in lists) for item in (0, 1))
    share, alone = Fraction(both, len(lists)), Fraction(left * right, len(lists) ** 2)
    assert meeting.lift == float(share / alone)
    assert meeting.leverage == float(share - alone)


def test_what_is_expected_is_summed_over_orders_of_one_size():
    lists = [[0, 1], [0, 2], [1, 2], [2, 3], [0, 1, 2, 3, 4]]
    meeting = meet(lists)
    assert meeting.expected == pytest.approx(2 * 2 / 4 + 1)  # four orders of two items, one of five
    assert meeting.both == 2


def test_big_orders_alone_make_no_adjusted_lift(shopping):
    """Random filling gives every pair a lift well above 1; beside orders of equal size nothing is left of it."""
    meeting = meet(shopping(5, 6_000), left=(10,), right=(12,), items=60)
    assert meeting.lift > 1.3
    assert meeting.adjusted_lift < 1.1
    assert meeting.p_value > 0.01


def test_a_pair_that_meets_on_purpose_keeps_its_lift(shopping):
    meeting = meet(shopping(5, 6_000, together=[(10, 12)]), left=(10,), right=(12,), items=60)
    assert meeting.adjusted_lift > 1.3
    assert meeting.p_value < 1e-6
