"""Groups of customers that come back a quarter later and say what is spent next, kept only where they do."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from kb.facts.indicators import QUARTER_DAYS
from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period, Population
from mining.arrays import Flags, Floats
from mining.context import Miner, MiningContext, MiningResult, as_passed
from mining.gate import GateTrial
from mining.learning.features import FeatureFrame, customer_features, values_of
from mining.learning.sampling_order import order_by_content
from mining.learning.time_splits import end_of_day
from mining.segments.grouping import Grouping, Past, next_shares, p_value, stability
from mining.segments.indicators import CONTRACT, PLAIN, IndicatorHistory, IndicatorSnapshot, group_of, read_indicators
from mining.segments.profile import WORTH, describe, worth_of
from ontology.quantities import digits, money, number, percent
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, PopulationLevel, Unit

DESCRIBED = (*PLAIN, "basket_mean", "order_gap_mean", "discount_share", "spend_trend", "loyalty")
"""What a profile tells besides; it does not make the groups."""

BEST_SHARE = 0.2
REPEAT_ORDERS = 2
"""The best are at most a fifth by value of those with repeat orders, whatever the size of their segment."""

_LABEL = Text(zh="客户群", en="segments")
_BAR = Text(zh="下过 {orders} 单或更多，年均消费至少 {floor}", en="{orders} orders or more, at least {floor} a year")
_CONTRACT_BAR = Text(zh="月费至少 {floor}", en="at least {floor} a month")
_CUSTOMERS = Text(zh="截至当前时刻，{features}均已知的客户", en="customers at the moment of whom {features} are known")
_EARLIER = Text(zh="截至该时刻，{features}均已知的客户；其后 {days} 天内的净消费",
                en="customers at the moment of whom {features} are known; what they paid in the {days} days after it")
_ORDERS, _TENURE = (Text(zh="订单", en="orders"), Text(zh="在约天数和月费", en="tenure and monthly amount"))
_FEW = Text(zh="客户群：可用指标 {features} 个、客户 {customers} 位，不足以分群",
            en="segments: {features} indicators of {customers} customers are too little to make groups")
_SHORT = Text(zh="客户群：数据只有 {span} 天，无法用更早的时期检验，未分群",
              en="segments: the data spans {span} days, too few to check groups against an earlier time: none made")
_PLAN = Text(zh="客户群：{customers} 位客户按{features}分为 {k} 群；与 {days} 天前所分一致的程度（调整兰德指数）"
                "按群数为 {tried}；能解释此后消费差异的 {explained}，只按“{column}”分成同样多份为 {column_explained}",
             en="segments: {customers} customers by {features} in {k} groups; agreement with those made {days} days "
                "earlier (adjusted Rand index) by number of groups: {tried}; they explain {explained} of the variance "
                "of what was spent since, “{column}” alone in as many parts {column_explained}")
_LEFT_OUT = Text(zh="客户群：未采用的指标：{features}", en="segments: indicators left out: {features}")
_UNKNOWN = Text(zh="{name}（已知 {share}）", en="{name} (known of {share})")
_SAME = Text(zh="{name}（与“{other}”处处相同）", en="{name} (everywhere the same as {other})")
_ONE_VALUE = Text(zh="{name}（人人相同）", en="{name} (the same for everybody)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLimits:
    """What bounds the search for segments.

    Args:
        least, most: Groups that are tried.
        near_best: Among the numbers of groups that will do, the one is taken that agrees best with a quarter ago; of
            those that come so near to it, the largest.
        min_customers: Fewer are not grouped.
        min_coverage: An indicator that is known of fewer is left out.
        min_stability: Least mean adjusted Rand index between the groups and those of resampled customers, and
            between the groups now and those made a quarter ago.
        min_share: Least share of customers in a segment.
        emphases: To which power an indicator counts by its correlation with what is spent next. The first is taken
            at which some number of groups will do: the lower it is, the more alike all indicators count.
        resamples: How many samples with replacement.
        shuffles: How often spend is dealt out anew to see what groups explain by chance.
        quarter: Days until the groups are compared, or a third of a shorter history; ``min_days`` at least.
        rate: Share of false discoveries borne.
    """

    least: int = 3
    most: int = 7
    near_best: float = 0.995
    min_customers: int = 200
    min_coverage: float = 0.5
    min_stability: float = 0.7
    min_share: float = 0.02
    emphases: tuple[int, ...] = (0, 1, 2)
    resamples: int = 10
    shuffles: int = 199
    quarter: int = QUARTER_DAYS
    min_days: int = 30
    rate: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The groups that are taken.

    Args:
        stability: Under resampling.
        tried: Agreement in time by number of groups, of the emphasis taken.
    """

    grouping: Grouping
    stability: float
    tried: Mapping[int, float]


