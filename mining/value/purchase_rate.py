"""How often a customer will order again: the BG/NBD model.

While a customer is active they order at a rate of their own, which is gamma distributed over customers (shape ``r``,
rate ``alpha``); after each repeat order they leave for good with a probability of their own, which is beta distributed
(``a``, ``b``).

Source: P. Fader, B. Hardie, K. L. Lee, "Counting Your Customers the Easy Way", Marketing Science 24(2), 2005; the
numbers of equations are of that paper.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from mining.arrays import Floats
from mining.value.purchase_histories import PurchaseHistories

_WIDEST = 9.0
"""The logarithm of a parameter is looked for within so much of that of its usual size: beyond it nothing changes."""

_POLE = 1e-6
"""The expectation has a removable pole where ``a`` is 1."""

_NEVER = 1e-12
"""Who leaves less often than that stays for any number of orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRates:
    """A fitted BG/NBD model.

    Args:
        r: Shape of the rates, above zero.
        alpha: In days, above zero; ``r / alpha`` is the mean rate of an active customer.
        a: With ``b``, of the probabilities to leave; both above zero.
        log_likelihood: Of the customers it was fitted to.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float = float("nan")

    def active(self, past: PurchaseHistories) -> Floats:
        """The probability of each customer that they have not left for good, [0, 1]."""
        shape, before = self.r + past.repeats, np.maximum(past.repeats, 1)
        left = self.a / (self.b + before - 1) * ((self.alpha + past.age) / (self.alpha + past.last)) ** shape
        return 1 / (1 + np.where(past.repeats > 0, left, 0.0))

    def expected_orders(self, past: PurchaseHistories, days: float) -> Floats:
        """Order days of each customer within the next ``days`` (equation 10)."""
        a = self.a + _POLE if abs(self.a - 1) < _POLE else self.a
        shape, until = self.r + past.repeats, self.alpha + past.age
        series = hyp2f1(shape, self.b + past.repeats, a + self.b + past.repeats - 1, days / (until + days))
        rising = (a + self.b + past.repeats - 1) / (a - 1) * (1 - (until / (until + days)) ** shape * series)
        expected: Floats = rising * self.active(past)
        return expected

    def draw(self, past: PurchaseHistories, days: float, *, draws: int, chance: np.random.Generator) -> Floats:
        """Order days within the next ``days`` as they may come, draws x customers.

        An active customer orders at a rate drawn from what is known of theirs, until they leave.
        """
        size = draws, len(past.repeats)
        rate = chance.gamma(self.r + past.repeats, size=size) / (self.alpha + past.age)
        leaving = np.clip(chance.beta(self.a, self.b + past.repeats, size=size), _NEVER, 1 - _NEVER)
        most = np.ceil(np.log1p(-chance.random(size)) / np.log1p(-leaving))
        orders = np.minimum(chance.poisson(rate * days), np.maximum(most, 1))
        return np.where(chance.random(size) < self.active(past), orders, 0.0)


def fit_purchase_rates(past: PurchaseHistories) -> PurchaseRates:
    """The rates of greatest likelihood (equation 6), summed over distinct histories.

    Raises:
        ValueError: If nobody has ordered a second time: nothing is known of any rhythm.
    """
    if not (past.repeats > 0).any():
        msg = "nobody has ordered a second time, so there is no rate to fit"
        raise ValueError(msg)
    distinct, people = np.unique(np.column_stack([past.repeats, past.last, past.age]), axis=0, return_counts=True)
    usual = np.log([0.5, max(1.0, past.age.mean() / 10), 0.7, 2.0])

    def loss(logs: Floats) -> float:
        return -float(people @ _log_likelihoods(np.exp(logs), distinct)) / len(past.repeats)

    found = minimize(loss, usual, method="L-BFGS-B", bounds=[(u - _WIDEST, u + _WIDEST) for u in usual])
    r, alpha, a, b = map(float, np.exp(found.x))
    return PurchaseRates(r=r, alpha=alpha, a=a, b=b, log_likelihood=-float(found.fun) * len(past.repeats))


def _log_likelihoods(parameters: Floats, distinct: Floats) -> Floats:
    """Of each distinct history (repeats, last, age)."""
    r, alpha, a, b = parameters
    repeats, last, age = distinct.T
    shape, before = r + repeats, np.maximum(repeats, 1)
    ordered = gammaln(shape) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + repeats) - betaln(a, b)
    active = -shape * np.log(alpha + age)
    left = np.log(a) - np.log(b + before - 1) - shape * np.log(alpha + last)
    total: Floats = ordered + stayed + np.logaddexp(active, np.where(repeats > 0, left, -np.inf))
    return total
