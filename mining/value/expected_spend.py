"""What each customer will spend within the next days, with an interval.

Three voices speak: the purchase model (``purchase_rate`` times ``order_value``), the customer's recent spend, and their
pace so far. How much each counts is learned on an earlier part of the history: the model knows who has left, recent
spend knows of habits that the model takes for constant. There it is learned, too, by how much the intervals that the
model draws are too narrow. What a base takes back is taken off at the base's own share.

Source of the intervals: Y. Romano, E. Patterson, E. Candès, "Conformalized quantile regression", NeurIPS 2019.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from mining.arrays import Floats
from mining.rate_intervals import LEVEL, level_after
from mining.value.order_value import OrderValues, fit_order_values
from mining.value.purchase_histories import PurchaseDays, PurchaseHistories, histories
from mining.value.purchase_rate import PurchaseRates, fit_purchase_rates

DRAWS = 400
_CHUNK = 2_000  # customers drawn at once: 400 draws of them take some 6 MB a column
_LEAST_CUSTOMERS = 100  # of fewer, a tenth says little
_LEAST_WIDTH = 0.1  # of the mean width: of whom nothing is drawn may come after all
_STRICT = 1e4
"""How heavily the weights are held to a sum of 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendForecast:
    """What is expected of each customer of ``past`` within ``days`` days, as columns in the same order.

    Args:
        past: What it rests on.
        orders: Order days, by the purchase model.
        spend: Net, in the currency of the base.
        low: With ``high``: in nine cases of ten the spend lies within, ends included.
        weights: Of model, recent spend and pace, each [0, 1], together 1.
        rates: The model of orders.
        values: The model of the value of an order.
    """

    past: PurchaseHistories
    days: int
    orders: Floats
    spend: Floats
    low: Floats
    high: Floats
    weights: tuple[float, float, float]
    rates: PurchaseRates
    values: OrderValues


def forecast(history: PurchaseDays, *, as_of: int, days: int, seed: int) -> SpendForecast:
    """What is expected within the ``days`` days after the day ``as_of``; nothing after it is read.

    Raises:
        ValueError: If nobody has ordered twice, or no order has a value.
    """
    model, learned = _Models.fitted(history, as_of), learn(history, as_of=as_of, days=days, seed=seed)
    spend, low, high = _foretold(history, model, learned.weights, as_of=as_of, days=days, seed=seed)
    widen = learned.widening * _widths(low, high)
    return SpendForecast(past=model.past, days=days, orders=model.rates.expected_orders(model.past, days), spend=spend,
                         low=np.clip(low - widen, 0.0, None), high=np.clip(high + widen, 0.0, None),
                         weights=learned.weights, rates=model.rates, values=model.values)


@dataclass(frozen=True, slots=True)
class Learned:
    """What an earlier part of the history teaches.

    Args:
        weights: How much model, recent spend and pace count.
        widening: By what share of its width an interval must reach further out at both ends; below 0, less far.
    """

    weights: tuple[float, float, float] = (1.0, 0.0, 0.0)
    widening: float = 0.0


def learn(history: PurchaseDays, *, as_of: int, days: int, seed: int) -> Learned:
    """What would have told the last days of the history best.

    Those are the last ``days``, or half of the history where it is shorter than twice as long. Squared errors are
    weighed by the spend expected, for who spends much varies much. Where there is too little to learn from, the model
    counts alone, and its intervals stand as they are drawn.
    """
    cut = min(days, history.span(as_of) // 2)
    before = as_of - cut
    try:
        model = _Models.fitted(history, before)
    except ValueError:
        return Learned()
    voices = np.column_stack(_voices(history, model, before, cut))
    came = history.during(before + 1, as_of).spend_by_customer()[model.past.index]
    weigh = 1 / np.sqrt(voices[:, 0] + voices[:, 0].mean() + np.finfo(float).tiny)
    weights = _shares(voices * weigh[:, None], came * weigh)
    _, low, high = _foretold(history, model, weights, as_of=before, days=cut, seed=seed)
    if len(came) < _LEAST_CUSTOMERS:
        return Learned(weights)
    outside = np.maximum(low - came, came - high) / _widths(low, high)
    return Learned(weights, float(np.quantile(outside, level_after(1))))


def _foretold(history: PurchaseDays, model: "_Models", weights: tuple[float, float, float], *,  # noqa: PLR0913 - what is known, who tells it, of which days
              as_of: int, days: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """The spend of each customer, and both ends of what the model draws, brought to the same mean."""
    spend = np.column_stack(_voices(history, model, as_of, days)) @ np.array(weights)
    low, high = model.interval(days, seed) * (spend / np.maximum(model.spend(days), np.finfo(float).tiny))
    return spend, low, high


def _widths(low: Floats, high: Floats) -> Floats:
    widths = high - low
    return widths + _LEAST_WIDTH * float(widths.mean()) + np.finfo(float).tiny


def _shares(voices: Floats, came: Floats) -> tuple[float, float, float]:
    """Weights of the columns, none below zero and together 1, that come nearest to what came."""
    size = max(1.0, float(np.abs(voices).max(initial=0)))
    strict = _STRICT * size * np.sqrt(len(voices))
    found, _ = nnls(np.vstack([voices, np.full((1, voices.shape[1]), strict)]), np.append(came, strict))
    model, recent, pace = map(float, found / found.sum())
    return model, recent, pace


def _voices(history: PurchaseDays, model: "_Models", as_of: int, days: int) -> tuple[Floats, Floats, Floats]:
    """What the model, recent spend and the pace so far each let expect of every customer within ``days`` days."""
    recent, pace = (rule(history, model.past, as_of, days) for rule in (spend_as_before, spend_at_own_pace))
    return model.spend(days), np.maximum(recent, 0.0), np.maximum(pace, 0.0)


def spend_as_before(history: PurchaseDays, past: PurchaseHistories, as_of: int, days: int) -> Floats:
    """The net spend of each customer in as many days up to ``as_of``; of a shorter history, at its daily rate."""
    known = min(days, history.span(as_of))
    return history.during(as_of - known + 1, as_of).spend_by_customer()[past.index] * days / known


def spend_at_own_pace(history: PurchaseDays, past: PurchaseHistories, as_of: int, days: int) -> Floats:
    """The net spend of each customer since the history began, by the day."""
    return past.net * days / history.span(as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    """Rates and values of the same customers; ``kept`` is the share of what was paid that was not paid back."""

    past: PurchaseHistories
    rates: PurchaseRates
    values: OrderValues
    kept: float

    @classmethod
    def fitted(cls, history: PurchaseDays, as_of: int) -> "_Models":
        past = histories(history, as_of=as_of)
        values = fit_order_values(past.valued, past.value)
        kept = max(0.0, float(past.net.sum() / past.value.sum()))
        return cls(past=past, rates=fit_purchase_rates(past), values=values, kept=kept)

    def spend(self, days: int) -> Floats:
        """Net spend of each customer that orders and values let expect."""
        return self.rates.expected_orders(self.past, days) * self.values.expected(self.past) * self.kept

    def interval(self, days: int, seed: int) -> Floats:
        """Both ends of the spend in nine cases of ten, 2 x customers, by drawing what may come of each."""
        chance, parts = np.random.default_rng(seed), []
        for start in range(0, len(self.past.repeats), _CHUNK):
            some = self.past.rows(slice(start, start + _CHUNK))
            orders = self.rates.draw(some, days, draws=DRAWS, chance=chance)
            spend = self.values.draw(some, orders, chance=chance) * self.kept
            parts.append(np.quantile(spend, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0))
        return np.hstack(parts)
