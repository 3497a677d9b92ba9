"""Which categories are bought together, and whether offering the missing one has worked of itself."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil

import numpy as np
import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own

from kb.model.condition import And, Condition, Exists, Op, Or, Test, none_of
from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period
from kb.model.run import KnownAssociation
from mining.arrays import Flags
from mining.association_intervals import next_quarter
from mining.context import Miner, MiningContext, MiningResult
from mining.gate import GateTrial
from mining.itemsets import Caps, Itemsets, frequent_itemsets
from mining.learning.time_splits import all_until, end_of_day, last_days, split
from mining.sales import Orders, Sales
from mining.stratified_lift import Meeting, Side, SizedOrders
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, Signal

with warnings.catch_warnings():  # importing it turns on every warning of deprecation in the process
    from mlxtend.frequent_patterns import association_rules

_PRESENT = (str(Signal.CART), str(Signal.PAGE), str(Signal.SEARCH))
_NEAR = {FactName.PURCHASE: Test(property="orders_90d", op=Op.GE, operand=1),
         FactName.MOMENT: Test(property="signal", op=Op.IN, operand=_PRESENT)}
"""What makes a category bought lately, or before the customer now."""

_RECENT_DAYS = 90
_NEXT_DAYS = 30
_SCORE_DAYS = 365
_ALIKE_DECIMALS = 9  # the lift of mirror images is one number, added up in another order

_LABEL = Text(zh="购物篮", en="baskets")
_NO_ORDERS = Text(zh="关联：没有带品类的订单，未挖掘", en="associations: no orders with categories, nothing mined")
_STAPLES = Text(zh="关联：{items}在超过三分之一的订单里，与什么都搭配，未检验",
                en="associations: {items} are in over a third of orders and go with everything: not tried")
_PLAN = Text(zh="关联：从较早的 {earlier} 个订单得到 {sets} 个频繁项集、{tried} 条候选，在较晚的 {later} 个订单上检验",
             en="associations: {sets} frequent itemsets and {tried} candidates from {earlier} earlier orders, "
                "tested on {later} later ones")


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What bounds the search for associations.

    Args:
        min_support: Share of the earlier orders that hold all items, (0, 1].
        min_lift: Least lift, in both periods.
        min_adjusted_lift: Least lift among orders of equal size, in both periods; ``known_adjusted_lift`` in the later
            one of what is knowledge already.
        min_improvement: Confidence, and lift among orders of equal size, over those of the same consequent with one
            item fewer on the left, at least.
        staple: What more than this share of the earlier orders hold goes with everything and is left out, where at
            least ``assortment`` categories are on offer: of a handful each is in many orders.
        earlier: Share of the time span that is mined; the rest tests.
        most: Associations that are kept, the most extra orders first; ``per_consequent`` of them for one consequent.
        rate: Share of false discoveries borne.
        basket_length: Categories of one order that are looked at in the search (measures count all).
    """

    min_support: float = 0.01
    min_lift: float = 1.2
    min_adjusted_lift: float = 1.25
    known_adjusted_lift: float = 1.1
    min_improvement: float = 1.1
    staple: float = 1 / 3
    assortment: int = 12
    earlier: float = 0.75
    most: int = 150
    per_consequent: int = 8
    rate: float = 0.01
    basket_length: int = 150


@dataclass(frozen=True, slots=True, order=True)
class AssociationCandidate:
    """Category columns on both sides, each sorted."""

    antecedent: Side
    consequent: Side

    @property
    def simpler(self) -> tuple["AssociationCandidate", ...]:
        """Those with one of two items on the left; of one item there are none."""
        items = self.antecedent if len(self.antecedent) > 1 else ()
        return tuple(AssociationCandidate((item,), self.consequent) for item in items)


def miner(thresholds: Thresholds | None = None) -> Miner:
    """The registry line of associations between categories."""
    limits = thresholds or Thresholds()
    return Miner(name="baskets", label=_LABEL, mine=lambda context: mine(context, limits),
                 finish=lambda context, patterns: finish(context, patterns, limits),
                 parameters=asdict(limits), rate=limits.rate)


