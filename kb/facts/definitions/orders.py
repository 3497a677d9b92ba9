"""Orders out of order lines: what purchases and indicators both count.

An order is an order id with at least one line of positive quantity. It stands on the local day of its first line, its
part in one category on that of the first line in the category. Money is net: what came back lowers the spend of the
day on which the order, or the return under its own id, stands. What was cancelled or could not be delivered was not
bought.
"""

import ibis
from ibis.expr.types import Table

from kb.facts.moment import Moment
from kb.facts.table_source import TableSource, categories, seen
from kb.facts.time_zone import clock_day, clock_hour, clock_time_known, clock_weekday
from ontology.vocabulary import OrderStatus

NEVER_BOUGHT = (OrderStatus.CANCELLED.value, OrderStatus.FAILED.value)
_ARRIVED = (OrderStatus.DELIVERED.value, OrderStatus.RETURNED.value)
LATE_DAYS = 30
"""An order that is still on its way after so many local days has failed."""


def order_parts(tables: TableSource, moment: Moment) -> Table:
    """One row for each customer, order and category, with what the order holds of it.

    Columns: ``customer_key``, ``order_id``, ``category`` (null where the product has none), ``at`` (first instant),
    ``clock`` (the same on the local clock), ``is_bought`` (some line has a positive quantity), ``spend`` (net),
    ``gross`` and ``discount`` (of bought lines whose discount is known; null where none is), ``store``, ``channel``.
    """
    lines = _lines(tables, moment)
    first = lines.ordered_at.min()
    with_discount = (lines.quantity > 0) & lines.discount.notnull()
    return lines.group_by("customer_key", "order_id", "category").aggregate(
        at=first,
        clock=moment.seen_clock_column(first),
        is_bought=(lines.quantity > 0).any(),
        spend=lines.amount.sum(),
        gross=(lines.amount + lines.discount).sum(where=with_discount),
        discount=lines.discount.sum(where=with_discount),
        store=lines.store.min(),
        channel=lines.channel.min(),
    )


def orders(tables: TableSource, moment: Moment) -> Table:
    """One row for each customer and order id, returns under an own id (``is_bought`` false) among them.

    Columns: ``customer_key``, ``order_id``, ``days_ago``, ``weekday``, ``hour`` (null where only the day is told),
    ``is_bought``, ``spend``, ``gross``, ``discount``, ``store``, ``channel``.
    """
    parts = order_parts(tables, moment)
    whole = parts.group_by("customer_key", "order_id").aggregate(
        at=parts["at"].min(), clock=moment.seen_clock_column(parts["at"].min()), is_bought=parts.is_bought.any(),
        spend=parts.spend.sum(), gross=parts.gross.sum(), discount=parts.discount.sum(), store=parts.store.min(),
        channel=parts.channel.min(),
    )
    return whole.select(
        "customer_key", "order_id", "is_bought", "spend", "gross", "discount", "store", "channel",
        days_ago=moment.day - clock_day(whole.clock),
        weekday=clock_weekday(whole.clock),
        hour=ibis.ifelse(clock_time_known(whole.clock, whole["at"], moment.zone), clock_hour(whole.clock),
                         ibis.null("int64")),
    )


def purchase_days(tables: TableSource, moment: Moment) -> Table:
    """One row for each customer and local day on which something was bought or came back.

    Columns: ``customer_key``, ``days_ago``, ``is_bought`` (some line has a positive quantity), ``spend`` (net). Unlike
    in ``orders`` a return stands on its own day, so that what is known of a day does not change later.
    """
    lines = _lines(tables, moment)
    days_ago = moment.day - clock_day(moment.seen_clock_column(lines.ordered_at))
    dated = lines.select("customer_key", "quantity", "amount", days_ago=days_ago)
    return dated.group_by("customer_key", "days_ago").aggregate(
        is_bought=(dated.quantity > 0).any(), spend=dated.amount.sum().cast("float64"))


def deliveries(tables: TableSource, moment: Moment) -> Table:
    """What did not reach the customer, one row for each who has an order of which that is told.

    A line with a day of delivery is delivered from then on; without one its status says it. An order of which a line
    is not delivered is not delivered. It has failed where that is not to come, or has not come in ``LATE_DAYS``.

    Columns: ``customer_key``, ``undelivered`` (orders), ``failed_days`` (local days since the last order that failed
    and after which none was delivered; null where there is none).
    """
    lines = seen(tables["order_lines"], "ordered_at", moment)
    told = lines.filter(lines.quantity > 0, lines.order_status.notnull() | lines.delivered_at.notnull())
    arrived = ibis.ifelse(told.delivered_at.notnull(), moment.has_seen(told.delivered_at),
                          told.order_status.isin(_ARRIVED))
    judged = told.mutate(arrived=arrived, is_over=~arrived & told.order_status.isin(NEVER_BOUGHT))
    orders = judged.group_by("customer_key", "order_id").aggregate(
        clock=moment.seen_clock_column(judged.ordered_at.min()), arrived=judged.arrived.all(),
        is_over=judged.is_over.any())
    ago = moment.day - clock_day(orders.clock)
    failed = ~orders.arrived & (orders.is_over | (ago >= LATE_DAYS))
    dated = orders.mutate(ago=ago, failed=failed,
                          since=ago.min(where=orders.arrived).over(ibis.window(group_by="customer_key")))
    is_last = dated.failed & (dated.since.isnull() | (dated.ago <= dated.since))
    return dated.group_by("customer_key").aggregate(
        undelivered=(~dated.arrived).cast("int64").sum(), failed_days=dated.ago.min(where=is_last))


def _lines(tables: TableSource, moment: Moment) -> Table:
    every = seen(tables["order_lines"], "ordered_at", moment)
    lines = every.filter(every.order_status.isnull() | every.order_status.notin(NEVER_BOUGHT))
    return lines.left_join(categories(tables), "product_id").select(lines, "category")
