"""Where time is cut, so that what is learned never sees what it is asked to foretell."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from kb.facts.moment import Moment
from kb.model.pattern import Period

_EVER = -2**62
"""Before anything that a table can hold."""


def end_of_day(moment: Moment, days_ago: int) -> Moment:
    """The last second of the local day that lies ``days_ago`` days before the moment's own.

    >>> end_of_day(Moment(1_514_808_000, "America/New_York"), 1).as_of   # 2017-12-31 23:59:59 local
    1514782799
    """
    return Moment(_midnight(moment, 1 - days_ago) - 1, moment.zone)


def last_days(moment: Moment, days: int) -> Period:
    """What lies *within ``days`` days* of the moment: whole local days, cut off at the moment itself."""
    return Period(start=_midnight(moment, 1 - days), end=moment.as_of + 1)


def all_until(moment: Moment) -> Period:
    """All that happened up to the moment, itself included."""
    return Period(start=_EVER, end=moment.as_of + 1)


def split(start: int, moment: Moment, share: float) -> tuple[Period, Period]:
    """The time from ``start`` to the moment in an earlier and a later part, cut at a local midnight.

    >>> [p.isoformat()[0] for p in split(0, Moment(4 * 86_400 - 1, "UTC"), 0.75)]
    ['1970-01-01T00:00:00Z', '1970-01-04T00:00:00Z']

    Args:
        start: Epoch seconds, not after the moment.
        moment: The end, itself included.
        share: Of the span, which the earlier part covers as nearly as whole days allow.
    """
    cut_day = round((moment.day - moment.local_day(start) + 1) * (1 - share))
    cut = min(max(start, _midnight(moment, 1 - cut_day)), moment.as_of + 1)
    return Period(start=start, end=cut), Period(start=cut, end=moment.as_of + 1)


def _midnight(moment: Moment, days_ahead: int) -> int:
    """The start of the local day ``days_ahead`` days after the moment's, epoch seconds."""
    zone = ZoneInfo(moment.zone)
    today = datetime.fromtimestamp(moment.as_of, tz=UTC).astimezone(zone).date()
    day = today + timedelta(days=days_ahead)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
