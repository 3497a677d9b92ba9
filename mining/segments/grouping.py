"""Groups that are the same whoever draws them, come back a quarter later, and say what is spent next.

What changes from quarter to quarter by itself makes no lasting groups. So an indicator counts by how well it lasts:
by the variance between customers that stays, over that which does not (the ratio of signal to noise of test and
retest). Each classic group of indicators counts alike, however many indicators it has. Where such groups say less of
the next quarter's spend than one column cut into as many parts, what says more of that spend counts more.

Numbers are taken as they are, not as logarithms: to a shop, a thousand more is a thousand more. The greatest
hundredth is cut off, so that a few of the greatest make no group of their own.

Source of the agreement: L. Hubert, P. Arabie, "Comparing partitions", Journal of Classification 2, 1985. Unknown
values take part as their own group's centre has them: J. T. Chi, E. C. Chi, R. G. Baraniuk, "k-POD", The American
Statistician 70(1), 2016.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from mining.arrays import Floats, Ints
from mining.rate_intervals import GroupRates, drift_of
from mining.segments.indicators import IndicatorSnapshot

STARTS = 5
_SEED = 0
"""Of the starts of k-means and of resampling, whatever the seed of a run: who asks twice gets the same groups."""

_REFILLS = 10
_GREATEST = 0.99
_LASTING = 0.98
"""What lasts longer counts no more: what never changes would make all groups alone."""

_UNHEARD = 0.01
"""What lasts less counts as little as this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """Members in groups.

    Args:
        groups: Of each member.
        points: Members x what counts; what is unknown stands where its group's centre is.
        centres: Groups x what counts.
    """

    groups: Ints
    points: Floats
    centres: Floats

    @property
    def distances(self) -> Floats:
        """Members x groups, to the centres."""
        found: Floats = np.sqrt(((self.points[:, None] - self.centres) ** 2).sum(axis=2))
        return found

    @property
    def least_share(self) -> float:
        """The share of members in the smallest group."""
        return float(np.bincount(self.groups, minlength=len(self.centres)).min()) / len(self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """So many groups, now and a quarter ago, and how good they are.

    Args:
        now: Of the members.
        before: Of those who were members a quarter ago, by what was known then.
        emphasis: To which power an indicator counted by its correlation with what was paid next.
        agreement: Adjusted Rand index of the two, over members of both, [-1, 1].
        explained: Share of the variance of what was paid in the quarter that lies between the groups made before it.
        column: Number of the column that, cut into as many equal parts, explains most.
        column_explained: What it explains.
    """

    now: Partition
    before: Partition
    emphasis: int
    agreement: float
    explained: float
    column: int
    column_explained: float

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.now.centres)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The same rows two quarters ago, one quarter ago and now.

    Args:
        shares: How much each column counts before anything is learned; 0 of one that makes no groups.
    """

    long_ago: IndicatorSnapshot
    before: IndicatorSnapshot
    now: IndicatorSnapshot
    shares: Floats

    def grouping(self, size: int, emphasis: int) -> Grouping:
        """So many groups, each time by what was known then."""
        before = partition(self._points(self.long_ago, self.before, emphasis), size)
        now = partition(self._points(self.before, self.now, emphasis), size)
        mine, theirs = self.before.is_member, self.now.is_member
        agreement = adjusted_rand_score(before.groups[theirs[mine]], now.groups[mine[theirs]])
        paid = self.before.paid_after[mine]
        parts = [explained_share(equal_parts(column, size), paid) for column in self.before.values[mine].T]
        return Grouping(now=now, before=before, emphasis=emphasis, agreement=float(agreement),
                        explained=explained_share(before.groups, paid), column=int(np.argmax(parts)),
                        column_explained=max(parts))

    def _points(self, earlier: IndicatorSnapshot, then: IndicatorSnapshot, emphasis: int) -> Floats:
        """Members x what counts: the indicators of ``then``, weighed by what was known by then."""
        weights = self.shares * lasting_weights(earlier, then) * correlations(earlier) ** emphasis
        counts = weights > 0
        return (scale(then.values[then.is_member]) * weights)[:, counts]


def next_shares(found: Grouping, past: Past) -> tuple[Floats, Floats]:
    """Within which the share of customers of each group will lie in a quarter, in nine cases of ten: both ends.

    A group of a quarter ago stands for the one that most of its members are in now.
    """
    mine, theirs = past.before.is_member, past.now.is_member
    then, now = found.before.groups[theirs[mine]], found.now.groups[mine[theirs]]
    met = np.bincount(then * found.size + now, minlength=found.size ** 2).reshape(found.size, found.size)
    earlier, later = linear_sum_assignment(met, maximize=True)
    before, after = (GroupRates(np.bincount(one.groups, minlength=found.size).astype(float)[order],
                           np.full(found.size, len(one.groups), dtype=float))
                     for one, order in ((found.before, earlier), (found.now, later)))
    return after.of(np.argsort(later)).next(after.size, drift_of([(before, after)]))


def partition(points: Floats, size: int) -> Partition:
    """Groups by k-means; NaN is unknown and pulls to no side."""
    known = np.isfinite(points)
    filled = np.where(known, points, 0.0)
    model = KMeans(size, n_init=STARTS, random_state=_SEED).fit(filled)
    for _ in range(0 if known.all() else _REFILLS):
        filled = np.where(known, points, model.cluster_centers_[model.labels_])
        model = KMeans(size, init=model.cluster_centers_, n_init=1).fit(filled)
    return Partition(groups=model.labels_.astype(np.int64), points=filled, centres=model.cluster_centers_)


def stability(found: Partition, resamples: int) -> float:
    """Mean agreement of the groups with those that members drawn again, with replacement, give everybody."""
    chance, agreements = np.random.default_rng(_SEED), []
    for _ in range(resamples):
        drawn = found.points[chance.integers(len(found.points), size=len(found.points))]
        model = KMeans(len(found.centres), n_init=STARTS, random_state=_SEED).fit(drawn)
        agreements.append(adjusted_rand_score(found.groups, model.predict(found.points)))
    return float(np.mean(agreements))


def scale(values: Floats) -> Floats:
    """Each column at mean 0 and spread 1 without what lies beyond its greatest hundredth; unknown stays unknown.

    >>> scale(np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])).tolist()[1]
    [1.0, 0.0]
    """
    cut = np.minimum(values, _quantile(values, _GREATEST))
    known = np.isfinite(cut)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, cut, 0.0).sum(axis=0) / count
    spread = np.sqrt(np.where(known, (cut - mean) ** 2, 0.0).sum(axis=0) / count)
    scaled: Floats = (cut - mean) / np.where(spread > 0, spread, 1.0)
    return scaled


def lasting_weights(earlier: IndicatorSnapshot, then: IndicatorSnapshot) -> Floats:
    """How much each column counts: the root of what lasts of it over what changes, of which the greatest is 7.

    >>> values, everybody = np.array([[1.0, 1.0], [2.0, 3.0], [3.0, 2.0]]), np.ones(3, dtype=bool)
    >>> shown = IndicatorSnapshot(values=values, is_member=everybody, paid_after=np.zeros(3))
    >>> lasting_weights(shown, shown).round(6).tolist()
    [7.0, 7.0]
    """
    both = earlier.is_member & then.is_member
    columns = zip(earlier.values[both].T, then.values[both].T, strict=True)
    lasts = np.clip([_rank_correlation(one, other) for one, other in columns], _UNHEARD, _LASTING)
    weights: Floats = np.sqrt(lasts / (1 - lasts))
    return weights


def correlations(then: IndicatorSnapshot) -> Floats:
    """How strongly each column goes with what was paid after it, [0, 1]; 0 where either is constant."""
    paid = then.paid_after[then.is_member]
    paid = np.minimum(paid, _quantile(paid, _GREATEST))
    values = scale(then.values[then.is_member])
    return np.array([abs(_correlation(column, paid)) for column in values.T])


def explained_share(groups: Ints, paid: Floats) -> float:
    """Share of the variance of ``paid`` that lies between the means of groups, [0, 1] (R²).

    >>> explained_share(np.array([0, 0, 1, 1]), np.array([1.0, 3.0, 5.0, 7.0]))
    0.8
    """
    total = float(((paid - paid.mean()) ** 2).sum())
    sizes, sums = np.bincount(groups), np.bincount(groups, paid)
    within = float(((paid - (sums / np.maximum(sizes, 1))[groups]) ** 2).sum())
    return 1 - within / total if total > 0 else 0.0


def equal_parts(column: Floats, size: int) -> Ints:
    """The column cut into so many parts of as nearly equal numbers as its ties allow; the unknown are one more.

    >>> equal_parts(np.array([5.0, 1.0, 9.0, 1.0, np.nan]), 2).tolist()
    [1, 0, 1, 0, 2]
    """
    known = np.isfinite(column)
    ends = np.quantile(column[known], np.arange(1, size) / size) if known.any() else np.empty(0)
    parts: Ints = np.where(known, np.searchsorted(ends, column, side="right"), size)
    return parts


def p_value(found: Grouping, paid: Floats, shuffles: int) -> float:
    """Share of shufflings of what was paid of which the groups explain as much, the observed among them."""
    chance, beaten = np.random.default_rng(_SEED), 0
    for _ in range(shuffles):
        beaten += explained_share(found.before.groups, chance.permutation(paid)) >= found.explained
    return (beaten + 1) / (shuffles + 1)


def _quantile(values: Floats, at: float) -> Floats:
    """Of the known values of each column; 0 where none is known."""
    known = np.isfinite(values)
    found: Floats = np.nanquantile(np.where(known.any(axis=0), values, 0.0), at, axis=0)
    return found


def _rank_correlation(one: Floats, other: Floats) -> float:
    known = np.isfinite(one) & np.isfinite(other)
    return _correlation(rankdata(one[known]), rankdata(other[known]))


def _correlation(one: Floats, other: Floats) -> float:
    """Pearson's over what is known of both; 0 where either is constant."""
    known = np.isfinite(one) & np.isfinite(other)
    one, other = one[known], other[known]
    if len(one) < 3 or not (np.ptp(one) and np.ptp(other)):  # noqa: PLR2004 - two points lie on a line
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
