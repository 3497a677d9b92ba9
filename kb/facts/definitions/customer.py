"""``customer``: one row for each customer known at the moment, with attributes and indicators."""

from collections.abc import Mapping

import ibis
from ibis.expr.types import Table, Value

from kb.facts.definitions.customer_base import customer_base
from kb.facts.definitions.shape import shaped
from kb.facts.indicators import INDICATORS
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, seen
from ontology.vocabulary import Channel, FactName

_REGISTERED = ("age_low", "age_high", "gender", "monthly_income", "income_low", "income_high", "occupation", "city",
               "region", "consent_marketing", *(f"consent_{channel}" for channel in Channel))
"""Columns of ``customers`` that are properties as they stand."""

OLDEST = 120
"""Who would be older, or is not born yet, has told no year of birth."""

_MENTIONS: Mapping[str, str] = {
    "order_lines": "ordered_at",
    "interactions": "at",
    "contacts": "contacted_at",
    "subscriptions": "started_at",
}
"""Tables in which a visible row makes a customer known, and the column that says since when."""


def customer(tables: TableSource, moment: Moment) -> Table:
    """Attributes as registered, and every indicator of the registry; what is unknown is null.

    A customer without ``joined_at`` is always known; otherwise from then on, or from the first order line,
    interaction, contact or subscription.
    """
    base = customer_base(_known(tables, moment), tables, moment)
    indicated = base.mutate(**{indicator.name: indicator.expression(base) for indicator in INDICATORS})
    declared = {attribute.name: str(attribute.type) for attribute in tables.attributes}
    return shaped(indicated, FactName.CUSTOMER, declared=declared)


def _known(tables: TableSource, moment: Moment) -> Table:
    customers = tables["customers"]
    told = customers.filter(moment.has_seen(customers.joined_at).fill_null(True))
    mentioned = [seen(tables[name], instant, moment).select("customer_key") for name, instant in _MENTIONS.items()]
    keys = ibis.union(told.select("customer_key"), *mentioned, distinct=True)
    rows = keys.left_join(told, "customer_key").select(keys, *(name for name in told.columns if name != "customer_key"))
    return rows.select("customer_key", **_attributes(rows, tables, moment))


def _attributes(rows: Table, tables: TableSource, moment: Moment) -> dict[str, Value]:
    """Columns as registered; what is known exactly has itself as both bounds, so that rules may ask the bounds."""
    told = {name: rows[name] for name in _REGISTERED}
    declared = {attribute.name: rows[attribute.name] for attribute in tables.attributes}
    years = moment.year - rows.birth_year
    age = ibis.ifelse(years.between(0, OLDEST), years, ibis.null("int64"))
    return told | declared | {
        "age": age,
        "age_low": ibis.coalesce(told["age_low"], age),
        "age_high": ibis.coalesce(told["age_high"], age),
        "income_low": ibis.coalesce(told["income_low"], told["monthly_income"]),
        "income_high": ibis.coalesce(told["income_high"], told["monthly_income"]),
        "joined_days_ago": moment.days_ago_column(rows.joined_at),
    }
