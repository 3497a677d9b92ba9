"""What the ontology says of properties by their definitions is true of the facts that are computed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ontology.schema import load_schema

SCHEMA = load_schema()
NOW = "2017-12-31 12:00"
ORDERS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 3), st.sampled_from(["p1", "p2"]), st.integers(1, 99),
                            st.booleans()), max_size=9)
TIED = [(fact.name, prop) for fact in SCHEMA.facts.values() for prop in fact.properties.values()
        if prop.never_above or prop.window or prop.needs]


def test_some_properties_are_tied_to_others():
    assert {"monetary_30d", "orders_30d", "recency_days", "last_days_ago"} <= {prop.name for _, prop in TIED}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=ORDERS)
def test_every_definition_holds_of_orders_and_returns_of_whatever_kind(source, line, at, rows_of, told):
    """A return has an id of its own, or that of the order which it lowers."""
    lines = [line(f"o{number}", (datetime.fromisoformat(NOW) - timedelta(days=ago)).isoformat(sep=" "),
                  amount=-amount if is_return else amount, quantity=-1.0 if is_return else 1.0, product_id=product,
                  customer_key=f"c{number % 2}")
             for ago, number, product, amount, is_return in told]
    tables = source(order_lines=lines, customers=[{"customer_key": "c9"}],
                    products=[{"product_id": "p1", "category": "TEA"}, {"product_id": "p2", "category": "JAM"}])
    for name in ("customer", "purchase"):
        for row in rows_of(tables, at(NOW), name):
            for prop in (prop for fact, prop in TIED if fact == name):
                check_tied(prop, row)


def check_tied(prop, row):
    value = row[prop.name]
    if value is not None:
        assert all(row[other] is not None and row[other] >= value for other in prop.never_above)
        assert prop.needs is None or (row[prop.needs.property] or 0) >= prop.needs.least
    if prop.window is None:
        return
    latest = row[prop.window.latest]
    if latest is not None and latest >= prop.window.days:
        assert value is not None
        assert value <= 0
    if value is not None and value > 0:
        assert latest is not None
        assert latest < prop.window.days
    if prop.unit == "count" and value == 0 and latest is not None:
        assert latest >= prop.window.days


@pytest.mark.parametrize("fact", sorted(SCHEMA.facts))
def test_whatever_is_tied_is_tied_to_a_property_that_there_is(fact):
    names = {name for of in SCHEMA.facts.values() for name in of.properties}
    for prop in SCHEMA.facts[fact].properties.values():
        assert set(prop.never_above) <= names
        assert prop.window is None or prop.window.latest in names
        assert prop.needs is None or prop.needs.property in names
