"""How large a number may be that is stored: one table for calls, commands, files and the nouns themselves.

Without bounds a product of numbers that are finite one by one overflows, and JSON has no word for what comes of it.
"""

import math
from dataclasses import dataclass

from kb.errors import InvalidInput
from ontology.text import Text

_OUTSIDE = Text(zh="{what} = {value}：应为 {least} 到 {most} 之间的数",
                en="{what}={value}: expected a number from {least} to {most}")
_WITHIN = Text(zh="请给出此范围内的有限数", en="give a finite number in this range")
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The least and the most that a number may be, both allowed."""

    least: float
    most: float

    def holds(self, value: float) -> bool:
        """Whether a number is finite and within.

        >>> SHARE.holds(1.0), SHARE.holds(float("nan")), LEVER.holds(1e308)
        (True, False, False)
        """
        return math.isfinite(value) and self.least <= value <= self.most

    def nearest(self, value: float) -> float:
        """The number within that is nearest; the least for what is no number at all.

        >>> LEVER.nearest(1e308), LEVER.nearest(1.2), MONEY.nearest(float("-inf"))
        (100.0, 1.2, -1000000000000.0)
        """
        return max(self.least, min(self.most, value))

    def demand(self, what: str, value: float | None, *, hint: Text = _WITHIN) -> None:
        """Return if a number is unknown, or finite and within.

        Raises:
            InvalidInput: If it is not; the message names it as ``what``.
        """
        if value is not None and not self.holds(value):
            from ontology.quantities import number  # here: processes that only decide need not wait for it

            raise InvalidInput(_OUTSIDE.fill(what=what, value=value, least=number(self.least), most=number(self.most)),
                               hint=hint)


SHARE = Bounds(least=0.0, most=1.0)
"""Shares, probabilities, strengths."""

LEVER = Bounds(least=0.0, most=100.0)
"""A manager's weight of a family: 1 lets it stand as it is."""

EXPLORATION = Bounds(least=0.0, most=0.2)
"""Which share of the answers is drawn for a family: what is drawn is seldom the best."""

MONEY = Bounds(least=-1e12, most=1e12)
"""Amounts, values and costs, in the currency of the base."""

RATING = Bounds(least=-1e6, most=1e6)
"""What a customer scored, on whatever scale."""

SECONDS = Bounds(least=0.0, most=1e9)
"""How long something took; some thirty years."""

DAYS = Bounds(least=0, most=36_500)
"""A hundred years of days."""

COUNT = Bounds(least=0, most=1_000_000)
"""How many contacts, rejections, answers."""

INSTANT = Bounds(least=0, most=253_402_300_799)
"""Epoch seconds, to the last second of the year 9999: what is later has no date."""

AHEAD_SECONDS = DAY_SECONDS
"""How far what is told may lie ahead of the wall clock, because clocks and zones differ."""
