"""What each customer will spend in the next quarter and year, proposed where it beats what anybody would do without it.

A horizon is tried on days that are over: the forecast is made as it would have been before them. Where the data is
shorter than two horizons, the days that are tried are as many as half of it, and the sentence says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.stats import rankdata

from kb.facts.indicators import QUARTER_DAYS
from kb.model.ids import CustomerKey
from kb.model.pattern import ExpectedAmount, Pattern, Period, Population
from mining.context import Miner, MiningContext, MiningResult, as_passed
from mining.gate import GateTrial
from mining.learning.time_splits import end_of_day
from mining.value.expected_spend import SpendForecast, forecast
from mining.value.purchase_histories import PurchaseDays
from mining.value.spend_skill import SpendTrial, try_forecast
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, PopulationLevel

_LABEL = Text(zh="预期消费", en="expected spend")
_NO_ORDERS = Text(zh="预期消费：没有订单，无法预测", en="expected spend: there are no orders, so none can be told")
_CONTRACTS = Text(zh="预期消费：客户签有合约而没有订单；合约金额已知，不按订单预测",
                  en="expected spend: customers have contracts and no orders; their sums are known and are not foretold"
                     " from orders")
_FEW = Text(zh="预期消费：当时只有 {customers} 位客户，不足 {least} 位，未预测",
            en="expected spend: only {customers} customers by then, fewer than {least}: not foretold")
_SHORT = Text(zh="预期消费（{days} 天）：数据只有 {span} 天，无法用已过去的时期检验，未预测",
              en="expected spend ({days} days): the data spans {span} days, too few to test it on days that are over:"
                 " not foretold")
_ONCE = Text(zh="预期消费（{days} 天）：到检验起点时没有客户再次购买，或没有金额为正的订单，未预测",
             en="expected spend ({days} days): before the days to test it on nobody had ordered again, or no order had"
                " a value: not foretold")
_TRIED = Text(zh="预期消费（{days} 天）：用最近 {tested} 天检验",
              en="expected spend ({days} days): tested on the last {tested} days")
_OUTCOME = Text(zh="未来 {days} 天的消费", en="in the next {days} days")
_TESTED = Text(zh="以最近 {days} 天检验", en="tested on the last {days} days")
_BUYERS = Text(zh="截点前有订单的客户；结果：此后 {days} 天的净消费",
               en="customers with an order before the cut; outcome: net spend of the {days} days after it")
PLAIN_RULES: Mapping[str, Text] = MappingProxyType({
    "as_before": Text(zh="与之前同样长的时期一样", en="as in as many days before"),
    "own_pace": Text(zh="按自己至今的平均", en="their own mean so far"),
    "order_mean_x_rate": Text(zh="平均订单金额乘以自己的下单频率", en="mean order value times their own rate"),
    "everybody": Text(zh="所有客户的平均", en="the mean of all"),
})
"""What anybody would do without a model, in words, by the name that ``baselines`` has for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendLimits:
    """What bounds the forecast of spend.

    Args:
        horizons: In days, each a question of its own.
        least_tested: Share of a horizon that must be tried on days that are over.
        min_customers: Fewer are not learned from.
        min_skill: Least share by which the squared error must lie below that of the best plain rule.
        rate: Share of false discoveries borne.
    """

    horizons: tuple[int, ...] = (QUARTER_DAYS, 365)
    least_tested: float = 0.49
    min_customers: int = 100
    min_skill: float = 0.01
    rate: float = 0.05


def miner(limits: SpendLimits | None = None) -> Miner:
    """The registry line of expected spend."""
    bounds = limits or SpendLimits()
    return Miner(name="value", label=_LABEL, mine=lambda context: mine(context, bounds), finish=as_passed,
                 parameters=asdict(bounds), rate=bounds.rate)


