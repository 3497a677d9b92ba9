"""How often intervals cover what came: items as they were mined on earlier days, and the period after each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kb.facts.indicators import QUARTER_DAYS
from kb.model.pattern import Pattern
from mining import baskets, churn
from mining.arrays import Flags
from mining.association_intervals import Sides, figures, next_quarter, quarter
from mining.context import Miner, MiningContext
from mining.gate import judge
from mining.learning.time_splits import end_of_day
from mining.offers import offer_miner
from mining.offers.offer_miner import OfferLimits
from mining.offers.samples import LEAST_HISTORY_DAYS, question_at
from mining.rate_intervals import LEVEL
from ontology.text import Text
from ontology.vocabulary import PatternKind

_STEP_DAYS = 15
_QUARTERS = 2  # before a day from which a quarter is foretold
INTERVALS = Text(zh="区间", en="intervals")
_ASSOCIATIONS = Text(zh="关联的置信度与两种提升度在下一季度",
                     en="confidence and lifts of associations in the next quarter")
_OFFERS = Text(zh="所推荐或提醒的品类在随后 {days} 天的购买率",
               en="share of offers and reminders of which the thing is bought within {days} days")
_LEAVING = Text(zh="规则所指客户在随后 {days} 天的流失率",
                en="share that leaves within {days} days, of those in a rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalEvaluation:
    """How often intervals covered.

    Args:
        what: The figures, in words.
        level: The share that intervals should cover.
        item_periods: How many intervals there were, over all items, figures and days.
        days: From how many days a quarter was foretold.
        coverage: Share of them within which the figure of the quarter lay.
    """

    what: Text
    level: float
    item_periods: int
    days: int
    coverage: float


def evaluate_intervals(context: MiningContext) -> tuple[IntervalEvaluation, ...]:
    """Over the days of the past that have such a period after them; none where there are no such.

    Quarters are foretold every fortnight, what is bought or left within a horizon one horizon after another.
    """
    horizon, offers = churn.fitted(churn.Horizon(), context), OfferLimits()
    asked = ((_ASSOCIATIONS, _by_day(context)), (_OFFERS.fill(days=offers.days), _of_offers(context, offers)),
             (_LEAVING.fill(days=horizon.days), _of_leaving(context, horizon)))
    return tuple(found for what, covered in asked if (found := _pooled(what, [each for each in covered if len(each)])))


def _pooled(what: Text, covered: Sequence[Flags]) -> IntervalEvaluation | None:
    if not covered:
        return None
    every = np.concatenate(covered)
    return IntervalEvaluation(what=what, level=LEVEL, item_periods=len(every), days=len(covered),
                              coverage=float(every.mean()))


def _by_day(context: MiningContext) -> Iterator[np.ndarray]:
    """Whether each interval covered, for one day after another."""
    sales, moment = context.sales, context.moment
    for ago in range(QUARTER_DAYS, _span(context) - _QUARTERS * QUARTER_DAYS + 1, _STEP_DAYS):
        then = context.at(end_of_day(moment, ago))
        sides = _proposed(then)
        foretold = next_quarter(then.sales, then.moment, sides)
        if foretold is not None:
            yield foretold.covers(figures(sales, quarter(moment, ago - QUARTER_DAYS), sides)).ravel()


def _proposed(context: MiningContext) -> list[Sides]:
    """The associations that would have been proposed."""
    limits = baskets.Thresholds()
    passed = _passed(context, baskets.miner(limits))
    return [(pattern.antecedent, pattern.consequent) for pattern in baskets.strongest(passed, limits)]


def _of_offers(context: MiningContext, limits: OfferLimits) -> Iterator[Flags]:
    """Whether the rates of those to whom a category was offered lay within, for one day after another."""
    sales = context.sales
    customers, categories = ({name: n for n, name in enumerate(names)} for names in (sales.customers, sales.categories))
    for ago in range(limits.days, _span(context) - 2 * limits.days - LEAST_HISTORY_DAYS, limits.days):
        then = context.at(end_of_day(context.moment, ago))
        later = question_at(sales, then.moment.as_of, limits.days)
        yield _within((one, later.is_bought(
            np.array([customers[key] for key in one.scores], dtype=np.int64),
            np.full(len(one.scores), categories[one.subject]))) for one in _passed(then, offer_miner.miner(limits)))


def _of_leaving(context: MiningContext, limits: churn.Horizon) -> Iterator[Flags]:
    """Whether the rates of those of whom a rule spoke lay within, for one day after another."""
    history, today = context.purchases, context.moment.day
    place = {key: n for n, key in enumerate(history.keys)}
    for ago in range(limits.days, _span(context) - 2 * limits.days - limits.active_days, limits.days):
        then = context.at(end_of_day(context.moment, ago))
        later = history.during(today - ago + 1, today - ago + limits.days)
        gone = later.order_days_by_customer() == 0
        rules = [one for one in _passed(then, churn.miner(limits))
                 if one.kind is PatternKind.CHURN_RULE and one.details["outcome"] == "lapsed"]
        yield _within((one, gone[np.array([place[key] for key in one.scores], dtype=np.int64)]) for one in rules)


def _span(context: MiningContext) -> int:
    """Days of which sales are known."""
    first = int(context.sales.at.min(initial=context.moment.as_of))
    return context.moment.days_ago(first) + 1


def _passed(context: MiningContext, miner: Miner) -> list[Pattern]:
    trials = miner.mine(context).trials
    return [one.pattern for one in judge(trials, rate=miner.rate, labels={}) if one.reason is None] if trials else []


def _within(came: Iterable[tuple[Pattern, Flags]]) -> Flags:
    """Whether the rate of each lay within, of those that held for anybody; beside each what came of its customers."""
    return np.array([one.measures["rate_low"] <= yes.mean() <= one.measures["rate_high"]
                     for one, yes in came if len(yes)], dtype=bool)
