"""What each customer buys with a rhythm and is late with: one item a category, with how likely they buy it again.

Who is on time needs no reminder: it would be bought anyway. Late is who has not bought it for half as long again as
they usually do; on the demo 46% of them buy it within 30 days, and 53% of those on time. What lies between is all that
a reminder can bring back, so a category of which those who are late buy hardly less is not proposed.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from kb.model.condition import And, Condition, Exists, Op, Test
from kb.model.ids import CustomerKey
from kb.model.pattern import Pattern, Period, Population
from mining.baskets import is_not_in_front
from mining.context import MiningContext, MiningResult
from mining.gate import GateTrial
from mining.learning.time_splits import end_of_day
from mining.offers.candidates import Candidates
from mining.offers.history import LATE_BY, LEAST_BUYS, LEAST_DAYS, RECENT_DAYS
from mining.offers.plain_model import OfferModels
from mining.offers.repeat_skill import DueCategory, RepeatSkill
from mining.sales import Sales
from ontology.quantities import number, percent, points
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind, PopulationLevel

_NONE = Text(zh="到期复购：当时没有人逾期未买，或无从学习，未挖掘",
             en="due again: nobody was late then, or there is nothing to learn from: nothing mined")
_FIRST = Text(zh="到期复购：{customers} 位客户逾期未买的品类中，模型首选的 {days} 天内有 {ours} 再次购买，"
                 "按热门为 {popular}，按逾期最久为 {overdue}（较热门 {gain} 个百分点，95% 区间 {low} 至 {high}）",
              en="due again: of {customers} customers who were late with something {ours} bought within {days} days"
                 " what the model held likeliest, {popular} the most popular of it, {overdue} what they were latest"
                 " with ({gain} points over popularity, 95% interval {low} to {high})")
_ERRORS = Text(zh="到期复购：平方误差比只看逾期者的比例小 {base_skill}，比只看光顾频率和热门程度小 {skill}",
               en="due again: {base_skill} less squared error than by the rate of those late alone, {skill} less than"
                  " by how often they come and what is popular")
_NO_BETTER = Text(zh="到期复购：这不足以说明模型比这两种简单办法更好，不提出任何提醒",
                  en="due again: that does not show the model to be better than both: nothing proposed")
_FEW = Text(zh="到期复购：{categories} 个品类的逾期客户不足 {least} 位，未检验",
            en="due again: {categories} categories with which fewer than {least} customers were late are not tried")
_ASKED = Text(zh="截点前买过 {category} 的订单至少 {buys} 个、最近一次在 {least} 天以上 {recent} 天以内"
                 "（每天 24 小时）、且距今至少为各次平均间隔的 {late} 倍的客户；结果：此后 {days} 天内购买",
              en="customers with at least {buys} orders of {category} before the cut, the last at least {least} and"
                 " less than {recent} days of 24 hours before it, and at least {late} times their mean gap; outcome:"
                 " bought it within {days} days after it")

_DECIMALS = 6  # of what is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLimits:
    """What bounds the learning of what is due again.

    Args:
        min_customers: Categories that fewer customers were late with are not tried; ``known_customers`` of those that
            are knowledge already.
        min_skill: Least share by which the Brier score must lie below that of each plain rule.
        min_ratio: Least share of those on time that buy, over that of those who are late: what a reminder can bring
            back.
        rhythm: What makes a customer late, for the run's record.
    """

    min_customers: int = 50
    known_customers: int = 20
    min_skill: float = 0.01
    min_ratio: float = 1.1
    rhythm: Mapping[str, float] = field(default_factory=lambda: {
        "least_buys": LEAST_BUYS, "late_by": LATE_BY, "least_days": LEAST_DAYS})

    def customers(self, *, is_known: bool) -> int:
        """So many must have been late with a category."""
        return self.known_customers if is_known else self.min_customers


def judged(context: MiningContext, limits: RepeatLimits, skill: RepeatSkill | None,
           present: Mapping[int, Mapping[CustomerKey, float]], days: int) -> MiningResult:
    """One trial for each category that enough were late with, where the model beats both plain rules; else why not.

    Args:
        context: Of the run.
        limits: What bounds it.
        skill: What came of everything that was due ``days`` before the moment; ``None`` where it could not be tried.
        present: Of each category, how likely each customer who is late with it now buys it.
        days: Within which it counts as bought.
    """
    if skill is None:
        return MiningResult(plan=(_NONE,))
    gain = {name: points(value) for name, value in asdict(skill.gain).items()}
    told = (_FIRST.fill(customers=number(skill.customers), days=days, ours=percent(skill.first),
                        popular=percent(skill.popularity_first), overdue=percent(skill.overdue_first),
                        gain=gain["mean"], low=gain["low"], high=gain["high"]),
            _ERRORS.fill(base_skill=percent(skill.base_skill), skill=percent(skill.skill)))
    if skill.advantage.low <= 0 or min(skill.skill, skill.base_skill) < limits.min_skill:
        return MiningResult(plan=(*told, _NO_BETTER))
    due = [(_pattern(context, each, skill, present[each.item], days), each)
           for each in skill.categories if each.item in present]
    tried = [(pattern, each) for pattern, each in due
             if each.customers >= limits.customers(is_known=context.is_known(pattern))]
    few = _FEW.fill(categories=len(skill.categories) - len(tried), least=limits.min_customers)
    return MiningResult(plan=(*told, few), trials=tuple(_trial(pattern, each, limits) for pattern, each in tried))


def present_chances(sales: Sales, late: Candidates,
                    models: OfferModels | None) -> Mapping[int, Mapping[CustomerKey, float]]:
    """Of each category, how likely each customer who is late with it buys it again; none without models."""
    told: dict[int, dict[CustomerKey, float]] = {}
    if models is not None:
        chances = models.model.probability(late.values).round(_DECIMALS)
        for customer, item, chance in zip(late.customer.tolist(), late.item.tolist(), chances.tolist(), strict=True):
            told.setdefault(item, {})[CustomerKey(sales.customers[customer])] = chance
    return told


def is_due(category: str) -> Condition:
    """Buys the category with a rhythm, is late with it by half, and does not have it before them now."""
    late = Exists(fact=FactName.PURCHASE, alias="due", where=And(parts=(
        Test(property="category", op=Op.EQ, operand=category),
        Test(property="orders_all", op=Op.GE, operand=LEAST_BUYS),
        Test(property="gap_ratio", op=Op.GE, operand=LATE_BY),
        Test(property="last_days_ago", op=Op.GE, operand=LEAST_DAYS),
        Test(property="last_days_ago", op=Op.LT, operand=RECENT_DAYS))))
    return And(parts=(late, is_not_in_front(category)))


def _trial(pattern: Pattern, category: DueCategory, limits: RepeatLimits) -> GateTrial:
    """To pass, the chances must err less than the rate of those late, and than activity and popularity tell.

    And those who are late must buy less than those on time, for else there is nothing to bring back. What is known
    stays until it is as far below as it had to be above: a month's chance takes nothing away. Nobody is reminded of
    what those who are late buy no less.
    """
    floors = {"later_base_skill": limits.min_skill, "later_skill": limits.min_skill,
              "later_on_time_rate": limits.min_ratio * category.rate}
    known_floors = {"later_base_skill": 0.0, "later_skill": -limits.min_skill,
                    "later_on_time_rate": category.rate / limits.min_ratio}
    return GateTrial(pattern=pattern, p_value=max(category.p_value, category.on_time_p_value), floors=floors,
                     known_floors=known_floors)


def _pattern(context: MiningContext, category: DueCategory, skill: RepeatSkill, chances: Mapping[CustomerKey, float],
             days: int) -> Pattern:
    name, cut = context.sales.categories[category.item], end_of_day(context.moment, days)
    what = _ASKED.fill(category=name, buys=LEAST_BUYS, least=LEAST_DAYS, recent=RECENT_DAYS, late=LATE_BY, days=days)
    population = Population(what=what, level=PopulationLevel.CUSTOMER, size=category.customers,
                            period=Period(start=cut.as_of + 1, end=context.moment.as_of + 1))
    gain, advantage = ({end: round(value, _DECIMALS) for end, value in asdict(one).items()}
                       for one in (skill.gain, skill.advantage))
    first = {"model": skill.first, "popularity": skill.popularity_first, "most_overdue": skill.overdue_first,
             "gain": gain}
    return Pattern(
        kind=PatternKind.REPEAT_OFFER, subject=name, consequent=(name,), measures=_measures(category, len(chances)),
        population=population, later_population=population, scores=chances, condition=is_due(name),
        details={"days": days, "first_offers": first, "advantage": advantage, "least_buys": LEAST_BUYS,
                 "late_by": LATE_BY})


def _measures(category: DueCategory, members: int) -> dict[str, float]:
    return {"members": float(members), "later_members": float(category.customers), "later_rate": category.rate,
            "later_on_time_rate": category.on_time_rate, "later_probability": category.chance,
            "later_brier": category.brier, "later_base_brier": category.base_brier,
            "later_plain_brier": category.plain_brier, "later_base_skill": category.base_skill,
            "later_skill": category.skill}
