"""What customers bought in the days after an instant of their own."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
from ibis.expr.types import Table

from kb.facts.definitions.orders import NEVER_BOUGHT
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from kb.facts.time_zone import DAY_SECONDS, HOUR_SECONDS
from kb.model.ids import CustomerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """How long customers are followed, and how far what is known of them reaches.

    Args:
        days: Local days after the day of the instant.
        zone: IANA name.
        known_until: Instant of the last that is known, such as an order; ``None`` where nothing is.
    """

    days: int
    zone: str
    known_until: int | None

    def is_over(self, since: int) -> bool:
        """Whether the days after ``since`` are all known.

        >>> week = FollowUp(days=7, zone="UTC", known_until=8 * 86_400 - 1)
        >>> week.is_over(86_399), week.is_over(86_400)
        (True, False)
        """
        if self.known_until is None:
            return False
        return Moment(as_of=self.known_until, zone=self.zone).days_ago(since) >= self.days

    def holds(self, since: int, instant: int) -> bool:
        """Whether ``instant`` lies after ``since``, or at it, and within the days.

        >>> week = FollowUp(days=7, zone="UTC", known_until=None)
        >>> week.holds(86_399, 8 * 86_400 - 1), week.holds(86_399, 8 * 86_400), week.holds(86_399, 0)
        (True, False, False)
        """
        return since <= instant and Moment(as_of=instant, zone=self.zone).days_ago(since) <= self.days

    def last_instant(self, since: int) -> int:
        """An instant on the last of the local days, at the hour of ``since`` or, where the clock was changed, by it.

        >>> FollowUp(days=7, zone="America/New_York", known_until=None).last_instant(1_520_400_600)   # 00:30, 7 March
        1521005400
        """
        end = since + self.days * DAY_SECONDS
        return next(at for at in (end, end - HOUR_SECONDS, end + HOUR_SECONDS)
                    if Moment(as_of=at, zone=self.zone).days_ago(since) == self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """What one customer bought: orders with something in them, and net money, what came back taken off."""

    orders: int = 0
    spend: float = 0.0


def last_order_at(tables: TableSource) -> int | None:
    """The instant of the last order of an identified customer, epoch seconds; ``None`` where there is none."""
    lines = tables["order_lines"]
    found = lines.filter(lines.customer_key.notnull()).aggregate(last=lines.ordered_at.max()).to_pyarrow().to_pylist()
    last = found[0]["last"]
    return None if last is None else int(last)


def bought_after(tables: TableSource, since: Mapping[CustomerKey, int],
                 follow_up: FollowUp) -> Mapping[CustomerKey, Bought]:
    """What each customer bought after their instant and within the days that follow its day.

    Who bought nothing is left out. What was cancelled or could not be delivered was not bought.

    Args:
        tables: Where the order lines are.
        since: Epoch seconds, by customer.
        follow_up: How long, in which zone.
    """
    if not since:
        return {}
    starts = ibis.memtable({"customer_key": list(since), "since": list(since.values())})
    lines = _lines(tables).join(starts, "customer_key")
    clock = Moment(as_of=0, zone=follow_up.zone)
    within = lines.filter(lines.ordered_at > lines.since, clock.day_column(lines.ordered_at)
                          <= clock.day_column(lines.since) + follow_up.days)
    found = within.group_by("customer_key").aggregate(
        orders=within.order_id.nunique(where=within.quantity > 0), spend=within.amount.sum().cast("float64"))
    return {row["customer_key"]: Bought(orders=row["orders"], spend=row["spend"] or 0.0)
            for row in found.to_pyarrow().to_pylist()}


def _lines(tables: TableSource) -> Table:
    lines = tables["order_lines"]
    return lines.filter(lines.customer_key.notnull(),
                        lines.order_status.isnull() | lines.order_status.notin(NEVER_BOUGHT))
