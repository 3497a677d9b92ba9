"""Who leaves: three meanings of leaving, each foretold from what was known before it.

What mostly heals by itself is called a pause, and says how many come back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import ceil
from types import MappingProxyType

import numpy as np
from scipy.stats import binom

from kb.facts.moment import Moment
from kb.model.condition import And, Condition, Op, Or, Test
from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period, Population
from mining.arrays import Flags
from mining.context import Miner, MiningContext, MiningResult
from mining.contracts import contract_problem
from mining.gate import GateTrial
from mining.lapses import lapse_drift
from mining.learning.classification import Floors, classify
from mining.learning.features import Feature, FeatureFrame, counting_features, customer_features, customer_frame
from mining.learning.problem import CHURN, LATER, LabelledSample, Problem, beside
from mining.learning.time_splits import end_of_day
from mining.rate_intervals import rate_interval
from ontology.quantities import percent, span_words
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, PopulationLevel

SILENT_GAPS = 3.0
_RESTATING = frozenset({"recency_days", "order_gap_mean", "order_gap_std", "silence_ratio", "monetary_30d",
                        "monetary_90d", "spend_trend", "loyalty"})
"""What says how lately, how often and how much somebody buys: no cause of buying no more."""
_HALF = 0.5

_LABEL = Text(zh="流失", en="churn")
_NO_ORDERS = Text(zh="流失（按订单）：没有订单，未挖掘", en="churn by orders: there are none, nothing mined")
_SHORT = Text(zh="流失（按订单）：数据跨度不足 {days} 天，未挖掘",
              en="churn by orders: the data spans fewer than {days} days, nothing mined")
_MARGIN = Text(zh="流失：按已知成本（占消费 {known}），消费中有 {share} 是毛利，用于挽留的价值",
               en="churn: {share} of what is spent is earned, by the costs that are known (of {known} of the spend);"
                  " what keeping a customer is worth goes by that")
_NO_CONTRACTS = Text(zh="流失（按合约）：没有合约，未挖掘", en="churn by contract: there are none, nothing mined")


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """When somebody counts as here, and how long we wait before calling them gone.

    Args:
        days: Without an order for so long is lapsed; ``fitted`` takes so many of them as ``gaps`` of the base's usual
            gaps need, and no more than ``part`` of the span of the data holds, for it takes three horizons to learn.
        silent_days: So short a silence is none, however short the own gaps are; ``fitted`` takes ``gaps`` of the
            base's usual gaps where that is less.
        contract_days: Contracts are watched for so long.
        active: Who ordered within so many horizons before the cut is asked about.
        held_out: Share of contracts that is held out for the test.
        most_factors: Factors that are proposed for one outcome, the heaviest first.
        floors: What answers must reach.
    """

    days: int = 45
    gaps: float = 3.0
    part: float = 0.25
    silent_days: int = 14
    contract_days: int = 30
    active: int = 2
    held_out: float = 0.3
    most_factors: int = 6
    floors: Floors = field(default_factory=Floors)

    @property
    def active_days(self) -> int:
        """Within so many days an order makes a customer active.

        >>> Horizon(days=45).active_days
        90
        """
        return self.active * self.days


def fitted(limits: Horizon, context: MiningContext) -> Horizon:
    """The horizon for customers who order as often as these do: the first at which most who are gone stay away.

    Where the data is too short to see one, it is the one that their gaps ask for.
    """
    return context.once(("churn horizon", limits), lambda: _fitted(limits, context))


def _fitted(limits: Horizon, context: MiningContext) -> Horizon:
    gaps = context.facts(context.moment, FactName.CUSTOMER)["order_gap_mean"].drop_null().to_numpy()
    if not len(gaps):
        return limits
    span = context.moment.days_ago(int(context.sales.at.min(initial=context.moment.as_of)))
    first = fitted_to(limits, float(np.median(gaps)), span)
    longer = [replace(first, days=days) for days in range(first.days, int(limits.part * span) + 1, limits.days)]
    return next((one for one in longer if _States.of(context, one).returned(LAPSED, one) < _HALF), first)


def fitted_to(limits: Horizon, usual_gap: float, span: int) -> Horizon:
    """The horizon for a base in which half of the customers come every ``usual_gap`` days, with data of ``span`` days.

    >>> [fitted_to(Horizon(), gap, span).days for gap, span in ((8.7, 365), (58.8, 373), (190.0, 1_460), (1.2, 90))]
    [45, 90, 360, 45]
    >>> fitted_to(Horizon(), 8.7, 365).silent_days, fitted_to(Horizon(), 1.2, 90).silent_days
    (14, 4)
    """
    wanted = ceil(limits.gaps * usual_gap / limits.days)
    most = max(1, int(limits.part * span) // limits.days)
    return replace(limits, days=limits.days * min(max(1, wanted), most),
                   silent_days=min(limits.silent_days, ceil(limits.gaps * usual_gap)))


def miner(horizon: Horizon | None = None) -> Miner:
    """The registry line of churn."""
    limits = horizon or Horizon()
    return Miner(name="churn", label=_LABEL, mine=lambda context: mine(context, limits),
                 finish=lambda context, patterns: finish(context, patterns, limits),
                 parameters=asdict(limits), rate=limits.floors.rate)


def mine(context: MiningContext, limits: Horizon) -> MiningResult:
    """Everything tried for each meaning of leaving that the tables allow."""
    asked, plan = problems(context, limits)
    limits = fitted(limits, context)
    parts = [classify(problem, limits.floors, seed=context.seed) for problem in asked]
    silence = [_silence_trial(context, limits)] if "lapsed" in {p.label for p in asked} else []
    return MiningResult(trials=(*(t for part in parts for t in part.trials), *silence),
                        plan=(*(line for part in parts for line in part.plan), *plan, *_margin_told(context)))


def _margin_told(context: MiningContext) -> Iterator[Text]:
    if context.margin is not None:
        yield _MARGIN.fill(share=percent(context.margin.share), known=percent(context.margin.known))


def problems(context: MiningContext, limits: Horizon) -> tuple[list[Problem], list[Text]]:
    """The questions that the tables allow, for customers who order as often as these do; what was left out and why."""
    return context.once(("churn problems", limits), lambda: _problems(context, fitted(limits, context)))


def _problems(context: MiningContext, limits: Horizon) -> tuple[list[Problem], list[Text]]:
    asked: list[Problem] = []
    plan: list[Text] = []
    refusal = _why_not_orders(context, limits)
    if refusal:
        plan.append(refusal)
    else:
        cuts, drift = _cuts(context, limits), _drift(context, limits)
        asked += [replace(cuts.problem(label, outcome, limits), drift=drift) for label, outcome in _BY_ORDERS.items()]
    if context.facts(context.moment, FactName.SUBSCRIPTION).num_rows:
        asked.append(contract_problem(context, limits.contract_days, held_out=limits.held_out))
    else:
        plan.append(_NO_CONTRACTS)
    return asked, plan


def finish(context: MiningContext, patterns: Sequence[Pattern], limits: Horizon) -> tuple[Pattern, ...]:
    """What passed, but the lighter factors, with one risk for all and what is earned of spend where that is known."""
    ranked, margin = of_one_risk(heaviest(patterns, limits.most_factors)), context.margin
    if margin is None:
        return ranked
    return tuple(replace(p, details={**p.details, "margin": margin.share}) if p.kind is PatternKind.CHURN_RULE else p
                 for p in ranked)


def heaviest(patterns: Sequence[Pattern], most: int) -> tuple[Pattern, ...]:
    """All patterns but the lighter factors: of each outcome, the ``most`` with the greatest weight stay."""
    def rank(pattern: Pattern) -> tuple[float, str]:
        return -pattern.measures["weight"], pattern.subject

    factors = [p for p in patterns if "weight" in p.measures]
    kept = [p.subject for outcome in sorted({str(p.details["outcome"]) for p in factors})
            for p in sorted((p for p in factors if p.details["outcome"] == outcome), key=rank)[:most]]
    return tuple(p for p in patterns if "weight" not in p.measures or p.subject in kept)


def of_one_risk(patterns: Sequence[Pattern]) -> tuple[Pattern, ...]:
    """Patterns whose rules say what is at stake by one risk of leaving by orders, so that all gifts stand in one order.

    It is the first in the order of ``_BY_ORDERS`` whose model passed; without one, each keeps that of its outcome.
    """
    modelled = {p.details.get("outcome") for p in patterns if p.kind is PatternKind.CHURN_MODEL}
    risk = next((outcome for outcome in _BY_ORDERS if outcome in modelled), None)
    if risk is None:
        return tuple(patterns)
    return tuple(replace(p, details={**p.details, "risk": risk}) if p.details.get("outcome") in _BY_ORDERS else p
                 for p in patterns)


def is_active(frame: FeatureFrame, days: int) -> Flags:
    """Who ordered within ``days`` days."""
    active: Flags = frame.column("recency_days") < days
    return active


def is_silent(frame: FeatureFrame, limits: Horizon) -> Flags:
    """Whose silence is at least ``silent_days`` and over three times the own mean gap."""
    recency, ratio = frame.column("recency_days"), frame.column("silence_ratio")
    silent: Flags = (recency >= limits.silent_days) & (ratio > SILENT_GAPS)
    return silent


def _silent(limits: Horizon) -> Condition:
    return And(parts=(Test(property="recency_days", op=Op.GE, operand=limits.silent_days),
                      Test(property="silence_ratio", op=Op.GT, operand=SILENT_GAPS)))


def _not_silent(limits: Horizon) -> Condition:
    return Or(parts=(Test(property="recency_days", op=Op.LT, operand=limits.silent_days),
                     Test(property="silence_ratio", op=Op.LE, operand=SILENT_GAPS)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """One meaning of leaving, by orders: who is asked about, and of whom it came true a horizon later.

    ``pause`` is what it is called where most of them come back.
    """

    words: Text
    pause: Text
    population: Text
    asked: Callable[[FeatureFrame, Horizon], Flags]
    came_true: Callable[[FeatureFrame, Horizon], Flags]
    condition: Callable[[Horizon], tuple[Condition, ...]]


LAPSED = _Outcome(
    words=Text(zh="此后{span}没有下单", en="place no order for {span}"),
    pause=Text(zh="暂停购买{span}", en="pause for {span}"),
    population=Text(zh="截点前 {active} 天内下过单的客户；结果：此后 {days} 天内没有订单",
                    en="customers with an order within {active} days before the cut; outcome: none within {days}"
                       " days after it"),
    asked=lambda frame, limits: is_active(frame, limits.active_days),
    came_true=lambda frame, limits: ~(frame.column("recency_days") < limits.days),
    condition=lambda limits: (Test(property="recency_days", op=Op.LT, operand=limits.active_days),),
)
SILENT = _Outcome(
    words=Text(zh="{span}内打破自己的购买节奏而沉默", en="fall silent against their own rhythm within {span}"),
    pause=Text(zh="{span}内打破自己的购买节奏而暂停", en="pause against their own rhythm within {span}"),
    population=Text(zh="截点时尚未沉默（至少 {silent} 天且超过自身平均间隔的三倍）、平均购买间隔已知的客户；"
                       "结果：{days} 天后已沉默",
                    en="customers with a known mean gap who were not silent ({silent} days at least, and over three"
                       " times the own mean gap) at the cut; outcome: silent {days} days later"),
    asked=lambda frame, limits: np.isfinite(frame.column("silence_ratio")) & ~is_silent(frame, limits),
    came_true=is_silent,
    condition=lambda limits: (_not_silent(limits),),
)
_BY_ORDERS: Mapping[str, _Outcome] = MappingProxyType({"lapsed": LAPSED, "silent": SILENT})


def _why_not_orders(context: MiningContext, limits: Horizon) -> Text | None:
    if not len(context.sales.at):
        return _NO_ORDERS
    first = end_of_day(context.moment, 2 * limits.days)
    if first.days_ago(int(context.sales.at.min())) < limits.days:
        return _SHORT.fill(days=3 * limits.days)
    return None


_STATE = tuple(Feature(fact=FactName.CUSTOMER, reads=name, labels=Text.same(name))
               for name in ("recency_days", "silence_ratio"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _States:
    """How lately each customer ordered, and how far beyond the own rhythm they are, at three moments.

    Args:
        moments: A horizon apart; the last is the present.
        frames: Of all customers at each.
    """

    moments: tuple[Moment, Moment, Moment]
    frames: tuple[FeatureFrame, FeatureFrame, FeatureFrame]

    @classmethod
    def of(cls, context: MiningContext, limits: Horizon) -> "_States":
        now = context.moment
        moments = (end_of_day(now, 2 * limits.days), end_of_day(now, limits.days), now)
        return cls(moments=moments, frames=_three(customer_frame(context, moment, _STATE) for moment in moments))

    def after(self, cut: int) -> FeatureFrame:
        """The state of the customers of one cut a horizon later."""
        return beside(self.frames[cut + 1], self.frames[cut].keys, (), ())

    def returned(self, outcome: _Outcome, limits: Horizon) -> float:
        """Of those who left between the first two moments, the share who ordered before the last; 0 where none left."""
        left = outcome.asked(self.frames[0], limits) & outcome.came_true(self.after(0), limits)
        now = beside(self.frames[2], self.frames[0].keys, (), ())
        return float(is_active(now, limits.days)[left].mean()) if left.any() else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cuts:
    """All customers at three moments, with what may be learned from."""

    states: _States
    frames: tuple[FeatureFrame, FeatureFrame, FeatureFrame]

    @classmethod
    def of(cls, context: MiningContext, limits: Horizon) -> "_Cuts":
        states = _States.of(context, limits)
        features = (*customer_features(context, states.moments[0], steady=True),
                    *counting_features(context, states.moments[0]))
        return cls(states=states, frames=_three(customer_frame(context, m, features) for m in states.moments))

    def problem(self, label: str, outcome: _Outcome, limits: Horizon) -> Problem:
        """One meaning of leaving: learned at the first cut, tested at the second, asked at the present."""
        present = self.frames[2].rows(outcome.asked(self.states.frames[2], limits))
        returned = self.states.returned(outcome, limits)
        words = (outcome.words if returned < _HALF else outcome.pause).fill(span=span_words(limits.days))
        return Problem(label=label, outcome=words, tested=LATER,
                       train=self._sample(0, outcome, limits), later=self._sample(1, outcome, limits),
                       present=present, who=outcome.condition(limits), kinds=CHURN, returned=returned,
                       restating=_RESTATING)

    def population(self, cut: int, what: Text, size: int) -> Population:
        """Those asked about at a cut; the period is the one in which the outcome fell."""
        start, end = self.states.moments[cut].as_of + 1, self.states.moments[cut + 1].as_of + 1
        return Population(what=what, level=PopulationLevel.CUSTOMER, period=Period(start=start, end=end), size=size)

    def _sample(self, cut: int, outcome: _Outcome, limits: Horizon) -> LabelledSample:
        asked = outcome.asked(self.states.frames[cut], limits)
        what = outcome.population.fill(days=limits.days, active=limits.active_days, silent=limits.silent_days)
        return LabelledSample(frame=self.frames[cut].rows(asked),
                              labels=outcome.came_true(self.states.after(cut), limits)[asked],
                              population=self.population(cut, what, int(asked.sum())))


def _cuts(context: MiningContext, limits: Horizon) -> _Cuts:
    return context.once(("churn cuts", limits), lambda: _Cuts.of(context, limits))


def _drift(context: MiningContext, limits: Horizon) -> float:
    return context.once(("churn drift", limits), lambda: lapse_drift(
        context.purchases, context.moment.day, days=limits.days, active_days=limits.active_days))


def _three(frames: Iterable[FeatureFrame]) -> tuple[FeatureFrame, FeatureFrame, FeatureFrame]:
    first, second, third = frames
    return first, second, third


_RHYTHM_KNOWN = Text(zh="截点时平均购买间隔已知的客户；结果：此后 {days} 天内没有订单",
                     en="customers with a known mean gap at the cut; outcome: no order within {days} days after it")
_LONG_SILENT = Text(zh="比自身节奏沉默得久得多", en="a silence far beyond their own rhythm")
_SILENCE = Text(zh="已至少 {silent} 天且超过自身平均间隔三倍未下单",
                en="no order for at least {silent} days and over three times the own mean gap")


def _silence_trial(context: MiningContext, limits: Horizon) -> GateTrial:
    """Whether those who are silent already stay away more than others: the ground for winning them back."""
    cuts, measures = _cuts(context, limits), dict[str, float]()
    populations, counts = [], (0, 0, 0.0)
    for cut, prefix in ((0, ""), (1, "later_")):
        known = np.isfinite(cuts.states.frames[cut].column("silence_ratio"))
        silent = is_silent(cuts.states.frames[cut], limits)[known]
        gone = ~(cuts.states.after(cut).column("recency_days") < limits.days)[known]
        counts = int((gone & silent).sum()), int(silent.sum()), int(gone.sum()) / max(1, len(gone))
        rate = counts[0] / max(1, counts[1])
        measures |= {f"{prefix}rate": rate, f"{prefix}base_rate": counts[2],
                     f"{prefix}ratio": rate / counts[2] if counts[2] else 0.0, f"{prefix}members": float(counts[1])}
        populations.append(cuts.population(cut, _RHYTHM_KNOWN.fill(days=limits.days), len(gone)))
    now = cuts.states.frames[2].rows(is_silent(cuts.states.frames[2], limits))
    measures |= rate_interval(*counts[:2], len(now.keys), _drift(context, limits))
    words = LAPSED.words.fill(span=span_words(limits.days))
    pattern = Pattern(kind=PatternKind.CHURN_RULE, subject="silent already: lapsed", measures=measures,
                      population=populations[0], later_population=populations[1], condition=_silent(limits),
                      details={"outcome": "lapsed", "outcome_words": words, "tested": LATER,
                               "bounds": _SILENCE.fill(silent=limits.silent_days), "signs": _LONG_SILENT,
                               "is_gone": True},
                      scores={CustomerKey(key): measures["later_rate"] for key in now.keys})
    return GateTrial(pattern=pattern, p_value=float(binom.sf(counts[0] - 1, counts[1], counts[2])),
                     floors={"ratio": limits.floors.min_ratio, "later_ratio": limits.floors.min_ratio})
