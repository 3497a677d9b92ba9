"""Is it real? What a miner tried, judged on data it was not mined from.

A pattern passes when each of its floors is met on the later period or hold-out, and when it survives the control of
false discoveries over everything its family tried. A refusal keeps its reason and its numbers.

What is knowledge already has passed once. It is measured again and stays as long as its lower floors are met: else a
month's chance would take away today what it brings back tomorrow.

Source: Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", JRSS B 57(1), 1995.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan

import numpy as np
import numpy.typing as npt

from kb.model.pattern import Pattern
from ontology.quantities import measure, number
from ontology.text import Text

_BELOW = Text(zh="{measure}为 {value}，低于 {floor}", en="{measure} is {value}, below {floor}")
_BY_CHANCE = Text(zh="校正多重检验后，偶然出现的可能过大（q = {q}，上限 {rate}，共检验 {tried} 项）",
                  en="too likely to be chance once all {tried} tries are counted (q = {q}, at most {rate})")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTrial:
    """One pattern that was tried, before anybody knows whether it is real.

    Args:
        pattern: With its measures on both parts of the data.
        p_value: Chance of its later measures were there nothing behind it, [0, 1].
        floors: Least value of measures (named as in ``pattern.measures``); a missing measure fails.
        known_floors: The same for what is knowledge already; ``None`` where that is judged as if it were new.
    """

    pattern: Pattern
    p_value: float
    floors: Mapping[str, float] = field(default_factory=dict)
    known_floors: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """What the gate says of one trial: ``reason`` is ``None`` for a pattern that passed."""

    pattern: Pattern
    reason: Text | None


def judge(trials: Sequence[GateTrial], *, rate: float, labels: Mapping[str, Text],
          known: Callable[[Pattern], bool] = lambda _: False) -> tuple[GateVerdict, ...]:
    """A verdict for each trial of one family; a judged pattern carries its ``q_value``.

    Args:
        trials: All that the family tried, whether it looks good or not.
        rate: Share of false discoveries that is borne among what passes.
        labels: Measure name to words.
        known: Whether a pattern is knowledge already.
    """
    from scipy.stats import false_discovery_control

    q_values = map(float, false_discovery_control([trial.p_value for trial in trials], method="bh"))
    return tuple(_verdict(_as_known(trial) if known(trial.pattern) else trial, q, rate, labels, len(trials))
                 for trial, q in zip(trials, q_values, strict=True))


def _as_known(trial: GateTrial) -> GateTrial:
    return trial if trial.known_floors is None else replace(trial, floors=trial.known_floors)


def permutation_p_value(scores: npt.NDArray[np.float64], labels: npt.NDArray[np.bool_], *, seed: int,
                        permutations: int = 999) -> float:
    """Share of label shufflings whose ROC AUC is no lower than the observed one, the observed among them.

    Args:
        scores: One per member; ties count half.
        labels: The outcome of each.
        seed: Of the shufflings.
        permutations: How many.
    """
    ranks = _ranks(scores)
    shuffled = labels.copy()
    chance = np.random.default_rng(seed)
    observed = ranks[labels].sum()
    beaten = 0
    for _ in range(permutations):
        chance.shuffle(shuffled)
        beaten += ranks[shuffled].sum() >= observed
    return (int(beaten) + 1) / (permutations + 1)


def _ranks(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    from scipy.stats import rankdata

    ranks: npt.NDArray[np.float64] = rankdata(scores)
    return ranks


def _verdict(trial: GateTrial, q: float, rate: float, labels: Mapping[str, Text], tried: int) -> GateVerdict:
    measures = {**trial.pattern.measures, "p_value": trial.p_value, "q_value": q}
    return GateVerdict(pattern=replace(trial.pattern, measures=measures), reason=_reason(trial, q, rate, labels, tried))


def _reason(trial: GateTrial, q: float, rate: float, labels: Mapping[str, Text], tried: int) -> Text | None:
    for name, floor in trial.floors.items():
        value = trial.pattern.measures.get(name)
        if value is None or not value >= floor:
            return _BELOW.fill(measure=labels.get(name, Text.same(name)), value=_said(name, value),
                               floor=measure(name, floor))
    if q > rate and trial.floors is not trial.known_floors:
        return _BY_CHANCE.fill(q=measure("q_value", q), rate=measure("q_value", rate), tried=number(tried))
    return None


def _said(name: str, value: float | None) -> Text:
    return Text(zh="未知", en="unknown") if value is None or isnan(value) else Text.same(measure(name, value))
