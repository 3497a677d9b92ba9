"""What distinguishes a group of customers from everybody, in original units, and what a shop would call it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt

from mining.arrays import Ints
from mining.learning.features import Feature, FeatureFrame
from ontology.text import Text

WORTH = ("monetary_yearly", "monthly_amount")
"""By which a group is great or small."""

_STEPS = (0.15, 0.35)
"""How far from everybody's middle (on the scale of ranks, 0.5 is the end) an indicator is low or high, and very."""

_ALIKE = log(1.25)
"""Groups whose members spend as much, but for a quarter of it, are of one tier; so is one with everybody, which is
called average."""

_NINE_IN_TEN = (0.05, 0.95)
_MOST_TRAITS = 2
_LEAST_KNOWN = 0.5
"""What is known of fewer names nobody."""

_TOLD = Text(zh="{name}{level}（中位数 {value}，全体 {all}）", en="{name} {level} (median {value}, everybody {all})")
_LEVEL = {2: Text(zh="很高", en="very high"), 1: Text(zh="偏高", en="high"), 0: Text(zh="居中", en="middling"),
          -1: Text(zh="偏低", en="low"), -2: Text(zh="很低", en="very low")}
_AVERAGE = Text(zh="普通客户", en="average customers")
_ABOVE = {1: ("big",), 2: ("good", "big"), 3: ("good", "big", "top")}
_BELOW = {1: ("small",), 2: ("small", "rare"), 3: ("modest", "small", "rare")}
_TIER = {
    "top": Text(zh="顶级客户", en="top spenders"), "big": Text(zh="大客户", en="big spenders"),
    "good": Text(zh="优质客户", en="good customers"), "modest": Text(zh="中小客户", en="modest spenders"),
    "small": Text(zh="小额客户", en="small spenders"), "rare": Text(zh="零星客户", en="occasional buyers"),
}
_TRAITS: Mapping[str, tuple[Text, Text]] = {
    "age": (Text(zh="较年长", en="older"), Text(zh="较年轻", en="younger")),
    "monthly_income": (Text(zh="收入较高", en="higher income"), Text(zh="收入较低", en="lower income")),
    "dwell_seconds": (Text(zh="停留较久", en="stay long"), Text(zh="停留较短", en="stay briefly")),
    "view_count": (Text(zh="浏览较多", en="browse a lot"), Text(zh="浏览较少", en="browse little")),
    "tenure_days": (Text(zh="合作较久", en="long with us"), Text(zh="新近签约", en="new")),
    "monetary_30d": (Text(zh="最近买得多", en="buying lately"), Text(zh="最近买得少", en="quiet lately")),
    "gender=female": (Text(zh="女性为主", en="mostly women"), Text(zh="女性较少", en="fewer women")),
    "gender=male": (Text(zh="男性为主", en="mostly men"), Text(zh="男性较少", en="fewer men")),
}
"""What a group is called where an indicator is high in it, and where it is low."""

_LASTS = ("age", "monthly_income", "gender=female", "gender=male", "dwell_seconds", "view_count", "tenure_days")
"""Traits that name a group whenever they stand out; the others only where two groups would else have one name."""

