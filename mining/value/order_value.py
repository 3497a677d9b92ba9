"""What an order of a customer is worth: the Gamma-Gamma model.

The values of a customer's orders are gamma distributed about a mean of their own (shape ``p``), and the means are
inverse gamma distributed over customers (shape ``q``, scale ``gamma``). Customers of few orders are drawn to the mean
of all.

Source: P. Fader, B. Hardie, "The Gamma-Gamma Model of Monetary Value", 2013; the numbers of equations are of that note.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from mining.arrays import Floats
from mining.value.purchase_histories import PurchaseHistories

_WIDEST = 9.0
_LEAST_Q = 1.0
"""At or below it there is no mean over customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderValues:
    """A fitted Gamma-Gamma model.

    Args:
        p: Shape of the values of one customer, above zero.
        q: Shape of the means over customers, above 1.
        gamma: In currency, above zero; ``p * gamma / (q - 1)`` is the mean over customers.
    """

    p: float
    q: float
    gamma: float

    def expected(self, past: PurchaseHistories) -> Floats:
        """The mean value of an order of each customer, in currency (equation 5).

        >>> one = np.ones(1)
        >>> past = PurchaseHistories(index=np.zeros(1, int), repeats=one, last=one, age=one, valued=2 * one,
        ...                          value=44.7 * one, net=one)
        >>> OrderValues(p=6.25, q=3.74, gamma=15.44).expected(past).round(2)    # of a customer whose mean is 22.35
        array([24.66])
        """
        mean: Floats = self.p * (self.gamma + past.value) / (self.p * past.valued + self.q - 1)
        return mean

    def draw(self, past: PurchaseHistories, orders: Floats, *, chance: np.random.Generator) -> Floats:
        """The value of so many orders of each customer as it may come, draws x customers."""
        scale = chance.gamma(self.p * past.valued + self.q, size=orders.shape) / (self.gamma + past.value)
        worth = chance.gamma(self.p * np.maximum(orders, 1)) / scale
        return np.where(orders > 0, worth, 0.0)


def fit_order_values(valued: Floats, value: Floats) -> OrderValues:
    """The values of greatest likelihood (equation 1a).

    Args:
        valued: Orders of each customer whose value is above zero.
        value: Sum of those values.

    Raises:
        ValueError: If no order has a value above zero.
    """
    known = valued > 0
    if not known.any():
        msg = "no order has a value above zero, so there is none to expect"
        raise ValueError(msg)
    counts, means = valued[known], value[known] / valued[known]
    usual = np.log([3.0, 2.0, float(means.mean())])

    def loss(logs: Floats) -> float:
        p, over, gamma = np.exp(logs)
        return -float(_log_likelihoods(p, _LEAST_Q + over, gamma, counts, means).mean())

    found = minimize(loss, usual, method="L-BFGS-B", bounds=[(u - _WIDEST, u + _WIDEST) for u in usual])
    p, over, gamma = map(float, np.exp(found.x))
    return OrderValues(p=p, q=_LEAST_Q + over, gamma=gamma)


def _log_likelihoods(p: float, q: float, gamma: float, counts: Floats, means: Floats) -> Floats:
    shape = p * counts
    total: Floats = (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
                     + (shape - 1) * np.log(means) + shape * np.log(counts)
                     - (shape + q) * np.log(gamma + counts * means))
    return total
