"""Customers by what a person types: the beginning of an id, or a part of a name."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.use_cases.views import Json
from kb.graph.port import Graph

_FIND = """
    MATCH (c:Customer) WHERE c.external_id = $text OR c.external_id STARTS WITH $text OR c.name CONTAINS $text
    RETURN c.external_id AS customer_id, c.name AS name, c.order_count AS orders, c.recency_days AS recency
    ORDER BY size(c.external_id), c.external_id LIMIT $most"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """The customers of one base."""

    graph: Graph

    def find(self, q: str, limit: int) -> list[Json]:
        """Customers whose id begins with ``q`` or whose name contains it, shortest id first."""
        return [{"customer_id": row["customer_id"], "name": row["name"], "summary": _summary(row)}
                for row in self.graph.read(_FIND, text=q, most=limit)]


def _summary(row: Mapping[str, object]) -> Json:
    if not row["orders"]:
        return {"zh": "没有订单", "en": "no orders"}
    return {"zh": f"{row['orders']} 个订单，最近一次在 {row['recency']} 天前",
            "en": f"{row['orders']} orders, the last {row['recency']} days ago"}