_NAMED = Text(zh="{traits}的{tier}", en="{tier}: {traits}")
_NUMBERED = Text(zh="{name}（{n}）", en="{name} ({n})")
_COMMA = Text(zh="、", en=", ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One group.

    Args:
        rows: Per indicator: mean and median of the group and of everybody, in original units; ``low`` and ``high``,
            between which nine in ten of the group lie; and ``place``, the mean rank of the group's members among
            everybody, from 0 (all lowest) to 1.
        name: What a shop would call it; no two groups have one name.
        words: What members spend, with medians; where nobody spends, the most distinctive indicator.
    """

    rows: Mapping[str, Mapping[str, float]]
    name: Text
    words: Text

    @property
    def subject(self) -> str:
        """What identifies the group in a later run."""
        return self.name.en


def describe(frame: FeatureFrame, groups: Ints) -> dict[int, Profile]:
    """A profile for each group.

    Args:
        frame: All members; what is known of a part of them is told of that part.
        groups: The group of each.
    """
    rows = {int(g): _rows(frame, groups == g) for g in np.unique(groups)}
    known = np.isfinite(frame.values).mean(axis=0) >= _LEAST_KNOWN
    naming = {name for name, is_known in zip(frame.names, known, strict=True) if is_known}
    names = _unique({group: {name: told[name] for name in naming & told.keys()} for group, told in rows.items()})
    features = {feature.name: feature for feature in frame.features}
    return {group: Profile(rows=told, name=names[group], words=_words(told, features)) for group, told in rows.items()}


def _rows(frame: FeatureFrame, members: npt.NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    rows = {}
    for name, column in zip(frame.names, frame.values.T, strict=True):
        known = column[np.isfinite(column)]
        own = column[members & np.isfinite(column)]
        if not len(own):
            continue
        low, high = np.quantile(own, _NINE_IN_TEN)
        below, upto = (np.searchsorted(np.sort(known), own, side) for side in ("left", "right"))
        rows[name] = {"mean": float(own.mean()), "median": float(np.median(own)), "mean_of_all": float(known.mean()),
                      "median_of_all": float(np.median(known)), "low": float(low), "high": float(high),
                      "place": float(((below + upto) / 2 / len(known)).mean())}
    return rows


def _level(place: float) -> int:
    away = sum(abs(place - 0.5) > step for step in _STEPS)
    return away if place > 0.5 else -away  # noqa: PLR2004 - the middle of ranks


def worth_of(rows: Mapping[str, Mapping[str, float]]) -> float:
    """What a member spends on average."""
    return max((rows[name]["mean"] for name in WORTH if name in rows), default=0.0)


def _tiers(rows: Mapping[int, Mapping[str, Mapping[str, float]]]) -> dict[int, Text]:
    """What each group is called by what its members spend beside everybody."""
    known = {group: told[name] for group, told in rows.items() for name in WORTH if name in told}
    if len(known) < len(rows):
        return dict.fromkeys(rows, _AVERAGE)
    ratio = {group: log(max(told["mean"], 1e-9) / max(told["mean_of_all"], 1e-9)) for group, told in known.items()}
    in_turn = sorted(ratio, key=lambda group: ratio[group])
    steps = [(int(ratio[after] - ratio[before] > _ALIKE), after) for before, after in pairwise(in_turn)]
    number = {in_turn[0]: 0}
    for is_higher, group in steps:
        number[group] = max(number.values()) + is_higher
    middle = {tier: float(np.mean([ratio[g] for g in number if number[g] == tier])) for tier in set(number.values())}
    names = _tier_names(middle)
    return {group: names[number[group]] for group in rows}


def _tier_names(middle: Mapping[int, float]) -> dict[int, Text]:
    """Names of tiers by how far they lie from everybody, on the scale of logarithms."""
    nearest = min(middle, key=lambda tier: abs(middle[tier]))
    average = {nearest} if abs(middle[nearest]) <= _ALIKE else set()
    above = sorted(tier for tier in set(middle) - average if middle[tier] > 0)
    below = sorted((tier for tier in set(middle) - average if middle[tier] <= 0), reverse=True)
    named = dict.fromkeys(average, _AVERAGE)
    for tiers, words in ((above, _ABOVE), (below, _BELOW)):
        called = words.get(min(len(tiers), len(words)), ())
        named |= {tier: _TIER[called[min(n, len(called) - 1)]] for n, tier in enumerate(tiers)}
    return named


def _unique(rows: Mapping[int, Mapping[str, Mapping[str, float]]]) -> dict[int, Text]:
    """The tier, what stands out besides, and a number where that would be the name of two."""
    tiers = _tiers(rows)
    plain = {group: _named(tiers[group], _traits(rows[group], _LASTS)) for group in rows}
    names = {group: name if list(plain.values()).count(name) == 1 else
             _named(tiers[group], _traits(rows[group], tuple(_TRAITS))) for group, name in plain.items()}
    in_turn = sorted(rows, key=lambda group: -worth_of(rows[group]))
    alike = {name: [group for group in in_turn if names[group] == name] for name in names.values()}
    return {group: name if len(alike[name]) == 1 else _NUMBERED.fill(name=name, n=alike[name].index(group) + 1)
            for group, name in names.items()}


def _traits(rows: Mapping[str, Mapping[str, float]], among: Sequence[str]) -> list[Text]:
    """What stands out most, one word for each indicator, in the order of ``_TRAITS``: a name is no matter of degree."""
    away = {name: rows[name]["place"] - 0.5 for name in among if name in rows}
    most = sorted((name for name in away if abs(away[name]) > _STEPS[0]),
                  key=lambda name: (-round(abs(away[name]), 3), name))
    of_indicator = {name.partition("=")[0]: name for name in reversed(most)}
    chosen = [name for name in most if name in of_indicator.values()][:_MOST_TRAITS]
    return [_TRAITS[name][away[name] < 0] for name in _TRAITS if name in chosen]


def _named(tier: Text, traits: Sequence[Text]) -> Text:
    return _NAMED.fill(tier=tier, traits=Text.joined(traits, zh=_COMMA.zh, en=_COMMA.en)) if traits else tier


def _words(rows: Mapping[str, Mapping[str, float]], features: Mapping[str, Feature]) -> Text:
    numbers = [name for name in rows if features[name].value is None]
    name = min(numbers, key=lambda name: (name not in WORTH, -round(abs(rows[name]["place"] - 0.5), 3), name))
    feature, told = features[name], rows[name]
    return _TOLD.fill(name=feature.labels, level=_LEVEL[_level(told["place"])], value=feature.quantity(told["median"]),
                      all=feature.quantity(told["median_of_all"]))
