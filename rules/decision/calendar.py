"""Local days and hours of the moment, as instants and in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ontology.text import Text

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The moment on the calendar of a place.

    Args:
        as_of: Epoch seconds.

    >>> noon = Calendar(as_of=1_525_089_600, zone=ZoneInfo("Asia/Shanghai"))  # 30 April 2018, 20:00
    >>> noon.date(noon.day_ahead(3)).zh, noon.date(noon.day_ahead(3)).en
    ('5 月 3 日', '3 May')
    >>> noon.date(noon.day_ahead(300)).en
    '24 February 2019'
    """

    as_of: int
    zone: ZoneInfo

    @property
    def now(self) -> datetime:
        """The moment as local time."""
        return datetime.fromtimestamp(self.as_of, tz=self.zone)

    def day_ahead(self, days: int) -> int:
        """The instant at which the local day ``days`` days ahead begins."""
        today = self.now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        return int((today + timedelta(days=days)).timestamp())

    def date(self, instant: int) -> Text:
        """The local day of ``instant`` in words; its year where it is not that of the moment."""
        day = datetime.fromtimestamp(instant, tz=self.zone)
        zh, en = f"{day.month} 月 {day.day} 日", f"{day.day} {_MONTHS[day.month - 1]}"
        if day.year == self.now.year:
            return Text(zh=zh, en=en)
        return Text(zh=f"{day.year} 年 {zh}", en=f"{en} {day.year}")

    def date_and_hour(self, instant: int) -> Text:
        """The local day and hour of ``instant`` in words."""
        clock, day = datetime.fromtimestamp(instant, tz=self.zone).strftime("%H:%M"), self.date(instant)
        return Text(zh=f"{day.zh} {clock}", en=f"{day.en} {clock}")
