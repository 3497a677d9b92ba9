"""Leaving and pausing: what heals by itself is called a pause, says how many come back, and a longer wait is tried."""

import numpy as np
import pytest

from mining.churn import Horizon, fitted, problems
from mining.learning.classification import Floors, classify

DAY = 86_400


def shop(line, *, back, first=0, people=600):
    """Customers who order every ten days; each third one stays away once, and ``back`` of them come after 70 days."""
    chance = np.random.default_rng(3)
    rows = []
    for who in range(people):
        gone = chance.uniform(first + 60, 399) if who % 3 == 0 else np.inf
        until = gone + 70 if chance.random() < back else np.inf
        rows += [line(who, day, "P1") for day in np.arange(first + chance.uniform(0, 10), 399.99, 10.0)
                 if not gone <= day < until]
    return rows


@pytest.fixture(scope="module")
def asked(context, line):
    def ask(**more):
        made = context(order_lines=shop(line, **more), products=[{"product_id": "P1", "category": "C1"}])
        return fitted(Horizon(), made), problems(made, Horizon())[0]
    return ask


def test_where_most_come_back_it_is_a_pause_and_says_how_many(asked):
    limits, [lapsed, *_] = asked(back=0.9, first=120, people=2_000)  # too short a time to see who stays away for longer
    assert limits.days == 45
    assert lapsed.outcome.en == "pause for a month and a half"
    assert lapsed.outcome.zh == "暂停购买一个半月"
    assert 0.5 < lapsed.returned <= 1
    told = classify(lapsed, Floors(), seed=7).trials[0].pattern.details["back_words"]
    assert f"{100 * lapsed.returned:.3g}% came back as soon" in told.en


def test_where_most_stay_away_it_is_leaving(asked):
    limits, [lapsed, *_] = asked(back=0.1)
    assert limits.days == 45
    assert lapsed.outcome.en == "place no order for a month and a half"
    assert lapsed.returned < 0.5


def test_a_longer_wait_is_taken_where_those_who_are_gone_as_long_mostly_stay_away(asked):
    limits, [lapsed, *_] = asked(back=0.9)
    assert limits.days == 90
    assert lapsed.outcome.en == "place no order for three months"
    assert lapsed.returned < 0.5


def test_the_share_that_came_back_is_counted_by_hand(context, line):
    """Of four who stopped between the first two moments, 90 and 45 days ago, one ordered within the last 45."""
    steady = [line(who, day, "P1") for who in range(10, 20) for day in range(0, 400, 9)]
    leavers = [line(who, float(day), "P1") for who in range(4) for day in range(0, 300, 9)]
    made = context(order_lines=[*steady, *leavers, line(0, 380.0, "P1")],
                   products=[{"product_id": "P1", "category": "C1"}])
    [lapsed, *_], _ = problems(made, Horizon())
    assert lapsed.returned == 0.25
