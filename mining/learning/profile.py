"""What distinguishes a group of customers from everybody, in original units and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mining.learning.features import Feature, FeatureFrame
from ontology.text import Text

_STEPS = (0.15, 0.35)
"""How far from everybody's middle (on the scale of ranks, 0.5 is the end) an indicator is low or high, and very."""

_SAID = 3
_TOLD = Text(zh="{name}{level}（中位数 {value}，全体 {all}）", en="{name} {level} (median {value}, everybody {all})")
_SHORT = Text(zh="{name}{level}", en="{name} {level}")
_LEVEL = {2: Text(zh="很高", en="very high"), 1: Text(zh="偏高", en="high"), 0: Text(zh="居中", en="middling"),
          -1: Text(zh="偏低", en="low"), -2: Text(zh="很低", en="very low")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One group.

    Args:
        rows: Per indicator: mean and median of the group and of everybody, in original units, and ``place``, the
            mean rank of the group's members among everybody, from 0 (all lowest) to 1.
        subject: The level of each naming indicator, and the group's rank among those of equal levels.
        name: The same in words.
        words: The most distinctive indicators in words, with medians.
    """

    rows: Mapping[str, Mapping[str, float]]
    subject: str
    name: Text
    words: Text


def describe(frame: FeatureFrame, groups: npt.NDArray[np.int64], *, naming: Sequence[str]) -> dict[int, Profile]:
    """A profile for each group.

    Args:
        frame: All members.
        groups: The group of each.
        naming: Indicators whose levels name a group.
    """
    rows = {int(g): _rows(frame, groups == g) for g in np.unique(groups)}
    named = [name for name in frame.names if name in naming]
    levels = {group: tuple((name, _level(told[name]["place"])) for name in named) for group, told in rows.items()}
    features = {feature.name: feature for feature in frame.features}
    return {group: _profile(told, levels[group], _rank(group, rows, levels), features) for group, told in rows.items()}


def _rows(frame: FeatureFrame, members: npt.NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    rows = {}
    for name, column in zip(frame.names, frame.values.T, strict=True):
        known = column[np.isfinite(column)]
        own = column[members & np.isfinite(column)]
        if not len(own):
            continue
        below, upto = (np.searchsorted(np.sort(known), own, side) for side in ("left", "right"))
        rows[name] = {"mean": float(own.mean()), "median": float(np.median(own)), "mean_of_all": float(known.mean()),
                      "median_of_all": float(np.median(known)),
                      "place": float(((below + upto) / 2 / len(known)).mean())}
    return rows


def _level(place: float) -> int:
    away = sum(abs(place - 0.5) > step for step in _STEPS)
    return away if place > 0.5 else -away  # noqa: PLR2004 - the middle of ranks


def _rank(group: int, rows: Mapping[int, Mapping[str, Mapping[str, float]]],
          levels: Mapping[int, tuple[tuple[str, int], ...]]) -> int:
    """Place among the groups of the same levels, by the first naming indicators; 0 where it is the only one."""
    alike = [g for g in levels if levels[g] == levels[group]]
    names = [name for name, _ in levels[group]]
    in_turn = sorted(alike, key=lambda g: [rows[g][name]["median"] for name in names])
    return in_turn.index(group) + 1 if len(alike) > 1 else 0


def _profile(rows: Mapping[str, Mapping[str, float]], levels: tuple[tuple[str, int], ...], rank: int,
             features: Mapping[str, Feature]) -> Profile:
    said = [_SHORT.fill(name=features[name].labels, level=_LEVEL[level]) for name, level in levels]
    ending = f" ({rank})" if rank else ""
    distinctive = sorted(rows, key=lambda name: (-round(abs(rows[name]["place"] - 0.5), 3), name))[:_SAID]
    told = [_TOLD.fill(name=features[name].labels, level=_LEVEL[_level(rows[name]["place"])],
                       value=features[name].quantity(rows[name]["median"]),
                       all=features[name].quantity(rows[name]["median_of_all"])) for name in distinctive]
    return Profile(
        rows=rows, subject=", ".join(f"{name} {_LEVEL[level].en}" for name, level in levels) + ending,
        name=Text(zh="、".join(t.zh for t in said) + ending, en=", ".join(t.en for t in said) + ending),
        words=Text(zh="，".join(t.zh for t in told), en=", ".join(t.en for t in told)))
