"""Purchases and what they sum up to, against a second implementation in plain Python."""

import math
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.facts.moment import Moment
from kb.facts.registry import build

NOON = "2017-12-31T12:00:00"
PRODUCTS = [{"product_id": "p1", "category": "MILK"}, {"product_id": "p2", "category": "BREAD"},
            {"product_id": "p3", "category": "MILK"}, {"product_id": "p4", "category": None}]
WINDOWS = {"7d": 7, "30d": 30, "90d": 90, "365d": 365, "all": math.inf}


def test_a_purchase_counts_the_orders_and_spend_of_a_category_in_each_window(source, line, at, rows_of):
    """A return lowers the spend of its own day; the bag has no category but its order counts for the share."""
    tables = source(products=PRODUCTS, order_lines=[
        line("o1", "2017-12-31T10:00:00", 2),
        line("o1", "2017-12-31T10:00:00", 3, product_id="p3"),
        line("o2", "2017-12-24T10:00:00", 5),
        line("o3", "2016-12-31T10:00:00", 7),
        line("o4", "2017-12-30T10:00:00", 1, product_id="p4"),
        line("r1", "2017-12-29T10:00:00", -4, quantity=-1.0),
    ])
    (row,) = rows_of(tables, at(NOON), "purchase")
    assert row == {
        "customer_key": "c1", "_key": "MILK", "days_ago": 0, "category": "MILK",
        "orders_7d": 1, "orders_30d": 2, "orders_90d": 2, "orders_365d": 2, "orders_all": 3,
        "spend_7d": 1.0, "spend_30d": 6.0, "spend_90d": 6.0, "spend_365d": 6.0, "spend_all": 13.0,
        "first_days_ago": 365, "last_days_ago": 0, "share": round(2 / 3, 9), "gap_ratio": 0.0,
    }


@pytest.mark.parametrize("lines", [
    [],
    [("o1", NOON, 1, {"product_id": "p4"})],
    [("r1", "2017-12-01T10:00:00", -1, {"quantity": -1.0})],
    [("o1", "2017-12-31T12:00:01", 1, {})],
    [("o1", "2017-12-01T10:00:00", 1, {"customer_key": None})],
], ids=["no order", "no category", "return only", "after the moment", "anonymous"])
def test_nothing_bought_in_a_category_is_no_purchase(source, line, at, rows_of, lines):
    made = [line(order, when, amount, **other) for order, when, amount, other in lines]
    assert rows_of(source(products=PRODUCTS, order_lines=made), at(NOON), "purchase") == []


def test_the_share_is_unknown_without_an_order_in_365_days(source, line, at, rows_of):
    tables = source(products=PRODUCTS, order_lines=[line("o1", "2016-12-31T10:00:00")])
    assert rows_of(tables, at(NOON), "purchase")[0]["share"] is None


@dataclass(frozen=True)
class Bought:
    """Plain reading of one order, or of the part of an order in one category."""

    days_ago: int
    is_order: bool
    spend: Decimal


def parts_of(lines, moment, key):
    """Lines seen at the moment, put together by ``key``."""
    together = defaultdict(list)
    for made in lines:
        if made["customer_key"] and made["ordered_at"] <= moment.as_of:
            together[key(made)].append(made)
    return {name: Bought(days_ago=moment.days_ago(min(made["ordered_at"] for made in held)),
                         is_order=any(made["quantity"] > 0 for made in held),
                         spend=sum(Decimal(made["amount"]) for made in held)) for name, held in together.items()}


def plain_purchases(lines, moment):
    category = {product["product_id"]: product["category"] for product in PRODUCTS}
    parts = parts_of(lines, moment, lambda made: (made["customer_key"], category[made["product_id"]],
                                                  made["order_id"]))
    rows = []
    for customer, name in sorted({(customer, name) for customer, name, _ in parts if name}):
        mine = [part for (c, n, _), part in parts.items() if (c, n) == (customer, name)]
        bought = [part.days_ago for part in mine if part.is_order]
        if not bought:
            continue
        recent = len({order for (c, _, order), part in parts.items()
                      if c == customer and part.is_order and part.days_ago < 365})
        within = sum(ago < 365 for ago in bought)
        rows.append({
            "customer_key": customer, "_key": name, "days_ago": min(bought), "category": name,
            **{f"orders_{label}": sum(ago < days for ago in bought) for label, days in WINDOWS.items()},
            **{f"spend_{label}": float(sum(part.spend for part in mine if part.days_ago < days))
               for label, days in WINDOWS.items()},
            "first_days_ago": max(bought), "last_days_ago": min(bought),
            "share": round(within / recent, 9) if recent else None,
            "gap_ratio": round(min(bought) * (len(bought) - 1) / (max(bought) - min(bought)), 9)
                         if max(bought) > min(bought) else None,
        })
    return rows


def plain_worth(lines, moment):
    """Recency, order count, spend and mean gap of each customer."""
    orders = parts_of(lines, moment, lambda made: (made["customer_key"], made["order_id"]))
    rows = {}
    for customer in sorted({customer for customer, _ in orders}):
        mine = [order for (c, _), order in orders.items() if c == customer]
        days = sorted({order.days_ago for order in mine if order.is_order})
        gaps = [later - earlier for earlier, later in pairwise(days)]
        rows[customer] = (
            days[0] if days else None, sum(order.is_order for order in mine),
            float(sum(order.spend for order in mine)), round(sum(gaps) / len(gaps), 9) if gaps else None,
        )
    return rows


AS_OF = 1_514_739_600  # 2017-12-31 12:00 in New York
order_lines = st.lists(st.builds(
    lambda customer, order, product, ago, quantity, cents: {
        "customer_key": customer, "order_id": order, "product_id": product, "ordered_at": AS_OF - ago,
        "quantity": float(quantity), "amount": str(Decimal(cents) / 100 * (1 if quantity >= 0 else -1))},
    st.sampled_from(["c1", "c2", "c3", None]), st.sampled_from([f"o{n}" for n in range(8)]),
    st.sampled_from(["p1", "p2", "p3", "p4"]), st.integers(-100, 500).map(lambda days: days * 86_400 + days * 3_571),
    st.sampled_from([-2, -1, 0, 1, 1, 1, 3]), st.integers(0, 2_000)), max_size=40)
MOMENT = Moment(as_of=AS_OF, zone="America/New_York")


@pytest.fixture(scope="module")
def read(source):
    """Purchases and customers of any order lines: the expressions are built and compiled once."""
    tables = source(products=PRODUCTS)
    queries = {name: tables.connection.compile(build(tables, MOMENT, name)) for name in ("purchase", "customer")}

    def rows(name, lines):
        tables.fill("order_lines", lines)
        found = tables.connection.con.sql(queries[name]).to_arrow_table().to_pylist()
        return sorted(found, key=lambda row: (row["customer_key"], row.get("_key", "")))
    return rows


@settings(max_examples=60, deadline=None)
@given(lines=order_lines)
def test_purchases_and_worth_equal_a_plain_reading_of_the_lines(read, lines):
    customers = {row["customer_key"]: (row["recency_days"], row["order_count"], row["monetary_total"],
                                       row["order_gap_mean"]) for row in read("customer", lines)}
    assert read("purchase", lines) == plain_purchases(lines, MOMENT)
    assert customers == plain_worth(lines, MOMENT)


@settings(max_examples=40, deadline=None)
@given(lines=order_lines)
def test_facts_of_a_moment_do_not_change_when_later_lines_arrive(read, lines):
    then = [made for made in lines if made["ordered_at"] <= AS_OF]
    for name in ("purchase", "customer"):
        assert read(name, lines) == read(name, then)
