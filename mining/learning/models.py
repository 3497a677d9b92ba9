"""Two models of one question, the better of which is calibrated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from mining.arrays import Flags, Floats
from ontology.text import Text

_FOLDS = 3
_LEAST_CHANCE = 1e-6
_QUANTILES = 100


def make_logistic(seed: int) -> Any:
    """A logistic regression on ranks spread as a normal distribution, which tames the tails of money and counts."""
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True),
                         QuantileTransformer(n_quantiles=_QUANTILES, output_distribution="normal", random_state=seed),
                         StandardScaler(), LogisticRegression(C=0.1, max_iter=1_000))


def make_boosting(seed: int) -> Any:
    """Shallow boosted trees; an unknown value takes the branch that served it best."""
    return HistGradientBoostingClassifier(max_iter=120, learning_rate=0.05, max_leaf_nodes=8, min_samples_leaf=30,
                                          l2_regularization=1.0, early_stopping=False, random_state=seed)


MODELS: Mapping[str, Callable[[int], Any]] = {"logistic": make_logistic, "boosting": make_boosting}
"""Every model that is compared, by the name under which its figures are told."""

_WORDS = {"logistic": Text(zh="逻辑回归", en="logistic regression"),
          "boosting": Text(zh="梯度提升", en="gradient boosting")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted model whose probabilities were calibrated on data that it had not seen.

    Args:
        name: Of the model that won, as in ``MODELS``.
        compared: ROC AUC of each model, out of fold on the training data.
    """

    name: str
    compared: Mapping[str, float]
    _fitted: Mapping[str, Any]
    _calibration: tuple[float, float]

    @property
    def words(self) -> Text:
        """The winner's name for people."""
        return _WORDS[self.name]

    def probability(self, values: Floats) -> Floats:
        """Calibrated chance of yes for each row, [0, 1]."""
        slope, offset = self._calibration
        chances: Floats = 1 / (1 + np.exp(-(slope * _logit(self._raw(self.name, values)) + offset)))
        return chances

    def measure(self, values: Floats, labels: Flags) -> dict[str, float]:
        """ROC AUC of every model, and the Brier score of the winner before and after calibration."""
        aucs = {f"auc_{name}": float(roc_auc_score(labels, self._raw(name, values))) for name in self._fitted}
        return {"auc": aucs[f"auc_{self.name}"], **aucs,
                "brier": float(brier_score_loss(labels, self.probability(values))),
                "brier_uncalibrated": float(brier_score_loss(labels, self._raw(self.name, values)))}

    def _raw(self, name: str, values: Floats) -> Floats:
        chances: Floats = self._fitted[name].predict_proba(values)[:, 1]
        return chances


def fit_model(values: Floats, labels: Flags, *, seed: int) -> Model:
    """The model that foretells better out of fold, calibrated there by Platt's sigmoid.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=seed)
    unseen = {name: cross_val_predict(make(seed), values, labels, cv=folds, method="predict_proba")[:, 1]
              for name, make in MODELS.items()}
    compared = {name: float(roc_auc_score(labels, chances)) for name, chances in unseen.items()}
    best = max(compared, key=compared.__getitem__)
    sigmoid = LogisticRegression(C=1e6).fit(_logit(unseen[best])[:, None], labels)
    return Model(name=best, compared=compared, _fitted={name: make(seed).fit(values, labels)
                                                       for name, make in MODELS.items()},
                 _calibration=(float(sigmoid.coef_[0, 0]), float(sigmoid.intercept_[0])))


def _logit(chances: Floats) -> Floats:
    bounded = np.clip(chances, _LEAST_CHANCE, 1 - _LEAST_CHANCE)
    odds: Floats = np.log(bounded / (1 - bounded))
    return odds
