"""Within which an association's confidence and lifts will lie in the next quarter, in nine cases of ten.

Two things move a figure from one quarter to the next: who happens to order, of whom some order very often, and the
time of the year. The first is measured by customer: orders of one customer are one draw. How much more than that
figures have moved from quarter to quarter is learned from all associations together, on pairs of quarters before, and
the interval reaches as far as nine tenths of those moves. Confidence moves on the scale of log odds, lifts on that of
logarithms.

Sources: W. G. Cochran, "Sampling Techniques" (1977), the variance of a ratio of totals over clusters; Y. Romano,
E. Patterson, E. Candès, "Conformalized quantile regression", NeurIPS 2019, for the width.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from kb.facts.indicators import QUARTER_DAYS
from kb.facts.moment import Moment
from kb.model.pattern import Period
from mining.arrays import Flags, Floats, Ints
from mining.learning.time_splits import end_of_day
from mining.rate_intervals import level_after
from mining.sales import Sales
from mining.stratified_lift import SizedOrders

_STEP_DAYS = 15
"""Between two pairs of quarters that are learned from."""

Sides = tuple[tuple[str, ...], tuple[str, ...]]
"""The categories on the left and on the right."""

_SCALES: Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "confidence": (logit, expit), "lift": (np.log, np.exp), "adjusted_lift": (np.log, np.exp)}
"""By measure: the scale on which it moves, and the way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterFigures:
    """Figures of one quarter, one row for each association and one column for each of ``_SCALES``.

    Args:
        values: On their scales.
        errors: Standard errors of ``values``, orders of one customer taken as one draw.
    """

    values: Floats
    errors: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterIntervals:
    """What the next quarter will bring, ends included; the shapes are those of ``QuarterFigures``."""

    low: Floats
    high: Floats

    def covers(self, came: QuarterFigures) -> Flags:
        """Whether what came lies within."""
        inside: Flags = (self.low <= came.values) & (came.values <= self.high)
        return inside

    def measures(self, row: int) -> dict[str, float]:
        """Both ends of each measure of one association, as measures are written."""
        return {f"{name}_{end}": float(back(values[row, column]))
                for column, (name, (_, back)) in enumerate(_SCALES.items())
                for end, values in (("low", self.low), ("high", self.high))}


def next_quarter(sales: Sales, moment: Moment, sides: Sequence[Sides]) -> QuarterIntervals | None:
    """Intervals from the sales up to the moment; ``None`` where they span less than two quarters."""
    if not sides or not len(sales.at):
        return None
    span = moment.day - moment.local_day(int(sales.at.min())) + 1
    starts = range(0, span - 2 * QUARTER_DAYS + 1, _STEP_DAYS)
    if not starts:
        return None
    asked = sorted({ago for start in starts for ago in (start, start + QUARTER_DAYS)})
    known = {ago: figures(sales, quarter(moment, ago), sides) for ago in asked}
    moves = np.concatenate([_moves(known[start + QUARTER_DAYS], known[start]) for start in starts])
    last = known[0]
    reach = np.quantile(moves, level_after(span // QUARTER_DAYS - 1), axis=0) * np.sqrt(2) * last.errors
    return QuarterIntervals(low=last.values - reach, high=last.values + reach)


def quarter(moment: Moment, ago: int) -> Period:
    """The quarter that ended so many days before the moment."""
    ends = end_of_day(moment, ago).as_of if ago else moment.as_of
    return Period(start=end_of_day(moment, ago + QUARTER_DAYS).as_of + 1, end=ends + 1)


def figures(sales: Sales, period: Period, sides: Sequence[Sides]) -> QuarterFigures:
    """What is told of each association among the orders of a period, with their errors."""
    orders = _ClusteredOrders.of(sales.during(period))
    found = np.array([orders.figures(*each) for each in sides])
    return QuarterFigures(values=found[:, 0], errors=found[:, 1])


def _moves(before: QuarterFigures, after: QuarterFigures) -> Floats:
    """How far figures moved, in standard errors of the move were it chance alone."""
    return np.abs(after.values - before.values) / np.hypot(after.errors, before.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class _ClusteredOrders:
    """Orders x categories, and the customer of each order; who is anonymous is somebody else each time.

    ``sized`` are the same orders, those of one size together.
    """

    held: Any
    sized: SizedOrders
    columns: Mapping[str, int]
    cluster: Ints
    size: Ints

    @classmethod
    def of(cls, sales: Sales) -> "_ClusteredOrders":
        customer = sales.order_customers()
        anonymous = customer < 0
        told = np.where(anonymous, len(sales.customers) + np.cumsum(anonymous), customer)
        _, cluster = np.unique(told, return_inverse=True)
        held = sales.orders()
        return cls(held=held.tocsc(), sized=SizedOrders.of(held), cluster=cluster, size=np.bincount(cluster),
                   columns={name: n for n, name in enumerate(sales.categories)})

    def figures(self, antecedent: Sequence[str], consequent: Sequence[str]) -> Floats:
        """Values and errors, 2 x measures. Half an order is added to what is counted, so that none is infinite.

        A figure is a ratio of totals; its error is the root of the squared residuals of the customers.
        """
        left, right = self._with(antecedent), self._with(consequent)
        with_left, with_right, with_both = (np.bincount(self.cluster[rows], minlength=len(self.size))
                                            for rows in (left, right, left & right))
        confidence = (with_both.sum() + 0.5) / (with_left.sum() + 1)
        share = (with_right.sum() + 0.5) / (len(self.cluster) + 1)
        of_confidence = (with_both - confidence * with_left) / (with_both.sum() + 0.5)
        of_share = (with_right - share * self.size) / (with_right.sum() + 0.5)
        values = [_SCALES["confidence"][0](confidence), _SCALES["lift"][0](confidence / share),
                  _SCALES["adjusted_lift"][0](self._adjusted_lift(antecedent, consequent))]
        of_lift = _length(of_confidence - of_share)
        return np.array([values, [_length(of_confidence) / (1 - confidence), of_lift, of_lift]])

    def _adjusted_lift(self, antecedent: Sequence[str], consequent: Sequence[str]) -> float:
        """Its error is taken for that of the lift, and what that lacks is learned with the moves."""
        left, right = (tuple(self.columns[name] for name in side) for side in (antecedent, consequent))
        [meeting] = self.sized.meetings([(left, right)])
        return (meeting.both + 0.5) / (meeting.expected + 0.5)

    def _with(self, categories: Sequence[str]) -> Flags:
        rows = np.zeros((len(categories), len(self.cluster)), dtype=bool)
        for row, name in zip(rows, categories, strict=True):
            column = self.columns[name]
            row[self.held.indices[self.held.indptr[column]:self.held.indptr[column + 1]]] = True
        held: Flags = np.logical_and.reduce(rows)
        return held


def _length(residuals: Floats) -> float:
    """The root of the sum of squares; of one customer alone, as if the next were as far away again."""
    return max(float(np.sqrt((residuals ** 2).sum())), 1e-6)
