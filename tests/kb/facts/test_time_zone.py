from datetime import datetime
from zoneinfo import ZoneInfo

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InvalidInput
from kb.facts.moment import Moment
from kb.facts.time_zone import clock_hour, clock_weekday, local_clock, offset_at

ZONES = ("UTC", "America/New_York", "Europe/London", "Asia/Shanghai", "Asia/Kathmandu", "Australia/Lord_Howe",
         "Africa/Casablanca")
instants = st.integers(min_value=0, max_value=int(datetime.fromisoformat("2059-12-31T00:00:00+00:00").timestamp()))


@given(zone=st.sampled_from(ZONES), instant=instants)
def test_offsets_are_those_of_the_zone_data(zone, instant):
    expected = datetime.fromtimestamp(instant, tz=ZoneInfo(zone)).utcoffset().total_seconds()
    assert offset_at(zone, instant) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_columns_and_numbers_give_the_same_local_time(zone):
    """A day apart and around every daylight saving change of two years, where the two could differ."""
    begin = int(datetime.fromisoformat("2016-12-31T00:00:00+00:00").timestamp())
    stamps = list(range(begin, begin + 730 * 86_400, 1_800))
    moment = Moment(as_of=begin, zone=zone)
    column = ibis.memtable({"t": stamps}).t
    clock = local_clock(zone, column)
    table = column.as_table().select(day=moment.day_column(column), hour=clock_hour(clock),
                                     weekday=clock_weekday(clock), t=column)

    rows = ibis.duckdb.connect().to_pyarrow(table.order_by("t")).to_pylist()

    clocks = [datetime.fromtimestamp(version, tz=ZoneInfo(zone)) for version in stamps]
    assert [row["hour"] for row in rows] == [clock.hour for clock in clocks]
    assert [row["weekday"] for row in rows] == [clock.isoweekday() for clock in clocks]
    assert [row["day"] for row in rows] == [clock.date().toordinal() - 719_163 for clock in clocks]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("ends", ["1960-01-01T00:00+00:00", "2017-03-12T12:00+00:00", "2059-06-01T00:00+00:00"])
def test_what_is_seen_keeps_its_local_time_without_the_later_changes_of_the_clock(zone, ends):
    end = int(datetime.fromisoformat(ends).timestamp())
    moment = Moment(as_of=end, zone=zone)
    column = ibis.memtable({"t": [*range(end - 730 * 86_400, end, 7_200), end]}).t
    table = column.as_table().select(short=moment.seen_clock_column(column), whole=local_clock(zone, column))

    rows = ibis.duckdb.connect().to_pyarrow(table).to_pydict()

    assert rows["short"] == rows["whole"]


@pytest.mark.parametrize(("happened", "asked", "days"), [
    ("2017-12-30T23:59:59", "2017-12-31T00:00:00", 1),
    ("2017-12-30T23:59:59", "2017-12-30T23:59:59", 0),
    ("2017-03-12T00:00:00", "2017-03-13T00:00:00", 1),
    ("2017-03-11T23:59:59", "2017-03-12T23:59:59", 1),
    ("2017-11-05T00:00:00", "2017-11-05T23:59:59", 0),
])
def test_days_end_at_local_midnight_whether_they_have_23_24_or_25_hours(local, at, happened, asked, days):
    assert at(asked).days_ago(local(happened)) == days


def test_an_unknown_zone_is_refused_by_name():
    with pytest.raises(InvalidInput, match="unknown time zone 'Mars/Olympus'"):
        Moment(as_of=0, zone="Mars/Olympus")
