"""How a member differs from their segment: outside nine in ten of it, in words, the furthest first."""

import pytest

from kb.knowledge_map.deviations import deviations, in_words

PROFILE = {
    "monetary_yearly": {"median": 1000.0, "low": 600.0, "high": 1800.0},
    "monetary_30d": {"median": 80.0, "low": 10.0, "high": 200.0},
    "order_count": {"median": 20.0, "low": 8.0, "high": 45.0},
    "recency_days": {"median": 6.0, "low": 0.0, "high": 30.0},
    "view_count": {"median": 0.0, "low": 0.0, "high": 3.0},
    "age": {"median": 40.0, "low": 25.0, "high": 60.0},
}


@pytest.mark.parametrize(("customer", "zh", "en"), [
    ({"monetary_yearly": 2050.0}, "一年的消费是本群的两倍", "spends twice what the group does in a year"),
    ({"monetary_yearly": 520.0, "recency_days": 61}, "上次购买在 61 天前（本群为 6 天），一年的消费只有本群的一半",
     "last came 61 days ago (the group: 6), spends half of what the group does in a year"),
    ({"monetary_30d": 0.0, "monetary_yearly": 300.0}, "近一个月的消费为零", "spent nothing in the last month"),
    ({"order_count": 66}, "订单数是本群的 3.3 倍", "orders 3.3 times what the group does"),
    ({"monetary_yearly": 1200.0, "order_count": 10}, "与本群相仿", "much like the group"),
])
def test_what_lies_outside_the_group_is_said_in_words_and_spend_once(customer, zh, en):
    told = in_words(deviations(PROFILE, customer))
    assert (told.zh, told.en) == (zh, en)


def test_neither_what_nobody_does_nor_who_somebody_is_sets_them_apart():
    assert deviations(PROFILE, {"view_count": 90, "age": 80}) == ()


def test_what_is_unknown_of_the_customer_or_the_group_is_not_said():
    assert deviations({"monetary_yearly": {"median": 5.0}}, {"monetary_yearly": 50.0}) == ()
    assert deviations(PROFILE, {}) == ()
