"""Within which the share of those to whom a category is offered now that buy it will lie."""

from dataclasses import replace
from math import fsum

import numpy as np

from kb.model.pattern import Pattern
from mining.context import MiningResult
from mining.rate_intervals import GroupRates


def with_next_rates(tried: MiningResult, drift: float) -> MiningResult:
    """What was tried, each pattern with both ends of the rate of the customers it holds for now.

    Args:
        tried: Patterns of ``later_members`` of whom the share ``later_rate`` bought, where ``later_probability`` was
            foretold; their scores are the chances of those they hold for now, one customer at least.
        drift: As ``drift_of`` says.
    """
    if not tried.trials:
        return tried
    patterns = [trial.pattern for trial in tried.trials]
    rate, size, foretold = (_measured(patterns, name) for name in ("later_rate", "later_members", "later_probability"))
    expected = np.array([fsum(one.scores.values()) / len(one.scores) for one in patterns])  # in whatever order they are
    members = np.array([len(one.scores) for one in patterns], dtype=float)
    ends = GroupRates((rate * size).round(), size).next_beside(foretold, expected, members, drift)
    return replace(tried, trials=tuple(
        replace(trial, pattern=replace(trial.pattern, measures={
            **trial.pattern.measures, "rate_low": float(low), "rate_high": float(high)}))
        for trial, low, high in zip(tried.trials, *ends, strict=True)))


def _measured(patterns: list[Pattern], name: str) -> np.ndarray:
    return np.array([one.measures[name] for one in patterns])
