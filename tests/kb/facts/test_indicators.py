"""Each indicator on hand-computed cases; the moment is noon of 2017-12-31 in New York unless said otherwise."""

import pytest

from kb.facts.indicators import INDICATORS
from kb.facts.moment import Moment
from ontology.schema import load_schema
from ontology.vocabulary import IndicatorGroup

NOON = "2017-12-31T12:00:00"
PRODUCTS = [{"product_id": "p1", "name": "Whole milk", "category": "MILK"},
            {"product_id": "p2", "name": "Rye", "category": "BREAD"},
            {"product_id": "p3", "name": "Bag", "category": None}]


def returned(quantity=-1.0):
    return {"quantity": quantity}


def days(*local_days):
    """One order of 10 at ten in the morning of each day."""
    return [(f"o{place}", f"{day}T10:00:00", 10) for place, day in enumerate(local_days)]

SPEND = [
    ("monetary_total", days("2017-12-30", "2017-01-01"), 20.0),
    ("monetary_total", [("o1", "2017-12-30T10:00:00", "0.1"), ("o2", "2017-12-30T11:00:00", "0.2")], 0.3),
    ("monetary_total", [("o1", "2017-12-01T10:00:00", 30), ("r1", "2017-12-05T10:00:00", -12, returned())], 18.0),
    ("monetary_total", [("r1", "2017-12-05T10:00:00", -12, returned())], -12.0),
    ("monetary_30d", days("2017-12-02", "2017-12-01"), 10.0),
    ("monetary_30d", [("o1", "2017-12-02T00:00:00", 1), ("o2", "2017-12-01T23:59:59", 2)], 1.0),
    ("monetary_90d", days("2017-10-03", "2017-10-02"), 10.0),
    ("monetary_yearly", days("2017-12-30"), 10.0),
    ("monetary_yearly", days("2017-12-30", "2015-12-31"), 20 / (731 / 365.25)),
    ("monetary_yearly", [("r1", "2017-12-05T10:00:00", -12, returned())], None),
    ("basket_mean", [("o1", "2017-12-01T10:00:00", 30), ("o1", "2017-12-01T10:00:00", 10),
                     ("o2", "2017-12-02T10:00:00", 5)], 22.5),
    ("basket_mean", [("o1", "2017-12-01T10:00:00", 30), ("o1", "2017-12-01T10:00:00", -10, returned()),
                     ("r1", "2017-12-05T10:00:00", -12, returned())], 20.0),
    ("basket_mean", [("r1", "2017-12-05T10:00:00", -12, returned())], None),
    ("spend_trend", days("2017-12-30", "2017-10-03", "2017-10-02"), 1.0),
    ("spend_trend", days("2017-07-05", "2017-12-30"), 0.0),
    ("spend_trend", days("2017-07-04", "2017-12-30"), None),
    ("spend_trend", [("o1", "2017-09-01T10:00:00", 10), ("r1", "2017-09-02T10:00:00", -10, returned())], None),
]

