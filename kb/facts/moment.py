"""The one clock that every *how long ago* is asked of."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kb.errors import InvalidInput
from kb.facts.time_zone import DAY_SECONDS, EPOCH_WEEKDAY, HOUR_SECONDS, clock_day, local_clock, offset_at, offsets
from ontology.text import Text

if TYPE_CHECKING:  # who asks for the moment alone need not wait for Ibis
    from ibis.expr.types import BooleanValue, IntegerValue

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant and the zone whose days count; what lies after ``as_of`` is invisible.

    Each question has two forms that agree: one for a number, one (``*_column``) for a column of instants.

    Args:
        as_of: Epoch seconds UTC: what was true in the world then.
        zone: IANA name, such as ``Asia/Shanghai``.
        known_at: What became known to us after it is invisible too; ``None`` is everything known so far.

    >>> noon = Moment(as_of=1_514_808_000, zone="America/New_York")   # 2018-01-01 07:00 local
    >>> noon.days_ago(1_514_782_799), noon.days_ago(1_514_782_800)    # one second before and at local midnight
    (1, 0)
    >>> noon.weekday, noon.hour
    (1, 7)

    Raises:
        InvalidInput: For an unknown zone.
    """

    as_of: int
    zone: str
    known_at: int | None = None

    def __post_init__(self) -> None:
        try:
            offsets(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = Text(zh=f"没有时区“{self.zone}”；应为 IANA 名称",
                       en=f"unknown time zone '{self.zone}'; expected an IANA name")
            raise InvalidInput(msg, hint=Text(zh="例如 Asia/Shanghai、Europe/London 或 UTC",
                                              en="Try Asia/Shanghai, Europe/London or UTC.")) from error

    @property
    def day(self) -> int:
        """The local day of the moment, counted from 1970-01-01."""
        return self.local_day(self.as_of)

    @property
    def local_date(self) -> date:
        """The local day of the moment."""
        return date(1970, 1, 1) + timedelta(days=self.day)

    @property
    def year(self) -> int:
        """The local year of the moment."""
        return self.local_date.year

    @property
    def hour(self) -> int:
        """The local hour of the moment, 0 to 23."""
        return self._local(self.as_of) // HOUR_SECONDS % 24

    @property
    def weekday(self) -> int:
        """The local day of the week of the moment, Monday is 1."""
        return (self.day + EPOCH_WEEKDAY) % 7 + 1

    @property
    def seen_until(self) -> int:
        """The last instant at which anything became known that this moment knows."""
        return self.as_of if self.known_at is None else self.known_at

    def back_to(self, as_of: int | None, known_at: int | None, *, clock: int) -> "Moment":
        """This moment, or the past that is asked for: what was true at ``as_of``, as it was known at ``known_at``.

        What does not lie in the past is now, and known is everything.

        Args:
            as_of: Alone it asks for both axes: *what did we know on that day*.
            known_at: Alone it asks what was known then of what is true now.
            clock: The wall clock, by which things become known.

        >>> now = Moment(as_of=500, zone="UTC")
        >>> now.back_to(None, None, clock=900) is now, now.back_to(500, None, clock=900) is now
        (True, True)
        >>> now.back_to(300, None, clock=900).known_at, now.back_to(300, 700, clock=900).known_at
        (300, 700)
        """
        world = self.as_of if as_of is None else min(as_of, self.as_of)
        known = (clock if world == self.as_of else world) if known_at is None else known_at
        return self if world == self.as_of and known >= clock else replace(self, as_of=world, known_at=known)

    def sees(self, instant: int) -> bool:
        """Whether what happened at ``instant`` is visible."""
        return instant <= min(self.as_of, self.seen_until)

    def local_text(self) -> str:
        """Date, time and zone of the moment for people.

        >>> Moment(as_of=1_514_808_000, zone="America/New_York").local_text()
        '2018-01-01 07:00 America/New_York'
        """
        return f"{self.local_date} {self.hour:02}:{self._local(self.as_of) // 60 % 60:02} {self.zone}"

    def local_day(self, instant: int) -> int:
        """The local day that ``instant`` falls on, counted from 1970-01-01.

        >>> Moment(0, "Asia/Shanghai").local_day(16 * 3_600)
        1
        """
        return self._local(instant) // DAY_SECONDS

    def days_ago(self, instant: int) -> int:
        """Local midnights between ``instant`` and the moment; negative for what is to come."""
        return self.day - self.local_day(instant)

    def is_within(self, instant: int, days: int) -> bool:
        """Whether ``instant`` is visible and fewer than ``days`` local days ago.

        >>> Moment(86_400, "UTC").is_within(0, 1), Moment(86_400, "UTC").is_within(0, 2)
        (False, True)
        """
        return self.sees(instant) and self.days_ago(instant) < days

    def day_column(self, instants: "IntegerValue") -> "IntegerValue":
        """``local_day`` of a column of instants."""
        return clock_day(local_clock(self.zone, instants))

    def seen_clock_column(self, instants: "IntegerValue") -> "IntegerValue":
        """The local clock of a column of instants none of which lies after the moment."""
        return local_clock(self.zone, instants, until=self.as_of)

    def days_ago_column(self, instants: "IntegerValue") -> "IntegerValue":
        """``days_ago`` of a column of instants; unknown stays unknown."""
        return self.day - self.day_column(instants)

    def has_seen(self, instants: "IntegerValue") -> "BooleanValue":
        """Which instants are visible: at the moment or before it; unknown where the instant is."""
        return instants <= min(self.as_of, self.seen_until)

    def _local(self, instant: int) -> int:
        return instant + offset_at(self.zone, instant)


def parse_instant(text: str, zone: str = "UTC") -> int:
    """Epoch seconds of an ISO 8601 instant or of a number of seconds; a day stands for its last second in ``zone``.

    >>> parse_instant("1970-01-02T00:00:00Z"), parse_instant("86400"), parse_instant("1970-01-02", "Asia/Shanghai")
    (86400, 86400, 143999)

    Raises:
        InvalidInput: For anything else.
    """
    try:
        if _DAY.fullmatch(text):
            return int(datetime.fromisoformat(f"{text}T23:59:59").replace(tzinfo=ZoneInfo(zone)).timestamp())
        given = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
        return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError) as fault:
        msg = Text(zh=f"“{text}”不是一个时刻", en=f"{text!r} is not an instant")
        raise InvalidInput(msg, hint=Text(zh="例如 2018-01-01、2018-01-01T00:00:00Z，或自 1970 年起的秒数",
                                          en="for example 2018-01-01, 2018-01-01T00:00:00Z, or epoch "
                                             "seconds")) from fault
