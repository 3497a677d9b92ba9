"""From a sample to all: numbers with the interval in which the truth lies in 95 of 100 samples."""

from dataclasses import dataclass
from math import sqrt

from kb.experiments.proportion import NORMAL_QUANTILE, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number of customers or of money; ``low`` and ``high`` are equal to it where everybody was asked."""

    value: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> "Estimate":
        """A number that was counted, not estimated."""
        return cls(value=value, low=value, high=value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One sum under the live release, under the draft, and the draft's less the live one's."""

    live: Estimate
    draft: Estimate
    change: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerSample:
    """``size`` members drawn out of ``population``, each equally likely; all of them where both are equal."""

    size: int
    population: int

    def count(self, found: int) -> Estimate:
        """How many of the population are such as ``found`` of the sample are.

        Source: Wilson (1927), with the sample's size corrected for a finite population; never below what was found.

        >>> CustomerSample(size=100, population=100).count(7)
        Estimate(value=7, low=7, high=7)
        >>> half = CustomerSample(size=100, population=1_000_000).count(50)
        >>> half.value, round(half.low), round(half.high)
        (500000.0, 403836, 596164)
        """
        if self.size == self.population:
            return Estimate.exactly(found)
        size = self.size * (self.population - 1) / (self.population - self.size)
        low, high = wilson_interval(found / self.size, size)
        return Estimate(value=found / self.size * self.population, low=max(found, low * self.population),
                        high=min(self.population - self.size + found, high * self.population))

    def total(self, total: float, squares: float) -> Estimate:
        """The population's sum of what adds up to ``total`` in the sample, and its squares to ``squares``.

        Source: Cochran, Sampling Techniques (1977), section 2.5: the expansion estimator, normal interval.

        >>> CustomerSample(size=2, population=2).total(3.0, 5.0)
        Estimate(value=3.0, low=3.0, high=3.0)
        >>> CustomerSample(size=4, population=8).total(4.0, 4.0)
        Estimate(value=8.0, low=8.0, high=8.0)
        """
        if self.size == self.population:
            return Estimate.exactly(total)
        mean = total / self.size
        variance = max(0.0, squares - self.size * mean**2) / (self.size - 1)
        half = NORMAL_QUANTILE * self.population * sqrt(variance / self.size * (1 - self.size / self.population))
        value = mean * self.population
        return Estimate(value=value, low=value - half, high=value + half)


class Sums:
    """A quantity added up under both releases, customer by customer."""

    def __init__(self) -> None:
        self._totals = [0.0, 0.0, 0.0]
        self._squares = [0.0, 0.0, 0.0]

    def add(self, live: float, draft: float) -> None:
        """One customer's share of it."""
        for place, number in enumerate((live, draft, draft - live)):
            self._totals[place] += number
            self._squares[place] += number**2

    def shift(self, sample: CustomerSample) -> Shift:
        """The sums of all."""
        live, draft, change = (sample.total(*pair) for pair in zip(self._totals, self._squares, strict=True))
        return Shift(live=live, draft=draft, change=change)
