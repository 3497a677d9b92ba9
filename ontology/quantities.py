"""How a number reads, by its unit, in Chinese and in English: one way for sentences, maps, pages and the terminal.

Both languages group digits by thousands with a comma and write a point before decimals (CLDR; the tests hold this
against Babel, whose own formatting takes a hundred times as long as a page can spend on a number). What differs is
words: of units, of days of the week.
"""

import math
from collections.abc import Mapping
from functools import cache

from rdflib import SKOS, Literal

from ontology.terms import ZK, ontology_graph
from ontology.text import NO_WORDS, Text
from ontology.vocabulary import Unit

YES, NO = Text(zh="是", en="yes"), Text(zh="否", en="no")
_TIMES = Text(zh="{n} 倍", en="{n} times")
_WITH_UNIT = Text(zh="{n} {unit}", en="{n} {unit}")
CURRENCY_LABEL = "unit.currency"
"""Under which words of a base's data tell the ISO 4217 code of its currency."""
_TOLD_BY_LABEL = frozenset({None, Unit.COUNT, Unit.SCORE, Unit.CURRENCY, Unit.EPOCH_SECONDS})
"""Units that are not said: the label of what is measured tells enough."""
_OF_SHARES = 3  # digits that matter
_OF_SCORES = 3  # decimals
_OF_POINTS = 1  # decimal
_DECIMALS = 9  # as many as a stored number has
_TINY = 1e-4
_DAYS_OF_WEEK = 7
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LATER = "later_"
_HALF_MONTH = 15
_YEARS = (360, 365)
_COUNTED = tuple(zip("两三四五六七八九十", ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
                     strict=True))


def quantity(value: float, unit: str | None, unit_label: Text | None = None, *, exact: bool = False) -> Text:
    """A number with its unit.

    Args:
        value: Of a weekday, 1 is Monday; of a share or change, 1 is all.
        unit: As the ontology or a mapping says it; ``None`` where there is none.
        unit_label: What people call the unit (``Schema.label``); where it is not given, the number stands alone.
        exact: Every digit is told, as of the constant of a rule; otherwise those that matter.

    >>> quantity(31, "days", Text(zh="天", en="days")).zh
    '31 天'
    >>> [quantity(*one).zh for one in ((0.12345, "share"), (2.5, "ratio"), (1, "weekday"))]
    ['12.3%', '2.5 倍', '星期一']
    >>> quantity(0.12345, "share", exact=True).en, quantity(-0.5, "change").en
    ('12.345%', '-50%')
    """
    match unit:
        case Unit.WEEKDAY if value in range(1, _DAYS_OF_WEEK + 1):
            return weekday(int(value))
        case Unit.RATIO:
            return _TIMES.fill(n=number(value, exact=exact))
        case Unit.SHARE | Unit.CHANGE | Unit.HOUR:
            return Text.same(digits(value, unit, exact=exact))
    if unit in _TOLD_BY_LABEL or unit_label is None:
        return Text.same(digits(value, unit, exact=exact))
    return _WITH_UNIT.fill(n=number(value, exact=exact), unit=unit_label)


def digits(value: float, unit: str | None, *, exact: bool = False) -> str:
    """A number as its unit has it written, without the unit's word.

    >>> [digits(*one) for one in ((0.25, "share"), (0.5, "change"), (9, "hour"), (12.5, "currency"), (2.5, "ratio"))]
    ['25%', '+50%', '09:00', '12.50', '2.5']
    """
    match unit:
        case Unit.SHARE:
            return percent(value, exact=exact)
        case Unit.CHANGE:
            return f"{'+' if value > 0 else ''}{percent(value, exact=exact)}"
        case Unit.HOUR if float(value).is_integer():
            return f"{int(value):02d}:00"
        case Unit.CURRENCY if not exact and not float(value).is_integer():
            return f"{value:,.2f}"
        case Unit.SCORE:
            return number(value, decimals=_OF_SCORES, exact=exact)
    return number(value, exact=exact)


def number(value: float, *, decimals: int = 2, exact: bool = False) -> str:
    """A number in groups of three digits, with so many decimals at most; of what is small, two digits that matter.

    >>> [number(one) for one in (1469307, 2469.5, 12.0, 0.7594, 0.00441, 0.0000321)]
    ['1,469,307', '2,469.5', '12', '0.76', '0.0044', '3.2 × 10⁻⁵']
    >>> number(1234.56789, exact=True)
    '1,234.56789'
    """
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if exact:
        return _rounded(value, decimals=_DECIMALS)
    if float(value).is_integer():
        return f"{value:,.0f}"
    if abs(value) < _TINY:
        return _power_of_ten(value)
    return _rounded(value, decimals=max(decimals, _place_of(value) + 1))


