"""Which items may be offered to a customer, and what is known of each.

What is asked is one of three: what they buy next that they do not buy now (``EXPLORE``), which of the things that they
buy with a rhythm and are late with they buy again (``REPEAT``), or either, as of a next basket (``EITHER``). Features
are the same; what is due is few, and all of it is a candidate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds

from mining.arrays import Flags, Floats, Ints
from mining.offers.baselines import Scorer, references, strongest, strongest_of, without_oneself
from mining.offers.history import PERIODS, PurchaseHistory, item_shares

CANDIDATES_EACH = 30
"""So many items of a customer each source of candidates brings."""

_LEAST_SHARE = 1e-3  # of one customer in a thousand: what is rarer is told apart no further
_NEIGHBOURS = 100
_FACTORS = 24
_LEAST_NORM = 1e-9
_RHYTHM_ENDS = (-2.0, 3.0)


class OfferQuestion(StrEnum):
    """Which items are asked about."""

    EXPLORE = "explore"
    REPEAT = "repeat"
    EITHER = "either"


class OfferReason(StrEnum):
    """What speaks for an offer."""

    OWN_HISTORY = "own_history"
    AFFINITY = "affinity"
    SIMILAR_CUSTOMERS = "similar_customers"
    POPULARITY = "popularity"


FEATURES: Mapping[str, OfferReason | None] = MappingProxyType({
    "never_bought": OfferReason.OWN_HISTORY,
    "log_days_since": OfferReason.OWN_HISTORY,
    "log_orders": OfferReason.OWN_HISTORY,
    "bought_once": OfferReason.OWN_HISTORY,
    "log_rhythm": OfferReason.OWN_HISTORY,
    "log_share_of_orders": OfferReason.OWN_HISTORY,
    "log_recent_share_of_orders": OfferReason.OWN_HISTORY,
    "log_decayed_frequency": OfferReason.OWN_HISTORY,
    "affinity": OfferReason.AFFINITY,
    "log_affinity": OfferReason.AFFINITY,
    "log_similar_customers": OfferReason.SIMILAR_CUSTOMERS,
    "log_popularity": OfferReason.POPULARITY,
    "log_popularity_90d": OfferReason.POPULARITY,
    "log_popularity_30d": OfferReason.POPULARITY,
    "log_began": OfferReason.POPULARITY,
    "log_trips": None,
    "log_trips_90d": None,
    "log_trips_30d": None,
    "log_breadth": None,
    "log_breadth_90d": None,
    "log_lines": None,
    "log_lines_90d": None,
    "log_days_since_order": None,
})
"""Every column, and the reason it is part of; those of the customer alone tell no item from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Items that may be offered, one row for each customer and item.

    Args:
        customer: Index of the customer.
        item: Index of the item.
        values: Rows x ``FEATURES``, each known.
    """

    customer: Ints
    item: Ints
    values: Floats

    def of(self, among: Flags | None) -> "Candidates":
        """Those of some customers; all where it is ``None``."""
        if among is None:
            return self
        rows = among[self.customer]
        return Candidates(customer=self.customer[rows], item=self.item[rows], values=self.values[rows])

    @classmethod
    def together(cls, parts: Iterable["Candidates"]) -> "Candidates":
        """Those of several groups of customers, one group after another."""
        kept = list(parts)
        return cls(**{name: np.concatenate([getattr(part, name) for part in kept])
                      for name in ("customer", "item", "values")})


class CandidateSource:
    """Where candidates come from: own history, what goes with it, similar customers, popularity.

    Args:
        history: What was known.

    Attributes:
        latent: Customers x items as they are factored, and items x factors, orthonormal.
    """

    def __init__(self, history: PurchaseHistory) -> None:
        self.history = history
        self.latent = _latent_items(history)
        self._affinity, self._similar = _affinity(*self.latent), _similar_customers(history)
        self._orders = history.matrix(history.orders)
        self._shares = [item_shares(history, period) for period in range(len(PERIODS))]
        self._habits = _habits(history)

    def best(self, rows: slice, question: OfferQuestion, offerable: Flags) -> Candidates:
        """The foremost of each source for the customers of the slice, of those that the question allows."""
        return self.best_of_each(rows, (question,), offerable)[0]

    def best_of_each(self, rows: slice, questions: Sequence[OfferQuestion], offerable: Flags) -> tuple[Candidates, ...]:
        """The same of several questions at once, in their order: what they share is made once."""
        near, alike = self._affinity(rows), self._similar(rows)
        chosen = (np.nonzero(self._chosen(rows, question, offerable, (near, alike))) for question in questions)
        return tuple(self._described(rows, place, item, (near, alike)) for place, item in chosen)

    def everybody(self, questions: Sequence[OfferQuestion], offerable: Flags,
                  among: Flags | None = None) -> tuple[Candidates, ...]:
        """Of each question, the same for all customers, or those ``among`` them, sorted by customer, then by item."""
        parts = [[found.of(among) for found in self.best_of_each(rows, questions, offerable)]
                 for rows in self.history.blocks()]
        return tuple(map(Candidates.together, zip(*parts, strict=True)))

    def of(self, rows: slice, customer: Ints, item: Ints) -> Candidates:
        """Given items of customers of the slice."""
        return self._described(rows, customer - rows.start, item, (self._affinity(rows), self._similar(rows)))

    def _chosen(self, rows: slice, question: OfferQuestion, offerable: Flags, scores: tuple[Floats, Floats]) -> Flags:
        parts = parts_of(self.history, rows, question, offerable)
        if question is OfferQuestion.REPEAT:
            return parts[0]
        orders = self._orders[rows].toarray()
        popular = np.broadcast_to(self._shares[0], orders.shape)
        chosen = np.zeros(orders.shape, dtype=bool)
        for some in parts:
            own = (orders + popular,) if orders[some].any() else ()  # of what nobody bought it is the popularity
            for ranked in (*own, popular, *scores):
                chosen |= strongest_of(some, ranked, CANDIDATES_EACH)
        return chosen

    def _described(self, rows: slice, place: Ints, item: Ints, scores: tuple[Floats, Floats]) -> Candidates:
        near, alike = (score[place, item] for score in scores)
        customer = place + rows.start
        columns = (*_own_columns(self.history, customer, item), near, _log(np.maximum(near, 0)), _log(alike),
                   *(_log(shares[item]) for shares in self._shares), np.log(self.history.began[item]),
                   *self._habits[customer].T)
        return Candidates(customer=customer, item=item, values=np.stack(columns, axis=1))


def foremost(customer: Ints, scores: Floats, most: int) -> tuple[Ints, Ints]:
    """The rows with the ``most`` highest scores of each customer, the best first, and the place of each, from 0.

    >>> [found.tolist() for found in foremost(np.array([4, 4, 4, 6]), np.array([0.1, 0.3, 0.2, 0.5]), 2)]
    [[1, 2, 3], [0, 1, 0]]

    Args:
        customer: Of each row, in their order.
        scores: Of each row; the first of equals comes first.
        most: Rows of each customer.
    """
    order = np.lexsort((-scores, customer))
    place = np.arange(len(order)) - np.searchsorted(customer, customer)
    return order[place < most], place[place < most]


def parts_of(history: PurchaseHistory, rows: slice, question: OfferQuestion, offerable: Flags) -> tuple[Flags, ...]:
    """Which items may be asked about, customers of the slice x items, in parts that each bring candidates.

    None of customers who bought nothing in the last 90 days, where it is asked what they do not buy now or again.
    """
    match question:
        case OfferQuestion.EXPLORE:
            now = history.matrix(history.is_recent)[rows].toarray().astype(bool)
            return ((history.trips[rows, 1:2] > 0) & ~now & offerable,)
        case OfferQuestion.REPEAT:
            return (history.matrix(history.is_due)[rows].toarray().astype(bool) & offerable,)
        case OfferQuestion.EITHER:
            before = history.matrix(history.orders)[rows].toarray() > 0
            return before & offerable, ~before & offerable & (history.trips[rows, :1] > 0)


def _affinity(own: sparse.csr_matrix, items: Floats) -> Scorer:
    """How well the item goes with what the customer buys, by 24 latent factors of all customers' purchases.

    Source: P. Cremonesi, Y. Koren, R. Turrin, "Performance of recommender algorithms on top-n recommendation tasks",
    RecSys 2010: PureSVD, here of the logarithms of orders over the square root of the customer's orders.
    """
    return lambda rows: np.asarray((own[rows] @ items) @ items.T)


def _latent_items(history: PurchaseHistory) -> tuple[sparse.csr_matrix, Floats]:
    own = history.matrix(np.log1p(history.orders) / np.sqrt(history.trips[history.customer, 0]))
    factors = min(_FACTORS, *(side - 1 for side in history.shape))
    if factors < 1:
        return own, np.zeros((history.shape[1], 1))
    start = np.ones(min(history.shape))  # given, so that equal data have equal factors
    return own, svds(own, k=factors, v0=start)[2].T


def _similar_customers(history: PurchaseHistory) -> Scorer:
    """Share of the customers most like this one who buy the item now, [0, 1], weighed by the likeness.

    Likeness is the cosine of the logarithms of orders, in which items that everybody buys weigh little.
    """
    chosen, vectors = references(history), _directions(history)
    others, bought = vectors[chosen], history.matrix(history.is_recent)[chosen]

    def score(rows: slice) -> Floats:
        likeness = without_oneself((others @ vectors[rows].T.toarray()).T, chosen, rows)
        likeness = np.where(strongest(likeness, _NEIGHBOURS), likeness, 0.0)
        total = np.maximum(likeness.sum(axis=1, keepdims=True), _LEAST_NORM)
        return np.asarray((bought.T @ likeness.T).T / total)

    return score


def _directions(history: PurchaseHistory) -> sparse.csr_matrix:
    rarity = -np.log(np.maximum(item_shares(history), _LEAST_NORM))
    vectors = history.matrix(np.log1p(history.orders) * rarity[history.item])
    length = np.sqrt(np.asarray(vectors.multiply(vectors).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(length, _LEAST_NORM)) @ vectors


def _own_columns(history: PurchaseHistory, customer: Ints, item: Ints) -> Sequence[Floats]:
    """The customer's own history with the item; where there is none, zeros beside ``never_bought``.

    The rhythm is days since the last order over the mean days between orders, of what was bought more than once.
    """
    row = history.find(customer, item)
    bought = row >= 0
    orders, last = history.orders[row], history.last_age[row]
    gap = history.usual_gap[row]
    again = bought & (orders > 1)
    rhythm = np.clip(_log(last / np.maximum(gap, 1)), *_RHYTHM_ENDS)
    share = orders / np.maximum(1, history.trips[customer, 0])
    recent_share = history.recent_orders[row] / np.maximum(1, history.trips[customer, 1])
    columns = (~bought, bought * np.log1p(last), bought * np.log1p(orders), bought & ~again, again * rhythm,
               _log(bought * share), _log(bought * recent_share), _log(bought * history.decayed[row]))
    return [column.astype(np.float64) for column in columns]


def _habits(history: PurchaseHistory) -> Floats:
    """How often each customer comes, how many different items and lines they buy, and how long ago the last was."""
    breadth = [np.bincount(rows, minlength=history.shape[0])
               for rows in (history.customer, history.customer[history.is_recent])]
    lines = [np.bincount(history.customer, orders, history.shape[0])
             for orders in (history.orders, history.recent_orders)]
    buyers, start = np.unique(history.customer, return_index=True)
    since = np.zeros(history.shape[0])
    since[buyers] = np.minimum.reduceat(history.last_age, start)
    return np.log1p(np.column_stack([history.trips, *breadth, *lines, since]))


def _log(shares: Floats) -> Floats:
    logs: Floats = np.log(shares + _LEAST_SHARE)
    return logs
