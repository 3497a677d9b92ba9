"""The one figure by which it is told how knowledge fares from run to run, with its interval."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.experiments.proportion import wilson_interval
from kb.model.pattern_kinds import PATTERN_KINDS
from ontology.vocabulary import PatternKind

_LATER = "later_"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFigure:
    """A measure of one run.

    Args:
        measure: Its name.
        low: With ``high`` the ends of its interval: as the run measured it, of nine cases in ten; else 95 % of a share
            of customers of whom each counts once. ``None`` where it has none that allows for who comes often.
    """

    measure: str
    value: float
    low: float | None = None
    high: float | None = None

    def is_below(self, value: float) -> bool:
        """Whether all of the interval lies below a value."""
        return self.high is not None and self.high < value


def judged_figure(kind: PatternKind, measures: Mapping[str, float]) -> JudgedFigure | None:
    """The figure of a kind among the measures of a run; ``None`` where it was not measured.

    >>> judged_figure(PatternKind.ASSOCIATION, {"later_confidence": 0.2, "confidence_low": 0.1, "confidence_high": 0.3})
    JudgedFigure(measure='later_confidence', value=0.2, low=0.1, high=0.3)
    >>> found = judged_figure(PatternKind.OFFER, {"later_rate": 0.25, "later_members": 100.0})
    >>> round(found.low, 3), round(found.high, 3)
    (0.175, 0.343)
    """
    name = PATTERN_KINDS[kind].figure
    if name is None or name not in measures:
        return None
    low, high = _interval(kind, name, measures)
    return JudgedFigure(measure=name, value=measures[name], low=low, high=high)


def _interval(kind: PatternKind, name: str, measures: Mapping[str, float]) -> tuple[float, float] | tuple[None, None]:
    for known in (name, name.removeprefix(_LATER)):
        if f"{known}_low" in measures and f"{known}_high" in measures:
            return measures[f"{known}_low"], measures[f"{known}_high"]
    size = measures.get(PATTERN_KINDS[kind].members or "", 0.0)
    return wilson_interval(measures[name], size) if size > 0 else (None, None)