def mine(context: MiningContext, limits: Thresholds) -> MiningResult:
    """Every association that the earlier orders suggest, measured on them and on the later ones."""
    sales = context.sales
    if not len(sales.at):
        return MiningResult(plan=(_NO_ORDERS,))
    periods = split(int(sales.at.min()), context.moment, limits.earlier)
    earlier, later = (sales.orders_of(period) for period in periods)
    offerable = frozenset(i for i, name in enumerate(sales.categories) if name in context.tables.offerable)
    staples = staples_of(earlier, limits.staple) & offerable if len(offerable) >= limits.assortment else frozenset()
    trials, itemsets = try_associations(earlier, later, limits=limits, offerable=offerable - staples,
                                        known=known_candidates(context.associations, sales.categories))
    plan = _PLAN.fill(earlier=earlier.population.size, later=later.population.size, sets=len(itemsets.counts),
                      tried=len(trials))
    left_out = [_STAPLES.fill(items=_listed(context, staples))] if staples else []
    return MiningResult(trials=trials, plan=(plan, *left_out, *itemsets.notes))


def staples_of(orders: Orders, share: float) -> frozenset[int]:
    """The columns that more than a share of the orders hold."""
    held = np.bincount(orders.baskets.indices, minlength=orders.baskets.shape[1])
    return frozenset(np.flatnonzero(held > share * orders.population.size).tolist())


def _listed(context: MiningContext, items: Iterable[int]) -> Text:
    names = [context.sales.categories[item] for item in sorted(items)]
    labels = context.tables.category_labels
    return Text.joined([labels.get(name, Text.same(name)) for name in names], zh="、", en=", ")


def known_candidates(known: Iterable[KnownAssociation], categories: Sequence[str]) -> frozenset[AssociationCandidate]:
    """What is knowledge already, of categories that were sold."""
    columns = {name: column for column, name in enumerate(categories)}
    return frozenset(AssociationCandidate(*(tuple(sorted(columns[name] for name in side)) for side in sides))
                     for sides in ((each.antecedent, each.consequent) for each in known)
                     if all(columns.keys() >= set(side) for side in sides))


def try_associations(earlier: Orders, later: Orders, *, limits: Thresholds, offerable: frozenset[int],
                     known: frozenset[AssociationCandidate] = frozenset()) -> tuple[tuple[GateTrial, ...], Itemsets]:
    """The trials of two sets of orders, and the itemsets they came from.

    What is knowledge is measured as it is known, also where the search would no longer try it: that a share of orders
    fell from 1.01 % to 0.94 % says nothing against an association.

    Args:
        earlier: Where candidates are sought.
        later: Where they are tested; the same columns.
        limits: Bounds of the search.
        offerable: Columns that may stand in an association; the population counts every order all the same.
        known: What is knowledge already.
    """
    itemsets = frequent_itemsets(earlier.baskets, max(1, ceil(limits.min_support * earlier.population.size)),
                                 caps=Caps(length=3, basket_length=limits.basket_length))
    found = sorted({*candidates(itemsets, offerable, limits.min_lift), *known})
    before, after = (_meetings(orders, found) for orders in (earlier, later))
    ideas = _one_of_each_set([each for each in found
                              if each in known or _improves(each, before, limits.min_improvement)], before, known)
    return tuple(_trial(each, (before[each], after[each]), (earlier, later), limits) for each in ideas), itemsets


def _meetings(orders: Orders, found: Iterable[AssociationCandidate]) -> dict[AssociationCandidate, Meeting]:
    """How the sides of all candidates meet, and those of the simpler ones that they must improve on."""
    asked = list(dict.fromkeys(each for candidate in found for each in (candidate, *candidate.simpler)))
    met = SizedOrders.of(orders.baskets).meetings([(each.antecedent, each.consequent) for each in asked])
    return dict(zip(asked, met, strict=True))


def candidates(itemsets: Itemsets, offerable: frozenset[int], min_lift: float) -> list[AssociationCandidate]:
    """Associations of offerable items with one item on the right and at most two on the left, sorted."""
    sets = [items for items in itemsets.counts if offerable.issuperset(items)]
    if not any(len(items) > 1 for items in sets):
        return []
    frame = pd.DataFrame({"support": [itemsets.counts[items] / itemsets.baskets for items in sets],
                          "itemsets": [frozenset(items) for items in sets]})
    rules = association_rules(frame, metric="lift", min_threshold=min_lift, return_metrics=["lift"])
    sides = zip(rules["antecedents"], rules["consequents"], strict=True)
    return sorted((AssociationCandidate(tuple(sorted(left)), tuple(right)) for left, right in sides if len(right) == 1),
                  key=lambda c: (c.consequent, c.antecedent))


def _improves(candidate: AssociationCandidate, known: Mapping[AssociationCandidate, Meeting], least: float) -> bool:
    """Whether the second item on the left adds to what one of them says already."""
    meeting, simpler = known[candidate], [known[each] for each in candidate.simpler]
    return all(meeting.confidence >= least * each.confidence and meeting.adjusted_lift >= least * each.adjusted_lift
               for each in simpler)


