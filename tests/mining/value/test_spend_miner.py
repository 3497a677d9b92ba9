"""The miner of expected spend: proposed where it beats plain rules, refused with both figures, silent with a reason."""

import numpy as np
import pytest

from mining.context import MiningContext
from mining.gate import judge
from mining.value.spend_miner import SpendLimits, mine
from ontology.vocabulary import PatternKind

LIMITS = SpendLimits()


def asked(context: MiningContext, limits: SpendLimits = LIMITS):
    found = mine(context, limits)
    return (judge(found.trials, rate=limits.rate, labels={}) if found.trials else ()), [line.en for line in found.plan]


@pytest.fixture(scope="module")
def leaving(drawn, line):
    """Order lines of customers who come at their own rates and leave for good, over 400 days."""
    days = drawn(people=2_000)
    return [line(int(who), day + 0.5, "P1", amount) for who, day, amount
            in zip(days.customer, days.day, days.spend, strict=True)]


@pytest.fixture(scope="module")
def shop(context, leaving):
    return context(order_lines=leaving, products=[{"product_id": "P1", "category": "C1"}])


@pytest.fixture(scope="module")
def verdicts(shop):
    return asked(shop)


def test_quarter_and_year_are_proposed_with_figures_from_days_they_have_not_seen(verdicts):
    found, plan = verdicts
    assert [(one.pattern.kind, one.pattern.subject, one.reason) for one in found] == [
        (PatternKind.SPEND_FORECAST, "spend_90d", None), (PatternKind.SPEND_FORECAST, "spend_365d", None)]
    measures = found[0].pattern.measures
    assert measures["later_error"] < measures["later_baseline_error"]
    assert measures["later_skill"] == pytest.approx(
        1 - (measures["later_error"] / measures["later_baseline_error"]) ** 2)
    assert plan == ["expected spend (90 days): tested on the last 90 days",
                    "expected spend (365 days): tested on the last 200 days"]


def test_each_customer_has_an_amount_with_an_interval_and_their_place_among_all(verdicts):
    pattern = verdicts[0][0].pattern
    assert set(pattern.scores) == set(pattern.amounts)
    best = max(pattern.amounts, key=lambda key: pattern.amounts[key].value)
    assert pattern.scores[best] == 1.0
    assert all(0 <= one.low <= one.high for one in pattern.amounts.values())
    assert min(pattern.scores.values()) > 0.0


def test_spend_that_chance_alone_decides_is_refused_with_both_figures(context, line):
    chance = np.random.default_rng(2)
    rows = [line(int(who), float(day), "P1", 10.0) for day in range(400) for who in chance.choice(300, 10)]
    [quarter, _], _ = asked(context(order_lines=rows))
    assert quarter.reason is not None
    assert quarter.pattern.measures["later_baseline_error"] <= quarter.pattern.measures["later_error"] * 1.01


@pytest.mark.parametrize(("rows", "words"), [
    ([], "there are no orders"),
    ([("a", 390), ("b", 395)], "too few to test it"),
    ([("a", 3), ("b", 40), ("c", 380)], "nobody had ordered again"),
    ([("a", 3), ("a", 40), ("a", 100), ("b", 380)], "only 1 customers"),
])
def test_what_cannot_be_said_is_told_with_its_reason(context, line, rows, words):
    lines = [line(ord(who), day, "P1") for who, day in rows]
    found, plan = asked(context(order_lines=lines))
    assert found == ()
    assert words in plan[0]


def test_customers_with_contracts_alone_are_not_foretold_from_orders(context):
    found, plan = asked(context(subscriptions=[{"customer_key": "c1", "plan": "A", "started_at": 0,
                                                "monthly_amount": 20.0}]))
    assert (found, len(plan)) == ((), 1)
    assert "contracts and no orders" in plan[0]


def test_a_return_stands_on_its_own_day_and_is_no_order(context, line):
    back = {**line(1, 12, "P1", -4.0), "quantity": -1.0}
    history = context(order_lines=[line(1, 10, "P1", 9.0), back]).purchases
    assert (history.day.tolist(), history.spend.tolist(), history.is_order.tolist()) == (
        [12, 10], [-4.0, 9.0], [False, True])


def test_keys_decide_neither_figures_nor_intervals(context, leaving, verdicts):
    other = [{**row, "customer_key": row["customer_key"][::-1]} for row in leaving]
    again, _ = asked(context(order_lines=other))
    for mine_, theirs in zip(verdicts[0], again, strict=True):
        assert mine_.pattern.measures == theirs.pattern.measures
        assert sorted(one.high for one in mine_.pattern.amounts.values()) == sorted(
            one.high for one in theirs.pattern.amounts.values())
