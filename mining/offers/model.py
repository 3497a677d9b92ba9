"""One model of what a customer buys next: a logistic regression that a person can read, and the reason it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from mining.arrays import Flags, Floats
from mining.learning.sampling_order import order_by_content
from mining.offers.baselines import Scorer
from mining.offers.candidates import FEATURES, CandidateSource, OfferQuestion, OfferReason

_MOST_ROWS = 200_000
_MOST_ITERATIONS = 500
_ALIKE_DECIMALS = 9  # sums over customers differ beyond them by the order in which they are added
_REASONS = tuple(OfferReason)
_NEVER_BOUGHT = tuple(FEATURES).index("never_bought")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledCandidates:
    """Candidates of a past instant, and whether each was bought within the horizon after it.

    Args:
        values: Rows x ``FEATURES``.
        labels: Of each row.
        weights: Of each row in the fit; the calibration counts all alike.
    """

    values: Floats
    labels: Flags
    weights: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferModel:
    """A fitted and calibrated model.

    Args:
        centre: Of each feature in the training data.
        weight: Of each feature, in the logit of the calibrated chance.
        offset: The logit at the centre.
    """

    centre: Floats
    weight: Floats
    offset: float

    def probability(self, values: Floats) -> Floats:
        """Calibrated chance of each candidate, [0, 1]."""
        chances: Floats = 1 / (1 + np.exp(-(self.offset + (values - self.centre) @ self.weight)))
        return chances

    def reasons(self, values: Floats) -> tuple[OfferReason, ...]:
        """What raises the chance of each candidate the most above that of a candidate like the average."""
        parts = (values - self.centre) * self.weight
        of_reason = np.array([[kind is reason for reason in _REASONS] for kind in FEATURES.values()], dtype=np.float64)
        total = parts @ of_reason
        total[values[:, _NEVER_BOUGHT] > 0, _REASONS.index(OfferReason.OWN_HISTORY)] = -np.inf  # there is none
        return tuple(_REASONS[best] for best in total.argmax(axis=1))

    def scorer(self, source: CandidateSource, question: OfferQuestion, offerable: Flags) -> Scorer:
        """The model beside the baselines: the chances of candidates, 0 for what is none."""
        def score(rows: slice) -> Floats:
            found = source.best(rows, question, offerable)
            scores = np.zeros((rows.stop - rows.start, source.history.shape[1]))
            scores[found.customer - rows.start, found.item] = self.probability(found.values)
            return scores

        return score


def fit_offers(samples: Sequence[LabelledCandidates], *, seed: int) -> OfferModel:
    """A logistic regression on all samples, its level and slope calibrated on the first by Platt's sigmoid.

    Args:
        samples: The latest first: how much is bought changes with the season faster than what it depends on.
        seed: Of the rows that are drawn where there are very many.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.

    Raises:
        ValueError: If of a sample all was bought, or nothing.
    """
    if not samples or any(not 0 < sample.labels.sum() < len(sample.labels) for sample in samples):
        msg = "a model needs samples in each of which some candidates were bought and some were not"
        raise ValueError(msg)
    values, labels, weights = (np.concatenate([getattr(sample, name) for sample in samples])
                               for name in ("values", "labels", "weights"))
    order = order_by_content(values.round(_ALIKE_DECIMALS), labels, weights)
    drawn = np.random.default_rng(seed).permutation(order)[:_MOST_ROWS]
    scaler = StandardScaler().fit(values[drawn])
    fitted: Any = LogisticRegression(C=0.1, max_iter=_MOST_ITERATIONS)
    fitted.fit(scaler.transform(values[drawn]), labels[drawn], weights[drawn])
    slope, level = _platt(fitted.decision_function(scaler.transform(samples[0].values)), samples[0].labels)
    return OfferModel(centre=scaler.mean_, weight=slope * fitted.coef_[0] / scaler.scale_,
                      offset=slope * float(fitted.intercept_[0]) + level)


def _platt(logits: Floats, labels: Flags) -> tuple[float, float]:
    sigmoid: Any = LogisticRegression(C=1e6).fit(logits[:, None], labels)
    return float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])
