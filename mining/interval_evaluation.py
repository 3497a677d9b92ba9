"""How often intervals cover what came: associations as they were mined on earlier days, and the quarter after each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kb.facts.indicators import QUARTER_DAYS
from mining import baskets
from mining.association_intervals import LEVEL, Sides, figures, next_quarter, quarter
from mining.context import MiningContext
from mining.gate import judge
from mining.learning.time_splits import end_of_day
from ontology.text import Text

_STEP_DAYS = 15
_QUARTERS = 2  # before a day from which a quarter is foretold
INTERVALS = Text(zh="关联的置信度与提升度在下一季度的区间",
                 en="confidence and lift of associations in the next quarter")


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


def evaluate_intervals(context: MiningContext) -> IntervalEvaluation | None:
    """Over the days of the past, every fortnight, that have a quarter after them; ``None`` where there are none."""
    found = [covered for covered in _by_day(context) if len(covered)]
    if not found:
        return None
    covered = np.concatenate(found)
    return IntervalEvaluation(what=INTERVALS, level=LEVEL, item_periods=len(covered), days=len(found),
                              coverage=float(covered.mean()))


def _by_day(context: MiningContext) -> Iterator[np.ndarray]:
    """Whether each interval covered, for one day after another."""
    sales, moment = context.sales, context.moment
    span = moment.day - moment.local_day(int(sales.at.min(initial=moment.as_of))) + 1
    for ago in range(QUARTER_DAYS, span - _QUARTERS * QUARTER_DAYS + 1, _STEP_DAYS):
        then = MiningContext(context.tables, end_of_day(moment, ago), seed=context.seed, schema=context.schema)
        sides = _proposed(then)
        foretold = next_quarter(then.sales, then.moment, sides)
        if foretold is not None:
            yield foretold.covers(figures(sales, quarter(moment, ago - QUARTER_DAYS), sides)).ravel()


def _proposed(context: MiningContext) -> list[Sides]:
    """The associations that would have been proposed."""
    limits = baskets.Thresholds()
    trials = baskets.mine(context, limits).trials
    passed = [one.pattern for one in judge(trials, rate=limits.rate, labels={}) if one.reason is None] if trials else []
    return [(pattern.antecedent, pattern.consequent) for pattern in baskets.strongest(passed, limits)]
