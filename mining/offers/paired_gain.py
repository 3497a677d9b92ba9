"""How much better one way does than another with the same customers, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from mining.arrays import Flags, Floats

_DRAWS = 2_000
_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """The difference of two means over the same customers, with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def paired_gain(values: Flags | Floats, reference: Flags | Floats, *, seed: int) -> Gain:
    """The mean difference over customers, with the percentiles of a bootstrap that draws customers.

    Source: B. Efron, R. Tibshirani, "An introduction to the bootstrap", 1993, chapter 13.

    Args:
        values: One a customer.
        reference: Of the same customers.
        seed: Of the draws.
    """
    differences = np.sort(values.astype(np.float64) - reference.astype(np.float64))  # whoever the customers are
    chance = np.random.default_rng(seed)
    means = [differences[chance.integers(len(differences), size=len(differences))].mean() for _ in range(_DRAWS)]
    low, high = np.percentile(means, _ENDS)
    return Gain(mean=float(differences.mean()), low=float(low), high=float(high))
