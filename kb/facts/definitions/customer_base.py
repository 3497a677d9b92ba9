"""The customer base: what the indicators read, one row for each customer with any record at the moment."""

import ibis
from ibis.expr.types import Table, Value

from kb.facts.definitions.interaction import attitudes, left_out
from kb.facts.definitions.orders import deliveries, order_parts, orders
from kb.facts.definitions.relation import referrals
from kb.facts.indicators import LOYALTY_WINDOW_DAYS, LOYALTY_WINDOWS, MONTH_DAYS, QUARTER_DAYS
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, seen
from ontology.vocabulary import InteractionKind

_FAVOURITES = ("store", "channel", "weekday", "hour")
_SALES_SUMS = ("orders", "spend", "spend_30d", "spend_90d", "spend_90d_before", "active_windows")


def customer_base(known: Table, tables: TableSource, moment: Moment) -> Table:
    """``known`` (one row for each customer, attributes in its columns) with everything counted about them.

    Added: ``orders``, ``spend``, ``spend_30d``, ``spend_90d``, ``spend_90d_before``, ``active_windows``, ``views``,
    ``undelivered``, ``older``, ``referrals``, which are 0 for a customer without records and null for all where the
    source has none; and ``order_spend``, ``gross``, ``discount``, ``first_days``, ``recency_days``, ``order_days``,
    ``gap_squares``, ``failed_days``, ``dwell_seconds``, ``attitude`` and ``favourite_*``, null wherever the customer
    has none.
    """
    whole = orders(tables, moment)
    bought = whole.filter(whole.is_bought)
    parts = order_parts(tables, moment)
    offered = parts.filter(parts.is_bought, parts.category.notin(sorted(tables.ruled_out)))
    referred = referrals(tables, moment)
    counted = (
        _spending(whole), _rhythm(bought), _visits(tables, moment), deliveries(tables, moment),
        left_out(tables, moment), attitudes(tables, moment), referred,
        _favourite(offered, "category"), *(_favourite(bought, name) for name in _FAVOURITES),
    )
    joined = _with(known, counted)
    sells = _has_rows(seen(tables["order_lines"], "ordered_at", moment))
    shows = _has_rows(_views(tables, moment))
    lines = tables["order_lines"]
    tells = _has_rows(lines.filter(lines.order_status.notnull() | lines.delivered_at.notnull()))
    return joined.mutate(
        **{name: _zero_where(sells, joined[name]) for name in _SALES_SUMS},
        views=_zero_where(shows, joined.views),
        undelivered=_zero_where(tells, joined.undelivered),
        referrals=_zero_where(_has_rows(referred), joined.referrals),
        older=_zero_where(_has_rows(seen(tables["interactions"], "at", moment)), joined.older),
    )


def _with(known: Table, counted: tuple[Table, ...]) -> Table:
    """All joined in one chain: a projection between two joins would nest a query for each."""
    joined = known
    for place, table in enumerate(counted):
        joined = joined.left_join(table, "customer_key", rname=f"{{name}}_{place}")
    added = [name for table in counted for name in table.columns if name != "customer_key"]
    return joined.select(*known.columns, *added)


def _has_rows(table: Table) -> Value:
    return table.limit(1).count().as_scalar() > 0


def _zero_where(recorded: Value, value: Value) -> Value:
    return ibis.ifelse(recorded, value.fill_null(0), ibis.null(value.type()))


def _spending(whole: Table) -> Table:
    ago, bought = whole.days_ago, whole.is_bought
    windows = LOYALTY_WINDOWS * LOYALTY_WINDOW_DAYS
    return whole.group_by("customer_key").aggregate(
        orders=bought.cast("int64").sum(),
        spend=_money(whole.spend.sum()),
        order_spend=_money(whole.spend.sum(where=bought)),
        spend_30d=_money(whole.spend.sum(where=ago < MONTH_DAYS)),
        spend_90d=_money(whole.spend.sum(where=ago < QUARTER_DAYS)),
        spend_90d_before=_money(whole.spend.sum(where=(ago >= QUARTER_DAYS) & (ago < 2 * QUARTER_DAYS))),
        gross=_money(whole.gross.sum()),
        discount=_money(whole.discount.sum()),
        first_days=ago.max(where=bought),
        recency_days=ago.min(where=bought),
        active_windows=(ago // LOYALTY_WINDOW_DAYS).nunique(where=bought & (ago < windows)),
    )


def _money(total: Value) -> Value:
    """An exact decimal sum as the one float that is nearest to it."""
    return total.cast("float64")


def _rhythm(bought: Table) -> Table:
    """Days with an order, and the squared gaps between them: whole numbers, equal in every engine."""
    days = bought.select("customer_key", "days_ago").distinct()
    in_turn = ibis.window(group_by="customer_key", order_by=ibis.desc("days_ago"))
    gaps = days.mutate(gap=days.days_ago.lag().over(in_turn) - days.days_ago)
    return gaps.group_by("customer_key").aggregate(
        order_days=gaps.count(),
        gap_squares=(gaps.gap * gaps.gap).sum(),
    )


def _favourite(rows: Table, name: str) -> Table:
    """The value of most orders; ties by spend, then by the value itself."""
    known = rows.filter(rows[name].notnull())
    counted = known.group_by("customer_key", name).aggregate(orders=known.count(), spend=known.spend.sum())
    best_first = ibis.window(group_by="customer_key",
                             order_by=[ibis.desc("orders"), ibis.desc("spend"), ibis.asc(name)])
    ranked = counted.mutate(place=ibis.row_number().over(best_first))
    return ranked.filter(ranked.place == 0).select("customer_key", **{f"favourite_{name}": ranked[name]})


def _views(tables: TableSource, moment: Moment) -> Table:
    interactions = seen(tables["interactions"], "at", moment)
    return interactions.filter(interactions.kind == InteractionKind.VIEW.value)


def _visits(tables: TableSource, moment: Moment) -> Table:
    interactions = seen(tables["interactions"], "at", moment)
    return interactions.group_by("customer_key").aggregate(
        views=(interactions.kind == InteractionKind.VIEW.value).cast("int64").sum(),
        dwell_seconds=interactions.dwell_seconds.sum(),
    )
