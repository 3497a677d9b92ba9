"""How good segments are out of time: made as a quarter ago, held against those of now and what was spent since."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from kb.facts.indicators import QUARTER_DAYS
from mining.context import MiningContext
from mining.gate import judge
from mining.learning.time_splits import end_of_day
from mining.segments.grouping import equal_parts, explained_share
from mining.segments.indicators import read_indicators
from mining.segments.segment_miner import SegmentLimits, mine
from ontology.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnShare:
    """What one column, cut into as many parts as there were groups, explains of the spend."""

    column: Text
    explained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEvaluation:
    """Segments that would have been proposed a quarter ago.

    Args:
        days: How long ago they were made.
        customers: How many are in the segments of both times.
        groups: How many there were.
        agreement: Adjusted Rand index of both, [-1, 1].
        explained: Share of the variance of what was spent since that lay between them, [0, 1].
        columns: The same of single columns, the best first.
    """

    days: int
    customers: int
    groups: int
    agreement: float
    explained: float
    columns: tuple[ColumnShare, ...]


def evaluate_segments(context: MiningContext, days: int = QUARTER_DAYS) -> SegmentEvaluation | None:
    """Of the moment and ``days`` before it; ``None`` where nothing was or would have been proposed."""
    earlier = MiningContext(context.tables, end_of_day(context.moment, days), seed=context.seed, schema=context.schema)
    before, after = segments_of(earlier), segments_of(context)
    both = sorted(before.keys() & after.keys())
    if not both:
        return None
    history = read_indicators(context)
    then = history.on(days, days)
    rows = [place for place, key in enumerate(history.keys) if key in before]
    names, groups = np.unique([before[history.keys[place]] for place in rows], return_inverse=True)
    paid = then.paid_after[rows]
    columns = [ColumnShare(column=feature.labels, explained=explained_share(equal_parts(column, len(names)), paid))
               for feature, column in zip(history.features, then.values[rows].T, strict=True)
               if np.isfinite(column).any()]
    return SegmentEvaluation(
        days=days, customers=len(both), groups=len(names), explained=explained_share(groups, paid),
        agreement=float(adjusted_rand_score([before[key] for key in both], [after[key] for key in both])),
        columns=tuple(sorted(columns, key=lambda one: -one.explained)))


def segments_of(context: MiningContext) -> dict[str, str]:
    """The segment of each customer, by name, as far as it would be proposed."""
    limits = SegmentLimits()
    trials = mine(context, limits).trials
    passed = [one.pattern for one in judge(trials, rate=limits.rate, labels={}) if one.reason is None] if trials else []
    return {str(key): pattern.subject for pattern in passed for key in pattern.scores}
