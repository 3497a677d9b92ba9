"""Local time of a zone, the same in Python and in every table engine.

Engines differ in their time zone functions and in the rules they ship, so the offsets of a zone are read once from
Python's own zone data and written into the expression as a balanced tree of comparisons.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:  # who asks for the time of day alone need not wait for Ibis
    from ibis.expr.types import BooleanValue, IntegerValue

DAY_SECONDS = 86_400
HOUR_SECONDS = 3_600
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday, the third day after Monday
_FIRST_YEAR = 1970
_LAST_YEAR = 2060
_PROBE_SECONDS = 7 * DAY_SECONDS  # no zone has kept an offset for less than a week


class Offset(NamedTuple):
    """From the instant ``start`` on, local time is ``seconds`` ahead of UTC."""

    start: int
    seconds: int


@cache
def offsets(zone: str) -> tuple[Offset, ...]:
    """The offsets of an IANA zone from 1970 to 2060; the outer ones count for all earlier and all later instants.

    >>> offsets("UTC")
    (Offset(start=0, seconds=0),)
    >>> offsets("Europe/Berlin")[-1].seconds
    3600

    Raises:
        ZoneInfoNotFoundError: For a name that is no zone.
    """
    info = ZoneInfo(zone)
    begin, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (_FIRST_YEAR, _LAST_YEAR))
    found = [Offset(begin, _offset(info, begin))]
    for probe in range(begin, end, _PROBE_SECONDS):
        if _offset(info, probe) != found[-1].seconds:
            start = _transition(info, probe - _PROBE_SECONDS, probe)
            found.append(Offset(start, _offset(info, start)))
    return tuple(found)


def offset_at(zone: str, instant: int) -> int:
    """Seconds that local time is ahead of UTC at ``instant``.

    >>> offset_at("Asia/Shanghai", 1_514_764_800)
    28800
    """
    spans = offsets(zone)
    return spans[max(0, bisect_right(spans, instant, key=lambda span: span.start) - 1)].seconds


def local_clock(zone: str, instants: "IntegerValue", until: int | None = None) -> "IntegerValue":
    """The column of instants as seconds of the local clock since 1970-01-01 00:00 local.

    Where no instant lies after ``until``, saying so leaves the later changes of the clock out of the expression. It is
    long: make it a column of its own before asking it for more than one thing, and do that in an aggregation, because
    Ibis may write the expressions of successive projections into one another.
    """
    spans = offsets(zone)
    begun = len(spans) if until is None else max(1, bisect_right(spans, until, key=lambda span: span.start))
    return instants + _tree(instants, spans[:begun])


def clock_day(clock: "IntegerValue") -> "IntegerValue":
    """The day of a column of local clocks, counted from 1970-01-01."""
    return clock // DAY_SECONDS


def clock_hour(clock: "IntegerValue") -> "IntegerValue":
    """The hour of a column of local clocks, 0 to 23."""
    return clock // HOUR_SECONDS - clock // DAY_SECONDS * 24


def clock_time_known(clock: "IntegerValue", instants: "IntegerValue", zone: str) -> "BooleanValue":
    """Whether an instant tells a time of day: the first of a day is what a day without one was made of."""
    is_first = (clock - clock_day(clock) * DAY_SECONDS == 0) | instants.isin(list(late_beginnings(zone)))
    return ~is_first


@cache
def late_beginnings(zone: str) -> tuple[int, ...]:
    """The first instants of days that do not begin at midnight, because clocks are put forward then.

    >>> late_beginnings("UTC"), datetime.fromtimestamp(late_beginnings("America/Sao_Paulo")[-1], UTC).isoformat()
    ((), '2018-11-04T03:00:00+00:00')
    """
    return tuple(span.start for before, span in pairwise(offsets(zone))
                 if (span.start + before.seconds) % DAY_SECONDS == 0 and span.seconds > before.seconds)


def clock_weekday(clock: "IntegerValue") -> "IntegerValue":
    """The day of the week of a column of local clocks, Monday is 1."""
    shifted = clock // DAY_SECONDS + EPOCH_WEEKDAY
    return shifted - shifted // 7 * 7 + 1


def _tree(instant: "IntegerValue", spans: tuple[Offset, ...]) -> "IntegerValue":
    import ibis

    if len(spans) == 1:
        return ibis.literal(spans[0].seconds, type="int64")
    middle = len(spans) // 2
    return ibis.ifelse(instant < spans[middle].start, _tree(instant, spans[:middle]), _tree(instant, spans[middle:]))


def _offset(info: ZoneInfo, instant: int) -> int:
    ahead = datetime.fromtimestamp(instant, tz=info).utcoffset() or timedelta()
    return int(ahead.total_seconds())


def _transition(info: ZoneInfo, before: int, after: int) -> int:
    """The first instant in (before, after] that has the offset of ``after``."""
    target = _offset(info, after)
    while after - before > 1:
        middle = (before + after) // 2
        before, after = (before, middle) if _offset(info, middle) == target else (middle, after)
    return after
