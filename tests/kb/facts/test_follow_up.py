"""What was bought in the days after an instant of each customer's own, from lines written by hand."""

import pytest

from kb.facts.follow_up import Bought, FollowUp, bought_after, last_order_at
from tests.kb.facts.conftest import ZONE


@pytest.fixture
def week(local):
    return FollowUp(days=7, zone=ZONE, known_until=local("2018-01-31T23:00"))


def test_orders_count_after_the_instant_and_up_to_the_last_local_day(source, line, local, week):
    tables = source(order_lines=[
        line("o", "2018-01-01T08:59", 1), line("o", "2018-01-01T09:00", 2),  # before, and at the very instant
        line("a", "2018-01-01T09:01", 4), line("a", "2018-01-01T09:01", 8),
        line("b", "2018-01-08T23:59", 16), line("o", "2018-01-09T00:00", 32)])
    assert bought_after(tables, {"c1": local("2018-01-01T09:00")}, week) == {"c1": Bought(orders=2, spend=28.0)}


def test_each_customer_is_followed_from_an_instant_of_their_own(source, line, local, week):
    tables = source(order_lines=[line("o", "2018-01-05T12:00", 10, customer_key=key) for key in ("c1", "c2", "c3")])
    since = {"c1": local("2018-01-01T00:00"), "c2": local("2018-01-06T00:00")}
    assert bought_after(tables, since, week) == {"c1": Bought(orders=1, spend=10.0)}


def test_what_comes_back_lowers_the_spend_and_what_never_came_is_not_bought(source, line, local, week):
    tables = source(order_lines=[
        line("a", "2018-01-02T12:00", 10),
        line("r", "2018-01-03T12:00", -4, quantity=-1.0),
        line("x", "2018-01-04T12:00", 99, order_status="cancelled")])
    assert bought_after(tables, {"c1": local("2018-01-01T09:00")}, week) == {"c1": Bought(orders=1, spend=6.0)}


def test_nobody_is_followed_by_no_question(source, week):
    assert bought_after(source(), {}, week) == {}


def test_the_days_are_over_when_orders_of_the_last_of_them_are_known(local, week):
    assert week.is_over(local("2018-01-24T23:59"))
    assert not week.is_over(local("2018-01-25T00:00"))
    assert not FollowUp(days=7, zone=ZONE, known_until=None).is_over(0)


def test_the_last_order_is_that_of_somebody_who_is_known(source, line, local):
    tables = source(order_lines=[line("o", "2018-01-02T12:00"), line("o", "2018-01-03T12:00", customer_key=None)])
    assert last_order_at(tables) == local("2018-01-02T12:00")
    assert last_order_at(source()) is None
