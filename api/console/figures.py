"""Values, instants and measures as pages show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.console.words import Language
from ontology.quantities import NO, YES, measure, number

FIRST = ("support", "confidence", "lift", "adjusted_lift", "leverage", "take_rate", "base_rate")
"""The measures that everybody asks for first."""
_LATER = "later_"
_ENDS = ("_low", "_high")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """One measure on the period it was mined from and on the later one, and within what it will lie next time.

    Each is ``None`` where it was not measured.
    """

    name: str
    earlier: str | None
    later: str | None
    expected: str | None = None


def figure(value: object, language: Language = "en") -> str:
    """A value without a unit: numbers as ``ontology.quantities`` has them, truth in words, text as it is.

    >>> figure(1469307), figure(True, "zh"), figure("web")
    ('1,469,307', '是', 'web')
    """
    match value:
        case bool():
            return (YES if value else NO).say(language)
        case int() | float():
            return number(value)
    return str(value)


def measure_rows(measures: Mapping[str, float]) -> list[MeasureRow]:
    """The measures side by side, earlier and later period; those that everybody asks for first.

    >>> measure_rows({"lift": 2.0, "later_lift": 1.5, "lift_low": 1.2, "lift_high": 1.8})
    [MeasureRow(name='lift', earlier='2', later='1.5', expected='1.2–1.8')]
    """
    told = {name.removeprefix(_LATER) for name in measures}
    names = sorted((name for name in told if not name.endswith(_ENDS)), key=_place)
    return [MeasureRow(name=name, earlier=_shown(measures, name), later=_shown(measures, _LATER + name),
                       expected=_expected(measures, name)) for name in names]


def _expected(measures: Mapping[str, float], name: str) -> str | None:
    """Both ends of an interval, whichever period it was measured on."""
    ends = [_shown(measures, name + end) or _shown(measures, _LATER + name + end) for end in _ENDS]
    return "–".join(end for end in ends if end) or None


def judged_words(figure: Mapping[str, Any], label: str) -> str:
    """A measure with its name, and its interval where it has one.

    >>> judged_words({"measure": "later_rate", "value": 0.25, "low": 0.175, "high": 0.343}, "rate")
    'rate 25% (17.5%–34.3%)'
    """
    name = figure["measure"]
    ends = "" if figure["low"] is None else f" ({measure(name, figure['low'])}–{measure(name, figure['high'])})"
    return f"{label} {measure(name, figure['value'])}{ends}"


def local_day(instant: str, zone: str) -> str:
    """The day of an ISO instant in the base's zone.

    >>> local_day("2017-12-31T23:30:00Z", "Asia/Shanghai")
    '2018-01-01'
    """
    return _local(instant, zone).strftime("%Y-%m-%d")


def local_minute(instant: str, zone: str) -> str:
    """The day and minute of an ISO instant in the base's zone.

    >>> local_minute("2017-12-31T23:30:00Z", "Asia/Shanghai")
    '2018-01-01 07:30'
    """
    return _local(instant, zone).strftime("%Y-%m-%d %H:%M")


def _place(name: str) -> tuple[int, str]:
    return (FIRST.index(name) if name in FIRST else len(FIRST), name)


def _local(instant: str, zone: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))


def _shown(measures: Mapping[str, float], name: str) -> str | None:
    return measure(name, measures[name]) if name in measures else None
