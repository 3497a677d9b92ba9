"""Segments: found where groups last and say what is spent next, refused where they do not."""


import numpy as np
import pytest

from mining.context import MiningContext
from mining.gate import judge
from mining.learning.features import Feature, FeatureFrame
from mining.segments.segment_evaluation import evaluate_segments
from mining.segments.segment_miner import SegmentLimits, bar_of, mine
from ontology.text import Text
from ontology.vocabulary import FactName

LIMITS = SegmentLimits()
KINDS = ((9, 60.0, 25, 40), (15, 15.0, 70, 1), (30, 15.0, 30, 25))
"""Days between two orders, amount of one, age, views of a quarter: of customers of three kinds."""


def people(line, seed=1, customers=300, kinds=KINDS):
    """Customers of each kind in turn over 400 days: what they buy, who they are and what they look at."""
    chance = np.random.default_rng(seed)
    rows = {"order_lines": [], "customers": [], "interactions": []}
    for n in range(customers):
        gap, amount, age, views = kinds[n % len(kinds)]
        days = np.cumsum(np.maximum(1, chance.normal(gap, gap / 5, 400 // gap)))
        rows["order_lines"] += [line(n, float(day), "P1", float(amount * chance.lognormal(0, 0.4)))
                                for day in days if day < 400]
        rows["customers"].append({"customer_key": f"c{n:04}", "birth_year": 1971 - age - int(chance.integers(-5, 6))})
        rows["interactions"] += [
            {"customer_key": f"c{n:04}", "interaction_id": f"i{n}.{view}", "kind": "view", "dwell_seconds": 30.0,
             "at": int(chance.uniform(0, 400) * 86_400)} for view in range(chance.poisson(4 * views))]
    return rows


def asked(context: MiningContext, limits: SegmentLimits = LIMITS):
    found = mine(context, limits)
    return (judge(found.trials, rate=limits.rate, labels={}) if found.trials else ()), [row.en for row in found.plan]


@pytest.fixture(scope="module")
def rows(line):
    return people(line)


@pytest.fixture(scope="module")
def verdicts(context, rows):
    return asked(context(**rows))


@pytest.fixture(scope="module")
def found(verdicts):
    assert [verdict.reason for verdict in verdicts[0]] == [None] * 3
    return [verdict.pattern for verdict in verdicts[0]]


def test_planted_groups_are_found_and_called_by_what_a_shop_sees_of_them(found):
    kinds = {pattern.subject: {int(key[1:]) % 3 for key in pattern.scores} for pattern in found}
    assert kinds == {"big spenders: stay long, browse a lot": {0}, "small spenders: older, stay briefly": {1},
                     "occasional buyers": {2}}
    assert {pattern.details["name"].zh for pattern in found} == {
        "停留较久、浏览较多的大客户", "较年长、停留较短的小额客户", "零星客户"}


def test_every_customer_belongs_to_one_segment(found):
    members = [key for pattern in found for key in pattern.scores]
    assert len(members) == len(set(members)) == 300
    assert all(0.5 <= score <= 1 for pattern in found for score in pattern.scores.values())


def test_whatever_the_seed_the_groups_are_the_same(context, rows, found):
    given = context(**rows)
    given.seed = 11
    again = [verdict.pattern for verdict in asked(given)[0]]
    assert [(one.subject, one.measures, one.scores) for one in again] == [
        (one.subject, one.measures, one.scores) for one in found]


def test_they_agree_with_those_of_a_quarter_ago_and_say_what_was_spent_since(found):
    for pattern in found:
        assert pattern.measures["later_stability"] >= 0.7
        assert pattern.measures["later_explained"] >= pattern.measures["later_column_explained"]
        assert pattern.later_population.period.end < pattern.population.period.end


def test_the_plan_says_both_bars_and_what_is_left_out(verdicts):
    told = " ".join(verdicts[1])
    assert "in 3 groups; agreement with those made 90 days earlier" in told
    assert "alone in as many parts" in told
    assert "monthly income (known of 0%)" in told
    assert "by age, dwell time, views, total spend" in told


def test_an_indicator_known_of_few_makes_no_groups_and_names_none(context, rows):
    few = [row if n < 100 else {**row, "birth_year": None} for n, row in enumerate(rows["customers"])]
    verdicts, plan = asked(context(**{**rows, "customers": few}))
    assert "age (known of 33.3%)" in " ".join(plan)
    assert not any("older" in verdict.pattern.subject for verdict in verdicts)
    assert all("age" in verdict.pattern.details["profile"] for verdict in verdicts)


def test_the_best_segment_is_the_one_that_spends_most_and_profiles_tell_more_than_made_it(found):
    [best] = [pattern for pattern in found if "best" in pattern.details]
    spend = {pattern.subject: pattern.details["profile"]["monetary_yearly"]["mean"] for pattern in found}
    assert best.subject == max(spend, key=spend.get)
    assert "order_gap_mean" in best.details["profile"]


def test_customers_whose_spend_is_dealt_anew_each_quarter_make_no_segments(context, line):
    chance = np.random.default_rng(4)
    lines = []
    for quarter in range(4):
        kinds = chance.permutation(300) % 3
        lines += [line(n, 100.0 * quarter + day, "P1", float((10, 40, 160)[kinds[n]] * chance.lognormal(0, 0.3)))
                  for n in range(300) for day in range(5, 100, 10)]
    verdicts, _ = asked(context(order_lines=lines))
    assert all(verdict.reason is not None for verdict in verdicts)


@pytest.fixture(scope="module")
def unlike(context, line):
    """Customers of three ages and habits, whose spend has nothing to do with either."""
    chance = np.random.default_rng(5)
    drawn = zip(chance.integers(8, 30, 300), chance.lognormal(3, 0.8, 300), strict=True)
    whose = ((20, 0), (45, 25), (70, 60))
    return context(**people(line, kinds=[(int(gap), float(amount), *whose[n % 3])
                                         for n, (gap, amount) in enumerate(drawn)]))


def test_as_long_as_groups_say_enough_of_spend_all_indicators_make_them(unlike):
    verdicts, _ = asked(unlike)
    assert [verdict.reason for verdict in verdicts] == [None] * len(verdicts)
    names = {verdict.pattern.subject for verdict in verdicts}
    assert {"small spenders: younger, browse little", "small spenders: older, browse a lot"} <= names
    assert len(names) == len(verdicts)


def test_made_as_a_quarter_ago_they_are_held_against_now_and_what_was_spent_since(context, rows):
    found = evaluate_segments(context(**rows))
    assert (found.customers, found.groups, found.agreement) == (300, 3, 1.0)
    assert found.explained >= max(one.explained for one in found.columns) > 0.5
    assert [one.column.en for one in found.columns].count("age") == 1


def test_too_few_customers_or_too_short_a_history_are_not_grouped(context, line):
    few = context(order_lines=[line(n, 300 + n % 50, "a") for n in range(20)])
    assert "too little" in asked(few)[1][0]
    short = context(order_lines=[line(n, 350 + day, "a", 1.0 + n) for n in range(300) for day in (0, 20, 40)])
    assert "the data spans 50 days" in asked(short)[1][0]


def test_contracts_make_groups_where_there_are_no_orders(context):
    chance = np.random.default_rng(3)
    rows = [{"customer_key": f"c{n:04}", "plan": "A", "started_at": int(chance.uniform(0, 250) * 86_400),
             "monthly_amount": round(float((20, 60, 100)[n % 3] + chance.normal(0, 3)), 2)} for n in range(300)]
    verdicts, _ = asked(context(subscriptions=rows, customers=[{"customer_key": row["customer_key"]} for row in rows]))
    assert {verdict.reason for verdict in verdicts} == {None}
    assert {verdict.pattern.subject.partition(":")[0] for verdict in verdicts} == {
        "big spenders", "average customers", "small spenders"}


FEATURES = tuple(Feature(fact=FactName.CUSTOMER, reads=name, labels=Text.same(name))
                 for name in ("order_count", "monetary_yearly"))


@pytest.mark.parametrize(("spend", "orders", "reach"), [
    ([5, 4, 3, 2, 1], [2] * 5, 1),           # one of five
    ([9, 8, 3, 2, 1, 1, 1], [1, 1] + [2] * 5, 1),  # who bought once is not among those of whom a fifth is taken
    ([5, 5, 3, 2, 1], [2] * 5, None),        # two share the greatest: no fifth reaches it
    ([5, 4, 3, 2], [2] * 4, None),           # less than five have no fifth
    ([5, 4, 3, 2, 1], [1] * 5, None),        # nobody came back
    ([5, 5, 3, 2, 1, 0, 0, 0, 0, 0], [2] * 10, 2),
])
def test_the_bar_of_the_best_lies_at_the_top_fifth_by_value_of_those_who_came_back(spend, orders, reach):
    frame = FeatureFrame(keys=tuple(map(str, range(len(spend)))), features=FEATURES,
                         values=np.column_stack([orders, spend]).astype(float))
    told = bar_of(frame, np.full(len(spend), fill_value=True), "CNY")
    assert (None if told is None else told["best_members"]) == reach
