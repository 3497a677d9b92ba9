"""Shares and differences of shares with their 95 % intervals, which hold for small numbers too."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
NORMAL_QUANTILE = NormalDist().inv_cdf(0.975)
"""How many standard errors to each side hold 95 of 100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """``hits`` of ``size``.

    >>> Proportion(hits=1, size=4).rate, Proportion(hits=0, size=0).rate
    (0.25, None)
    """

    hits: int
    size: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.size:
            msg = f"expected from 0 to {self.size} hits, got {self.hits}"
            raise ValueError(msg)

    @property
    def rate(self) -> float | None:
        """The share, [0, 1]; of nothing there is none."""
        return self.hits / self.size if self.size else None

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the share; all of [0, 1] where nothing was counted.

        >>> tuple(round(end, 4) for end in Proportion(hits=15, size=148).interval)
        (0.0624, 0.1605)
        """
        return wilson_interval(self.hits / self.size, self.size) if self.size else (0.0, 1.0)


def wilson_interval(share: float, size: float) -> Interval:
    """The 95 % interval, within [0, 1], of a ``share`` that was found among ``size``, which need not be whole.

    It is written out here, and not taken of scipy, because whoever serves does not load that.

    Source: Wilson 1927, the score interval; the example is of Newcombe 1998, Statistics in Medicine 17, 857-872.

    >>> tuple(round(end, 4) for end in wilson_interval(15 / 148, 148))
    (0.0624, 0.1605)
    """
    weight = NORMAL_QUANTILE * NORMAL_QUANTILE / size
    centre = (share + weight / 2) / (1 + weight)
    half = sqrt(share * (1 - share) * weight + weight * weight / 4) / (1 + weight)
    return max(0.0, centre - half), min(1.0, centre + half)


def difference(one: Proportion, other: Proportion) -> tuple[float, Interval] | None:
    """The share of ``one`` less that of ``other`` with its 95 % interval; ``None`` where one of them counts nothing.

    >>> found, (low, high) = difference(Proportion(hits=56, size=70), Proportion(hits=48, size=80))
    >>> round(found, 4), round(low, 4), round(high, 4)
    (0.2, 0.0524, 0.3339)

    Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10 (Wilson's intervals, without continuity
    correction); the example is case (a) of his table II.
    """
    if one.rate is None or other.rate is None:
        return None
    found = one.rate - other.rate
    (low, high), (other_low, other_high) = one.interval, other.interval
    below = sqrt((one.rate - low) ** 2 + (other_high - other.rate) ** 2)
    above = sqrt((high - one.rate) ** 2 + (other.rate - other_low) ** 2)
    return found, (found - below, found + above)
