"""Which properties an outcome goes with, in which direction, and how much a model rests on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

import numpy as np
from scipy.stats import hypergeom, norm
from sklearn.metrics import roc_auc_score

from mining.arrays import Floats
from mining.learning.features import Feature
from mining.learning.models import Model, make_logistic
from mining.learning.problem import LabelledSample
from mining.rate_intervals import REACH

_DEALS = 3
_LEAST_CHANCE = 1e-6
_HALF_A_CASE = 0.5  # stands for none at all, so that a ratio to it stays finite


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureContrast:
    """The rate of yes in the lower and in the upper third of a feature, by whole counts."""

    lower: int
    lower_yes: int
    upper: int
    upper_yes: int

    @classmethod
    def of(cls, sample: LabelledSample, column: int, ends: tuple[float, float]) -> "FeatureContrast":
        """Of one column, the thirds ending at and beginning with ``ends``; unknown is in neither."""
        values = sample.frame.values[:, column]
        low, high = values <= ends[0], values >= ends[1]
        return cls(lower=int(low.sum()), lower_yes=int(sample.labels[low].sum()), upper=int(high.sum()),
                   upper_yes=int(sample.labels[high].sum()))

    @property
    def lower_rate(self) -> float:
        """Share of yes in the lower third.

        >>> FeatureContrast(lower=10, lower_yes=1, upper=10, upper_yes=4).lower_rate
        0.1
        """
        return self.lower_yes / self.lower if self.lower else 0.0

    @property
    def upper_rate(self) -> float:
        """Share of yes in the upper third.

        >>> FeatureContrast(lower=10, lower_yes=1, upper=10, upper_yes=4).upper_rate
        0.4
        """
        return self.upper_yes / self.upper if self.upper else 0.0

    def measures(self, *, higher: bool) -> dict[str, float]:
        """Both rates, and the ratio in the direction that is claimed.

        >>> FeatureContrast(lower=10, lower_yes=1, upper=10, upper_yes=4).measures(higher=True)["ratio"]
        4.0
        """
        more, less = (self.upper_rate, self.lower_rate) if higher else (self.lower_rate, self.upper_rate)
        floor = _HALF_A_CASE / max(1, self.lower if higher else self.upper)
        return {"upper_rate": self.upper_rate, "lower_rate": self.lower_rate, "ratio": more / (less or floor)}

    def interval(self, *, higher: bool) -> dict[str, float]:
        """Both ends of the ratio among as many members another time, in nine cases of ten.

        >>> ends = FeatureContrast(lower=100, lower_yes=10, upper=100, upper_yes=40).interval(higher=True)
        >>> {name: round(end, 1) for name, end in ends.items()}
        {'ratio_low': 1.8, 'ratio_high': 8.0}
        """
        if not self.upper or not self.lower:
            return {}
        upper, lower = (self.upper_yes, self.upper), (self.lower_yes, self.lower)
        ratio, error = log_ratio(*(upper + lower if higher else lower + upper))
        reach = REACH * sqrt(2) * error
        return {"ratio_low": exp(ratio - reach), "ratio_high": exp(ratio + reach)}

    def p_value(self, *, higher: bool) -> float:
        """Fisher's exact chance of so large a difference in the claimed direction were there none.

        >>> round(FeatureContrast(lower=10, lower_yes=1, upper=10, upper_yes=4).p_value(higher=True), 4)
        0.1517
        """
        members, yes = self.lower + self.upper, self.lower_yes + self.upper_yes
        size, seen = (self.upper, self.upper_yes) if higher else (self.lower, self.lower_yes)
        return float(hypergeom.sf(seen - 1, members, yes, size)) if members else 1.0


def log_ratio(yes: int, size: int, other_yes: int, other_size: int) -> tuple[float, float]:
    """The logarithm of the ratio of two rates, and its standard error.

    Half a case is added to each count, so that none at all says little and not everything.

    >>> tuple(round(figure, 3) for figure in log_ratio(40, 100, 20, 100))
    (0.681, 0.231)
    """
    a, b = yes + _HALF_A_CASE, other_yes + _HALF_A_CASE
    ratio = log((a / (size + _HALF_A_CASE)) / (b / (other_size + _HALF_A_CASE)))
    variance = 1 / a - 1 / (size + _HALF_A_CASE) + 1 / b - 1 / (other_size + _HALF_A_CASE)
    return ratio, sqrt(max(0.0, variance))


def thirds(values: Floats) -> tuple[float, float]:
    """Where the lower third ends and the upper third begins; 0 and 1 for a column of zeros and ones.

    >>> thirds(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    (3.0, 4.0)
    """
    known = values[np.isfinite(values)]
    if not len(known) or set(np.unique(known)) <= {0.0, 1.0}:
        return 0.0, 1.0
    low, high = (float(end) for end in np.quantile(known, [1 / 3, 2 / 3], method="nearest"))
    return (low, high) if low < high else (low, float(np.nextafter(high, np.inf)))


def groups(features: Sequence[Feature]) -> Iterator[list[int]]:
    """Columns that speak of one property, together, in the order of their first."""
    columns: dict[tuple[str, str], list[int]] = {}
    for column, feature in enumerate(features):
        told = feature.name if feature.counted else feature.reads
        columns.setdefault((feature.fact, told), []).append(column)
    yield from columns.values()


def alone(sample: LabelledSample, column: int) -> float:
    """How far the ROC AUC of one column by itself is from chance, [0, 0.5]."""
    values = sample.frame.values[:, column]
    known = np.isfinite(values)
    labels = sample.labels[known]
    if labels.all() or not labels.any():
        return 0.0
    return abs(float(roc_auc_score(labels, values[known])) - 0.5)


def weight(model: Model, sample: LabelledSample, columns: list[int], *, seed: int) -> float:
    """ROC AUC lost when the columns' values are dealt out anew among the members, the mean of three deals."""
    chance = np.random.default_rng(seed)
    whole = float(roc_auc_score(sample.labels, model.probability(sample.frame.values)))
    lost = []
    for _ in range(_DEALS):
        dealt = sample.frame.values.copy()
        dealt[:, columns] = dealt[chance.permutation(len(dealt))][:, columns]
        lost.append(whole - float(roc_auc_score(sample.labels, model.probability(dealt))))
    return float(np.mean(lost))


@dataclass(frozen=True, slots=True)
class PlainKnowledge:
    """What some columns foretell by themselves, and whether others add to it on later data.

    Args:
        train: What is learned from.
        later: What it is tested on.
        columns: Those that anybody would look at.
        seed: Of the regressions.
    """

    train: LabelledSample
    later: LabelledSample
    columns: tuple[int, ...]
    seed: int

    def added(self, columns: Sequence[int]) -> tuple[float, float]:
        """By which share the log loss falls with the columns beside them, and how likely that were by chance."""
        before, after = self._losses(()), self._losses(columns)
        gain = before - after
        error = float(gain.std(ddof=1)) / len(gain) ** 0.5
        chance = float(norm.sf(gain.mean() / error)) if error > 0 else 1.0
        return float(gain.mean() / before.mean()), chance

    def _losses(self, more: Sequence[int]) -> Floats:
        """The log loss of each member of the later sample."""
        chosen = [*self.columns, *more]
        model = make_logistic(self.seed).fit(self.train.frame.values[:, chosen], self.train.labels)
        chances = model.predict_proba(self.later.frame.values[:, chosen])[:, 1].clip(_LEAST_CHANCE, 1 - _LEAST_CHANCE)
        losses: Floats = -np.log(np.where(self.later.labels, chances, 1 - chances))
        return losses


def contribution(model: Model, present: Floats, past: Floats, columns: list[int]) -> Floats:
    """By how much each present member's probability stands above what it were with typical values there."""
    typical = present.copy()
    typical[:, columns] = np.nanmedian(np.nan_to_num(past[:, columns]), axis=0)
    added: Floats = model.probability(present) - model.probability(typical)
    return added
