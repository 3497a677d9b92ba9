"""What the trade believes, measured: it holds, it is contradicted, or the data cannot tell.

A claim is put as one ratio with an interval: the lift among orders of equal size for things bought together, the rate
of the upper over the lower third of customers for a factor. It holds where the whole interval lies above 1, it is
contradicted where the whole interval lies below a ratio that would matter to anybody.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, sqrt
from pathlib import Path
from typing import Any

from scipy.stats import norm

from kb.errors import InvalidInput
from kb.model.belief import Belief, Claim, FactorClaim, TogetherClaim
from kb.model.ids import ItemId
from kb.model.pattern import Pattern, Period, Population
from kb.tables.tables import Tables
from mining.context import MiningContext
from mining.learning.factors import FeatureContrast, log_ratio, thirds
from mining.learning.problem import Problem
from mining.stratified_lift import SizedOrders
from ontology.quantities import number, percent
from ontology.text import Text
from ontology.vocabulary import PatternKind, PopulationLevel, Standing

MATTERS = 1.1
"""A ratio below this is of no use to anybody, however sure it is."""

_LEVEL = 0.05
_PACKS = Path(__file__).with_name("packs")

_TOGETHER = Text(zh="同样大小的订单中，两者同在的次数是各买各的 {ratio} 倍（区间 {low} 至 {high}）",
                 en="in orders of equal size they meet {ratio} times as often as by chance (interval {low} to {high})")
_FACTOR = Text(zh="最高的三分之一客户为 {upper}，最低的三分之一为 {lower}（比值区间 {low} 至 {high}）",
               en="{upper} of the highest third, {lower} of the lowest (ratio {low} to {high})")
_NO_DATA = Text(zh="数据中没有所需的内容", en="the data has nothing to test it on")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefPack:
    """What people of a trade believe.

    Args:
        about: The canonical table that a base of the trade fills.
        beliefs: Claims that its data can test.
    """

    about: str
    beliefs: tuple[Belief, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefEstimate:
    """A ratio with its interval, all 0 or more."""

    ratio: float
    low: float
    high: float

    @property
    def standing(self) -> Standing:
        """What it says of the claim that the ratio is above 1.

        >>> str(BeliefEstimate(ratio=2.0, low=1.5, high=2.6).standing)
        'holds'
        >>> str(BeliefEstimate(ratio=1.0, low=0.9, high=1.05).standing)
        'contradicted'
        >>> str(BeliefEstimate(ratio=1.3, low=0.7, high=2.4).standing)
        'inconclusive'
        """
        if self.low > 1 and self.ratio >= MATTERS:
            return Standing.HOLDS
        return Standing.CONTRADICTED if self.high < MATTERS else Standing.INCONCLUSIVE


def beliefs_about(tables: Tables) -> list[Belief]:
    """The shipped beliefs of the trades that a base is in: whose table it fills, and of categories that it has."""
    packs = [load_pack(path) for path in sorted(_PACKS.glob("*.toml"))]
    return [belief for pack in packs if tables.has(pack.about) for belief in pack.beliefs
            if _is_of(belief, tables.category_labels)]


def _is_of(belief: Belief, categories: Mapping[str, Text]) -> bool:
    claim = belief.claim
    return not isinstance(claim, TogetherClaim) or {*claim.antecedent, claim.consequent} <= categories.keys()


def load_pack(pack: str | Path) -> BeliefPack:
    """The beliefs of a trade: a TOML file, or the name of one that is shipped.

    Raises:
        InvalidInput: If there is no such pack, or it says something that is no claim.
    """
    path = Path(pack) if Path(pack).suffix else _PACKS / f"{pack}.toml"
    if not path.is_file():
        msg = Text(zh=f"没有常识包“{pack}”", en=f"no pack of beliefs {str(pack)!r}")
        raise InvalidInput(msg, hint=Text(zh="自带的有：" + "、".join(sorted(p.stem for p in _PACKS.glob("*.toml"))),
                                          en="shipped: " + ", ".join(sorted(p.stem for p in _PACKS.glob("*.toml")))))
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    return BeliefPack(about=told.get("about", "order_lines"),
                      beliefs=tuple(_belief(entry, path) for entry in told["belief"]))


def test_beliefs(beliefs: Sequence[Belief], context: MiningContext,
                 problems: Iterable[Problem]) -> tuple[Pattern, ...]:
    """Each belief as a pattern with its standing; intervals are wider the more beliefs are tested."""
    asked = {problem.label: problem for problem in problems}
    return tuple(test_belief(belief, context, asked, tried=len(beliefs)) for belief in beliefs)


test_beliefs.__test__ = False  # type: ignore[attr-defined]  # pytest collects functions by this name


def test_belief(belief: Belief, context: MiningContext, problems: Mapping[str, Problem], *, tried: int) -> Pattern:
    """One belief with its standing and the numbers behind it.

    Args:
        belief: What is claimed.
        context: Where orders are.
        problems: Outcomes by label.
        tried: How many beliefs are tested together.
    """
    width = float(norm.isf(_LEVEL / 2 / tried))
    if isinstance(belief.claim, TogetherClaim):
        return _test_together(belief, belief.claim, context, width)
    return _test_factor(belief, belief.claim, problems.get(belief.claim.label), context, width)


test_belief.__test__ = False  # type: ignore[attr-defined]


def _test_together(belief: Belief, claim: TogetherClaim, context: MiningContext, width: float) -> Pattern:
    columns = {name: i for i, name in enumerate(context.sales.categories)}
    items = (*claim.antecedent, claim.consequent)
    if not all(item in columns for item in items):
        return _untested(belief, context)
    orders = context.sales.orders_of(Period(start=int(context.sales.at.min()), end=context.moment.as_of + 1))
    left = tuple(columns[item] for item in claim.antecedent)
    meeting = SizedOrders.of(orders.baskets).meetings([(left, (columns[claim.consequent],))])[0]
    if not meeting.expected:
        return _untested(belief, context)
    half = width * sqrt(meeting.variance) / meeting.expected
    estimate = BeliefEstimate(ratio=meeting.adjusted_lift, low=max(0.0, meeting.adjusted_lift - half),
                              high=meeting.adjusted_lift + half)
    told = _TOGETHER.fill(**_said(estimate))
    return _pattern(belief, estimate, told, orders.population,
                    {"support": meeting.support, "confidence": meeting.confidence, "lift": meeting.lift,
                     "adjusted_lift": meeting.adjusted_lift})


def _test_factor(belief: Belief, claim: FactorClaim, problem: Problem | None, context: MiningContext,
                 width: float) -> Pattern:
    feature = problem.twins.get(claim.feature, claim.feature) if problem else None
    if problem is None or feature not in problem.train.frame.names:
        return _untested(belief, context)
    column = problem.train.frame.names.index(feature)
    ends = thirds(problem.train.frame.values[:, column])
    contrast = FeatureContrast.of(problem.later, column, ends)
    if not contrast.upper or not contrast.lower:
        return _untested(belief, context)
    upper, lower = (contrast.upper_yes, contrast.upper), (contrast.lower_yes, contrast.lower)
    estimate = rate_ratio(*(upper + lower if claim.higher else lower + upper), width=width)
    told = _FACTOR.fill(**_said(estimate), upper=percent(contrast.upper_rate), lower=percent(contrast.lower_rate))
    return _pattern(belief, estimate, told, problem.later.population,
                    {"upper_rate": contrast.upper_rate, "lower_rate": contrast.lower_rate, "ratio": estimate.ratio})


def rate_ratio(yes: int, size: int, other_yes: int, other_size: int, *, width: float) -> BeliefEstimate:
    """The ratio of two rates with an interval of ``width`` standard errors of its logarithm.

    >>> rate_ratio(40, 100, 20, 100, width=1.96).low > 1
    True
    """
    if not size or not other_size:
        return BeliefEstimate(ratio=1.0, low=0.0, high=inf)
    ratio, error = log_ratio(yes, size, other_yes, other_size)
    half = width * error
    return BeliefEstimate(ratio=exp(ratio), low=exp(ratio - half), high=exp(ratio + half))


def _pattern(belief: Belief, estimate: BeliefEstimate, told: Text, population: Population,
             measures: dict[str, float]) -> Pattern:
    interval = {"low": estimate.low, "high": estimate.high}
    items = belief.claim if isinstance(belief.claim, TogetherClaim) else None
    return Pattern(kind=PatternKind.BELIEF, subject=str(belief.id), measures=measures | interval,
                   antecedent=items.antecedent if items else (), consequent=(items.consequent,) if items else (),
                   population=population, details={"standing": str(estimate.standing), "claim": belief.statement,
                                                   "told": told, "author": belief.author})


def _untested(belief: Belief, context: MiningContext) -> Pattern:
    nobody = Population(what=_NO_DATA, level=PopulationLevel.ORDER, size=0,
                        period=Period(start=context.moment.as_of, end=context.moment.as_of))
    return Pattern(kind=PatternKind.BELIEF, subject=str(belief.id), measures={}, population=nobody,
                   details={"standing": str(Standing.UNTESTED), "claim": belief.statement, "told": _NO_DATA,
                            "author": belief.author})


def _said(estimate: BeliefEstimate) -> dict[str, str]:
    return {"ratio": number(estimate.ratio), "low": number(estimate.low), "high": number(estimate.high)}


def _belief(entry: Mapping[str, Any], path: Path) -> Belief:
    try:
        return Belief(id=ItemId(f"belief-{entry['id']}"), statement=Text(**entry["statement"]),
                      claim=_claim(entry), author=entry["author"])
    except (KeyError, TypeError) as fault:
        msg = Text(zh=f"{path.name}：常识“{entry.get('id', '?')}”缺少或写错了 {fault}",
                   en=f"{path.name}: belief {entry.get('id', '?')!r} lacks or misnames {fault}")
        raise InvalidInput(msg, hint=Text(zh="一条常识需要 id、author、statement（zh、en），以及 together 或 factor",
                                          en="a belief has id, author, statement (zh, en), and "
                                             "together or factor")) from fault


def _claim(entry: Mapping[str, Any]) -> Claim:
    if "together" in entry:
        together = entry["together"]
        return TogetherClaim(antecedent=tuple(sorted(together["antecedent"])), consequent=together["consequent"])
    return FactorClaim(**entry["factor"])
