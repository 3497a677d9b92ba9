"""How often items meet in orders of equal size: what is left of a lift when big shops are taken out.

A big order holds more of everything, so any two items meet more often than independence over all orders would have
it, even when every order is filled at random. The question that matters is whether they meet more often than in
other orders *of the same size*.

Source: N. Mantel, W. Haenszel, "Statistical aspects of the analysis of data from retrospective studies of disease",
JNCI 22(4), 1959; here one 2 x 2 table for each order size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from scipy.stats import norm

from mining.itemsets import Baskets, Bits, Counts, pack

_WORD = 64

Side = tuple[int, ...]
"""Item columns that an order must all hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How two sides meet in one set of orders, or of customers who buy as much.

    Args:
        orders: Orders in all.
        antecedent, consequent, both: Orders that hold the left side, the right side, both.
        expected: Orders that would hold both if, among orders of one size, the sides were independent.
        variance: Of ``both`` under that independence.
    """

    orders: int
    antecedent: int
    consequent: int
    both: int
    expected: float
    variance: float

    @classmethod
    def of(cls, orders: Counts, left: Counts, right: Counts, both: Counts) -> Self:
        """The meeting of two sides, from counts of each stratum: all, with the left side, the right, and both.

        >>> Meeting.of(*(np.array([n, 2 * n]) for n in (10, 4, 5, 3))).both
        9
        """
        expected = left * right / np.maximum(orders, 1)
        spread = (orders - left) * (orders - right) / np.maximum(orders * (orders - 1), 1)
        return cls(orders=int(orders.sum()), antecedent=int(left.sum()), consequent=int(right.sum()),
                   both=int(both.sum()), expected=float(expected.sum()), variance=float((expected * spread).sum()))

    @property
    def support(self) -> float:
        """Share of orders with both sides, [0, 1].

        >>> Meeting(orders=10, antecedent=4, consequent=5, both=3, expected=2.0, variance=0.5).support
        0.3
        """
        return self.both / self.orders if self.orders else 0.0

    @property
    def confidence(self) -> float:
        """Share of the orders with the left side that hold the right side too, [0, 1].

        >>> Meeting(orders=10, antecedent=4, consequent=5, both=3, expected=2.0, variance=0.5).confidence
        0.75
        """
        return self.both / self.antecedent if self.antecedent else 0.0

    @property
    def lift(self) -> float:
        """Confidence over the right side's own share, rounded once; 1 is independence.

        >>> Meeting(orders=10, antecedent=4, consequent=5, both=3, expected=2.0, variance=0.5).lift
        1.5
        """
        independent = self.antecedent * self.consequent
        return self.both * self.orders / independent if independent else 0.0

    @property
    def leverage(self) -> float:
        """Support minus the product of both sides' shares, [-0.25, 0.25].

        >>> Meeting(orders=10, antecedent=4, consequent=5, both=3, expected=2.0, variance=0.5).leverage
        0.1
        """
        return (self.both * self.orders - self.antecedent * self.consequent) / self.orders**2 if self.orders else 0.0

    @property
    def adjusted_lift(self) -> float:
        """Orders with both sides over those expected among orders of equal size; 1 is independence.

        >>> Meeting(orders=10, antecedent=4, consequent=5, both=3, expected=2.0, variance=0.5).adjusted_lift
        1.5
        """
        return self.both / self.expected if self.expected > 0 else 0.0

    @property
    def p_value(self) -> float:
        """Chance of so many meetings, or more, were the sides independent within each size (one-sided)."""
        return float(norm.sf((self.both - self.expected) / self.variance**0.5)) if self.variance > 0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SizedOrders:
    """Orders as packed bits, those of one size next to each other and starting at a word of their own.

    Args:
        bits: Items x words.
        starts: First word of each size.
        orders: Orders of each size.
    """

    bits: Bits
    starts: Counts
    orders: Counts

    @classmethod
    def of(cls, baskets: Baskets) -> Self:
        """The orders of a basket matrix, orders x items."""
        _, stratum, orders = np.unique(np.diff(baskets.indptr), return_inverse=True, return_counts=True)
        words = -(-orders // _WORD)
        starts = np.cumsum(words) - words
        first = np.cumsum(orders) - orders
        by_size = np.argsort(stratum, kind="stable")
        place = np.empty(len(stratum), dtype=np.int64)
        place[by_size] = np.arange(len(stratum)) + np.repeat(starts * _WORD - first, orders)
        entries = baskets.tocoo()
        spread = sparse.csr_matrix((entries.data, (place[entries.row], entries.col)),
                                   (int(words.sum()) * _WORD, baskets.shape[1]))
        return cls(bits=pack(Baskets(spread)), starts=starts, orders=orders)

    def meetings(self, pairs: Sequence[tuple[Side, Side]]) -> list[Meeting]:
        """How the sides of each pair meet, in the order given."""
        alone = {side: self._count(self._rows(side)) for side in {side for pair in pairs for side in pair}}
        return [Meeting.of(self.orders, alone[left], alone[right], self._count(self._rows(left + right)))
                for left, right in pairs]

    def _rows(self, side: Side) -> Bits:
        rows: Bits = np.bitwise_and.reduce(self.bits[list(side)], axis=0)
        return rows

    def _count(self, row: Bits) -> Counts:
        """Orders of each size whose bit is set."""
        if not len(self.starts):
            return np.zeros(0, dtype=np.int64)
        counts: Counts = np.add.reduceat(np.bitwise_count(row).astype(np.int64), self.starts)
        return counts
