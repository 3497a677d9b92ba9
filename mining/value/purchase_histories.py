"""When customers bought and for how much, day by day, and what of it a purchase model needs.

A customer's *order day* is a local day with a line of positive quantity. Money is net: what came back lowers the spend
of the day on which it came back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from kb.facts.definitions.orders import purchase_days
from kb.facts.moment import Moment
from kb.facts.table_source import TableSource
from mining.arrays import Flags, Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseDays:
    """What each customer spent on each day, as columns of equal length; one row for a customer and a day.

    Args:
        customer: Index into ``keys``.
        day: Local day, counted from any one day.
        spend: Net; below zero where more came back than was bought.
        is_order: Whether anything was bought.
    """

    keys: tuple[str, ...]
    customer: Ints
    day: Ints
    spend: Floats
    is_order: Flags

    @classmethod
    def of(cls, customers: Sequence[str], days: Sequence[int], spend: Sequence[float]) -> "PurchaseDays":
        """Orders, one a row, added up by customer and day; amounts below zero are returns.

        >>> days = PurchaseDays.of(["b", "a", "b"], [3, 1, 3], [5.0, 2.0, -1.0])
        >>> days.keys, days.day.tolist(), days.spend.tolist(), days.is_order.tolist()
        (('a', 'b'), [1, 3], [2.0, 4.0], [True, True])
        """
        keys, customer = np.unique(np.asarray(customers, dtype=str), return_inverse=True)
        rows, place = np.unique(np.column_stack([customer, np.asarray(days, dtype=np.int64)]), axis=0,
                                return_inverse=True)
        amounts, place = np.asarray(spend, dtype=float), place.ravel()
        bought = np.bincount(place, amounts >= 0, len(rows)) > 0
        return cls(keys=tuple(map(str, keys)), customer=rows[:, 0], day=rows[:, 1],
                   spend=_sums(place, amounts, len(rows)), is_order=bought)

    def during(self, first: int, last: int) -> "PurchaseDays":
        """The rows of the days ``first`` to ``last``, both included; the customers stay."""
        kept = (self.day >= first) & (self.day <= last)
        return PurchaseDays(keys=self.keys, customer=self.customer[kept], day=self.day[kept], spend=self.spend[kept],
                            is_order=self.is_order[kept])

    def span(self, as_of: int) -> int:
        """Days from the first row to the day ``as_of``, both included."""
        return as_of - int(self.day.min(initial=as_of)) + 1

    def spend_by_customer(self) -> Floats:
        """Net spend of each customer, zero without rows."""
        return _sums(self.customer, self.spend, len(self.keys))

    def order_days_by_customer(self) -> Ints:
        """How many order days each customer has."""
        counted: Ints = np.bincount(self.customer[self.is_order], minlength=len(self.keys))
        return counted


def read_purchases(tables: TableSource, moment: Moment) -> PurchaseDays:
    """What every customer bought and sent back, up to the moment; days are counted as ``Moment.day`` counts them.

    Customers stand in an order that their purchases decide and their keys do not: keys differ from base to base.
    """
    table = purchase_days(tables, moment).order_by(["customer_key", "days_ago"]).to_pyarrow()
    keys, customer = np.unique(table["customer_key"].to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    day = moment.day - table["days_ago"].to_numpy()
    spend, size = table["spend"].to_numpy(), len(keys)
    sums = (np.bincount(customer, weights, size) for weights in (spend, day.astype(float), spend * day))
    order = np.lexsort(tuple(sums)) if size else np.arange(0)
    place = np.argsort(order)[customer] if size else customer
    return PurchaseDays(keys=tuple(keys[order].tolist()), customer=place, day=day, spend=spend,
                        is_order=table["is_bought"].to_numpy(zero_copy_only=False).astype(bool))


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseHistories:
    """What is known of the customers who had bought by a day, as columns of equal length.

    Args:
        index: Of the customer among the keys of the days.
        repeats: Order days after the first (*x* of the literature).
        last: Days from the first order day to the last (*t_x*).
        age: Days from the first order day to the day of the question (*T*).
        valued: Order days of which the spend is above zero.
        value: Sum of the spend of those.
        net: All spend, returns taken off.
    """

    index: Ints
    repeats: Floats
    last: Floats
    age: Floats
    valued: Floats
    value: Floats
    net: Floats

    def rows(self, chosen: slice) -> "PurchaseHistories":
        """The same of some customers."""
        return PurchaseHistories(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def histories(days: PurchaseDays, *, as_of: int) -> PurchaseHistories:
    """Each customer with an order day by the end of the day ``as_of``; nothing later is read.

    >>> found = histories(PurchaseDays.of(["a", "a", "a", "b"], [0, 3, 9, 8], [4.0, 6.0, 1.0, 1.0]), as_of=7)
    >>> found.repeats.tolist(), found.last.tolist(), found.age.tolist(), found.value.tolist()
    ([1.0], [3.0], [7.0], [10.0])
    """
    seen = days.during(np.iinfo(np.int64).min, as_of)
    counted = seen.order_days_by_customer()
    index = np.flatnonzero(counted)
    first, last = np.full(len(days.keys), as_of), np.full(len(days.keys), np.iinfo(np.int64).min)
    np.minimum.at(first, seen.customer[seen.is_order], seen.day[seen.is_order])
    np.maximum.at(last, seen.customer[seen.is_order], seen.day[seen.is_order])
    paid = seen.is_order & (seen.spend > 0)
    people = len(days.keys)
    return PurchaseHistories(
        index=index, repeats=counted[index].astype(float) - 1, last=(last - first)[index].astype(float),
        age=(as_of - first)[index].astype(float),
        valued=np.bincount(seen.customer[paid], minlength=people)[index].astype(float),
        value=_sums(seen.customer[paid], seen.spend[paid], people)[index],
        net=seen.spend_by_customer()[index])


def _sums(place: Ints, amounts: Floats, size: int) -> Floats:
    """The amounts added up by place; zero where there are none."""
    return np.bincount(place, amounts, size).astype(float)
