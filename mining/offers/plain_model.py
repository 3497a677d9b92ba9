"""The model of a question beside a plain one, which knows nothing of what this customer bought of the very item."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mining.arrays import Floats
from mining.offers.candidates import FEATURES, OfferReason
from mining.offers.model import LabelledCandidates, OfferModel
from mining.offers.samples import trained

_PLAIN = np.flatnonzero([reason in {None, OfferReason.POPULARITY} for reason in FEATURES.values()])
"""How often and how much a customer buys, and how popular the item is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferModels:
    """The model of a question, and the plain one that it is held against."""

    model: OfferModel
    plain: OfferModel

    def plain_probability(self, values: Floats) -> Floats:
        """What the plain one says of candidates, [0, 1]."""
        return self.plain.probability(values[:, _PLAIN])


def train_beside_plain(samples: Sequence[LabelledCandidates], *, seed: int) -> OfferModels | None:
    """Both models, from samples of a question, the latest first; ``None`` where there is nothing to learn."""
    plain = [LabelledCandidates(values=one.values[:, _PLAIN], labels=one.labels, weights=one.weights)
             for one in samples]
    fitted, beside = (trained(some, seed=seed) for some in (samples, plain))
    return None if fitted is None or beside is None else OfferModels(model=fitted, plain=beside)
