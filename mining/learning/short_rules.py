"""Leaves as rules that a person can keep in mind: without the bounds that add little, and each idea once.

Source: J. R. Quinlan, "C4.5: programs for machine learning", 1993, chapter 5: rules are simplified one by one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mining.arrays import Flags
from mining.learning.problem import LabelledSample
from mining.learning.trees import Leaf

MOST_NUMBERS = 2
_MOST_BOUNDS = 2
_KEPT_RATE = 0.9  # a bound that raises the rate by less than a tenth adds little
_SAME_MEMBERS = 0.8


@dataclass(frozen=True, slots=True)
class _Told:
    """A leaf with whom it holds of, and the share of yes among them."""

    leaf: Leaf
    members: Flags
    rate: float

    @classmethod
    def of(cls, leaf: Leaf, sample: LabelledSample) -> "_Told":
        members = leaf.members(sample.frame)
        return cls(leaf, members, float(sample.labels[members].mean()) if members.any() else 0.0)


def short_rules(leaves: Iterable[Leaf], sample: LabelledSample, *, least: float) -> tuple[Leaf, ...]:
    """The leaves in which yes is frequent, shortened; one whose members another has already is left out.

    Args:
        leaves: Of a tree.
        sample: What it was grown on.
        least: Share of yes, [0, 1].
    """
    frequent = [told for leaf in leaves if (told := _Told.of(leaf, sample)).rate >= least]
    short = {told.leaf.subject: told for told in (_shortened(told, sample) for told in frequent) if told.rate >= least}
    widest = sorted(short.values(), key=lambda told: (-int(told.members.sum()), told.leaf.subject))
    return tuple(told.leaf for told in _distinct(widest))


def _shortened(told: _Told, sample: LabelledSample) -> _Told:
    """Without the bounds that can be spared: first the one without which the rate stays highest."""
    while len(told.leaf.bounds) > 1:
        shorter = max((_Told.of(leaf, sample) for leaf in _one_bound_fewer(told.leaf)), key=lambda each: each.rate)
        if _is_short(told.leaf) and shorter.rate < _KEPT_RATE * told.rate:
            break
        told = shorter
    return told


def _is_short(leaf: Leaf) -> bool:
    return len(leaf.bounds) <= _MOST_BOUNDS and sum(bound.numbers for bound in leaf.bounds) <= MOST_NUMBERS


def _one_bound_fewer(leaf: Leaf) -> Iterator[Leaf]:
    for place in range(len(leaf.bounds)):
        yield Leaf(bounds=leaf.bounds[:place] + leaf.bounds[place + 1:])


def _distinct(widest_first: Iterable[_Told]) -> Iterator[_Told]:
    """Those of whose members fewer than four fifths are in a rule that came before."""
    covered: Flags | None = None
    for told in widest_first:
        covered = np.zeros_like(told.members) if covered is None else covered
        if (told.members & covered).sum() < _SAME_MEMBERS * told.members.sum():
            covered = covered | told.members
            yield told