RHYTHM = [
    ("order_count", [("o1", "2017-12-01T10:00:00", 1), ("o1", "2017-12-01T10:00:00", 2)], 1),
    ("order_count", [("o1", "2017-12-01T10:00:00", 1), ("r1", "2017-12-02T10:00:00", -1, returned())], 1),
    ("order_count", [("o1", "2017-12-01T10:00:00", 1), ("o1", "2017-12-01T10:00:00", -1, returned())], 1),
    ("order_count", [("o1", "2017-12-01T10:00:00", 0, returned(0.0))], 0),
    ("recency_days", days("2017-12-01", "2017-12-29"), 2),
    ("recency_days", [("o1", "2017-12-31T12:00:00", 1)], 0),
    ("recency_days", [("o1", "2017-12-01T10:00:00", 1), ("r1", "2017-12-20T10:00:00", -1, returned())], 30),
    ("recency_days", [("r1", "2017-12-20T10:00:00", -1, returned())], None),
    ("order_gap_mean", days("2017-12-01"), None),
    ("order_gap_mean", days("2017-12-01", "2017-12-01"), None),
    ("order_gap_mean", days("2017-12-01", "2017-12-11", "2017-12-15"), 7.0),
    ("order_gap_std", days("2017-12-01", "2017-12-11"), None),
    ("order_gap_std", days("2017-12-01", "2017-12-11", "2017-12-15"), 18 ** 0.5),
    ("order_gap_std", days("2017-12-01", "2017-12-08", "2017-12-15"), 0.0),
    ("silence_ratio", days("2017-12-01"), None),
    ("silence_ratio", days("2017-12-01", "2017-12-11", "2017-12-15"), 16 / 7),
    ("loyalty", days("2017-12-30"), None),
    ("loyalty", days("2017-11-02"), None),
    ("loyalty", days("2017-11-01"), 1 / 3),
    ("loyalty", days("2017-11-01", "2017-12-02", "2017-12-30"), 2 / 3),
    ("loyalty", days("2015-01-01", "2017-12-30"), 1 / 12),
    ("loyalty", [("r1", "2017-01-01T10:00:00", -1, returned()), ("r2", "2017-12-01T10:00:00", -1, returned())], None),
]

FAVOURITES = [
    ("preferred_category", [("o1", "2017-12-01T10:00:00", 1, {"product_id": "p2"}),
                            ("o2", "2017-12-02T10:00:00", 1, {"product_id": "p2"}),
                            ("o3", "2017-12-02T10:00:00", 99)], "BREAD"),
    ("preferred_category", [("o1", "2017-12-01T10:00:00", 2),
                            ("o1", "2017-12-01T10:00:00", 1, {"product_id": "p2"})], "MILK"),
    ("preferred_category", [("o1", "2017-12-01T10:00:00", 1),
                            ("o1", "2017-12-01T10:00:00", 1, {"product_id": "p2"})], "BREAD"),
    ("preferred_category", [("o1", "2017-12-01T10:00:00", 1, {"product_id": "p3"})], None),
    ("preferred_category", [("o1", "2017-12-01T10:00:00", 1, {"product_id": "not in the catalogue"})], None),
    ("preferred_category", [("r1", "2017-12-01T10:00:00", -1, returned())], None),
    ("preferred_store", [("o1", "2017-12-01T10:00:00", 1, {"store": "north"}),
                         ("o2", "2017-12-01T10:00:00", 2, {"store": "south"})], "south"),
    ("preferred_store", days("2017-12-01"), None),
    ("preferred_channel", [("o1", "2017-12-01T10:00:00", 1, {"channel": "web"}),
                           ("o2", "2017-12-01T10:00:00", 1, {"channel": "app"})], "app"),
    ("preferred_weekday", days("2017-12-25", "2017-12-18", "2017-12-31"), 1),
    ("preferred_weekday", days("2017-12-31", "2017-12-25"), 1),
    ("preferred_weekday", [("o1", "2017-12-31T00:00:00", 1)], 7),
    ("preferred_weekday", [("o1", "2017-12-30T23:59:59", 1)], 6),
    ("preferred_hour", [("o1", "2017-07-01T09:59:59", 1)], 9),
    ("preferred_hour", [("o1", "2017-11-05T03:00:00", 1), ("o2", "2017-03-12T03:00:00", 1)], 3),
    ("preferred_hour", [], None),
]

