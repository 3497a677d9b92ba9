"""Cuts fall on local midnights, also where the clock changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kb.facts.moment import Moment
from mining.learning.time_splits import end_of_day, last_days, split

ZONE = "America/New_York"


def at(text, zone=ZONE):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize("days_ago", [1, 7, 90, 200])
def test_the_last_second_of_a_day_lies_so_many_days_ago(days_ago):
    moment = Moment(at("2017-11-10 15:00"), ZONE)
    cut = end_of_day(moment, days_ago)
    assert moment.days_ago(cut.as_of) == days_ago
    assert moment.days_ago(cut.as_of + 1) == days_ago - 1


def test_a_day_of_twenty_five_hours_is_one_day():
    moment = Moment(at("2017-11-06 12:00"), ZONE)  # clocks went back on the 5th
    assert end_of_day(moment, 2).as_of == at("2017-11-04 23:59:59")
    assert last_days(moment, 2).start == at("2017-11-05 00:00")


def test_last_days_agree_with_the_moment():
    moment = Moment(at("2017-03-20 08:00"), ZONE)
    period = last_days(moment, 30)
    assert moment.is_within(period.start, 30)
    assert not moment.is_within(period.start - 1, 30)
    assert period.end == moment.as_of + 1


@pytest.mark.parametrize("share", [0.0, 0.5, 0.75, 1.0])
def test_both_parts_of_a_split_cover_everything_once(share):
    moment = Moment(at("2017-12-31 23:00"), ZONE)
    earlier, later = split(at("2017-01-01 09:30"), moment, share)
    assert earlier.start == at("2017-01-01 09:30")
    assert earlier.end == later.start
    assert later.end == moment.as_of + 1


def test_a_single_instant_can_be_split():
    moment = Moment(at("2017-01-01 09:30"), ZONE)
    earlier, later = split(moment.as_of, moment, 0.75)
    assert earlier.end - earlier.start + later.end - later.start == 1
