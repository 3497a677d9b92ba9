"""The closed set of mapping expressions as Ibis expressions: a value, and whether it could not be read."""

from dataclasses import dataclass
from functools import reduce
from operator import add, mul
from typing import Any, TypeAlias

import ibis

from kb.ingestion.mapping.declaration import (
    BandEnd,
    Column,
    Constant,
    DayEdge,
    Expression,
    IsKnown,
    Per,
    Product,
    Source,
    Sum,
)
from kb.tables.canonical import MONEY, CanonicalType
from kb.tables.duckdb_functions import epoch_ms, in_zone, instant_ms, local_in, normalize_nfc, try_strptime

Value: TypeAlias = Any
"""An Ibis value; the library is untyped."""

_BAND = r"^(under )?(\d+)(?:-(\d+))?(k?)(\+?)$"
_TRUE = ("true", "yes", "y", "t", "1")
_FALSE = ("false", "no", "n", "f", "0")
_MONTHS_PER_YEAR = 12
_OFFSET_IN_FORMAT = "%z"
_OFFSET_IN_TEXT = r":\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedValue:
    """What one expression gives on each row.

    Args:
        value: Of the canonical column's stored type (a customer is still the external id).
        faulty: Whether something was written that could not be read.
        expected: What would have been readable, for the message.
    """

    value: Value
    faulty: Value
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFrame:
    """What expressions are read against: the source's rows, how it writes blanks, and two clocks."""

    rows: ibis.Table
    source: Source
    zone: str

    def text(self, column: str) -> Value:
        """The column as trimmed text; blanks are unknown."""
        values = self.rows[column]
        if not values.type().is_string():
            return values.cast("string")
        text = normalize_nfc(values.strip()).nullif("")
        return reduce(lambda known, blank: known.nullif(blank), self.source.blanks, text)


def read_expression(expression: Expression, kind: CanonicalType, frame: SourceFrame) -> ParsedValue:
    """The expression's value on each row of ``frame``, as ``kind``."""
    match expression:
        case Constant(value=value):
            return _typed(ibis.literal(value), kind, Column(column=""), frame)
        case IsKnown(column=column):
            return ParsedValue(value=frame.text(column).notnull(), faulty=ibis.literal(False), expected="")
        case Sum(columns=columns):
            return _combined([_number(frame, column, kind) for column in columns], add, kind)
        case Product(columns=columns):
            return _combined([_number(frame, column, kind) for column in columns], mul, kind)
        case Column():
            return _column(expression, kind, frame)


def _column(column: Column, kind: CanonicalType, frame: SourceFrame) -> ParsedValue:
    values = frame.rows[column.column]
    if _is_plain(column) and not values.type().is_string() and kind is not CanonicalType.STRING:
        return _native(values, kind, column, frame)
    text = frame.text(column.column)
    if column.whole:
        text = text.re_replace(r"^(-?\d+)\.0+$", r"\1")
    if column.values:
        mapped = text.cases(*((given, meant or None) for given, meant in column.values.items()))
        reading = _typed(mapped, kind, column, frame)
        return ParsedValue(value=reading.value, faulty=text.notnull() & ~text.isin(list(column.values)),
                           expected="one of " + ", ".join(column.values))
    if column.bound:
        return _bound(text, column, kind)
    return _typed(text, kind, column, frame)


def _is_plain(column: Column) -> bool:
    return not (column.values or column.bound or column.whole)


def _native(values: Value, kind: CanonicalType, column: Column, frame: SourceFrame) -> ParsedValue:
    """A column that the file itself types: no detour over text."""
    never = ibis.literal(False)
    if kind is CanonicalType.INSTANT and values.type().is_timestamp() and values.type().timezone:
        return ParsedValue(value=_of_instant(values, column, frame), faulty=never, expected="an instant")
    if kind is CanonicalType.INSTANT and values.type().is_temporal():
        return ParsedValue(value=_epoch(values.cast("timestamp"), column, frame), faulty=never, expected="an instant")
    if kind is CanonicalType.MONEY and values.type().is_numeric():
        return ParsedValue(value=_per_month(values.cast(MONEY), column), faulty=never, expected="an amount")
    if kind is CanonicalType.NUMBER and values.type().is_numeric():
        return ParsedValue(value=_per_month(values.cast("float64"), column), faulty=never, expected="a number")
    return _typed(values.cast("string"), kind, column, frame)


def _typed(text: Value, kind: CanonicalType, column: Column, frame: SourceFrame) -> ParsedValue:
    """Text as a value of ``kind``."""
    match kind:
        case CanonicalType.STRING | CanonicalType.CUSTOMER | CanonicalType.STAFF:
            return ParsedValue(value=text.cast("string"), faulty=ibis.literal(False), expected="text")
        case CanonicalType.BOOLEAN:
            low = text.lower()
            value = ibis.cases((low.isin(_TRUE), True), (low.isin(_FALSE), False), else_=None)
            return _reading(text, value, "yes or no")
        case CanonicalType.INSTANT:
            return _instant(text, column, frame)
        case CanonicalType.INTEGER:
            number = _finite(text)
            value = ibis.ifelse(number == number.floor(), number, None).cast("int64")
            return _reading(text, value, "a whole number")
        case CanonicalType.NUMBER:
            return _reading(text, _per_month(_finite(text), column), "a number")
        case CanonicalType.MONEY:
            return _reading(text, _per_month(text.try_cast(MONEY), column), "an amount such as 12.50")