def percent(share: float, *, exact: bool = False) -> str:
    """A share in percent, three digits that matter.

    >>> [percent(one) for one in (0.0312, 0.75, 1.0, 0.00042, 0.0, 25.67891)]
    ['3.12%', '75%', '100%', '0.042%', '0%', '2,568%']
    """
    hundredths = 100 * share
    decimals = _DECIMALS if exact else max(0, _OF_SHARES - 1 + _place_of(hundredths))
    return f"{_rounded(hundredths, decimals=decimals)}%"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign and one decimal at most.

    >>> points(0.0312), points(-0.2), points(0.0)
    ('+3.1', '-20', '0')
    """
    in_points = round(100 * difference, _OF_POINTS)
    return f"{'+' if in_points > 0 else ''}{_rounded(in_points + 0.0, decimals=_OF_POINTS)}"


def span_words(days: int) -> Text:
    """A stretch of time as people say it: in months and halves of months where it is so many.

    >>> [span_words(days).en for days in (30, 45, 90, 135, 360, 365, 14)]
    ['a month', 'a month and a half', 'three months', 'four and a half months', 'a year', 'a year', '14 days']
    >>> [span_words(days).zh for days in (30, 45, 90, 135, 360, 14)]
    ['一个月', '一个半月', '三个月', '四个半月', '一年', '14 天']
    """
    halves, rest = divmod(days, _HALF_MONTH)
    months, is_half = halves // 2, halves % 2
    half = Text(zh="半", en=" and a half") if is_half else NO_WORDS
    if days in _YEARS:
        return Text(zh="一年", en="a year")
    if rest or not 1 <= months <= len(_COUNTED) + 1:
        return Text(zh=f"{days} 天", en=f"{days} days")
    if months == 1:
        return Text(zh=f"一个{half.zh}月", en=f"a month{half.en}")
    zh, en = _COUNTED[months - 2]
    return Text(zh=f"{zh}个{half.zh}月", en=f"{en}{half.en} months")


def money(amount: float, currency: str, *, exact: bool = False) -> Text:
    """An amount with its currency; ``exact`` as of ``quantity``.

    >>> money(1250.5, "USD").zh, money(31.3, "CNY", exact=True).en
    ('1,250.50 美元', '31.3 CNY')
    """
    return _WITH_UNIT.fill(n=digits(amount, Unit.CURRENCY, exact=exact), unit=currency_name(currency))


@cache
def currency_name(currency: str) -> Text:
    """What people call a currency, from its ISO 4217 code.

    >>> currency_name("EUR")
    Text(zh='欧元', en='EUR')
    """
    from babel.numbers import get_currency_name  # a tenth of a second, of which most commands have no need

    return Text(zh=get_currency_name(currency, locale="zh"), en=currency)


def byte_size(count: int) -> str:
    """A number of bytes, three digits that matter.

    >>> byte_size(400_020_000), byte_size(20_000_000_000), byte_size(1_288_490_188)
    ('400 MB', '20 GB', '1.29 GB')
    """
    unit, name = (10**9, "GB") if count >= 10**9 else (10**6, "MB")
    return f"{number(float(f'{count / unit:.{_OF_SHARES}g}'))} {name}"


def weekday(day: int) -> Text:
    """The name of a day of the week, 1 is Monday.

    >>> weekday(7)
    Text(zh='星期日', en='Sunday')
    """
    return _weekdays()[day - 1]


def measure(name: str, value: float) -> str:
    """A measure of a pattern as the unit of its name in the ontology has it written.

    >>> measure("later_support", 0.25), measure("lift", 2.5), measure("members", 1200.0), measure("auc", 0.7126)
    ('25%', '2.5', '1,200', '0.713')
    """
    return digits(value, measure_units().get(name.removeprefix(_LATER)))


@cache
def measure_units() -> Mapping[str, str]:
    """The unit of each measure of patterns."""
    graph = ontology_graph()
    return {str(notation): str(unit) for term, unit in graph.subject_objects(ZK.unit)
            if (term, SKOS.inScheme, ZK.MeasureName) in graph
            for notation in graph.objects(term, SKOS.notation) if isinstance(notation, Literal)}


@cache
def _weekdays() -> tuple[Text, ...]:
    from babel.dates import get_day_names  # a tenth of a second, of which most commands have no need

    zh, en = (get_day_names("wide", locale=locale) for locale in ("zh", "en"))
    return tuple(Text(zh=zh[day], en=en[day]) for day in range(_DAYS_OF_WEEK))


def _place_of(value: float) -> int:
    """The decimal on which the first digit stands that is not 0: 3 of 0.004, 0 of 4, -1 of 40."""
    return -math.floor(math.log10(abs(value))) if value else 0


def _rounded(value: float, *, decimals: int) -> str:
    """With so many decimals, without zeros at their end."""
    written = f"{value:,.{decimals}f}"
    return written.rstrip("0").rstrip(".") if decimals else written


def _power_of_ten(value: float) -> str:
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"