DISCOUNTS = [
    ("discount_share", [("o1", "2017-12-01T10:00:00", 8, {"discount": 2}),
                        ("o2", "2017-12-02T10:00:00", 10, {"discount": 0})], 0.1),
    ("discount_share", [("o1", "2017-12-01T10:00:00", 8, {"discount": 2}),
                        ("o2", "2017-12-02T10:00:00", 90)], 0.2),
    ("discount_share", [("o1", "2017-12-01T10:00:00", 8, {"discount": 2}),
                        ("r1", "2017-12-02T10:00:00", -8, {"discount": 0, "quantity": -1.0})], 0.2),
    ("discount_share", [("o1", "2017-12-01T10:00:00", 0, {"discount": 5})], 1.0),
    ("discount_share", [("o1", "2017-12-01T10:00:00", 0, {"discount": 0})], None),
    ("discount_share", days("2017-12-01"), None),
]


CASES = [*SPEND, *RHYTHM, *FAVOURITES, *DISCOUNTS]


@pytest.fixture(scope="module")
def answers(source, line, at, rows_of):
    """The customer row of every case: each case is a customer of one shop, which is computed once."""
    def lines_of(key, given):
        return [line(order, when, amount, customer_key=key, **(other[0] if other else {}))
                for order, when, amount, *other in given]

    keys = [f"c{place:03}" for place in range(len(CASES))]
    lines = [made for key, (_, given, _) in zip(keys, CASES, strict=True) for made in lines_of(key, given)]
    tables = source(customers=[{"customer_key": key} for key in keys], products=PRODUCTS, order_lines=lines)
    return rows_of(tables, at(NOON), "customer")


@pytest.mark.parametrize(("place", "name", "lines", "expected"), [(place, *case) for place, case in enumerate(CASES)])
def test_an_indicator_equals_what_its_formula_gives_by_hand(answers, place, name, lines, expected):
    assert answers[place][name] == (round(expected, 9) if isinstance(expected, float) else expected), lines


@pytest.fixture
def couponed(source, line, at, only):
    """The customer of a shop that never offers coupons, who bought these products, each in an order of its own."""
    products = [*PRODUCTS, {"product_id": "p4", "name": "Coupon", "category": "COUPON"}]

    def read(*bought):
        lines = [line(f"o{place}", "2017-12-01T10:00:00", product_id=name) for place, name in enumerate(bought)]
        return only(source(ruled_out={"COUPON"}, products=products, order_lines=lines), at(NOON))

    return read


def test_what_is_never_offered_is_no_preferred_category(couponed):
    """A coupon stands in most orders of many a customer, and no action may argue with it."""
    assert couponed("p4", "p4", "p2")["preferred_category"] == "BREAD"


def test_who_bought_nothing_else_has_none_but_has_ordered(couponed):
    row = couponed("p4", "p4")
    assert (row["preferred_category"], row["order_count"]) == (None, 2)


SUMS = ("monetary_total", "monetary_30d", "monetary_90d", "order_count")
ABOUT_ORDERS = ("monetary_yearly", "recency_days", "order_gap_mean", "order_gap_std", "silence_ratio", "basket_mean",
                "discount_share", "spend_trend", "loyalty", "preferred_category", "preferred_store",
                "preferred_channel", "preferred_weekday", "preferred_hour")


def test_without_an_order_sums_are_zero_and_what_describes_orders_is_unknown(source, line, at, rows_of):
    somebody_else = line("o1", "2017-12-01T10:00:00", 5, customer_key="c2")
    row, _ = rows_of(source(customers=[{"customer_key": "c1"}], order_lines=[somebody_else]), at(NOON), "customer")
    assert {name: row[name] for name in SUMS} == dict.fromkeys(SUMS, 0)
    assert {name: row[name] for name in ABOUT_ORDERS} == dict.fromkeys(ABOUT_ORDERS)


@pytest.mark.parametrize("lines", [[], [("o1", "2017-12-31T12:00:01", 5)]], ids=["no orders ever", "none yet"])
def test_sums_are_unknown_where_nobody_has_ordered_yet(source, line, at, only, lines):
    """A subscription business has no order lines, and a shop has none before its first."""
    row = only(source(customers=[{"customer_key": "c1"}], order_lines=[line(*given) for given in lines]), at(NOON))
    assert {name: row[name] for name in SUMS} == dict.fromkeys(SUMS)


