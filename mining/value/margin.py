"""Which share of what customers spend is earned, where the cost of what they buy is known."""

from dataclasses import dataclass

from kb.facts.moment import Moment
from kb.tables.tables import Tables

DAYS = 365
_LEAST_KNOWN = 0.5
_LEAST_SHARE = 0.01  # who sells at a loss keeps nobody for money; a share is above 0
_DECIMALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """What is earned of the spend of the last year.

    Args:
        share: Of the spend on what has a known cost, (0, 1].
        known: Which share of the spend that is, [0, 1].
    """

    share: float
    known: float


def margin_of(tables: Tables, moment: Moment) -> Margin | None:
    """The margin of the last 365 days; ``None`` where the cost of over half of what was spent is not known."""
    if not (tables.has("products") and tables.has("order_lines")):
        return None
    lines = tables["order_lines"]
    days_ago = moment.days_ago_column(lines.ordered_at)
    lines = lines.filter(moment.has_seen(lines.ordered_at) & (days_ago < DAYS))
    costs = tables["products"].select("product_id", "cost")
    told = lines.left_join(costs, "product_id")
    spent, known, cost = (column.cast("float64") for column in (told.amount, told.amount, told.quantity * told.cost))
    sums = told.aggregate(spent=spent.sum(), known=known.sum(where=told.cost.notnull()), cost=cost.sum())
    return _margin(**{name: value or 0.0 for name, value in sums.to_pyarrow().to_pylist()[0].items()})


def _margin(*, spent: float, known: float, cost: float) -> Margin | None:
    """The margin of three sums of money.

    >>> _margin(spent=100.0, known=80.0, cost=60.0)
    Margin(share=0.25, known=0.8)
    >>> _margin(spent=100.0, known=40.0, cost=10.0) is None
    True
    """
    if spent <= 0 or known < _LEAST_KNOWN * spent:
        return None
    return Margin(share=round(max(_LEAST_SHARE, 1 - cost / known), _DECIMALS), known=known / spent)
