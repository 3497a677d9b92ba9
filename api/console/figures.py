"""Numbers, instants and measures as people read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from api.console.words import Language, word

_SHARES = frozenset({"support", "confidence", "take_rate", "base_rate", "rate", "upper_rate", "lower_rate", "share",
                     "probability", "coverage", "uplift"})
_FIRST = ("support", "confidence", "lift", "adjusted_lift", "leverage", "take_rate", "base_rate")
_LATER = "later_"
_TINY = 1e-4
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """One measure on the period it was mined from and on the later one; ``None`` where it was not measured."""

    name: str
    earlier: str | None
    later: str | None


def figure(value: object, language: Language = "en") -> str:
    """A value as read by people: numbers grouped and cut to what matters, truth in words, text as it is.

    >>> figure(1469307), figure(0.123456), figure(12.0), figure(2469.5)
    ('1,469,307', '0.1235', '12', '2,469.50')
    >>> figure(True, "zh"), figure(0.0000321), figure("web")
    ('是', '3.2 × 10⁻⁵', 'web')
    """
    match value:
        case bool():
            return word("flag.yes" if value else "flag.no", language)
        case int():
            return f"{value:,}"
        case float() if value.is_integer():
            return f"{value:,.0f}"
        case float() if abs(value) < _TINY:
            return _power_of_ten(value)
        case float() if abs(value) < 1:
            return f"{value:.4g}"
        case float():
            return f"{value:,.2f}"
    return str(value)


def quantity(value: object, unit: str | None, language: Language, *, unit_name: str = "") -> str:
    """A value with its unit; ``unit_name`` is the unit's label, or the currency.

    >>> quantity(12, "days", "zh", unit_name="天"), quantity(0.25, "share", "en"), quantity(0.5, "change", "en")
    ('12 天', '25%', '+50%')
    >>> quantity(7, "weekday", "en"), quantity(9, "hour", "en"), quantity(2.5, "ratio", "en"), quantity("x", None, "en")
    ('Sunday', '09:00', '2.50×', 'x')
    """
    match unit, value:
        case "share", int() | float():
            return percent(value)
        case "change", int() | float():
            return f"{value:+.0%}"
        case "score", _:
            return figure(value)
        case "ratio", _:
            return f"{figure(value)}×"
        case "weekday", int() | float():
            return word(f"weekday.d{int(value)}", language)
        case "hour", int() | float():
            return f"{int(value):02d}:00"
    return f"{figure(value, language)} {unit_name}".strip()


def percent(share: float) -> str:
    """A share in percent, three digits that matter.

    >>> percent(0.0312), percent(0.75), percent(1.0), percent(0.00042)
    ('3.12%', '75%', '100%', '0.042%')
    """
    return f"{share * 100:.3g}%"


def measure(name: str, value: float) -> str:
    """One measure: shares in percent, the others as numbers.

    >>> measure("later_support", 0.25), measure("lift", 2.5)
    ('25%', '2.50')
    """
    return percent(value) if name.removeprefix(_LATER) in _SHARES else figure(float(value))


def measure_rows(measures: Mapping[str, float]) -> list[MeasureRow]:
    """The measures side by side: earlier and later period; those that everybody asks for first.

    >>> measure_rows({"lift": 2.0, "later_lift": 1.5})
    [MeasureRow(name='lift', earlier='2', later='1.50')]
    """
    names = sorted({name.removeprefix(_LATER) for name in measures}, key=_place)
    return [MeasureRow(name=name, earlier=_shown(measures, name), later=_shown(measures, _LATER + name))
            for name in names]


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
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)


def _power_of_ten(value: float) -> str:
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


def _local(instant: str, zone: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone))


def _shown(measures: Mapping[str, float], name: str) -> str | None:
    return measure(name, measures[name]) if name in measures else None
