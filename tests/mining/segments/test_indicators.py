"""What segments are made of: equal to the facts of the same moment, on any day, known only as far as it was told."""

import numpy as np
import pyarrow as pa
import pytest

from mining.learning.time_splits import end_of_day
from mining.segments.indicators import NINE, middle_of, read_indicators
from ontology.vocabulary import FactName

DAY = 86_400


@pytest.fixture(scope="module")
def shop(context, line):
    chance = np.random.default_rng(2)
    lines = [line(n, float(day), "P1", float(chance.uniform(1, 90))) for n in range(40)
             for day in chance.integers(0, 400, 12)]
    customers = [{"customer_key": f"c{n:04}", "gender": "female" if n % 2 else "male", "birth_year": 1930 + n}
                 for n in range(40)]
    visits = [{"customer_key": f"c{n % 30:04}", "interaction_id": f"i{n}", "at": int(chance.uniform(0, 400) * DAY),
               "kind": "view" if n % 3 else "enquiry", "dwell_seconds": float(n) if n % 2 else None}
              for n in range(90)]
    return context(order_lines=lines, customers=customers, interactions=visits)


@pytest.mark.parametrize("ago", [0, 90, 200])
def test_each_indicator_is_that_of_the_facts_of_the_day(shop, ago):
    history = read_indicators(shop)
    found = history.on(ago, 30)
    facts = shop.facts(end_of_day(shop.moment, ago) if ago else shop.moment, FactName.CUSTOMER)
    place = {key: n for n, key in enumerate(facts["customer_key"].to_pylist())}
    rows = [place[key] for key, is_member in zip(history.keys, found.is_member, strict=True) if is_member]
    for name in NINE[3:]:
        column = [feature.name for feature in history.features].index(name)
        told = facts[name].cast(pa.float64()).to_numpy().astype(float)[rows]
        np.testing.assert_allclose(found.values[found.is_member, column], told, err_msg=name)


def test_what_was_paid_in_the_days_after_is_not_among_what_was_known(shop):
    history = read_indicators(shop)
    spend = [feature.name for feature in history.features].index("monetary_total")
    then, now = history.on(90, 90), history.on(0, 0)
    np.testing.assert_allclose(then.values[:, spend] + then.paid_after, now.values[:, spend])
    assert not now.paid_after.any()


def test_a_word_is_one_column_for_each_and_age_and_income_are_numbers(shop):
    names = [feature.name for feature in read_indicators(shop).features]
    assert names[:4] == ["age", "gender=female", "gender=male", "monthly_income"]


def test_of_a_band_the_middle_stands_for_the_number_and_of_an_open_one_its_only_bound():
    facts = pa.table({"age": pa.array([30, None, None, None, None], pa.int64()),
                      "age_low": pa.array([None, 35, 65, None, None], pa.int64()),
                      "age_high": pa.array([None, 44, None, 19, None], pa.int64())})
    assert middle_of(facts, "age").tolist()[:4] == [30, 39.5, 65, 19]
    assert np.isnan(middle_of(facts, "age")[4])


def test_who_ended_a_contract_is_no_member_and_pays_until_then(context):
    rows = [{"customer_key": f"c{n}", "plan": "A", "started_at": 100 * DAY, "monthly_amount": 30.0,
             "ended_at": ended, "ended_by": "customer"} for n, ended in enumerate((None, 350 * DAY, 250 * DAY))]
    history = read_indicators(context(subscriptions=rows, customers=[{"customer_key": f"c{n}"} for n in range(3)]))
    found = history.on(90, 90)
    by_key = dict(zip(history.keys, zip(found.is_member.tolist(), found.paid_after.tolist(), strict=True), strict=True))
    assert by_key == {"c0": (True, 90.0), "c1": (True, pytest.approx(41.0, abs=1)), "c2": (False, 0.0)}
