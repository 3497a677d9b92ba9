"""How good expected spend is: asked about days that are over, and put beside what anybody would do without a model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from mining.arrays import Floats
from mining.learning.plain_rule import skill_interval
from mining.value.expected_spend import SpendForecast, forecast, spend_as_before, spend_at_own_pace
from mining.value.purchase_histories import PurchaseDays

_LEAST_AGE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastAccuracy:
    """How what was expected of each customer agrees with what came.

    Args:
        correlation: Pearson's, [-1, 1]; 0 where either side is constant.
        bias: Sum of what was expected over the sum of what came, minus 1.
        squared_error: Mean over customers.
    """

    correlation: float
    bias: float
    squared_error: float

    @classmethod
    def of(cls, expected: Floats, came: Floats) -> "ForecastAccuracy":
        """Of two columns.

        >>> found = ForecastAccuracy.of(np.array([1.0, 3.0]), np.array([2.0, 6.0]))
        >>> round(found.correlation, 9), found.bias, found.squared_error
        (1.0, -0.5, 5.0)
        """
        varies = bool(np.ptp(expected) and np.ptp(came))
        correlation = float(np.corrcoef(expected, came)[0, 1]) if varies else 0.0
        bias = float(expected.sum() / came.sum() - 1) if came.sum() else float("inf")
        return cls(correlation=correlation, bias=bias, squared_error=float(((expected - came) ** 2).mean()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendTrial:
    """A forecast of days that are over, and what became of it.

    Args:
        forecast: Made from what was known before those days.
        orders: How its order days agree with those that came.
        spend: How its spend agrees.
        baselines: The same of each plain rule, by name.
        coverage: Share of customers whose spend lay within their interval, [0, 1].
        skill: Share by which the mean squared error is below that of the best plain rule; below 0 it is above.
        interval: Both ends of the skill by chance, as ``skill_interval`` names them.
        p_value: Chance of such a skill were the forecast no better than that rule.
    """

    forecast: SpendForecast
    orders: ForecastAccuracy
    spend: ForecastAccuracy
    baselines: Mapping[str, ForecastAccuracy]
    coverage: float
    skill: float
    interval: Mapping[str, float]
    p_value: float

    @property
    def best_baseline(self) -> str:
        """The plain rule of the least squared error."""
        return min(self.baselines, key=lambda name: self.baselines[name].squared_error)


def try_forecast(history: PurchaseDays, *, as_of: int, days: int, seed: int) -> SpendTrial:
    """The forecast as it would have been made on the day ``as_of``, held against the ``days`` days after it.

    Raises:
        ValueError: If by then nobody had ordered twice, or no order had a value.
    """
    made = forecast(history, as_of=as_of, days=days, seed=seed)
    later = history.during(as_of + 1, as_of + days)
    came = later.spend_by_customer()[made.past.index]
    plain = baselines(history, made, as_of=as_of)
    errors = {name: (expected - came) ** 2 for name, expected in plain.items()}
    best = min(errors, key=lambda name: errors[name].mean())
    own = (made.spend - came) ** 2
    gained = errors[best] - own
    return SpendTrial(
        forecast=made, spend=ForecastAccuracy.of(made.spend, came),
        orders=ForecastAccuracy.of(made.orders, later.order_days_by_customer()[made.past.index].astype(float)),
        baselines={name: ForecastAccuracy.of(expected, came) for name, expected in plain.items()},
        coverage=float(((came >= made.low) & (came <= made.high)).mean()),
        skill=float(gained.mean() / errors[best].mean()) if errors[best].mean() else 0.0,
        interval=skill_interval(own, errors[best], [str(place) for place in made.past.index]),
        p_value=float(norm.sf(_standardised(gained))))


def baselines(history: PurchaseDays, made: SpendForecast, *, as_of: int) -> Mapping[str, Floats]:
    """What plain rules say of the same customers and days: *as before*, *own pace*, *mean order x rate*, *everybody*.

    Returns:
        The rules by name. ``as_before``: the spend of as many days before. ``own_pace``: spend since the base began,
        by the day. ``order_mean_x_rate``: the mean value of everybody's orders, times the customer's own orders by the
        day since their first (thirty days at least). ``everybody``: the mean spend of all customers by the day.
    """
    past, days = made.past, made.days
    rate = (past.repeats + 1) / np.maximum(past.age + 1, _LEAST_AGE)
    mean = past.value.sum() / max(1.0, past.valued.sum())
    before, pace = (rule(history, past, as_of, days) for rule in (spend_as_before, spend_at_own_pace))
    return {"as_before": before, "own_pace": pace, "order_mean_x_rate": mean * rate * days,
            "everybody": np.full(len(pace), pace.mean())}


def _standardised(gained: Floats) -> float:
    """The mean of differences over its standard error; 0 where nothing differs."""
    spread = float(gained.std(ddof=1)) if len(gained) > 1 else 0.0
    return float(gained.mean()) / (spread / len(gained) ** 0.5) if spread > 0 else 0.0
