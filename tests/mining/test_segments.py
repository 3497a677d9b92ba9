"""Segments: found where there are groups, refused where shuffled columns look as grouped."""

import numpy as np
import pytest

from kb.model.pattern import Period, Population
from mining.gate import judge
from mining.learning.features import Feature, FeatureFrame
from mining.learning.profile import describe
from mining.segments import SegmentLimits, bar_of, cluster, scale
from ontology.text import Text
from ontology.vocabulary import FactName

FEATURES = tuple(Feature(fact=FactName.CUSTOMER, reads=name, labels=Text(zh=f"指标{name}", en=name))
                 for name in ("recency_days", "order_count", "monetary_yearly", "discount_share"))
POPULATION = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1)
LIMITS = SegmentLimits()


def frame(seed=1, groups=((3, 100, 5_000), (20, 30, 800), (150, 4, 90)), size=150):
    chance = np.random.default_rng(seed)
    rows = np.vstack([centre * chance.lognormal(0, 0.3, (size, 3)) for centre in groups])
    values = np.column_stack([rows, chance.random(len(rows))])
    return FeatureFrame(keys=tuple(f"c{n:04}" for n in range(len(values))), features=FEATURES, values=values)


def mined(given, seed=7):
    return cluster(given, LIMITS, population=POPULATION, seed=seed)


def passed(given):
    return [v.pattern for v in judge(mined(given).trials, rate=LIMITS.rate, labels={}) if v.reason is None]


@pytest.fixture(scope="module")
def found():
    return passed(frame())


def test_planted_groups_are_found_and_named_by_what_they_are(found):
    assert {p.subject for p in found} == {
        "recency_days low, order_count high, monetary_yearly high",
        "recency_days middling, order_count middling, monetary_yearly middling",
        "recency_days high, order_count low, monetary_yearly low"}


def test_the_plan_says_how_many_groups_were_tried_and_taken():
    line = mined(frame()).plan[0].en
    assert "in 3 groups" in line
    assert "7: " in line


def test_every_customer_belongs_to_one_segment(found):
    members = [key for pattern in found for key in pattern.scores]
    assert len(members) == len(set(members)) == 450
    assert all(0.5 <= score <= 1 for pattern in found for score in pattern.scores.values())


def test_the_best_segment_is_the_one_that_spends_most(found):
    assert [p.subject for p in found if "best" in p.details] == [
        "recency_days low, order_count high, monetary_yearly high"]


def test_profiles_are_in_original_units_and_tell_more_than_what_made_the_groups(found):
    best = next(p for p in found if "best" in p.details)
    assert best.details["profile"]["monetary_yearly"]["median"] == pytest.approx(5_000, rel=0.1)
    assert "discount_share" in best.details["profile"]


def test_the_best_are_a_fifth_of_those_with_repeat_orders_at_most_however_large_their_segment(found):
    best = next(p for p in found if "best" in p.details)
    assert best.details["best_members"] <= 0.2 * 450 < best.measures["members"]
    assert best.details["best"]["orders"] == 2


@pytest.mark.parametrize(("spend", "orders", "reach"), [
    ([5, 4, 3, 2, 1], [2] * 5, 1),           # one of five
    ([9, 8, 3, 2, 1, 1, 1], [1, 1] + [2] * 5, 1),  # who bought once is not among those of whom a fifth is taken
    ([5, 5, 3, 2, 1], [2] * 5, None),        # two share the greatest: no fifth reaches it
    ([5, 4, 3, 2], [2] * 4, None),           # less than five have no fifth
    ([5, 4, 3, 2, 1], [1] * 5, None),        # nobody came back
    ([5, 5, 3, 2, 1, 0, 0, 0, 0, 0], [2] * 10, 2),
])
def test_the_bar_of_the_best_lies_at_the_top_fifth_by_value_of_those_who_came_back(spend, orders, reach):
    given = frame()
    columns = {"order_count": orders, "monetary_yearly": spend}
    features = tuple(feature for feature in given.features if feature.name in columns)
    values = np.column_stack([np.array(columns[feature.name], dtype=float) for feature in features])
    told = bar_of(FeatureFrame(keys=given.keys[:len(spend)], features=features, values=values),
                  np.full(len(spend), fill_value=True))
    assert (None if told is None else told["best_members"]) == reach


@pytest.mark.parametrize("seed", range(3))
def test_columns_dealt_out_anew_make_no_segments(seed):
    """Each indicator keeps its own distribution, but nothing hangs together any more."""
    given = frame(seed)
    chance = np.random.default_rng(seed)
    values = np.column_stack([chance.permutation(column) for column in given.values.T])
    assert passed(FeatureFrame(keys=given.keys, features=given.features, values=values)) == []


def test_the_same_seed_gives_the_same_segments(found):
    again = passed(frame())
    assert [(p.subject, p.measures, p.scores) for p in again] == [(p.subject, p.measures, p.scores) for p in found]


def test_a_constant_indicator_does_not_disturb_the_scale():
    assert np.isfinite(scale(np.column_stack([np.ones(10), np.arange(10)]))).all()


def test_groups_of_equal_level_are_told_apart_by_rank():
    given = frame(groups=((1, 1, 1), (1, 1, 1)))
    profiles = describe(given, np.repeat([0, 1], 150), naming=("recency_days", "order_count", "monetary_yearly"))
    assert len({p.subject for p in profiles.values()}) == 2


def test_too_few_customers_are_not_grouped(context, line):
    from mining import segments

    given = context(order_lines=[line(n, 300 + n % 50, "a") for n in range(20)])
    assert "too little" in segments.mine(given, LIMITS).plan[0].en
