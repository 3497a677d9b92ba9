"""What each customer had bought before the instant at which they are asked about."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from kb.facts.time_zone import DAY_SECONDS
from mining.arrays import Flags, Floats, Ints, distinct
from mining.sales import Sales

RECENT_DAYS = 90
"""A customer *buys now* what they bought within so many days."""

PERIODS = (np.inf, RECENT_DAYS, 30)
"""Days of the columns of ``trips``."""

LEAST_BUYS = 4
"""So many orders with an item make a rhythm: three gaps between them."""

LATE_BY = 1.5
"""So many of their usual gaps after the last order a customer is late with an item: by half."""

LEAST_DAYS = 7
"""Nothing is due again within so many days of the last order, however often it is bought."""

_BEGIN_DAYS = 60
_PRIOR_BEGINNERS, _PRIOR_OTHERS = 1, 20  # so that an item of which little is known begins seldom, not never
_CELLS = 4_000_000  # of a dense block, 32 MB: whole bases of a shop of categories, some customers of one of products
_GROUPS, _WITHIN, _BETWEEN = 3, 0.9, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseHistory:
    """One row for each customer and item that they had bought, sorted by customer, then by item.

    Args:
        customer: Index of the customer.
        item: Index of the item.
        orders: Orders of the customer with the item, at least 1.
        first_age: Days since the first of them, before the instant of the customer.
        last_age: Days since the last.
        recent_orders: Orders with the item in the last 90 days.
        decayed: Orders with the item in which older ones weigh less, [0, 1]; see ``baselines.tifu_knn``.
        trips: Orders of each customer: of all time, of the last 90 days, of the last 30; customers x 3.
        began: Of each item, the share of customers who had not bought it for 90 days and did so in the last 60.
        shape: Customers and items, those without a row among them.
    """

    customer: Ints
    item: Ints
    orders: Floats
    first_age: Floats
    last_age: Floats
    recent_orders: Floats
    decayed: Floats
    trips: Floats
    began: Floats
    shape: tuple[int, int]

    @property
    def is_recent(self) -> Flags:
        """Rows of what is bought now."""
        return self.last_age < RECENT_DAYS

    @property
    def usual_gap(self) -> Floats:
        """Mean days between the orders with the item; 0 where there is one order."""
        gap: Floats = (self.first_age - self.last_age) / np.maximum(1, self.orders - 1)
        return gap

    @property
    def is_rhythmic(self) -> Flags:
        """Rows of what is bought now, with a rhythm."""
        return self.is_recent & (self.orders >= LEAST_BUYS) & (self.usual_gap > 0)

    @property
    def is_on_time(self) -> Flags:
        """Rows of what was bought within its own rhythm."""
        return self.is_rhythmic & (self.last_age <= self.usual_gap)

    @property
    def is_due(self) -> Flags:
        """Rows of what the customer is late with, on their own rhythm."""
        return self.is_rhythmic & (self.last_age >= LEAST_DAYS) & (self.last_age >= LATE_BY * self.usual_gap)

    def matrix(self, values: npt.NDArray[np.generic]) -> sparse.csr_matrix:
        """Customers x items, from one value a row."""
        return sparse.csr_matrix((values.astype(np.float64), (self.customer, self.item)), self.shape)

    def find(self, customer: Ints, item: Ints) -> Ints:
        """The row of each customer and item; -1 where the item was never bought."""
        keys, sought = self.customer * self.shape[1] + self.item, customer * self.shape[1] + item
        place = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
        return np.where(keys[place] == sought, place, -1)

    def blocks(self) -> Iterator[slice]:
        """All customers, in slices of which a dense matrix with all items is small."""
        height = max(1, _CELLS // self.shape[1])
        return (slice(start, min(start + height, self.shape[0])) for start in range(0, self.shape[0], height))


def history_of(sales: Sales, instants: Ints) -> PurchaseHistory:
    """The histories before ``instants``, epoch seconds, one for each customer of ``sales``.

    What happened at the instant or after it is not read, so that no feature can see what is asked about.

    Raises:
        ValueError: If nobody had bought anything.
    """
    named = np.flatnonzero(sales.customer >= 0)
    seen = named[sales.at[named] < instants[sales.customer[named]]]
    if not len(seen):
        msg = "nobody had bought anything before the instants asked about"
        raise ValueError(msg)
    customer, width = sales.customer[seen], len(sales.categories)
    visits = _visits(customer, sales.order[seen], (instants[customer] - sales.at[seen]) / DAY_SECONDS)
    count = len(visits.age)
    rows = distinct((customer * width + sales.category[seen]) * count + visits.of_line)  # an item once in an order
    return _aggregated(rows // count, rows % count, visits, (len(sales.customers), width))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visits:
    """Orders of customers: customer and age in days of each, and the visit of each line.

    Shops exist in which several customers share an order's number: they are visits of their own.
    """

    customer: Ints
    age: Floats
    of_line: Ints


def _visits(customer: Ints, order: Ints, age: Floats) -> _Visits:
    orders = int(order.max()) + 1
    visits, first, of_line = np.unique(customer * orders + order, return_index=True, return_inverse=True)
    return _Visits(customer=visits // orders, age=age[first], of_line=of_line)


def _aggregated(pair: Ints, visit: Ints, visits: _Visits, shape: tuple[int, int]) -> PurchaseHistory:
    """One row a pair, from one a pair and visit, sorted.

    Args:
        pair: Customer x items + item.
        visit: Index of the visit.
        visits: All of them.
        shape: Customers and items.
    """
    pairs, start = np.unique(pair, return_index=True)
    ages = visits.age[visit]
    last_age, is_before = np.minimum.reduceat(ages, start), np.maximum.reduceat(_is_before(ages), start)
    trips = [np.bincount(visits.customer[visits.age < days], minlength=shape[0]) for days in PERIODS]
    active = np.isin(pairs // shape[1], visits.customer[_is_before(visits.age)])
    count = len(distinct(visits.customer[_is_before(visits.age)]))
    return PurchaseHistory(
        customer=pairs // shape[1], item=pairs % shape[1], orders=np.diff(start, append=len(pair)).astype(np.float64),
        first_age=np.maximum.reduceat(ages, start), last_age=last_age,
        recent_orders=np.add.reduceat(ages < RECENT_DAYS, start, dtype=np.float64),
        decayed=np.add.reduceat(_decay(visits, shape[0])[visit], start),
        trips=np.stack(trips, axis=1).astype(np.float64), shape=shape,
        began=_shares(pairs[active & ~is_before & (last_age < _BEGIN_DAYS)] % shape[1],
                      count - np.bincount(pairs[is_before] % shape[1], minlength=shape[1])))


def _decay(visits: _Visits, customers: int) -> Floats:
    """The weight of each visit: groups of equal length from the latest back, and visits within a group."""
    newest_first = np.lexsort((visits.age, visits.customer))
    count = np.bincount(visits.customer, minlength=customers)
    place = np.empty(len(newest_first), dtype=np.int64)
    place[newest_first] = np.arange(len(newest_first)) - np.repeat(np.cumsum(count) - count, count)
    length = np.maximum(1, np.ceil(count / _GROUPS)[visits.customer])
    weights: Floats = _BETWEEN ** (place // length) * _WITHIN ** (place % length) / (length * _GROUPS)
    return weights


def _shares(beginners: Ints, others: Ints) -> Floats:
    """Of each item, its beginners over those who could have begun, drawn towards a small share."""
    begun = np.bincount(beginners, minlength=len(others))
    shares: Floats = (begun + _PRIOR_BEGINNERS) / (others + _PRIOR_OTHERS)
    return shares


def _is_before(age: Floats) -> Flags:
    """Whether a visit lies in the 90 days before those in which customers begin."""
    return (age >= _BEGIN_DAYS) & (age < _BEGIN_DAYS + RECENT_DAYS)


def item_shares(history: PurchaseHistory, period: int = 0) -> Floats:
    """Share of the customers who bought each item within a period, among those who bought anything then.

    Args:
        history: What was known.
        period: A column of ``trips``; 0 is all time.
    """
    rows = history.last_age < PERIODS[period]
    buyers = int(np.count_nonzero(history.trips[:, period]))
    shares: Floats = np.bincount(history.item[rows], minlength=history.shape[1]) / np.float64(max(1, buyers))
    return shares