def _one_of_each_set(candidates: Iterable[AssociationCandidate], meetings: Mapping[AssociationCandidate, Meeting],
                     known: frozenset[AssociationCandidate]) -> Iterable[AssociationCandidate]:
    """Mirror images are one idea: of those between the same items what is known, says most, else holds most often."""
    def place(candidate: AssociationCandidate) -> tuple[bool, float, float, AssociationCandidate]:
        meeting = meetings[candidate]
        return (candidate not in known, -round(meeting.adjusted_lift, _ALIKE_DECIMALS), -meeting.confidence, candidate)

    best: dict[Side, AssociationCandidate] = {}
    for candidate in sorted(candidates, key=place):
        best.setdefault(tuple(sorted(candidate.antecedent + candidate.consequent)), candidate)
    return sorted(best.values())


def _trial(candidate: AssociationCandidate, meetings: tuple[Meeting, Meeting], orders: tuple[Orders, Orders],
           limits: Thresholds) -> GateTrial:
    (then, now), (earlier, later) = meetings, orders
    antecedent, consequent = ([earlier.categories[item] for item in side]
                              for side in (candidate.antecedent, candidate.consequent))
    measures = measures_of(then) | {f"later_{name}": value for name, value in measures_of(now).items()}
    pattern = Pattern(kind=PatternKind.ASSOCIATION, subject=" + ".join(sorted((*antecedent, *consequent))),
                      antecedent=tuple(antecedent), consequent=tuple(consequent), measures=measures,
                      population=earlier.population, later_population=later.population,
                      condition=condition_of(antecedent, consequent[0]),
                      details={"earlier_counts": counts_of(then), "later_counts": counts_of(now)})
    floors = {"adjusted_lift": limits.min_adjusted_lift, "later_lift": limits.min_lift,
              "later_adjusted_lift": limits.min_adjusted_lift}
    return GateTrial(pattern=pattern, p_value=now.p_value, floors=floors,
                     known_floors={"later_adjusted_lift": limits.known_adjusted_lift})


def measures_of(meeting: Meeting) -> dict[str, float]:
    """The measures of an association: each a ratio of whole counts, rounded once."""
    return {"support": meeting.support, "confidence": meeting.confidence, "lift": meeting.lift,
            "leverage": meeting.leverage, "adjusted_lift": meeting.adjusted_lift}


def counts_of(meeting: Meeting) -> dict[str, int]:
    """The whole counts behind the measures."""
    return {"orders": meeting.orders, "antecedent": meeting.antecedent, "consequent": meeting.consequent,
            "both": meeting.both}


def condition_of(antecedent: Sequence[str], consequent: str) -> Condition:
    """Bought the left side lately or has it before them now; bought the right side not lately, and has it not now."""
    return And(parts=(Or(parts=tuple(_has(fact, antecedent) for fact in _NEAR)), *lacks(consequent)))


def of_the_cart(pattern: Pattern) -> Pattern:
    """The association as it speaks of what lies before the customer now alone, with ``is_of_cart`` in its details."""
    condition = And(parts=(*_has(FactName.MOMENT, pattern.antecedent).parts, *lacks(pattern.consequent[0])))
    return replace(pattern, condition=condition, details={**pattern.details, "is_of_cart": True})


def lacks(category: str) -> tuple[Condition, ...]:
    """Has not bought the category lately, and does not have it before them now."""
    return tuple(_lacks(fact, category) for fact in _NEAR)


def is_not_in_front(category: str) -> Condition:
    """Does not have the category before them now."""
    return _lacks(FactName.MOMENT, category)


def _lacks(fact: FactName, category: str) -> Condition:
    return none_of(fact, f"other_{fact}", _row(fact, category))


def _has(fact: FactName, categories: Sequence[str]) -> And:
    return And(parts=tuple(Exists(fact=fact, alias=f"{fact}{n}", where=_row(fact, category))
                           for n, category in enumerate(categories, start=1)))


def _row(fact: FactName, category: str) -> And:
    return And(parts=(Test(property="category", op=Op.EQ, operand=category), _NEAR[fact]))


def finish(context: MiningContext, patterns: tuple[Pattern, ...], limits: Thresholds) -> tuple[Pattern, ...]:
    """The strongest associations, with take rates at a cut, what the next quarter will bring, and customers' scores."""
    kept = strongest(patterns, limits, context.is_known)
    if not kept:
        return ()
    rates, scores, complained_of = _TakeRates(context), _Scores(context), context.complained_of
    expected = next_quarter(context.sales, context.moment, [(one.antecedent, one.consequent) for one in kept])
    return tuple(replace(noted(pattern, complained_of), scores=scores.of(pattern), measures={
                     **pattern.measures, **rates.of(pattern), **(expected.measures(place) if expected else {})})
                 for place, pattern in enumerate(kept))