def test_an_order_one_second_after_the_moment_changes_nothing(source, line, at, only):
    before = [line(*given) for given in days("2017-12-01", "2017-12-11", "2017-12-15", "2017-06-01")]
    late = line("late", "2017-12-31T12:00:01", 1_000)
    assert only(source(order_lines=[*before, late]), at(NOON)) == only(source(order_lines=before), at(NOON))


VIEWS = [{"interaction_id": "i1", "customer_key": "c1", "kind": "view", "dwell_seconds": 12.5},
         {"interaction_id": "i2", "customer_key": "c1", "kind": "visit", "dwell_seconds": 30.0},
         {"interaction_id": "i3", "customer_key": "c1", "kind": "view", "dwell_seconds": None}]


def test_views_and_dwell_time_are_counted_up_to_the_moment(source, local, at, only):
    seen = [row | {"at": local("2017-12-01T10:00:00")} for row in VIEWS]
    unseen = [{"interaction_id": "i4", "customer_key": "c1", "kind": "view", "dwell_seconds": 1.0,
               "at": local("2018-01-01T10:00:00")}]
    row = only(source(interactions=seen + unseen), at(NOON))
    assert (row["view_count"], row["dwell_seconds"]) == (2, 42.5)


def test_views_are_zero_where_others_have_some_and_unknown_where_none_are_recorded(source, local, at, rows_of):
    view = {"interaction_id": "i1", "customer_key": "c2", "kind": "view", "at": local("2017-12-01T10:00:00")}
    viewed = source(customers=[{"customer_key": "c1"}], interactions=[view])
    complained = source(customers=[{"customer_key": "c1"}], interactions=[view | {"kind": "complaint"}])
    assert [row["view_count"] for row in rows_of(viewed, at(NOON), "customer")] == [0, 1]
    assert [row["view_count"] for row in rows_of(complained, at(NOON), "customer")] == [None, None]


def test_a_bound_serves_for_a_band_and_for_an_exact_value(source, at, rows_of):
    told = [{"customer_key": "c1", "birth_year": 1980, "monthly_income": 3_000, "gender": "female"},
            {"customer_key": "c2", "age_low": 45, "age_high": 54, "income_low": 4_000},
            {"customer_key": "c3"}]
    exact, band, silent = rows_of(source(customers=told), at(NOON), "customer")
    assert (exact["age"], exact["age_low"], exact["age_high"], exact["gender"]) == (37, 37, 37, "female")
    assert (exact["monthly_income"], exact["income_low"], exact["income_high"]) == (3_000.0, 3_000.0, 3_000.0)
    assert (band["age"], band["age_low"], band["age_high"]) == (None, 45, 54)
    assert (band["monthly_income"], band["income_low"], band["income_high"]) == (None, 4_000.0, None)
    assert {silent[name] for name in ("age", "age_low", "gender", "monthly_income")} == {None}


def test_every_indicator_is_a_property_of_the_customer_with_words_unit_and_group():
    """The nine classic indicators stand in their four groups."""
    terms = load_schema().facts["customer"].properties
    assert {indicator.name for indicator in INDICATORS} <= terms.keys()
    grouped = {group: [i.name for i in INDICATORS if i.group is group] for group in IndicatorGroup}
    assert grouped[IndicatorGroup.DEMOGRAPHIC] == ["age", "gender", "monthly_income"]
    assert grouped[IndicatorGroup.BEHAVIOUR] == ["dwell_seconds", "view_count"]
    assert grouped[IndicatorGroup.PAST_VALUE] == ["monetary_total", "monetary_yearly"]
    assert grouped[IndicatorGroup.CURRENT_VALUE] == ["monetary_30d", "monetary_90d"]
    assert all(i.formula.zh and i.formula.en and i.labels.zh and i.owner.en for i in INDICATORS)