def _reading(text: Value, value: Value, expected: str) -> ParsedValue:
    return ParsedValue(value=value, faulty=text.notnull() & value.isnull(), expected=expected)


def _finite(text: Value) -> Value:
    number = text.try_cast("float64")
    return ibis.ifelse(number.isnan() | number.isinf(), None, number)


def _per_month(amount: Value, column: Column) -> Value:
    return (amount / _MONTHS_PER_YEAR).cast(amount.type()) if column.per is Per.YEAR else amount


def _number(frame: SourceFrame, column: str, kind: CanonicalType) -> ParsedValue:
    """A factor or an addend: exact where money comes out."""
    plain = Column(column=column)
    return _column(plain, CanonicalType.MONEY if kind is CanonicalType.MONEY else CanonicalType.NUMBER, frame)


def _combined(parts: list[ParsedValue], operation: Any, kind: CanonicalType) -> ParsedValue:
    value = reduce(operation, (part.value for part in parts))
    exact = value.cast(MONEY) if kind is CanonicalType.MONEY else value
    return ParsedValue(value=exact, faulty=reduce(lambda a, b: a | b, (part.faulty for part in parts)),
                       expected=parts[0].expected)


def _bound(text: Value, column: Column, kind: CanonicalType) -> ParsedValue:
    """An end of a band; an open end is unknown. ``35-49K`` reaches to 49,999."""
    band = text.lower()
    low, high = (band.re_extract(_BAND, group).try_cast("int64") for group in (2, 3))
    is_under = band.re_extract(_BAND, 1) != ""
    scale = ibis.ifelse(band.re_extract(_BAND, 4) == "k", 1000, 1)
    if column.bound is BandEnd.LOW:
        value = ibis.ifelse(is_under, 0, low * scale)
    else:
        value = ibis.ifelse(is_under, low * scale - 1, ibis.ifelse(scale == 1, high, (high + 1) * scale - 1))
    typed = value.cast(MONEY if kind is CanonicalType.MONEY else "int64")
    return ParsedValue(value=_per_month(typed, column), faulty=text.notnull() & ~band.re_search(_BAND),
                       expected="a band such as 45-54, 65+, Under 15K or 35-49K")


def _instant(text: Value, column: Column, frame: SourceFrame) -> ParsedValue:
    if column.months_before:
        months = text.try_cast("int64")
        day = ibis.literal(f"{column.months_before} 00:00:00").cast("timestamp")
        counted = _epoch_in(day - months.as_interval("M"), frame.zone)
        return _reading(text, counted, "a whole number of months")
    if column.format:
        local = try_strptime(text, column.format)
        return _reading(text, _epoch(local, column, frame), f"an instant written {column.format}")
    on_clock = _epoch(text.try_cast("timestamp"), column, frame)
    on_utc = _of_instant(text.try_cast("timestamp('UTC')"), column, frame)
    return _reading(text, ibis.ifelse(text.re_search(_OFFSET_IN_TEXT), on_utc, on_clock),
                    "an instant such as 2018-01-31 09:30:00")


def _of_instant(instant: Value, column: Column, frame: SourceFrame) -> Value:
    """Epoch seconds of something that names its own offset: no clock is asked, unless for the edge of its day."""
    if column.day:
        return _epoch(local_in(frame.zone, instant), column, frame)
    return (instant_ms(instant) // 1000).cast("int64")


def _epoch(local: Value, column: Column, frame: SourceFrame) -> Value:
    """Epoch seconds of a time on the source's clock, or of the edge of a day in the base's zone.

    Where no value of a column has a time of day, they are days, and begin in the base's zone whatever clock wrote them.
    """
    if column.day:
        day = local.truncate("D")
        return _epoch_in(day + ibis.interval(days=1) if column.day is DayEdge.END else day, frame.zone)
    if column.format and _OFFSET_IN_FORMAT in column.format:
        return _epoch_in(local, "UTC")
    zone = frame.source.zone or frame.zone
    if zone == frame.zone:
        return _epoch_in(local, zone)
    has_clock = (local != local.truncate("D")).any().as_scalar()
    return ibis.ifelse(has_clock, _epoch_in(local, zone), _epoch_in(local, frame.zone))


def _epoch_in(local: Value, zone: str) -> Value:
    """Epoch seconds of a local time."""
    milliseconds = epoch_ms(local) if zone == "UTC" else instant_ms(in_zone(zone, local))
    return (milliseconds // 1000).cast("int64")
