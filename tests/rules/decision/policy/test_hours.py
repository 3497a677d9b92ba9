from zoneinfo import ZoneInfo

import pytest

from kb.model.action import ContactPolicy
from rules.decision.calendar import Calendar
from rules.decision.policy import opens_at, quiet_reason
from rules.explain.why_not import why_not

MIDNIGHT = 1_514_764_800 + 6 * 3_600  # in Chicago, where 2018 begins
NIGHT = ContactPolicy(quiet_from=21, quiet_to=8)


def chicago(hour):
    return Calendar(as_of=MIDNIGHT + hour * 3_600, zone=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(("hour", "channel", "waits_hours"), [
    (20, "sms", 0), (21, "sms", 11), (23, "sms", 9), (0, "sms", 8), (7, "sms", 1), (8, "sms", 0), (23, "phone", 0),
])
def test_what_we_start_waits_for_the_end_of_the_quiet_hours(ask, hour, channel, waits_hours):
    calendar = chicago(hour)
    assert (opens_at(ask(channel), calendar, NIGHT) - calendar.as_of) / 3_600 == waits_hours
    assert (quiet_reason(ask(channel), calendar, NIGHT) is not None) is (waits_hours > 0)


def test_quiet_hours_within_one_day_are_understood(ask):
    noon = Calendar(as_of=1_514_808_000, zone=ZoneInfo("UTC"))
    siesta = ContactPolicy(quiet_from=12, quiet_to=14)
    assert opens_at(ask("sms"), noon, siesta) == noon.as_of + 2 * 3_600
    assert quiet_reason(ask("sms"), noon, siesta).zh == (
        "触达策略：静默到 1 月 1 日 14:00，因为 12:00 至 14:00 不主动联系客户")


def test_the_reason_names_the_hour_in_both_languages(ask):
    told = quiet_reason(ask("sms"), chicago(22), NIGHT)
    assert told.zh == "触达策略：静默到 1 月 2 日 08:00，因为 21:00 至次日 08:00 不主动联系客户"
    assert told.en == ("contact policy: quiet until 2 January 08:00 "
                       "because we start no contact between 21:00 and 08:00")


def test_no_hour_is_quiet_between_an_hour_and_itself(ask):
    assert quiet_reason(ask("sms"), chicago(9), ContactPolicy(quiet_from=9, quiet_to=9)) is None


def test_why_not_tells_that_contact_has_to_wait(under, customer, ask):
    all_day = under(ContactPolicy(quiet_from=1, quiet_to=23))
    assert "23:00" in why_not("service_recovery", customer(), all_day, ask("sms")).waits.zh
    assert why_not("service_recovery", customer(), all_day, ask("phone")).waits is None
