import math
from decimal import Decimal

import pytest

from kb.facts.rows import to_facts
from kb.facts.values import known
from kb.model.facts import Row


def test_unknown_values_are_absent_from_facts():
    row = {"customer_key": "c1", "age": None, "loyalty": math.nan, "gender": "female", "order_count": 0,
           "spend": Decimal("1.50")}
    facts = to_facts("c1", row, {}, (), as_of=7, sequence=3)
    assert facts.customer == {"gender": "female", "order_count": 0, "spend": 1.5}
    assert (facts.customer_key, facts.as_of, facts.sequence, facts.related) == ("c1", 7, 3, {})


def test_rows_stand_latest_first_and_then_by_key():
    given = [{"_key": key, "days_ago": days, "category": key} for key, days in
             [("b", 3), ("d", None), ("a", 3), ("c", 1)]]
    facts = to_facts("c1", {}, {"purchase": given}, (), as_of=0)
    assert [row.key for row in facts.related["purchase"]] == ["c", "a", "b", "d"]


def test_days_ago_is_a_value_where_rules_may_test_it():
    """Of a contact and an interaction it is a property; of a purchase only the order."""
    given = {"customer_key": "c1", "_key": "k", "days_ago": 4}
    facts = to_facts("c1", {}, {"purchase": [given], "contact": [given], "interaction": [given]}, (), as_of=0)
    assert facts.related == {
        "purchase": (Row(key="k", days_ago=4, values={}),),
        "contact": (Row(key="k", days_ago=4, values={"days_ago": 4}),),
        "interaction": (Row(key="k", days_ago=4, values={"days_ago": 4}),),
    }


def test_what_the_request_says_is_the_moment():
    said = (Row(key="cart:milk", days_ago=0, values={"signal": "cart"}),)
    assert to_facts("c1", {}, {"purchase": []}, said, as_of=0).related == {"moment": said}


def test_a_value_that_no_property_can_hold_is_a_defect():
    with pytest.raises(TypeError, match="not list"):
        known(["milk"])
