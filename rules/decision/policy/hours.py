"""Quiet hours: what we start ourselves waits for their end, and says so; who addresses us is answered at any hour."""

from datetime import timedelta

from kb.model.action import ContactPolicy
from ontology.text import Text
from rules.decision.calendar import Calendar
from rules.decision.request import Request

_WAITS = Text(zh="触达策略：静默到 {until}，因为 {first}:00 至次日 {last}:00 不主动联系客户",
              en="contact policy: quiet until {until} because we start no contact between {first}:00 and {last}:00")
_WAITS_BY_DAY = Text(zh="触达策略：静默到 {until}，因为 {first}:00 至 {last}:00 不主动联系客户", en=_WAITS.en)


def opens_at(request: Request, calendar: Calendar, policy: ContactPolicy) -> int:
    """The earliest instant to act: the moment, or the end of the quiet hours for what we start ourselves.

    >>> from zoneinfo import ZoneInfo
    >>> from ontology.vocabulary import Channel
    >>> late = Calendar(as_of=22 * 3_600, zone=ZoneInfo("UTC"))  # 22:00 on 1 January 1970
    >>> opens_at(Request(channel=Channel.EMAIL), late, ContactPolicy(quiet_from=21, quiet_to=8)) == (22 + 10) * 3_600
    True
    """
    now = calendar.now
    if not request.is_outbound or not _is_quiet(now.hour, policy):
        return calendar.as_of
    morning = now.replace(hour=policy.quiet_to, minute=0, second=0, microsecond=0)
    return int((morning if morning > now else morning + timedelta(days=1)).timestamp())


def quiet_reason(request: Request, calendar: Calendar, policy: ContactPolicy) -> Text | None:
    """Why the window opens later, with the hour at which it does; ``None`` where it opens at once."""
    opens = opens_at(request, calendar, policy)
    if opens == calendar.as_of:
        return None
    told = _WAITS if policy.quiet_from > policy.quiet_to else _WAITS_BY_DAY
    return told.fill(until=calendar.date_and_hour(opens), first=f"{policy.quiet_from:02}",
                     last=f"{policy.quiet_to:02}")


def _is_quiet(hour: int, policy: ContactPolicy) -> bool:
    if policy.quiet_from <= policy.quiet_to:
        return policy.quiet_from <= hour < policy.quiet_to
    return hour >= policy.quiet_from or hour < policy.quiet_to
