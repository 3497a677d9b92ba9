"""What anybody would do without a model: the rates of one column, tenth by tenth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import brier_score_loss

from mining.arrays import Floats, Ints
from mining.learning.problem import LabelledSample
from mining.rate_intervals import REACH

_PARTS = 10
_PRIOR_WEIGHT = 10.0  # members: a part draws its rate towards everybody's as if so many more were in it


@dataclass(frozen=True, slots=True)
class PlainRule:
    """The rate of each part of one column.

    Args:
        column: Which one.
        ends: Where a part ends and the next begins, ascending.
        rates: Of each part, and last of the members whose value is not known.
    """

    column: int
    ends: Floats
    rates: Floats

    @classmethod
    def of_column(cls, sample: LabelledSample, column: int) -> "PlainRule":
        """The rates of one column of a sample."""
        values = sample.frame.values[:, column]
        known = values[np.isfinite(values)]
        ends = np.unique(np.quantile(known, np.arange(1, _PARTS) / _PARTS)) if len(known) else np.empty(0)
        parts = _parts(values, ends)
        size, yes = (np.bincount(parts, weights, len(ends) + 2) for weights in (None, sample.labels.astype(float)))
        return cls(column, ends, (yes + _PRIOR_WEIGHT * sample.rate) / (size + _PRIOR_WEIGHT))

    @classmethod
    def best(cls, sample: LabelledSample, tested: LabelledSample) -> "PlainRule":
        """That of the column whose rates come nearest to what came in ``tested``; of equals, the first.

        Nobody could have chosen it so beforehand, which makes it the more to beat.
        """
        rules = [cls.of_column(sample, column) for column in range(sample.frame.values.shape[1])]
        return min(rules, key=lambda rule: brier_score_loss(tested.labels, rule.probability(tested.frame.values)))

    def probability(self, values: Floats) -> Floats:
        """The chance of yes of each row, [0, 1]."""
        chances: Floats = self.rates[_parts(values[:, self.column], self.ends)]
        return chances


def skill(error: float, reference: float) -> float:
    """The share by which an error lies below that of a reference; 0 where the reference makes none.

    >>> skill(0.06, 0.08)
    0.25
    """
    return 1 - error / reference if reference > 0 else 0.0


def skill_interval(errors: Floats, references: Floats, members: Sequence[str]) -> dict[str, float]:
    """Both ends of a skill in nine cases of ten, by chance: what is told of one member several times is one draw.

    Args:
        errors: Squared, one a row.
        references: Of what it is beside, likewise.
        members: Of whom each row tells.

    Source: W. G. Cochran, "Sampling Techniques" (1977), the variance of a ratio of totals over clusters.

    >>> skill_interval(np.array([1.0, 1.0]), np.array([2.0, 2.0]), ["a", "b"])
    {'skill_low': 0.5, 'skill_high': 0.5}
    """
    _, member = np.unique(np.asarray(members), return_inverse=True)
    own, other = np.bincount(member, errors), np.bincount(member, references)
    if not other.sum():
        return {"skill_low": 0.0, "skill_high": 0.0}
    ratio = own.sum() / other.sum()
    reach = REACH * float(np.sqrt(((own - ratio * other) ** 2).sum())) / other.sum()
    return {"skill_low": float(1 - ratio - reach), "skill_high": float(1 - ratio + reach)}


def _parts(values: Floats, ends: Floats) -> Ints:
    """The part of each value; the last one is of those that are not known."""
    parts: Ints = np.where(np.isfinite(values), np.searchsorted(ends, values, side="right"), len(ends) + 1)
    return parts
