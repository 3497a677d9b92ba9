"""How late something can have happened: a slip of the pen must not set the moment of the whole base.

Two things are refused. What lies more than a day after the clock on the wall; and, where the data tell the moment, what
lies far beyond the rest: rows, one in a hundred at most, after a pause of more than ninety days that is also more than
five times as long as every pause before it, of ten days with rows or more. Sparse data pause often, so that none of
their pauses stands out.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from kb.errors import InvalidMapping
from kb.ingestion.mapping.declaration import BaseDefaults, Clock, SourceMapping
from kb.ingestion.staging import Staged
from kb.tables.canonical import HAPPENED
from ontology.text import Text

GRACE_SECONDS = 86_400
"""How far clocks and time zones of sources may be ahead."""

_DAY_SECONDS = 86_400
_LEAST_PAUSE_DAYS = 90
_TIMES_THE_LONGEST = 5
_LEAST_DAYS_BEFORE = 10
_MOST_BEYOND = 0.01
_STATED = Text(zh="映射 {mapping}：base.as_of 为 {day}，尚未到来",
               en="mapping {mapping}: base.as_of is {day}, which is to come")
_STATED_HINT = Text(zh='请写明数据的最后一天；活的库请写 clock = "wall"',
                    en='state the last day of the data; a base that lives says clock = "wall"')
_TELLING = ("ordered_at", "at", "contacted_at", "responded_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestInstant:
    """The latest instants that count, epoch seconds.

    Args:
        now: Nothing has happened after it; ``None`` where no clock was given.
        rest: The last second of the last day before the pause; ``None`` where nothing stands out.
    """

    now: int | None
    rest: int | None

    @property
    def latest(self) -> int | None:
        """Nothing later tells the moment."""
        return min((bound for bound in (self.now, self.rest) if bound is not None), default=None)

    @property
    def rest_day(self) -> str:
        """The last day of the rest."""
        return "" if self.rest is None else datetime.fromtimestamp(self.rest, UTC).date().isoformat()


def require_not_to_come(mapping: SourceMapping, now: int | None) -> None:
    """Return if the mapping states no moment, or one that is not to come.

    Raises:
        InvalidMapping: If it lies after the clock on the wall.
    """
    stated = mapping.base.stated_moment
    if stated is not None and now is not None and stated > now + GRACE_SECONDS:
        raise InvalidMapping(_STATED.fill(mapping=mapping.name, day=mapping.base.as_of), hint=_STATED_HINT)


def horizon_of(staged: Sequence[Staged], base: BaseDefaults, now: int | None) -> LatestInstant:
    """What bounds the rows of one import.

    Args:
        staged: Its tables.
        base: Who tells the moment: the data, unless the mapping states it or the base lives by the wall.
        now: The clock on the wall, epoch seconds.
    """
    latest = None if now is None else now + GRACE_SECONDS
    if base.clock is not Clock.DATA or base.as_of is not None:
        return LatestInstant(now=latest, rest=None)
    days: Counter[int] = Counter()
    for one in staged:
        for instants in telling(one.mapping.name, one.table):
            known = instants.filter(instants["at"] <= latest) if latest is not None else instants
            counted = known.group_by(day=known["at"] // _DAY_SECONDS).aggregate(n=known.count())
            days.update({row["day"]: row["n"] for row in counted.to_pyarrow().to_pylist() if row["day"] is not None})
    last = last_day_of_the_rest(days)
    return LatestInstant(now=latest, rest=None if last is None else (last + 1) * _DAY_SECONDS - 1)


def telling(name: str, rows: Any) -> Iterator[Any]:
    """The instants that tell the moment, each column as a table of ``at``.

    What happened tells it, and of contracts their starts and the ends of which the source says who ended them: an end
    that is merely agreed lies ahead.
    """
    for column in HAPPENED.get(name, ()):
        if column in _TELLING and column in rows.columns:
            yield rows.select(at=rows[column])
    if name == "subscriptions" and "started_at" in rows.columns:
        yield rows.select(at=rows["started_at"])
    if name == "subscriptions" and {"ended_at", "ended_by"} <= set(rows.columns):
        ended = rows.filter(rows["ended_by"].notnull())
        yield ended.select(at=ended["ended_at"])


def last_day_of_the_rest(days: Mapping[int, int]) -> int | None:
    """The last day before the pause behind which rows stand that are none of the rest; ``None`` where there is none.

    Args:
        days: Day -> rows of it.

    >>> year = dict.fromkeys(range(365), 3)
    >>> last_day_of_the_rest(year | {4000: 1}), last_day_of_the_rest(year | {450: 1}), last_day_of_the_rest(year)
    (364, None, None)
    """
    total, seen, longest = sum(days.values()), 0, 0
    for number, (day, following) in enumerate(pairwise(sorted(days)), start=1):
        seen += days[day]
        pause = following - day
        stands_out = pause > max(_LEAST_PAUSE_DAYS, _TIMES_THE_LONGEST * longest) and number >= _LEAST_DAYS_BEFORE
        if stands_out and total - seen <= max(1, _MOST_BEYOND * total):
            return day
        longest = max(longest, pause)
    return None
