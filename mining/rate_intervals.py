"""Within which a rate will lie in the next period, in nine cases of ten.

Three things move the share of yes among those whom an item speaks of: who happened to be asked about, who will be next
time, and the time of the year. The first two are chance, by the numbers of customers. The third is learned from rates
of plain groups, chosen by nobody: how much more than by chance they have moved from one period to the next, on the
scale of log odds.

Source: R. DerSimonian, N. Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7 (1986), for the
estimate by moments of what differs beyond chance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from mining.arrays import Floats, Ints

LEVEL = 0.9
REACH = float(norm.isf((1 - LEVEL) / 2))
"""Standard errors to either side that hold nine cases of ten."""


_LEAST_CHANCE = 1e-4
LEAST_DRIFT = 0.1
"""Of log odds: however steadily a rate went, a year or two have not shown what other years bring."""


@dataclass(frozen=True, slots=True)
class GroupRates:
    """Shares of yes of several groups in one period.

    Half a yes and half a no are added to each, so that none is infinite on the scale of log odds.

    Args:
        yes: Of each group.
        size: Members of each group.
    """

    yes: Floats
    size: Floats

    @classmethod
    def one(cls, yes: float, size: float) -> Self:
        """Those of a single group.

        >>> GroupRates.one(0, 9).log_odds.round(3).tolist()
        [-2.944]
        """
        return cls(np.array([float(yes)]), np.array([float(size)]))

    def of(self, groups: Ints) -> "GroupRates":
        """Those of some of the groups, by number."""
        return GroupRates(self.yes[groups], self.size[groups])

    @property
    def log_odds(self) -> Floats:
        """Of each group."""
        odds: Floats = logit((self.yes + 0.5) / (self.size + 1))
        return odds

    @property
    def variances(self) -> Floats:
        """Of the log odds, by chance."""
        found: Floats = 1 / (self.yes + 0.5) + 1 / (self.size - self.yes + 0.5)
        return found

    def next(self, sizes: Floats, drift: float) -> tuple[Floats, Floats]:
        """Both ends of what these groups will show in the next period, being of other sizes by then.

        >>> [ends.round(2).tolist() for ends in GroupRates.one(30, 100).next(np.array([100.0]), 0.0)]
        [[0.2], [0.42]]
        """
        return _ends(self.log_odds, self.variances, sizes, drift)

    def next_beside(self, foretold: Floats, expected: Floats, sizes: Floats, drift: float) -> tuple[Floats, Floats]:
        """The same of groups that a model speaks of: what it foretold of them then, and expects of them now.

        What all groups together showed beyond what was foretold, the model has learned since. Of what one group showed
        beyond that, as much is believed as the groups differ beyond chance: those that are proposed because they
        showed most are the ones of which chance made most.

        Args:
            foretold: Mean chance that was foretold for each group, [0, 1].
            expected: Mean chance of each group now.
            sizes: Members now.
            drift: As of ``drift_of``.

        Source: B. Efron, C. Morris, "Stein's estimation rule and its competitors", JASA 68 (1973).
        """
        foretold, expected = (np.clip(each, _LEAST_CHANCE, 1 - _LEAST_CHANCE) for each in (foretold, expected))
        beyond, chance = self.log_odds - logit(foretold), self.variances
        between = _beyond_chance(beyond - np.average(beyond, weights=1 / chance), chance)
        believed, shared = between / (between + chance), np.average(beyond, weights=1 / (between + chance))
        return _ends(logit(expected) + believed * (beyond - shared), believed * chance, sizes, drift)


def drift_of(moves: Iterable[tuple[GroupRates, GroupRates]]) -> float:
    """How far rates move from one period to the next beyond chance: a standard deviation of log odds.

    Args:
        moves: The same groups in one period and in the next; 0.0 where there are none.

    >>> same = GroupRates(np.array([30.0, 50.0]), np.array([100.0, 100.0]))
    >>> drift_of([(same, same)]), drift_of([])
    (0.0, 0.0)
    """
    moved = [(after.log_odds - before.log_odds, before.variances + after.variances) for before, after in moves]
    if not sum(len(each) for each, _ in moved):
        return 0.0
    size, chance = (np.concatenate(parts) for parts in zip(*moved, strict=True))
    return float(np.sqrt(_beyond_chance(size, chance)))


def level_after(periods: int) -> float:
    """Which share of past moves an interval must hold: the fewer periods they were seen in, the more of them.

    The next period is one more of few, and half a period counts for it as in A. Hazen's plotting positions (1914).

    >>> round(level_after(1), 3), round(level_after(9), 3)
    (0.925, 0.905)
    """
    seen = max(1, periods)
    return 1 - (1 - LEVEL) * (seen + 0.5) / (seen + 1)


def rate_interval(yes: int, size: int, members: int, drift: float) -> dict[str, float]:
    """Both ends as they are written among measures; where it applies to nobody now, as if to as many as before."""
    low, high = GroupRates.one(yes, size).next(np.array([float(members or size)]), drift)
    return {"rate_low": float(low[0]), "rate_high": float(high[0])}


def _beyond_chance(moves: Floats, chance: Floats) -> float:
    """The variance of moves beyond that which chance brings to each."""
    return max(0.0, float(((moves ** 2 / chance).sum() - len(moves)) / (1 / chance).sum()))


def _ends(centres: Floats, variances: Floats, sizes: Floats, drift: float) -> tuple[Floats, Floats]:
    share = expit(centres)
    chance = 1 / (np.maximum(sizes, 1) * share * (1 - share))
    reach = REACH * np.sqrt(variances + chance + max(drift, LEAST_DRIFT) ** 2)
    return expit(centres - reach), expit(centres + reach)
