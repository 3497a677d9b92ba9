"""Differences of means with intervals that may be read on any day, and as often as one likes.

An ordinary 95 % interval is right once, at a size that was settled before; whoever looks every day and stops at the
first day it leaves zero out is wrong far more often than 5 times in 100. A confidence sequence holds on all days at
once, and is wider for it: 1.7 times at the size where it is tightest.

It is written out here without NumPy, because whoever serves does not load that.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import fsum, log, sqrt
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]

ERROR = 0.05
"""Of a hundred comparisons, the five whose interval leaves the truth out on some day."""

TIGHTEST_AT = 1_000
"""Customers at which the sequence is tightest; it is a tenth wider at 200 and at 20,000."""

_LOG_TERM = -2 * log(ERROR)
_MIXING = (_LOG_TERM + log(_LOG_TERM + 1)) / TIGHTEST_AT  # rho squared of the source


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure of some customers: how many they are, its mean, and its variance (of less than two: 0)."""

    size: int
    mean: float
    variance: float

    @classmethod
    def of(cls, values: Collection[float]) -> "Sample":
        """Of one value a customer; of nobody the mean is 0.

        >>> Sample.of([1.0, 2.0, 6.0])
        Sample(size=3, mean=3.0, variance=7.0)
        """
        size = len(values)
        mean = fsum(values) / max(1, size)
        return cls(size=size, mean=mean, variance=fsum((value - mean) ** 2 for value in values) / max(1, size - 1))

    @classmethod
    def weighted(cls, values: Sequence[float], weights: Sequence[float]) -> "Sample":
        """Of customers who count unequally; the variance is such that that of the mean is ``variance / size``.

        Source: Hajek's estimator, with the linearised variance of a ratio (Lohr, Sampling, 2nd ed. 2010, section 4.1).

        >>> Sample.weighted([1.0, 2.0, 6.0], [5.0, 5.0, 5.0]) == Sample.of([1.0, 2.0, 6.0])
        True
        >>> Sample.weighted([0.0, 4.0], [3.0, 1.0]).mean
        1.0
        """
        size, whole = len(values), fsum(weights)
        if not size:
            return cls.of(values)
        mean = fsum(weight * value for weight, value in zip(weights, values, strict=True)) / whole
        squares = fsum((weight / whole * (value - mean)) ** 2 for weight, value in zip(weights, values, strict=True))
        return cls(size=size, mean=mean, variance=size * squares * size / max(1, size - 1))

    def with_(self, other: "Sample") -> "Sample":
        """Both as one.

        >>> Sample.of([1.0, 2.0]).with_(Sample.of([6.0])) == Sample.of([1.0, 2.0, 6.0])
        True
        """
        size = self.size + other.size
        mean = (self.size * self.mean + other.size * other.mean) / max(1, size)
        squares = sum(max(0, one.size - 1) * one.variance + one.size * (one.mean - mean) ** 2 for one in (self, other))
        return Sample(size=size, mean=mean, variance=squares / max(1, size - 1))


def width(size: int) -> float:
    """How many standard errors the sequence reaches to each side once ``size`` customers are counted.

    Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Time-uniform central limit theory and asymptotic confidence
    sequences, Annals of Statistics 52 (2024), theorem 2.2 (``std_conjmix_margin`` and ``best_rho2_approx`` of their
    package drconfseq).

    >>> [round(width(size), 2) for size in (100, 1_000, 10_000, 100_000)]
    [3.86, 3.04, 3.24, 3.56]
    """
    seen = size * _MIXING
    return sqrt(2 * (seen + 1) / seen * log(sqrt(seen + 1) / ERROR))


def interval_of_mean(sample: Sample, *, least: float = 0.0) -> Interval | None:
    """Where the mean lies, on all days at once; ``None`` of nobody. The variance is not taken smaller than ``least``.

    >>> low, high = interval_of_mean(Sample(size=1_000, mean=2.0, variance=10.0))
    >>> round(low, 3), round(high, 3)
    (1.696, 2.304)
    """
    if not sample.size:
        return None
    half = width(sample.size) * sqrt(max(sample.variance, least) / sample.size)
    return sample.mean - half, sample.mean + half


def mean_difference(one: Sample, other: Sample, *, least: float = 0.0) -> tuple[float, Interval] | None:
    """The mean of ``one`` less that of ``other``, and its interval on all days; ``None`` where one counts nobody.

    Neither side's variance is taken smaller than that of both together. Where few are held out and money is heavy in
    the tail, the few have often not met the great spenders yet: their own variance is too small then, and up to four
    experiments in ten without any effect were told to have one; with this, not one in a hundred (``bench/impact.py``).

    Args:
        one: Of those who were recommended something.
        other: Of the control.
        least: That no variance is smaller than.

    Source: as ``width``, of the difference of two independent means.

    >>> found, (low, high) = mean_difference(Sample(size=900, mean=12.0, variance=90.0),
    ...                                      Sample(size=100, mean=10.0, variance=10.0))
    >>> round(found, 3), round(low, 3), round(high, 3)  # both together: variance 82.3; 3.04 * (.1 + .823)**.5
    (2.0, -0.917, 4.917)
    """
    if not one.size or not other.size:
        return None
    least = max(least, one.with_(other).variance)
    error = sqrt(sum(max(side.variance, least) / side.size for side in (one, other)))
    half, found = width(one.size + other.size) * error, one.mean - other.mean
    return found, (found - half, found + half)


def share_difference(one: Sample, other: Sample) -> tuple[float, Interval] | None:
    """As ``mean_difference``, of what each customer did or did not, 1 or 0.

    No variance is smaller than that of both together with one hit and one miss more: none of thirty is no certainty.

    >>> none = Sample.of([0.0] * 40)
    >>> found, (low, high) = share_difference(none, none)
    >>> round(low, 3), round(high, 3)  # 1 of 82: .0120; 4.08 * (.0120 * 2 / 40) ** .5
    (-0.1, 0.1)
    """
    both = one.with_(other)
    share = (both.mean * both.size + 1) / (both.size + 2)
    found = mean_difference(one, other, least=share * (1 - share))
    return None if found is None else (found[0], (max(-1.0, found[1][0]), min(1.0, found[1][1])))
