"""How the share of customers who stop ordering has moved, as far back as orders tell."""

from mining.rate_intervals import GroupRates, drift_of
from mining.value.purchase_histories import PurchaseDays

_STEP_DAYS = 15


def lapse_drift(history: PurchaseDays, today: int, *, days: int, active_days: int) -> float:
    """How far the share of who lapses moves from one horizon to the next beyond chance.

    Args:
        history: Every customer's days with an order.
        today: The last day that is known, counted as those of ``history``.
        days: Without an order for so long is lapsed.
        active_days: Who ordered within so many days before is asked about.
    """
    first = today - history.span(today) + active_days
    return drift_of((_lapsed(history, cut, days, active_days), _lapsed(history, cut + days, days, active_days))
                    for cut in range(today - 2 * days, first, -_STEP_DAYS))


def _lapsed(history: PurchaseDays, cut: int, days: int, active_days: int) -> GroupRates:
    was_active = history.during(cut - active_days + 1, cut).order_days_by_customer() > 0
    came = history.during(cut + 1, cut + days).order_days_by_customer() > 0
    return GroupRates.one(int((was_active & ~came).sum()), int(was_active.sum()))