def noted(pattern: Pattern, complained_of: frozenset[str]) -> Pattern:
    """The pattern with a note where too many complain of what it would offer: it holds, and becomes no rule."""
    if complained_of.isdisjoint(pattern.consequent):
        return pattern
    return replace(pattern, details={**pattern.details, "is_complained_of": True})


def strongest(patterns: Iterable[Pattern], limits: Thresholds,
              known: Callable[[Pattern], bool] = lambda _: False) -> list[Pattern]:
    """The ``most`` associations with the most orders beyond those that order size explains, few per consequent.

    What is knowledge already goes before news, and is kept whatever their number: it was measured, and it holds.
    """
    def extra(pattern: Pattern) -> float:
        measures = pattern.measures
        return measures["later_support"] * (1 - 1 / measures["later_adjusted_lift"])

    taken: Counter[tuple[str, ...]] = Counter()
    kept: list[Pattern] = []
    for pattern in sorted(patterns, key=lambda p: (not known(p), -extra(p), p.subject)):
        if known(pattern) or (len(kept) < limits.most and taken[pattern.consequent] < limits.per_consequent):
            taken[pattern.consequent] += 1
            kept.append(pattern)
    return kept


class _Customers:
    """Customers x categories as booleans, by category name."""

    def __init__(self, sales: Sales) -> None:
        self._held = sales.buyers().toarray().astype(bool)
        self._columns = {name: i for i, name in enumerate(sales.categories)}

    def bought(self, categories: Iterable[str]) -> Flags:
        """Customers who bought each of the categories."""
        chosen: Flags = self._held[:, [self._columns[name] for name in categories]].all(axis=1)
        return chosen

    def anything(self) -> Flags:
        """Customers who bought at all."""
        chosen: Flags = self._held.any(axis=1)
        return chosen


class _TakeRates:
    """Who bought the consequent unprompted within the next days, at a cut so many days before the moment."""

    def __init__(self, context: MiningContext) -> None:
        sales, cut = context.sales, end_of_day(context.moment, _NEXT_DAYS)
        self._recent = _Customers(sales.during(last_days(cut, _RECENT_DAYS)))
        self._next = _Customers(sales.during(Period(start=cut.as_of + 1, end=context.moment.as_of + 1)))
        self._before = _Customers(sales.during(all_until(cut))).anything()

    def of(self, pattern: Pattern) -> dict[str, float]:
        """``take_rate`` of those for whom the rule held, ``base_rate`` of all who lacked the consequent."""
        lacking = self._before & ~self._recent.bought(pattern.consequent)
        holding = lacking & self._recent.bought(pattern.antecedent)
        taken = self._next.bought(pattern.consequent)
        return {"take_rate": _share(taken, holding), "base_rate": _share(taken, lacking),
                "take_customers": float(holding.sum())}


class _Scores:
    """How much of a customer's orders hold the whole antecedent."""

    def __init__(self, context: MiningContext) -> None:
        sales, moment = context.sales, context.moment
        year = sales.during(last_days(moment, _SCORE_DAYS))
        customer = year.order_customers()
        named = np.flatnonzero(customer >= 0)
        self._customer = customer[named]
        self._orders = year.orders().tocsc()[named].astype(bool)
        self._keys = sales.customers
        self._total = np.bincount(self._customer, minlength=len(self._keys))
        self._recent = _Customers(sales.during(last_days(moment, _RECENT_DAYS)))
        self._columns = {name: i for i, name in enumerate(sales.categories)}

    def of(self, pattern: Pattern) -> dict[CustomerKey, float]:
        """Share of the orders of the last 365 days, for customers of whom the rule's condition holds."""
        holding = np.flatnonzero(self._recent.bought(pattern.antecedent) & ~self._recent.bought(pattern.consequent))
        columns = [self._columns[name] for name in pattern.antecedent]
        whole = self._orders[:, columns].sum(axis=1) == len(columns)
        with_all = np.bincount(self._customer[np.asarray(whole).ravel()], minlength=len(self._keys))
        return {CustomerKey(self._keys[i]): float(with_all[i] / self._total[i]) for i in holding}


def _share(event: Flags, population: Flags) -> float:
    members = int(population.sum())
    return int((event & population).sum()) / members if members else 0.0
