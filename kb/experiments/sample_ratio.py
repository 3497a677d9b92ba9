"""Whether the sides of a comparison are as large as the draw makes them, asked on any day.

Where they are not, something else than the draw tells them apart: some were not asked about, or are counted on the
wrong side. What follows from their difference is then worth nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

ERROR = 0.01
"""Of a hundred drawings that are right, the one that is called wrong on some day."""

CONCENTRATION = 100
"""Of the prior around the shares: it looks hardest for drawings that are wrong by some points."""

_MOST_LOG = 700.0  # beyond it a float is no more


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """How many customers stand on each side, and how many were to be expected.

    Args:
        counts: Customers on each side.
        shares: What the draw gives each side; they sum to 1.
    """

    counts: tuple[int, ...]
    shares: tuple[float, ...]

    @property
    def evidence(self) -> float:
        """How many times likelier the counts are under other shares than under those of the draw.

        While the draw is right it ever exceeds ``1 / error`` with a probability of ``error`` at most, so that it may
        be read on any day.

        Source: Lindon and Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022, section 3: the
        Bayes factor of a Dirichlet prior around the shares.

        >>> round(SampleRatio(counts=(900, 100), shares=(0.9, 0.1)).evidence, 2)
        0.3
        >>> SampleRatio(counts=(960, 40), shares=(0.9, 0.1)).evidence > 1e6
        True
        """
        prior = [CONCENTRATION * share for share in self.shares]
        posterior = [weight + count for weight, count in zip(prior, self.counts, strict=True)]
        expected = sum(count * log(share) for count, share in zip(self.counts, self.shares, strict=True) if count)
        return exp(min(_MOST_LOG, _log_beta(posterior) - _log_beta(prior) - expected))

    @property
    def is_as_drawn(self) -> bool:
        """Whether nothing speaks against the draw.

        >>> SampleRatio(counts=(480, 20), shares=(0.95, 0.05)).is_as_drawn
        True
        """
        return self.evidence < 1 / ERROR


def _log_beta(weights: Sequence[float]) -> float:
    """The logarithm of the multivariate beta function."""
    return sum(map(lgamma, weights)) - lgamma(sum(weights))
