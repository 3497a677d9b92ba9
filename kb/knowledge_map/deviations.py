"""How a member differs from the group they belong to, in words: *spends twice what the group does in a year*.

Told is what lies outside the range of nine in ten of the group, by the indicators of now: what sets a member apart, and
what has changed with them since the groups were made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

from kb.model.condition import Scalar
from ontology.quantities import number, percent
from ontology.text import Text

_MOST = 2
_PHRASES: Mapping[str, Text] = {
    "monetary_yearly": Text(zh="一年的消费{times}", en="spends {times} in a year"),
    "monetary_total": Text(zh="累计消费{times}", en="has spent {times} in all"),
    "monetary_90d": Text(zh="近三个月的消费{times}", en="spent {times} in the last three months"),
    "monetary_30d": Text(zh="近一个月的消费{times}", en="spent {times} in the last month"),
    "order_count": Text(zh="订单数{times}", en="orders {times}"),
    "basket_mean": Text(zh="每单金额{times}", en="spends {times} an order"),
    "view_count": Text(zh="浏览次数{times}", en="looks at {times}"),
    "dwell_seconds": Text(zh="停留时长{times}", en="stays {times}"),
    "recency_days": Text(zh="上次购买在 {own} 天前（本群为 {typical} 天）",
                         en="last came {own} days ago (the group: {typical})"),
    "order_gap_mean": Text(zh="每 {own} 天购买一次（本群为 {typical} 天）",
                           en="comes every {own} days (the group: {typical})"),
}
_MORE = (Text(zh="是本群的两倍", en="twice what the group does"),
         Text(zh="是本群的 {n} 倍", en="{n} times what the group does"))
_LESS = (Text(zh="只有本群的一半", en="half of what the group does"),
         Text(zh="只有本群的 {n}", en="{n} of what the group does"))
_NOTHING = Text(zh="为零", en="nothing")
_TWICE, _HALF = (1.9, 2.1), (0.45, 0.55)
_ALIKE = Text(zh="与本群相仿", en="much like the group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One indicator by which a member differs.

    Args:
        indicator: The property of the customer.
        own: The customer's value, now.
        typical: The group's median when the groups were made, above 0.
    """

    indicator: str
    own: float
    typical: float
    words: Text

    @property
    def ratio(self) -> float:
        """How many times the typical value it is."""
        return self.own / self.typical


def deviations(profile: Mapping[str, Mapping[str, float]], customer: Mapping[str, Scalar]) -> tuple[Deviation, ...]:
    """The two indicators at most by which a customer lies furthest outside their group.

    Args:
        profile: By indicator: ``median`` of the group, and ``low`` and ``high``, between which nine in ten lie.
        customer: The facts of now.
    """
    found = sorted(_outside(profile, customer), key=lambda one: (-abs(log(max(one.ratio, 1e-3))), one.indicator))
    chosen: list[Deviation] = []
    for one in found:
        if not any(_is_spend(one) and _is_spend(other) for other in chosen):
            chosen.append(one)
    return tuple(chosen[:_MOST])


def _is_spend(one: Deviation) -> bool:
    return one.indicator.startswith("monetary_")


def _outside(profile: Mapping[str, Mapping[str, float]], customer: Mapping[str, Scalar]) -> Iterator[Deviation]:
    for name, phrase in _PHRASES.items():
        row, own = profile.get(name, {}), customer.get(name)
        if "high" not in row or not isinstance(own, int | float) or row["median"] <= 0:
            continue
        if not row["low"] <= own <= row["high"]:
            words = phrase.fill(times=times(own / row["median"]), own=number(own, decimals=0),
                                typical=number(row["median"], decimals=0))
            yield Deviation(indicator=name, own=float(own), typical=row["median"], words=words)


def times(ratio: float) -> Text:
    """How many times the group's, as people say it.

    >>> [times(ratio).zh for ratio in (2.04, 3.26, 0.5, 0.1234, 0.0)]
    ['是本群的两倍', '是本群的 3.3 倍', '只有本群的一半', '只有本群的 12%', '为零']
    """
    if ratio <= 0:
        return _NOTHING
    if ratio > 1:
        return _MORE[0] if _TWICE[0] <= ratio <= _TWICE[1] else _MORE[1].fill(n=number(ratio, decimals=1))
    return _LESS[0] if _HALF[0] <= ratio <= _HALF[1] else _LESS[1].fill(n=percent(round(ratio, 2)))


def in_words(found: Sequence[Deviation]) -> Text:
    """All of them, or that there are none."""
    return Text.joined((one.words for one in found), zh="，", en=", ") if found else _ALIKE
