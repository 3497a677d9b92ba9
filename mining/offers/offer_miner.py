"""What each customer will want next that they do not buy now: one item a category, where the offers prove true.

What is due again (``repeat_miner``) is learned and tried on the same days, from the same histories.

The model that is tested has seen nothing of the days on which its offers are tested; the scores of today are by a model
of the same making that has. Its horizon is 30 days, as that of the take rates of associations, beside which its chances
stand in a decision; a quarter would leave a year of data little to learn from.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from kb.facts.moment import Moment
from kb.model.condition import And
from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period, Population
from mining.arrays import Flags
from mining.baskets import counts_of, lacks, noted
from mining.context import Miner, MiningContext, MiningResult
from mining.gate import GateTrial
from mining.learning.time_splits import end_of_day
from mining.offers.candidates import Candidates, CandidateSource, OfferQuestion
from mining.offers.companions import companions
from mining.offers.history import RECENT_DAYS, history_of
from mining.offers.model import OfferModel
from mining.offers.next_rates import with_next_rates
from mining.offers.offer_skill import OfferedCategory, Offers, OfferSkill, base_rates, offers_of, try_offers
from mining.offers.plain_model import OfferModels, train_beside_plain
from mining.offers.repeat_miner import RepeatLimits, judged, present_chances
from mining.offers.repeat_skill import try_repeats
from mining.offers.samples import (
    LEAST_HISTORY_DAYS,
    MOST_LEARNED_FROM,
    PastQuestion,
    learned_from,
    question_at,
    trained,
    with_answers,
)
from mining.rate_intervals import drift_of
from mining.sales import Sales
from ontology.quantities import number, percent, points
from ontology.text import Text
from ontology.vocabulary import PatternKind, PopulationLevel

_LABEL = Text(zh="推荐", en="offers")
_NO_ORDERS = Text(zh="推荐：没有可推荐品类的实名订单，未挖掘",
                  en="offers: no orders of known customers with categories that may be offered, nothing mined")
_SHORT = Text(zh="推荐：数据只有 {span} 天，要学习并用后来的 {days} 天检验至少需要 {least} 天，未挖掘",
              en="offers: the data spans {span} days, and {least} are needed to learn and to test on {days} later days:"
                 " nothing mined")
_ALIKE = Text(zh="推荐：当时可推荐的品类全都有人买或全都没人买，无从学习，未挖掘",
              en="offers: of what could be offered then all was bought, or nothing, so there is nothing to learn:"
                 " nothing mined")
_FIRST = Text(zh="推荐：{customers} 位客户的首选推荐在 {days} 天内有 {ours} 被购买，按热门推荐为 {popular}；"
                 "相差 {gain} 个百分点（95% 区间 {low} 至 {high}）",
              en="offers: of {customers} customers {ours} bought the model's first offer within {days} days, {popular}"
                 " the most popular thing they had not bought: {gain} points (95% interval {low} to {high})")
_NO_BETTER = Text(zh="推荐：这不足以说明模型比热门推荐更好，不提出任何推荐",
                  en="offers: that does not show the model to be better than popularity: nothing proposed")
_FEW = Text(zh="推荐：{categories} 个品类被推荐给不足 {least} 位客户，未检验",
            en="offers: {categories} categories would have been offered to fewer than {least} customers and are not"
               " tried")
_ASKED = Text(zh="截点前 {recent} 天（每天 24 小时）内买过有品类的商品、但没有买过 {category} 的客户；"
                 "结果：此后 {days} 天内购买",
              en="customers who had bought something with a category, and nothing of {category}, within {recent} days"
                 " of 24 hours before the cut; outcome: bought it within {days} days after it")

_Model = TypeVar("_Model", OfferModel, OfferModels)
_QUESTIONS = (OfferQuestion.EXPLORE, OfferQuestion.REPEAT)
_DECIMALS = 6  # of a chance that is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLimits:
    """What bounds the learning of offers.

    Args:
        days: Within which an offer counts as bought.
        each: So many most probable offers of a customer count as made.
        samples: Past instants that a model learns from, a horizon apart.
        customers_learned: So many customers, at most, of whom it is made and on whom it is tested.
        min_customers: Categories that would have been offered to fewer are not tried; ``known_customers`` of those
            whose offer is knowledge already.
        min_skill: Least share by which the Brier score must lie below that of the base rate.
        bands: Strata of customers by how many categories they buy; only within them is an offer held against others.
        rate: Share of false discoveries borne.
        repeat: What bounds the learning of what is due again.
    """

    days: int = 30
    each: int = 10
    samples: int = 2
    customers_learned: int = MOST_LEARNED_FROM
    min_customers: int = 50
    known_customers: int = 20
    min_skill: float = 0.01
    bands: int = 10
    rate: float = 0.05
    repeat: RepeatLimits = field(default_factory=RepeatLimits)

    def customers(self, *, is_known: bool) -> int:
        """To so many a category must have been offered."""
        return self.known_customers if is_known else self.min_customers


def miner(limits: OfferLimits | None = None) -> Miner:
    """The registry line of offers."""
    bounds = limits or OfferLimits()
    return Miner(name="offers", label=_LABEL, mine=lambda context: mine(context, bounds), finish=finish,
                 parameters=asdict(bounds), rate=bounds.rate)


def mine(context: MiningContext, limits: OfferLimits) -> MiningResult:
    """One trial for each category that was offered often enough, where the offers beat popularity; else why not."""
    sales = context.sales
    offerable = np.array([category in context.tables.offerable for category in sales.categories], dtype=bool)
    named = sales.at[(sales.customer >= 0) & offerable[sales.category]]
    if not len(named):
        return MiningResult(plan=(_NO_ORDERS,))
    span = context.moment.days_ago(int(named.min())) + 1
    least = 2 * limits.days + LEAST_HISTORY_DAYS + 1
    if span < least:
        return MiningResult(plan=(_SHORT.fill(span=span, days=limits.days, least=least),))
    samples = [_sample(sales, cut, offerable, limits) for cut in _cuts(context.moment, span, limits)]
    new, due = ([with_answers(sample.past, found) for sample, found in zip(samples, parts, strict=True)]
                for parts in zip(*((sample.new, sample.due) for sample in samples), strict=True))
    models = _Models(*(trained(some, seed=context.seed) for some in (new[1:], new[:limits.samples])))
    repeats = _Models(*(train_beside_plain(some, seed=context.seed) for some in (due[1:], due[:limits.samples])))
    offered, late = _present(context, offerable, models.now, limits)
    parts = (_explored(context, limits, samples[0], models, offered),
             _repeated(context, limits, samples[0], repeats, late))
    return _joined(*(with_next_rates(part, _drift(samples)) for part in parts))


def finish(context: MiningContext, patterns: tuple[Pattern, ...]) -> tuple[Pattern, ...]:
    """What passed, with a note where too many complain of it."""
    complained_of = context.complained_of
    return tuple(noted(pattern, complained_of) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """A past instant: the question, the customers who are asked about, and of each question what could be offered."""

    past: PastQuestion
    among: Flags
    new: Candidates
    due: Candidates


@dataclass(frozen=True, slots=True)
class _Models(Generic[_Model]):
    """A model that has seen nothing of the days on which it is tried, and one of today; ``None``: nothing to learn."""

    before: _Model | None
    now: _Model | None


@dataclass(frozen=True, slots=True)
class _Offered:
    """Those to whom a category is offered today: how likely they buy it, and what of theirs it goes with."""

    chances: dict[CustomerKey, float] = field(default_factory=dict)
    companions: dict[CustomerKey, str] = field(default_factory=dict)


def _cuts(moment: Moment, span: int, limits: OfferLimits) -> Sequence[int]:
    """Ends of the days on which questions were put: the first is tested, those after it are learned from."""
    places = [n for n in range(1, limits.samples + 2) if span > n * limits.days + LEAST_HISTORY_DAYS]
    return [end_of_day(moment, n * limits.days).as_of for n in places]


def _sample(sales: Sales, cut: int, offerable: Flags, limits: OfferLimits) -> _Sample:
    past = question_at(sales, cut, limits.days)
    among = learned_from(past.history, limits.customers_learned)
    new, due = CandidateSource(past.history).everybody(_QUESTIONS, offerable, among)
    return _Sample(past=past, among=among, new=new, due=due)


def _explored(context: MiningContext, limits: OfferLimits, tested: _Sample, models: "_Models[OfferModel]",
              offered: dict[int, "_Offered"]) -> MiningResult:
    """The trials of what customers do not buy now."""
    if models.before is None or models.now is None:
        return MiningResult(plan=(_ALIKE,))
    return _judged(context, limits, tested, models.before, offered)


def _repeated(context: MiningContext, limits: OfferLimits, tested: _Sample, models: "_Models[OfferModels]",
              late: Candidates) -> MiningResult:
    """The trials of what is due again."""
    skill = None if models.before is None else try_repeats(tested.past, tested.among, tested.due, models.before,
                                                           seed=context.seed)
    return judged(context, limits.repeat, skill, present_chances(context.sales, late, models.now), limits.days)


def _joined(*parts: MiningResult) -> MiningResult:
    return MiningResult(trials=tuple(trial for part in parts for trial in part.trials),
                        plan=tuple(line for part in parts for line in part.plan))


def _present(context: MiningContext, offerable: Flags, model: OfferModel | None,
             limits: OfferLimits) -> tuple[dict[int, "_Offered"], Candidates]:
    """The offers of today, of each category, none without a model; and all that is due again today."""
    sales = context.sales
    source = CandidateSource(history_of(sales, np.full(len(sales.customers), context.moment.as_of + 1)))
    offers, late = [], []
    for rows in source.history.blocks():
        new, due = source.best_of_each(rows, _QUESTIONS, offerable)
        offers += [] if model is None else [offers_of(new, model.probability(new.values), limits.each)]
        late.append(due)
    return _named(sales, source, offers, offerable), Candidates.together(late)


def _named(sales: Sales, source: CandidateSource, parts: Sequence[Offers], offerable: Flags) -> dict[int, "_Offered"]:
    """The offers of each category, by whom they are for."""
    if not parts:
        return {}
    offers = Offers.together(parts)
    told: dict[int, _Offered] = {}
    others = companions(source.latent, offers, offerable)
    for customer, item, chance, other in zip(offers.customer.tolist(), offers.item.tolist(),
                                             offers.chance.round(_DECIMALS).tolist(), others.tolist(), strict=True):
        key, offered = CustomerKey(sales.customers[customer]), told.setdefault(item, _Offered())
        offered.chances[key] = chance
        if other >= 0:
            offered.companions[key] = sales.categories[other]
    return told


def _judged(context: MiningContext, limits: OfferLimits, tested: _Sample, model: OfferModel,
            present: dict[int, "_Offered"]) -> MiningResult:
    chances = model.probability(tested.new.values)
    skill = try_offers(tested.past, tested.among, tested.new, chances, each=limits.each, bands=limits.bands,
                       seed=context.seed)
    gain = {name: points(value) for name, value in asdict(skill.gain).items()}
    first = _FIRST.fill(customers=number(skill.customers), days=limits.days, ours=percent(skill.first),
                        popular=percent(skill.popularity_first), gain=gain["mean"], low=gain["low"], high=gain["high"])
    if skill.gain.low <= 0:
        return MiningResult(plan=(first, _NO_BETTER))
    offered = [(_pattern(context, each, skill, present[each.item], limits), each)
               for each in skill.categories if each.item in present]
    tried = [(pattern, each) for pattern, each in offered
             if each.meeting.antecedent >= limits.customers(is_known=context.is_known(pattern))]
    few = _FEW.fill(categories=len(skill.categories) - len(tried), least=limits.min_customers)
    return MiningResult(plan=(first, few), trials=tuple(_trial(pattern, each, limits) for pattern, each in tried))


def _trial(pattern: Pattern, category: OfferedCategory, limits: OfferLimits) -> GateTrial:
    """To pass, it must be bought more often than by all, than by those who buy as much, and than what is popular."""
    floors = {"later_base_skill": limits.min_skill, "later_rate": max(category.base_rate, category.popularity_rate)}
    return GateTrial(pattern=pattern, p_value=category.meeting.p_value, floors=floors,
                     known_floors={"later_rate": category.base_rate})


def _pattern(context: MiningContext, category: OfferedCategory, skill: OfferSkill, offered: "_Offered",
             limits: OfferLimits) -> Pattern:
    name = context.sales.categories[category.item]
    cut = end_of_day(context.moment, limits.days)
    what = _ASKED.fill(recent=RECENT_DAYS, days=limits.days, category=name)
    population = Population(what=what, level=PopulationLevel.CUSTOMER, size=category.meeting.orders,
                            period=Period(start=cut.as_of + 1, end=context.moment.as_of + 1))
    return Pattern(
        kind=PatternKind.OFFER, subject=name, consequent=(name,),
        measures=_measures(category, len(offered.chances)), population=population, later_population=population,
        scores=offered.chances, companions=offered.companions,
        condition=And(parts=lacks(name)),
        details={"days": limits.days, "offers_each": limits.each, "counts": counts_of(category.meeting),
                 "first_offers": {"model": skill.first, "popularity": skill.popularity_first}})


def _drift(samples: Sequence[_Sample]) -> float:
    """How far the share of new buyers of a category moves from one horizon to the next, beyond chance."""
    rates = [base_rates(sample.past, sample.among) for sample in reversed(samples)]
    asked = np.flatnonzero(np.all([each.size > 0 for each in rates], axis=0))
    return drift_of(pairwise(each.of(asked) for each in rates))


def _measures(category: OfferedCategory, members: int) -> dict[str, float]:
    meeting = category.meeting
    return {"members": float(members), "later_members": float(meeting.antecedent), "later_rate": category.rate,
            "later_base_rate": category.base_rate, "later_adjusted_lift": meeting.adjusted_lift,
            "later_popularity_rate": category.popularity_rate, "later_probability": category.chance,
            "later_brier": category.brier, "later_base_brier": category.base_brier, "later_base_skill": category.skill}
