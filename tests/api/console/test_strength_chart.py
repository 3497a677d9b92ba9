"""The drawing of strength: a mark for each run, in its place, and a line that falls to the present."""

import pytest

from api.console.strength_chart import HEIGHT, WIDTH, strength_chart


def said(day, verdict="confirmed", strength=0.5):
    return {"as_of": f"2017-{day}T00:00:00Z", "verdict": verdict, "strength": strength}


def chart_of(*measurements, now="2017-12-31T00:00:00Z"):
    return strength_chart(measurements, now=now, half_life_days=180)


@pytest.mark.parametrize("measurements", [(), (said("01-01"),)])
def test_fewer_than_two_measurements_are_no_drawing(measurements):
    assert chart_of(*measurements) is None


def test_each_run_has_its_mark_within_the_drawing_in_the_order_of_time():
    chart = chart_of(said("01-01", strength=1.0), said("03-01", "weaker", 0.5), said("07-01", "failed", None))
    assert [mark.is_found for mark in chart.marks] == [True, True, False]
    assert [mark.x for mark in chart.marks] == sorted(mark.x for mark in chart.marks)
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT for mark in chart.marks)
    assert [mark.y for mark in chart.marks] == [chart.levels[100], chart.levels[50], chart.floor]
    assert len(chart.line.split()) == 2, "what was missed is no point of the line"


def test_the_line_falls_from_the_last_find_to_half_after_a_half_life():
    chart = chart_of(said("01-01", strength=1.0), said("02-01", strength=1.0), now="2017-07-31T00:00:00Z")
    ends = [tuple(map(float, point.split(","))) for point in chart.fading.split()]
    assert ends[0][1] == chart.levels[100]
    assert ends[-1] == (chart.right, chart.levels[50])


def test_runs_of_one_moment_and_no_time_since_are_drawn_without_a_line_that_falls():
    chart = chart_of(said("12-31"), said("12-31"))
    assert (chart.fading, len(chart.marks)) == ("", 2)