def miner(limits: SegmentLimits | None = None) -> Miner:
    """The registry line of segments."""
    bounds = limits or SegmentLimits()
    return Miner(name="segments", label=_LABEL, mine=lambda context: mine(context, bounds), finish=as_passed,
                 parameters=asdict(bounds), rate=bounds.rate)


def mine(context: MiningContext, limits: SegmentLimits) -> MiningResult:
    """The segments of the customers at the moment, as one trial each; the run's seed changes nothing."""
    history = read_indicators(context)
    now = history.on(0, 0)
    members, days = int(now.is_member.sum()), min(limits.quarter, history.span // 3)
    used, left_out = usable(history, now, limits.min_coverage)
    if used.sum() < 2 or members < limits.min_customers:  # noqa: PLR2004 - one makes no profile
        return MiningResult(plan=(_FEW.fill(features=int(used.sum()), customers=members), *left_out))
    if days < limits.min_days:
        return MiningResult(plan=(_SHORT.fill(span=history.span), *left_out))
    order = order_by_content(now.values)
    past = past_of(history, days, shares(history, used, context.schema), order)
    found = choose(past, limits)
    frame = _frame(context, history, past.now, order)
    trials = tuple(_trials(context, found, frame, past, days=days, limits=limits))
    return MiningResult(trials=trials, plan=(_told(history, used, found, members=members, days=days), *left_out))


def past_of(history: IndicatorHistory, days: int, shares: Floats, order: np.ndarray) -> Past:
    """The history at three moments, ``days`` apart, its rows in another order."""
    ago = [history.on(since, days) for since in (2 * days, days, 0)]
    long_ago, before, now = (IndicatorSnapshot(values=one.values[order], is_member=one.is_member[order],
                                      paid_after=one.paid_after[order]) for one in ago)
    return Past(long_ago=long_ago, before=before, now=now, shares=shares)


def choose(past: Past, limits: SegmentLimits) -> Choice:
    """The groups that come back best, or nearly so and are more; where none will do, those that come nearest to it."""
    for emphasis in limits.emphases:
        tried = [past.grouping(size, emphasis) for size in range(limits.least, limits.most + 1)]
        agreements = {one.size: one.agreement for one in tried}
        good = [one for one in tried if _will_do(one, limits)]
        bar = limits.near_best * max((one.agreement for one in good), default=0.0)
        for one in reversed(good):
            steady = stability(one.now, limits.resamples) if one.agreement >= bar else 0.0
            if steady >= limits.min_stability:
                return Choice(grouping=one, stability=steady, tried=agreements)
    nearest = max(tried, key=lambda one: min(one.agreement, one.explained - one.column_explained))
    return Choice(grouping=nearest, stability=stability(nearest.now, limits.resamples), tried=agreements)


def _will_do(one: Grouping, limits: SegmentLimits) -> bool:
    return (one.agreement >= limits.min_stability and one.explained >= one.column_explained
            and one.now.least_share >= limits.min_share)


def usable(history: IndicatorHistory, now: IndicatorSnapshot, least: float) -> tuple[Flags, tuple[Text, ...]]:
    """Which columns may make groups, and what is left out and why."""
    columns = now.values[now.is_member].T
    used, reasons = np.zeros(len(history.features), dtype=bool), []
    for number_, (feature, column) in enumerate(zip(history.features, columns, strict=True)):
        known = column[np.isfinite(column)]
        twin = next((n for n in range(number_ + 1, len(columns)) if np.array_equal(columns[n], column)), None)
        if feature.reads in PLAIN:
            continue
        if len(known) < least * len(column) or not len(known):
            reasons.append(_UNKNOWN.fill(name=feature.labels, share=percent(len(known) / max(1, len(column)))))
        elif not np.ptp(known):
            reasons.append(_ONE_VALUE.fill(name=feature.labels))
        elif twin is not None:
            reasons.append(_SAME.fill(name=feature.labels, other=history.features[twin].labels))
        else:
            used[number_] = True
    told = tuple(dict.fromkeys(reasons))
    return used, (_LEFT_OUT.fill(features=Text.joined(told, zh="、", en=", ")),) if told else ()


def shares(history: IndicatorHistory, used: Flags, schema: Schema) -> Floats:
    """Each classic group counts alike, within it each indicator, within that each column."""
    groups = [group_of(feature, schema) for feature in history.features]
    names = [feature.reads for feature in history.features]
    found = np.zeros(len(used))
    for place in np.flatnonzero(used):
        in_group = {names[n] for n in np.flatnonzero(used) if groups[n] == groups[place]}
        columns = sum(names[n] == names[place] for n in np.flatnonzero(used))
        found[place] = (len(in_group) * columns) ** -0.5
    return found


def _told(history: IndicatorHistory, used: Flags, found: Choice, *, members: int, days: int) -> Text:
    names = dict.fromkeys(history.features[n].labels for n in np.flatnonzero(used))
    best = found.grouping
    return _PLAN.fill(customers=number(members), features=Text.joined(names, zh="、", en=", "), k=best.size, days=days,
                      tried=", ".join(f"{n}: {digits(v, Unit.SCORE)}" for n, v in found.tried.items()),
                      explained=percent(best.explained), column=history.features[best.column].labels,
                      column_explained=percent(best.column_explained))


def _frame(context: MiningContext, history: IndicatorHistory, now: IndicatorSnapshot,
           order: np.ndarray) -> FeatureFrame:
    """What is told of the members, in their order: what made the groups, and what else is known."""
    keys = [history.keys[place] for place in order[now.is_member]]
    facts = context.facts(context.moment, FactName.CUSTOMER)
    more = tuple(feature for feature in customer_features(context, context.moment, steady=False)
                 if feature.reads in DESCRIBED)
    place = {key: n for n, key in enumerate(facts["customer_key"].to_pylist())}
    rows = [place[key] for key in keys]
    own = [n for n, feature in enumerate(history.features) if feature.reads not in PLAIN]
    values = np.column_stack([now.values[now.is_member][:, own], *(values_of(facts, one)[rows] for one in more)])
    features = (*(history.features[n] for n in own), *more)
    told = np.flatnonzero(np.isfinite(values).any(axis=0))
    return FeatureFrame(keys=tuple(keys), features=tuple(features[n] for n in told), values=values[:, told])


def _trials(context: MiningContext, found: Choice, frame: FeatureFrame, past: Past, *, days: int,  # noqa: PLR0913 - the parts of a trial
            limits: SegmentLimits) -> Iterator[GateTrial]:
    best, groups = found.grouping, found.grouping.now.groups
    low, high = next_shares(best, past)
    profiles = describe(frame, groups)
    greatest = max(profiles, key=lambda group: worth_of(profiles[group].rows))
    bars = {greatest: bar_of(frame, groups == greatest, context.tables.currency)}
    chance = p_value(best, past.before.paid_after[past.before.is_member], limits.shuffles)
    population, later = _populations(context, past, days, frame)
    for group, profile in sorted(profiles.items()):
        members = groups == group
        pattern = Pattern(kind=PatternKind.SEGMENT, subject=profile.subject, population=population,
                          later_population=later, measures={
                              **_measures(found, members),
                              "share_low": float(low[group]), "share_high": float(high[group])},
                          details={"profile": profile.rows, "words": profile.words, "name": profile.name,
                                   "groups": len(profiles), **(bars.get(group) or {})},
                          scores=_closeness(frame, members, best.now.distances, group))
        yield GateTrial(pattern=pattern, p_value=chance, floors={
            "later_stability": limits.min_stability, "stability": limits.min_stability, "share": limits.min_share,
            "later_explained": best.column_explained})


def _measures(found: Choice, members: Flags) -> dict[str, float]:
    best = found.grouping
    return {"share": int(members.sum()) / len(members), "members": float(members.sum()),
            "stability": found.stability, "later_stability": best.agreement, "later_explained": best.explained,
            "later_column_explained": best.column_explained}


def _populations(context: MiningContext, past: Past, days: int,
                 frame: FeatureFrame) -> tuple[Population, Population]:
    """The members now, and those of a quarter ago."""
    known = _TENURE if CONTRACT[0] in frame.names else _ORDERS
    start, cut = int(context.sales.at.min(initial=context.moment.as_of)), end_of_day(context.moment, days)
    now = Population(what=_CUSTOMERS.fill(features=known), level=PopulationLevel.CUSTOMER, size=len(frame.keys),
                     period=Period(start=start, end=context.moment.as_of + 1))
    earlier = Population(what=_EARLIER.fill(features=known, days=days), level=PopulationLevel.CUSTOMER,
                         size=int(past.before.is_member.sum()),
                         period=Period(start=min(start, cut.as_of), end=cut.as_of + 1))
    return now, earlier


def bar_of(frame: FeatureFrame, members: Flags, currency: str) -> dict[str, object] | None:
    """What a member of the most valuable segment must reach to be among the best; ``None`` where nobody is.

    Returns:
        ``best``: the property and its least value, and the least number of orders where there are any; ``bar``: the
        same in words; ``best_members``: how many reach it.
    """
    [name] = (name for name in WORTH if name in frame.names)
    values = frame.column(name)
    orders = frame.column("order_count")
    repeats = orders >= REPEAT_ORDERS if "order_count" in frame.names else np.full(len(values), fill_value=True)
    floor = _floor(values[repeats])
    reached = members & repeats & (values >= floor) if floor is not None else np.zeros(len(values), dtype=bool)
    if floor is None or not reached.any():
        return None
    least = REPEAT_ORDERS if "order_count" in frame.names else 0
    words = _BAR if least else _CONTRACT_BAR
    return {"best": {"property": name, "at_least": floor, "orders": least}, "best_members": int(reached.sum()),
            "bar": words.fill(floor=money(floor, currency, exact=True), orders=least)}


def _floor(values: Floats) -> float | None:
    """The least value that at most a fifth reach; ``None`` where too many share the greatest."""
    most = int(len(values) * BEST_SHARE)
    distinct, counts = np.unique(values, return_counts=True)
    reaching = counts[::-1].cumsum()[::-1]
    fitting = distinct[reaching <= most]
    return float(fitting[0]) if len(fitting) else None


def _closeness(frame: FeatureFrame, members: Flags, distances: Floats, group: int) -> dict[CustomerKey, float]:
    """How much nearer a member is to its own centre than to the next one, [0.5, 1]."""
    own = distances[:, group]
    other = np.delete(distances, group, axis=1).min(axis=1)
    score = np.divide(other, own + other, out=np.ones_like(own), where=own + other > 0)
    return {CustomerKey(frame.keys[i]): float(score[i]) for i in np.flatnonzero(members)}