def test_the_moment_of_another_zone_counts_other_days(source, line, at, only):
    """The same instants are one day further apart in Shanghai."""
    tables = source(order_lines=[line("o1", "2017-12-30T10:00:00", 1)])
    there = Moment(as_of=at(NOON).as_of, zone="Asia/Shanghai")
    assert only(tables, at(NOON))["recency_days"] == 1
    assert only(tables, there)["recency_days"] == 2


@pytest.mark.parametrize("born", [1890, 2030])
def test_who_would_be_older_than_anybody_or_is_not_born_has_no_age(source, at, only, born):
    row = only(source(customers=[{"customer_key": "c1", "birth_year": born}]), at(NOON))
    assert (row["age"], row["age_low"], row["age_high"]) == (None, None, None)


def test_interactions_that_are_too_old_for_the_facts_are_counted(source, at, local, only):
    def one(key, kind, when, **more):
        return {"interaction_id": key, "customer_key": "c1", "kind": kind, "at": local(when), **more}

    row = only(source(interactions=[
        one("i1", "visit", "2014-01-01"), one("i2", "visit", "2015-01-01"), one("i3", "visit", "2017-12-01"),
        one("i4", "complaint", "2014-01-01"), one("i5", "survey", "2014-01-01", score=3.0),
        one("i6", "complaint", "2014-01-01", resolved_at=local("2014-01-02"))]), at(NOON))
    assert row["older_interactions"] == 3


@pytest.fixture
def half_loyal(source, line, local, at, rows_of):
    """Loyalty of somebody with an order in one of the last two windows of three, and of whom this is known besides."""
    def read(scores=(), **more):
        lines = [line(f"o{place}", f"{day}T10:00:00", 10) for place, day in enumerate(("2017-11-01", "2017-12-30"))]
        rows = [{"interaction_id": f"i{place}", "customer_key": "c1", "kind": kind, "score": score, "score_max": most,
                 "at": local(f"2017-12-{place + 1:02}T10:00:00")} for place, (kind, score, most) in enumerate(scores)]
        tables = source(customers=[{"customer_key": "c1"}, {"customer_key": "c2"}], order_lines=lines,
                        interactions=rows, **more)
        [loyal] = (row["loyalty"] for row in rows_of(tables, at(NOON), "customer") if row["customer_key"] == "c1")
        return loyal

    return read


def refers(giver):
    return {"from_customer_key": giver, "to_customer_key": "c9", "kind": "referral"}


@pytest.mark.parametrize(("scores", "relations", "expected"), [
    ([], [], 2 / 3),
    ([("survey", 2.0, 10.0), ("survey", 9.0, 10.0)], [], (2 / 3 + 0.9) / 2),
    ([("survey", 9.0, None)], [], 2 / 3),
    ([("referral", None, None)], [], (2 / 3 + 1) / 2),
    ([], [refers("c1")], (2 / 3 + 1) / 2),
    ([], [refers("c2")], (2 / 3 + 0) / 2),
    ([], [refers("c2") | {"kind": "household"}], 2 / 3),
    ([("survey", 3.0, 5.0)], [refers("c2")], (2 / 3 + 0.6 + 0) / 3),
])
def test_loyalty_counts_what_they_say_and_whether_they_bring_others_where_that_is_known(
        half_loyal, scores, relations, expected):
    assert half_loyal(scores, relations=relations) == round(expected, 9)


def test_who_has_not_been_seen_for_three_windows_has_no_loyalty_whatever_they_say(source, line, local, at, only):
    score = {"interaction_id": "i1", "customer_key": "c1", "kind": "survey", "score": 10.0, "score_max": 10.0,
             "at": local("2017-12-01T10:00:00")}
    row = only(source(order_lines=[line("o1", "2017-12-30T10:00:00", 10)], interactions=[score]), at(NOON))
    assert row["loyalty"] is None
