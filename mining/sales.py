"""What was bought together and by whom, read once and then cut into matrices."""

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from kb.model.pattern import Period, Population
from kb.tables.tables import Tables
from mining.arrays import Ints
from mining.itemsets import Baskets
from ontology.text import Text
from ontology.vocabulary import PopulationLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The orders of a period.

    Args:
        baskets: Orders x categories.
        categories: Of the columns.
    """

    baskets: Baskets
    categories: tuple[str, ...]
    period: Period

    @property
    def population(self) -> Population:
        """Who they are, so that anybody can count them again."""
        return Population(what=_ORDERS, level=PopulationLevel.ORDER, period=self.period, size=self.baskets.shape[0])


_ORDERS = Text(zh="至少有一行数量为正且商品有品类的订单（含匿名订单）",
               en="orders, anonymous ones among them, with at least one line of positive quantity whose product has a "
                  "category")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Every distinct (order, category, instant) with a positive quantity, as columns of equal length.

    Lines whose product has no category are not in it, nor are returns and lines of quantity 0.

    Args:
        order: Index of the order.
        customer: Index into ``customers``; -1 where the order is anonymous.
        category: Index into ``categories``, which is sorted.
        at: Epoch seconds.
    """

    order: Ints
    customer: Ints
    category: Ints
    at: Ints
    customers: tuple[str, ...]
    categories: tuple[str, ...]

    def during(self, period: Period) -> "Sales":
        """The part that happened in ``period``."""
        return self._where((self.at >= period.start) & (self.at < period.end))

    def orders_of(self, period: Period) -> Orders:
        """The orders of ``period``."""
        return Orders(baskets=self.during(period).orders(), categories=self.categories, period=period)

    def orders(self) -> Baskets:
        """Orders x categories; orders without a row here are left out."""
        _, row = np.unique(self.order, return_inverse=True)
        return _matrix(row, self.category, int(row.max(initial=-1)) + 1, len(self.categories))

    def order_customers(self) -> Ints:
        """The customer of each row of :meth:`orders`."""
        _, first = np.unique(self.order, return_index=True)
        return self.customer[first]

    def buyers(self) -> Baskets:
        """Customers x categories; every customer has a row, anonymous orders none."""
        named = self._where(self.customer >= 0)
        return _matrix(named.customer, named.category, len(self.customers), len(self.categories))

    def _where(self, chosen: npt.NDArray[np.bool_]) -> "Sales":
        return Sales(order=self.order[chosen], customer=self.customer[chosen], category=self.category[chosen],
                     at=self.at[chosen], customers=self.customers, categories=self.categories)


def read_sales(tables: Tables, period: Period, *, by: str = "category") -> Sales:
    """The sales of ``period``.

    Args:
        tables: The canonical tables.
        period: When.
        by: ``product_id`` puts each product in the place of its category.
    """
    lines, products = tables["order_lines"], tables["products"]
    bought = lines.filter((lines.quantity > 0) & (lines.ordered_at >= period.start) & (lines.ordered_at < period.end))
    rows = bought.join(products.filter(products.category.notnull()), "product_id").select(
        "order_id", "customer_key", by, ibis._.ordered_at.cast("int64").name("at")).distinct()
    table = rows.to_pyarrow().combine_chunks()
    order, _ = _codes(table["order_id"])
    customer, customers = _codes(table["customer_key"])
    category, categories = _codes(table[by])
    return Sales(order=order, customer=customer, category=category, at=table["at"].to_numpy(),
                 customers=customers, categories=categories)


def _codes(column: Any) -> tuple[Ints, tuple[str, ...]]:
    """Each value's place among the sorted distinct values; -1 for null."""
    encoded = pa.array(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).dictionary_encode()
    words = encoded.dictionary.to_pylist()
    order = sorted(range(len(words)), key=words.__getitem__)
    place = np.empty(len(words) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(words)), -1
    indices = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return place[indices], tuple(words[i] for i in order)


def _matrix(rows: Ints, columns: Ints, height: int, width: int) -> Baskets:
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, columns)), (height, width))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return Baskets(matrix)
