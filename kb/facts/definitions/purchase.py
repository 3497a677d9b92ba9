"""``purchase``: one row for each customer and category bought at least once."""

from collections.abc import Mapping

import ibis
from ibis.expr.types import Table, Value

from kb.facts.definitions.orders import order_parts
from kb.facts.definitions.shape import shaped
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from kb.facts.time_zone import clock_day
from ontology.vocabulary import FactName

WINDOWS: Mapping[str, int | None] = {"7d": 7, "30d": 30, "90d": 90, "365d": 365, "all": None}
"""Name of each window and its local days; ``None`` is everything up to the moment."""

SHARE_DAYS = 365


def purchase(tables: TableSource, moment: Moment) -> Table:
    """Orders that hold the category and net spend in it, per window; ``share`` of the customer's orders in 365 days.

    ``share`` is unknown when the customer has no order in 365 days. ``gap_ratio`` is the days since the last purchase
    over the mean days between purchases; unknown before there are two of different days. Ordered by the last purchase.
    """
    parts = order_parts(tables, moment)
    dated = parts.mutate(ago=moment.day - clock_day(parts.clock))
    known = dated.filter(dated.category.notnull())
    counted = known.group_by("customer_key", "category").aggregate(
        **{f"orders_{name}": known.is_bought.cast("int64").sum(where=_within(known, days)).fill_null(0)
           for name, days in WINDOWS.items()},
        **{f"spend_{name}": known.spend.sum(where=_within(known, days)).fill_null(0)
           for name, days in WINDOWS.items()},
        first_days_ago=known.ago.max(where=known.is_bought),
        last_days_ago=known.ago.min(where=known.is_bought),
    )
    return shaped(_with_share(counted, dated), FactName.PURCHASE)


def _with_share(counted: Table, dated: Table) -> Table:
    recent = dated.filter(dated.is_bought, dated.ago < SHARE_DAYS)
    totals = recent.group_by("customer_key").aggregate(orders=recent.order_id.nunique())
    bought = counted.filter(counted.orders_all > 0)
    joined = bought.left_join(totals, "customer_key").select(bought, "orders")
    span = joined.first_days_ago - joined.last_days_ago
    return joined.mutate(
        share=joined.orders_365d / joined.orders.nullif(0),
        gap_ratio=joined.last_days_ago * (joined.orders_all - 1) / span.nullif(0),
        _key=joined.category,
        days_ago=joined.last_days_ago,
    )


def _within(table: Table, days: int | None) -> Value:
    return ibis.literal(value=True) if days is None else table.ago < days