def mine(context: MiningContext, limits: SpendLimits) -> MiningResult:
    """One trial for each horizon that can be tested; what cannot, and why."""
    history = context.purchases
    if not history.is_order.any():
        has_contracts = context.facts(context.moment, FactName.SUBSCRIPTION).num_rows
        return MiningResult(plan=(_CONTRACTS if has_contracts else _NO_ORDERS,))
    found = [_ask(context, history, days, limits) for days in limits.horizons]
    return MiningResult(trials=tuple(trial for trial, _ in found if trial), plan=tuple(line for _, line in found))


def _ask(context: MiningContext, history: PurchaseDays, days: int,
         limits: SpendLimits) -> tuple[GateTrial | None, Text]:
    """The forecast of one horizon with its proof; ``None`` and the reason where there can be none."""
    today = context.moment.day
    span = today - int(history.day.min()) + 1
    tested = min(days, span // 2)
    if tested < limits.least_tested * days:
        return None, _SHORT.fill(days=days, span=span)
    try:
        trial = try_forecast(history, as_of=today - tested, days=tested, seed=context.seed)
        present = forecast(history, as_of=today, days=days, seed=context.seed)
    except ValueError:
        return None, _ONCE.fill(days=days)
    customers = len(trial.forecast.past.index)
    if customers < limits.min_customers:
        return None, _FEW.fill(customers=customers, least=limits.min_customers)
    pattern = _pattern(context, history, trial, present)
    floors = {"later_skill": limits.min_skill}
    return (GateTrial(pattern=pattern, p_value=trial.p_value, floors=floors),
            _TRIED.fill(days=days, tested=tested))


def _pattern(context: MiningContext, history: PurchaseDays, trial: SpendTrial, present: SpendForecast) -> Pattern:
    cut = end_of_day(context.moment, trial.forecast.days)
    population = Population(what=_BUYERS.fill(days=trial.forecast.days), level=PopulationLevel.CUSTOMER,
                            period=Period(start=cut.as_of + 1, end=context.moment.as_of + 1),
                            size=len(trial.forecast.past.index))
    keys = [CustomerKey(history.keys[place]) for place in present.past.index]
    ranks = rankdata(present.spend, method="max") / len(keys)
    return Pattern(
        kind=PatternKind.SPEND_FORECAST, subject=f"spend_{present.days}d", measures=_measures(trial, len(keys)),
        population=population, later_population=population, details=_details(trial, present),
        scores=dict(sorted(zip(keys, ranks.tolist(), strict=True))), amounts=dict(sorted(_amounts(keys, present))))


def _measures(trial: SpendTrial, members: int) -> dict[str, float]:
    best = trial.baselines[trial.best_baseline]
    bias = {"later_bias": trial.spend.bias} if np.isfinite(trial.spend.bias) else {}
    return {"members": float(members), "later_correlation": trial.spend.correlation, **bias,
            "later_error": trial.spend.squared_error ** 0.5, "later_baseline_error": best.squared_error ** 0.5,
            "later_skill": trial.skill, **{f"later_{end}": value for end, value in trial.interval.items()},
            "later_coverage": trial.coverage}


def _details(trial: SpendTrial, present: SpendForecast) -> dict[str, Any]:
    model, recent, pace = present.weights
    return {"outcome": f"spend_{present.days}d", "outcome_words": _OUTCOME.fill(days=present.days),
            "tested": _TESTED.fill(days=trial.forecast.days), "baseline": PLAIN_RULES[trial.best_baseline],
            "tested_days": trial.forecast.days, "weights": {"model": model, "recent": recent, "pace": pace},
            "orders": {"correlation": trial.orders.correlation},
            "baseline_errors": {name: each.squared_error ** 0.5 for name, each in trial.baselines.items()}}


def _amounts(keys: list[CustomerKey], made: SpendForecast) -> Iterator[tuple[CustomerKey, ExpectedAmount]]:
    for key, *figures in zip(keys, made.spend.tolist(), made.low.tolist(), made.high.tolist(), strict=True):
        value, low, high = (round(figure, 2) for figure in figures)
        yield key, ExpectedAmount(value=value, low=low, high=high)
