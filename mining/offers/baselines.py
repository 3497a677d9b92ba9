"""What one would offer without a model of one's own: the bar of the field.

A method is prepared once for the histories of a base; what it returns scores a slice of the customers, customers of the
slice x items, and what is higher comes first. Only the order within a customer counts.

Sources:
    Popularity and personal frequency: M. Li, S. Jullien, M. Ariannezhad, M. de Rijke, "A next basket recommendation
    reality check", ACM TOIS 41, 2023.
    Neighbours of items: B. Sarwar, G. Karypis, J. Konstan, J. Riedl, "Item-based collaborative filtering
    recommendation algorithms", WWW 2001, with the cosine and without a cut of the neighbourhood.
    TIFU-KNN: H. Hu, X. He, J. Gao, Z.-L. Zhang, "Modeling personalized item frequency information for next-basket
    recommendation", SIGIR 2020, with its parameters for Dunnhumby's data: 900 neighbours, three groups, decay 0.9
    within and 0.6 between them, weight 0.2 of the customer's own.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy import sparse

from mining.arrays import Flags, Floats, Ints
from mining.offers.history import PurchaseHistory, item_shares

Scorer = Callable[[slice], Floats]
Method = Callable[[PurchaseHistory], Scorer]

PRIOR_ORDERS = 10.0
"""How many orders of a customer the popularity of an item weighs as much as, where both are mixed."""

_REFERENCES = 2_500
_TIFU_NEIGHBOURS, _TIFU_OWN = 900, 0.2
_TIE = 1e-6
_FEW = 0.05  # of a block: as few are sorted in less time than it takes to look at all


def popularity(history: PurchaseHistory) -> Scorer:
    """Share of the customers who had bought the item, [0, 1]."""
    shares = item_shares(history)
    return lambda rows: np.tile(shares, (rows.stop - rows.start, 1))


def own_history(history: PurchaseHistory) -> Scorer:
    """Orders of the customer with the item; popularity decides among equals."""
    orders, shares = history.matrix(history.orders), item_shares(history)
    return lambda rows: orders[rows].toarray() + _TIE * shares


def frequency_with_popularity(history: PurchaseHistory) -> Scorer:
    """Share of the customer's orders with the item, drawn towards its popularity by a prior worth ten orders."""
    orders, prior = history.matrix(history.orders), PRIOR_ORDERS * item_shares(history)
    return lambda rows: np.asarray((orders[rows].toarray() + prior) / (history.trips[rows, :1] + PRIOR_ORDERS))


def item_knn(history: PurchaseHistory) -> Scorer:
    """Mean cosine of the item with what the customer buys now; cosines are of the sets of their buyers.

    The matrix of items x items, which can be large, is never made: the cosines are summed by way of the customers.
    """
    bought = history.matrix(np.ones(len(history.item)))[references(history)]
    norm = np.sqrt(np.asarray(bought.sum(axis=0)).ravel())
    now, scaled = history.matrix(history.is_recent), bought @ sparse.diags(1 / np.maximum(norm, 1))

    def score(rows: slice) -> Floats:
        own = now[rows]
        cosines = (scaled.T @ (scaled @ own.T.toarray())).T
        others = cosines - own.toarray() * (norm > 0)  # an item is no neighbour of itself
        return np.asarray(others / np.maximum(1, np.asarray(own.sum(axis=1)).reshape(-1, 1)))

    return score


def tifu_knn(history: PurchaseHistory) -> Scorer:
    """The customer's own frequencies, older orders weighing less, and those of the customers most like them."""
    vectors, chosen = history.matrix(history.decayed), references(history)
    others = vectors[chosen]
    squares = np.asarray(others.multiply(others).sum(axis=1)).reshape(1, -1)

    def score(rows: slice) -> Floats:
        own = vectors[rows].toarray()
        nearness = 2 * (others @ own.T).T - squares  # the square of the own vector is equal for all
        neighbours = strongest(without_oneself(nearness, chosen, rows), _TIFU_NEIGHBOURS).astype(np.float64)
        mean = (others.T @ neighbours.T).T / np.maximum(1, neighbours.sum(axis=1, keepdims=True))
        return np.asarray(_TIFU_OWN * own + (1 - _TIFU_OWN) * mean)

    return score


def most_overdue(history: PurchaseHistory) -> Scorer:
    """Days since the customer's last order with the item over the mean days between them; 0 where there is no gap."""
    gap = history.usual_gap
    late = history.matrix(np.where(gap > 0, history.last_age / np.where(gap > 0, gap, 1), 0))
    return lambda rows: np.asarray(late[rows].toarray())


BASELINES: Mapping[str, Method] = MappingProxyType({
    "popularity": popularity,
    "own_history": own_history,
    "frequency_with_popularity": frequency_with_popularity,
    "item_knn": item_knn,
    "tifu_knn": tifu_knn,
})
"""Every baseline, by the name under which its figures are told."""


def references(history: PurchaseHistory) -> Ints:
    """The customers among whom likeness is sought; all but in large bases."""
    return spread(history, _REFERENCES)


def spread(history: PurchaseHistory, most: int) -> Ints:
    """Customers who bought something, all or so many of them, spread over all that occurs.

    They are the same whatever the customers are called.
    """
    buyers = np.flatnonzero(history.trips[:, 0])
    if len(buyers) > most:
        buyers = buyers[np.lexsort([column[buyers] for column in _told_apart(history)])]
    return buyers[np.linspace(0, len(buyers) - 1, min(len(buyers), most)).astype(np.int64)]


def _told_apart(history: PurchaseHistory) -> tuple[Floats, ...]:
    """What tells one customer's history from another's, the first the least: columns of one number each."""
    item = history.item.astype(np.float64)
    of_rows = (item * history.last_age, item ** 2, history.orders * item, history.last_age, item, np.ones(len(item)))
    sums = (np.bincount(history.customer, values, history.shape[0]) for values in of_rows)
    return (*sums, *history.trips.T)


def strongest(values: Floats, most: int) -> Flags:
    """Which finite values are among the ``most`` highest of their row; equals of the last are all among them.

    >>> strongest(np.array([[3.0, 1.0, 2.0], [1.0, -np.inf, -np.inf]]), 2).tolist()
    [[True, False, True], [True, False, False]]
    """
    finite: Flags = np.isfinite(values)
    if most >= values.shape[1]:
        return finite
    return finite & (values >= np.partition(values, -most, axis=1)[:, -most:-most + 1 or None])


def strongest_of(some: Flags, values: Floats, most: int) -> Flags:
    """The same of the values that ``some`` names alone; where those are few, the others are not looked at.

    >>> strongest_of(np.array([[True, False, True]]), np.array([[1.0, 3.0, 2.0]]), 1).tolist()
    [[False, False, True]]
    """
    if np.count_nonzero(some) > some.size * _FEW:
        return strongest(np.where(some, values, -np.inf), most)
    row, column = np.nonzero(some)
    found = values[row, column]
    order = np.lexsort((-found, row))
    last = order[np.arange(len(row)) - np.searchsorted(row, row) == most - 1]
    least = np.full(len(some), -np.inf)
    least[row[last]] = found[last]
    chosen, is_kept = np.zeros_like(some), found >= least[row]
    chosen[row[is_kept], column[is_kept]] = True
    return chosen


def without_oneself(values: Floats, chosen: Ints, rows: slice) -> Floats:
    """The likeness of customers of the slice to those ``chosen``, in which nobody is like themselves."""
    values = np.array(values)
    inside = np.flatnonzero((chosen >= rows.start) & (chosen < rows.stop))
    values[chosen[inside] - rows.start, inside] = -np.inf
    return values
