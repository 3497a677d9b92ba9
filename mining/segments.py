"""Groups of customers who shop alike, kept only where the groups come back from other customers."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period, Population
from mining.arrays import Floats, Ints
from mining.context import Miner, MiningContext, MiningResult, as_passed
from mining.contracts import contract_frame
from mining.gate import GateTrial
from mining.learning.features import FeatureFrame, customer_features, customer_frame
from mining.learning.profile import Profile, describe
from mining.learning.sampling_order import order_by_content
from ontology.quantities import digits, number
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, PopulationLevel, Unit

RFM = ("recency_days", "order_count", "monetary_yearly")
CONTRACT = ("tenure_days", "monthly_amount")
"""What segments are made of: how lately, how often and how much; without orders, how long and for how much."""

DESCRIBED = ("basket_mean", "order_gap_mean", "discount_share", "spend_trend", "loyalty")
"""What a profile tells besides; it does not make the groups."""

WORTH = frozenset({"monetary_yearly", "monthly_amount"})
"""By which the best segment is best."""

BEST_SHARE = 0.2
REPEAT_ORDERS = 2
"""The best are at most a fifth by value of those with repeat orders, whatever the size of their segment."""

_LABEL = Text(zh="客户群", en="segments")
_BAR = Text(zh="下过 {orders} 单或更多，年均消费不低于 {floor}，在复购客户中居前五分之一",
            en="ordered {orders} times or more and spends {floor} a year or more, in the top fifth of those who came"
               " back")
_CONTRACT_BAR = Text(zh="月费不低于 {floor}，居前五分之一", en="pays {floor} a month or more, in the top fifth")
_CUSTOMERS = Text(zh="截至当前时刻，{features}均已知的客户", en="customers at the moment of whom {features} are known")
_FEW = Text(zh="客户群：可用指标 {features} 个、客户 {customers} 位，不足以分群",
            en="segments: {features} indicators of {customers} customers are too little to make groups")
_PLAN = Text(zh="客户群：{customers} 位客户按{features}分为 {k} 群（各群数的轮廓系数 {tried}）",
             en="segments: {customers} customers by {features} in {k} groups (silhouette by number of groups: {tried})")


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLimits:
    """What bounds the search for segments.

    Args:
        least, most: Groups that are tried.
        near_best: The largest number of groups is taken whose silhouette is at least this share of the best one, and
            which is stable; where none is, the gate refuses the largest.
        min_customers: Fewer are not grouped.
        min_stability: Least mean adjusted Rand index between the groups and those of resampled customers, and
            between the groups that two halves give each other.
        min_share: Least share of customers in a segment.
        resamples: How many samples with replacement; ``splits`` is how many times customers are halved.
        dealings: How often the indicators are dealt out anew to see what structure chance alone makes.
        sample: Customers the silhouette looks at.
        rate: Share of false discoveries borne.
    """

    least: int = 3
    most: int = 7
    near_best: float = 0.9
    min_customers: int = 200
    min_stability: float = 0.7
    min_share: float = 0.02
    resamples: int = 10
    splits: int = 5
    dealings: int = 39
    sample: int = 1_000
    rate: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """Groups of one number, and how well they hold.

    Args:
        model: Fitted k-means, on the ``scaled`` values.
        silhouette: Mean silhouette coefficient, [-1, 1].
        stability: Mean adjusted Rand index with resampled customers, [-0.5, 1].
        later_stability: The same between the groups of one half and those which the other half's centres give it.
    """

    model: Any
    scaled: Floats
    silhouette: float
    stability: float
    later_stability: float

    @property
    def groups(self) -> Ints:
        """The group of each customer."""
        groups: Ints = self.model.labels_
        return groups


def miner(limits: SegmentLimits | None = None) -> Miner:
    """The registry line of segments."""
    bounds = limits or SegmentLimits()
    return Miner(name="segments", label=_LABEL, mine=lambda context: mine(context, bounds), finish=as_passed,
                 parameters=asdict(bounds), rate=bounds.rate)


def mine(context: MiningContext, limits: SegmentLimits) -> MiningResult:
    """The segments of the customers at the moment, as one trial each."""
    frame = _frame(context)
    used = frame.only((*RFM, *CONTRACT))
    if len(used.features) < 2 or len(frame.keys) < limits.min_customers:  # noqa: PLR2004 - one makes no profile
        return MiningResult(plan=(_FEW.fill(features=len(used.features), customers=len(frame.keys)),))
    said = [feature.labels for feature in used.features]
    what = _CUSTOMERS.fill(features=Text(zh="、".join(t.zh for t in said), en=", ".join(t.en for t in said)))
    start = int(context.sales.at.min(initial=context.moment.as_of))
    population = Population(what=what, level=PopulationLevel.CUSTOMER, size=len(frame.keys),
                            period=Period(start=start, end=context.moment.as_of + 1))
    return cluster(frame, limits, population=population, seed=context.seed)


def cluster(frame: FeatureFrame, limits: SegmentLimits, *, population: Population, seed: int) -> MiningResult:
    """The trials of one frame in which nothing that makes groups is unknown."""
    frame = frame.rows(order_by_content(frame.values))
    used = frame.only((*RFM, *CONTRACT))
    scaled = scale(used.values)
    tried = {k: _silhouette(scaled, _fit(scaled, k, seed).labels_, limits.sample, seed)
             for k in range(limits.least, limits.most + 1)}
    near = sorted((k for k, value in tried.items() if value >= limits.near_best * max(tried.values())), reverse=True)
    measured = {k: measure(scaled, k, tried[k], limits, seed) for k in near}
    k = next((k for k in near if _holds(measured[k], limits)), near[0])
    best = measured[k]
    chance = structure_p_value(scaled, k, best.silhouette, limits, seed)
    names = [feature.labels for feature in used.features]
    plan = _PLAN.fill(customers=len(frame.keys), k=k,
                      tried=", ".join(f"{n}: {digits(v, Unit.SCORE)}" for n, v in tried.items()),
                      features=Text(zh="、".join(t.zh for t in names), en=", ".join(t.en for t in names)))
    return MiningResult(trials=tuple(_trials(frame, best, limits, population=population, chance=chance)),
                        plan=(plan,))


def _holds(found: Clustering, limits: SegmentLimits) -> bool:
    return min(found.stability, found.later_stability) >= limits.min_stability


def scale(values: Floats) -> Floats:
    """Logarithms (all of these have long tails) at mean 0 and spread 1, cut off at three spreads."""
    logs = np.log1p(np.maximum(values, 0.0))
    spread = logs.std(axis=0)
    scaled: Floats = np.clip((logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1.0), -3, 3)
    return scaled


def measure(scaled: Floats, k: int, silhouette: float, limits: SegmentLimits, seed: int) -> Clustering:
    """The groups of all customers beside those of resampled ones and of halves."""
    model = _fit(scaled, k, seed)
    chance = np.random.default_rng(seed)
    again = [_fit(scaled[chance.integers(len(scaled), size=len(scaled))], k, seed).predict(scaled)
             for _ in range(limits.resamples)]
    stability = float(np.mean([adjusted_rand_score(model.labels_, groups) for groups in again]))
    return Clustering(model=model, scaled=scaled, silhouette=silhouette, stability=stability,
                      later_stability=_halves(scaled, k, chance, splits=limits.splits, seed=seed))


def structure_p_value(scaled: Floats, k: int, observed: float, limits: SegmentLimits, seed: int) -> float:
    """Share of dealings, each indicator shuffled by itself, whose groups have as good a silhouette."""
    chance = np.random.default_rng(seed)
    some = scaled[chance.permutation(len(scaled))[:limits.sample]]
    beaten = 0
    for _ in range(limits.dealings):
        dealt = np.column_stack([chance.permutation(column) for column in some.T])
        groups = KMeans(k, n_init=1, random_state=seed).fit(dealt).labels_
        beaten += _silhouette(dealt, groups, limits.sample, seed) >= observed
    return (beaten + 1) / (limits.dealings + 1)


def _trials(frame: FeatureFrame, found: Clustering, limits: SegmentLimits, *, population: Population,
            chance: float) -> Iterator[GateTrial]:
    profiles = describe(frame, found.groups, naming=(*RFM, *CONTRACT))
    best = max(profiles, key=lambda group: _worth(profiles[group]))
    bars = {best: bar_of(frame, found.groups == best)}
    distances = found.model.transform(found.scaled)
    for group, profile in sorted(profiles.items()):
        members = found.groups == group
        measures = {"share": int(members.sum()) / len(members), "members": float(members.sum()),
                    "silhouette": found.silhouette, "stability": found.stability,
                    "later_stability": found.later_stability}
        pattern = Pattern(kind=PatternKind.SEGMENT, subject=profile.subject, measures=measures, population=population,
                          details={"profile": profile.rows, "words": profile.words, "name": profile.name,
                                   "groups": len(profiles), **(bars.get(group) or {})},
                          scores=_closeness(frame, members, distances, group))
        yield GateTrial(pattern=pattern, p_value=chance, floors={
            "stability": limits.min_stability, "later_stability": limits.min_stability, "share": limits.min_share})


def bar_of(frame: FeatureFrame, members: npt.NDArray[np.bool_]) -> dict[str, object] | None:
    """What a member of the most valuable segment must reach to be among the best; ``None`` where nobody is.

    Returns:
        ``best``: the property and its least value, and the least number of orders where there are any; ``bar``: the
        same in words; ``best_members``: how many reach it.
    """
    [name] = sorted(WORTH.intersection(frame.names))
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
            "bar": words.fill(floor=number(floor, exact=True), orders=least)}


def _floor(values: Floats) -> float | None:
    """The least value that at most a fifth reach; ``None`` where too many share the greatest."""
    most = int(len(values) * BEST_SHARE)
    distinct, counts = np.unique(values, return_counts=True)
    reaching = counts[::-1].cumsum()[::-1]
    fitting = distinct[reaching <= most]
    return float(fitting[0]) if len(fitting) else None


def _worth(profile: Profile) -> float:
    return max(told["mean"] for name, told in profile.rows.items() if name in WORTH)


def _closeness(frame: FeatureFrame, members: npt.NDArray[np.bool_], distances: Floats,
               group: int) -> dict[CustomerKey, float]:
    """How much nearer a member is to its own centre than to the next one, [0.5, 1]."""
    own = distances[:, group]
    other = np.delete(distances, group, axis=1).min(axis=1)
    score = np.divide(other, own + other, out=np.ones_like(own), where=own + other > 0)
    return {CustomerKey(frame.keys[i]): float(score[i]) for i in np.flatnonzero(members)}


def _frame(context: MiningContext) -> FeatureFrame:
    """Customers of whom everything that makes groups is known, with what else is told of them."""
    facts = context.facts(context.moment, FactName.CUSTOMER)
    usable = tuple(f for f in customer_features(facts, context.schema, steady=False) if f.name in (*RFM, *DESCRIBED))
    if set(RFM) <= {feature.name for feature in usable}:
        frame = customer_frame(context, context.moment, usable)
    else:
        frame, _ = contract_frame(context, context.moment, context.moment)
        frame = frame.only(CONTRACT)
    return frame.rows(np.flatnonzero(np.isfinite(frame.only((*RFM, *CONTRACT)).values).all(axis=1)))


def _fit(scaled: Floats, k: int, seed: int) -> Any:
    return KMeans(k, n_init=5, random_state=seed).fit(scaled)


def _silhouette(scaled: Floats, groups: Ints, sample: int, seed: int) -> float:
    if len(np.unique(groups)) < 2:  # noqa: PLR2004 - one group has no neighbour
        return -1.0
    size = sample if sample < len(scaled) else None
    return float(silhouette_score(scaled, groups, sample_size=size, random_state=seed))


def _halves(scaled: Floats, k: int, chance: np.random.Generator, *, splits: int, seed: int) -> float:
    """How well each half's own groups agree with those that the other half's centres give it."""
    agreements = []
    for _ in range(splits):
        order = chance.permutation(len(scaled))
        first, second = scaled[order[::2]], scaled[order[1::2]]
        one, two = _fit(first, k, seed), _fit(second, k, seed)
        agreements += [adjusted_rand_score(one.labels_, two.predict(first)),
                       adjusted_rand_score(two.labels_, one.predict(second))]
    return float(np.mean(agreements))
