"""What each customer will spend within the next days, with an interval.

Three voices speak: the purchase model (``purchase_rate`` times ``order_value``), the customer's recent spend, and their
pace so far. How much each counts is learned on an earlier part of the history: the model knows who has left, recent
spend knows of habits that the model takes for constant. What a base takes back is taken off at the base's own share.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from mining.arrays import Floats
from mining.value.order_value import OrderValues, fit_order_values
from mining.value.purchase_histories import PurchaseDays, PurchaseHistories, histories
from mining.value.purchase_rate import PurchaseRates, fit_purchase_rates

DRAWS = 400
_CHUNK = 2_000  # customers drawn at once: 400 draws of them take some 6 MB a column
_LEVEL = 0.9
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
    model = _Models.fitted(history, as_of)
    weights = learned_weights(history, as_of=as_of, days=days)
    spend = np.column_stack(_voices(history, model, as_of, days)) @ np.array(weights)
    orders, (low, high) = model.rates.expected_orders(model.past, days), model.interval(days, seed)
    scale = spend / np.maximum(model.spend(days), np.finfo(float).tiny)
    return SpendForecast(past=model.past, days=days, orders=orders, spend=spend, low=low * scale, high=high * scale,
                         weights=weights, rates=model.rates, values=model.values)


def learned_weights(history: PurchaseDays, *, as_of: int, days: int) -> tuple[float, float, float]:
    """How much model, recent spend and pace count: what would have told the last days of the history best.

    Those are the last ``days``, or half of the history where it is shorter than twice as long. Squared errors are
    weighed by the spend expected, for who spends much varies much. Where there is too little to learn from, the model
    counts alone.
    """
    cut = min(days, history.span(as_of) // 2)
    try:
        model = _Models.fitted(history, as_of - cut)
    except ValueError:
        return 1.0, 0.0, 0.0
    voices = np.column_stack(_voices(history, model, as_of - cut, cut))
    came = history.during(as_of - cut + 1, as_of).spend_by_customer()[model.past.index]
    weigh = 1 / np.sqrt(voices[:, 0] + voices[:, 0].mean() + np.finfo(float).tiny)
    return _shares(voices * weigh[:, None], came * weigh)


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
            parts.append(np.quantile(spend, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0))
        return np.hstack(parts)
