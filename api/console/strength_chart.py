"""The strength of one item from run to run as a drawing: where each mark stands, computed here and written as SVG.

Strength stands on the vertical axis, from 0 to 100 %, the moments of the runs on the horizontal one. A run that found
the item is a dot, one that did not a cross on the floor; from the last dot the line falls as strength fades with age.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kb.model.bounds import DAY_SECONDS

WIDTH, HEIGHT = 560, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 26
_STEPS = 16  # of the line that falls
_FOUND = frozenset({"confirmed", "weaker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartMark:
    """One run: where it stands, in pixels from the upper left corner, and what it said."""

    x: float
    y: float
    verdict: str
    is_found: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthChart:
    """The drawing.

    Args:
        marks: One for each run, the earliest first.
        line: Joins the runs that found the item, as points of an SVG polyline.
        fading: Falls from the last of them to the present, likewise.
        floor: Where 0 % stands, from above; ``levels`` where 100, 50 and 0 % stand.
        left: Where the drawing begins; ``right`` where it ends.
    """

    marks: tuple[ChartMark, ...]
    line: str
    fading: str
    levels: Mapping[int, float]
    floor: float
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: int = WIDTH
    height: int = HEIGHT


def strength_chart(measurements: Sequence[Mapping[str, Any]], *, now: str, half_life_days: int) -> StrengthChart | None:
    """The drawing of an item's measurements, as the API gives them; ``None`` of fewer than two: nothing to compare.

    Args:
        measurements: The earliest moment first.
        now: The moment up to which strength fades, ISO 8601.
        half_life_days: After so many days strength is half.
    """
    if len(measurements) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    days = [_day(one["as_of"]) for one in measurements]
    place = _Places(first=days[0], last=max(days[-1], _day(now)))
    marks = tuple(ChartMark(x=place.x(day), y=place.y(one["strength"] or 0.0), verdict=one["verdict"],
                            is_found=one["verdict"] in _FOUND)
                  for day, one in zip(days, measurements, strict=True))
    found = [(day, float(one["strength"])) for day, one in zip(days, measurements, strict=True)
             if one["verdict"] in _FOUND]
    return StrengthChart(marks=marks, line=place.points(found), fading=place.points(_fading(found, place.last,
                                                                                          half_life_days)),
                         levels={level: place.y(level / 100) for level in (100, 50, 0)}, floor=place.y(0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """From days and strengths to pixels."""

    first: float
    last: float

    def x(self, day: float) -> float:
        span = self.last - self.first or 1.0
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (day - self.first) / span, 1)

    def y(self, strength: float) -> float:
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * strength, 1)

    def points(self, ends: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(day)},{self.y(strength)}" for day, strength in ends)


def _fading(found: Sequence[tuple[float, float]], last: float, half_life_days: int) -> list[tuple[float, float]]:
    if not found or found[-1][0] >= last:
        return []
    begin, strength = found[-1]
    ages = [(last - begin) * step / _STEPS for step in range(_STEPS + 1)]
    return [(begin + age, strength * float(0.5 ** (age / half_life_days))) for age in ages]


def _day(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp() / DAY_SECONDS
