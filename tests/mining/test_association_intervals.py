"""Intervals of associations: by customer, as wide as figures move from quarter to quarter, covering what comes."""

import numpy as np
import pytest

from mining.association_intervals import figures, next_quarter, quarter
from mining.interval_evaluation import evaluate_intervals
from mining.learning.time_splits import end_of_day

PAIR = [(("A",), ("B",))]
PRODUCTS = [{"product_id": name, "category": name} for name in "ABC"]


def shop(line, confidence, *, customers=200, seed=1):
    """Customers come every tenth day; whoever buys A buys B with a chance that depends on the day."""
    chance = np.random.default_rng(seed)
    lines = []
    for day in range(400):
        for who in range(day % 10, customers, 10):
            likely, bought = (confidence(day), ["A"]) if chance.random() < 0.5 else (0.05, ["C"])
            bought += ["B"] if chance.random() < likely else []
            lines += [line(who, day + 0.5, name) for name in bought]
    return lines


@pytest.fixture(scope="module")
def steady(context, line):
    return context(order_lines=shop(line, lambda _: 0.4), products=PRODUCTS)


def test_what_does_not_change_is_covered_by_a_narrow_interval_around_it(steady):
    measures = next_quarter(steady.sales, steady.moment, PAIR).measures(0)
    assert measures["confidence_low"] < 0.43 < measures["confidence_high"]
    assert measures["confidence_high"] - measures["confidence_low"] < 0.15
    assert 1 < measures["lift_low"] < measures["lift_high"]


def test_what_moves_with_the_season_has_a_wider_one(steady, context, line):
    seasonal = context(order_lines=shop(line, lambda day: 0.4 + 0.25 * np.sin(day / 29)), products=PRODUCTS)
    narrow, wide = (next_quarter(one.sales, one.moment, PAIR) for one in (steady, seasonal))
    assert (wide.high - wide.low)[0, 0] > 2 * (narrow.high - narrow.low)[0, 0]


def test_orders_of_one_customer_are_one_draw(context, line):
    """The same orders, by two hundred customers and by ten of whom half always buy both."""
    chance = np.random.default_rng(4)
    both = chance.random(600) < 0.5
    errors = {}
    for customers in (200, 10):
        usual = np.argsort(~both, kind="stable") if customers < 200 else np.arange(600)
        lines = [line(int(place * customers / 600), 330 + n % 60 + 0.001 * n, name) for place, n in enumerate(usual)
                 for name in ("A", *("B" for _ in range(int(both[n]))))]
        given = context(order_lines=lines, products=PRODUCTS)
        errors[customers] = figures(given.sales, quarter(given.moment, 0), PAIR).errors[0, 0]
    assert errors[10] > 3 * errors[200]


def test_nothing_is_said_from_less_than_two_quarters(context, line):
    given = context(order_lines=[row for row in shop(line, lambda _: 0.4) if row["ordered_at"] > 250 * 86_400],
                    products=PRODUCTS)
    assert next_quarter(given.sales, given.moment, PAIR) is None
    assert next_quarter(given.sales, given.moment, []) is None


def test_nothing_after_the_moment_moves_an_interval(steady, context, line):
    then = end_of_day(steady.moment, 100)
    known = [row for row in shop(line, lambda _: 0.4) if row["ordered_at"] <= then.as_of]
    later = [{**row, "product_id": "B"} for row in shop(line, lambda _: 0.4) if row["ordered_at"] > then.as_of]
    found = [next_quarter(given.sales, then, PAIR).measures(0) for given in (
        context(moment=then, order_lines=known, products=PRODUCTS),
        context(moment=then, order_lines=known + later, products=PRODUCTS))]
    assert found[0] == found[1]


def test_how_often_they_cover_is_measured_on_quarters_that_came(context, tastes):
    associations, *rates = evaluate_intervals(context(**tastes(customers=600)))
    assert associations.what.en.startswith("confidence and lifts of associations")
    assert associations.item_periods >= 100
    assert 0.8 <= associations.coverage <= 0.99
    assert all(0.7 <= one.coverage <= 1 for one in rates)
