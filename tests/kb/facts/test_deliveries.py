"""What did not reach a customer, and what a customer thinks of us: facts by which thanks are held back."""

import pytest

NOON = "2018-01-01T12:00"


@pytest.fixture
def told(source, at, local, line, only):
    """The customer of some orders, each ``(day, status, delivered)``."""
    def read(*orders, moment=NOON):
        lines = [line(f"o{number}", when, 10, order_status=status, delivered_at=local(come) if come else None)
                 for number, (when, status, come) in enumerate(orders)]
        return only(source(order_lines=lines), at(moment))
    return read


@pytest.mark.parametrize(("orders", "undelivered", "failed"), [
    ([("2017-12-01", "delivered", None)], 0, None),
    ([("2017-12-01", None, "2017-12-05")], 0, None),
    ([("2017-12-01", "delivered", "2018-01-05")], 1, 31),     # by the day of its delivery it has not come yet
    ([("2017-12-20", "shipped", None)], 1, None),             # on its way
    ([("2017-12-02", "shipped", None)], 1, 30),               # on its way for too long
    ([("2017-12-20", "cancelled", None)], 1, 12),
    ([("2015-12-20", "failed", None)], 1, 743),
    ([("2017-12-20", "returned", None)], 0, None),
    ([("2017-12-10", "failed", None), ("2017-12-20", "delivered", None)], 1, None),   # since then one has come
    ([("2017-12-10", "delivered", None), ("2017-12-20", "failed", None)], 1, 12),
    ([("2017-12-10", "delivered", None), ("2017-12-20", None, None)], 0, None),       # of one nothing is told
    ([("2017-12-10", None, None)], None, None),                                       # of none anything is told
])
def test_orders_that_did_not_reach_the_customer(told, orders, undelivered, failed):
    row = told(*orders)
    assert (row["undelivered_orders"], row["failed_order_days_ago"]) == (undelivered, failed)


def test_an_order_of_which_one_line_is_missing_is_not_delivered(source, at, line, only):
    lines = [line("o1", "2017-12-20", order_status="delivered"), line("o1", "2017-12-20", order_status="failed"),
             line("o1", "2017-12-21", quantity=-1.0)]
    assert only(source(order_lines=lines), at(NOON))["undelivered_orders"] == 1


def test_what_was_cancelled_was_not_bought(told):
    row = told(("2017-12-01", "delivered", None), ("2017-12-20", "cancelled", None), ("2017-12-25", "failed", None))
    assert (row["order_count"], row["monetary_total"], row["recency_days"]) == (1, 10.0, 31)


@pytest.fixture
def scored(source, at, local, rows_of):
    """The interactions of a customer who gave scores, each ``(day, score, of)``, by key."""
    def read(*scores):
        told = [{"interaction_id": f"s{number}", "customer_key": "c1", "kind": "survey", "at": local(when),
                 "score": score, "score_max": most} for number, (when, score, most) in enumerate(scores)]
        return {row["_key"]: (row["latest_score"], row["score_share"])
                for row in rows_of(source(interactions=told), at(NOON), "interaction")}
    return read


@pytest.mark.parametrize(("score", "most", "share"), [
    (1.0, 5.0, 0.2), (3.0, 5.0, 0.6), (5.0, 10.0, 0.5), (0.0, 10.0, 0.0), (4.0, None, None), (11.0, 10.0, None),
    (-50.0, 100.0, None), (3.0, 0.0, None)])
def test_a_score_is_a_share_of_its_scale_where_that_is_known(scored, score, most, share):
    assert scored(("2017-12-01", score, most)) == {"s0": (True, share)}


def test_the_latest_score_is_marked_and_stays_however_old(scored):
    assert scored(("2014-01-01", 5.0, 5.0), ("2015-01-01", 1.0, 5.0)) == {"s1": (True, 0.2)}
    assert scored(("2015-01-01", 1.0, 5.0), ("2017-12-01", 5.0, 5.0)) == {"s1": (True, 1.0)}


def test_of_two_scores_at_one_instant_the_lower_counts(scored):
    assert scored(("2017-12-01", 5.0, 5.0), ("2017-12-01", 1.0, 5.0)) == {"s0": (False, 1.0), "s1": (True, 0.2)}
