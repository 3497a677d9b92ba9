"""Shares with their 95 % intervals, which hold for small numbers too, and differences that may be read on any day."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from kb.experiments.confidence_sequence import Interval, Sample, share_difference

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
    """The share of ``one`` less that of ``other``, and its interval on all days; ``None`` where one counts nothing.

    >>> found, (low, high) = difference(Proportion(hits=56, size=70), Proportion(hits=48, size=80))
    >>> round(found, 3), round(low, 3), round(high, 3)  # 104 of 150: .214; 3.53 * (.214 / 70 + .243 / 80) ** .5
    (0.2, -0.076, 0.476)

    Source: ``kb.experiments.confidence_sequence.share_difference``.
    """
    return share_difference(_sample(one), _sample(other))


def _sample(found: Proportion) -> Sample:
    rate = found.rate or 0.0
    return Sample(size=found.size, mean=rate, variance=rate * (1 - rate) * found.size / max(1, found.size - 1))
