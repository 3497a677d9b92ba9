"""Categories of which there are more complaints than chance brings: a control chart over all categories."""

from ibis.expr.types import Table

from ontology.vocabulary import InteractionKind

DAYS = 365
_SIGMAS = 3


def complaints_above_limit(interactions: Table, purchases: Table) -> frozenset[str]:
    """The categories of which complaints per order of the last 365 days lie above the upper control limit.

    The limit of a category with ``n`` orders is ``u + 3 sqrt(u / n)``, where ``u`` is the complaints per order of all
    categories together. Complaints whose category nobody knows, or of which nothing was bought, do not count.

    Source: D. C. Montgomery, Introduction to Statistical Quality Control, 7th ed. (2013), section 7.3: the u chart
    for a variable number of inspected units.

    Args:
        interactions: The facts of that name: ``kind``, ``category``, ``days_ago``.
        purchases: The facts of that name: ``category``, ``orders_365d``.

    >>> import ibis
    >>> said = ibis.memtable({"kind": ["complaint"] * 5, "category": ["TEA"] * 4 + ["SOAP"], "days_ago": [9] * 5})
    >>> bought = ibis.memtable({"category": ["TEA", "SOAP", "RICE"], "orders_365d": [20, 100, 880]})
    >>> complaints_above_limit(said, bought)  # u = 5 / 1000; of tea .2 per order, limit .005 + 3 sqrt(.005 / 20) = .052
    frozenset({'TEA'})
    """
    complaints = interactions.filter(interactions.kind == InteractionKind.COMPLAINT.value,
                                     interactions.category.notnull(), interactions.days_ago < DAYS)
    counted = complaints.group_by("category").aggregate(complaints=complaints.count())
    sold = purchases.group_by("category").aggregate(orders=purchases.orders_365d.sum())
    sold = sold.filter(sold.orders > 0)
    rows = sold.left_join(counted, "category").select(sold, "complaints").to_pyarrow().to_pylist()
    orders = sum(row["orders"] for row in rows)
    rate = sum(row["complaints"] or 0 for row in rows) / orders if orders else 0.0
    return frozenset(row["category"] for row in rows if rate > 0
                     and (row["complaints"] or 0) / row["orders"] > rate + _SIGMAS * (rate / row["orders"]) ** 0.5)
