"""How the share that lapses has moved."""

import pytest

from mining.lapses import lapse_drift
from mining.value.purchase_histories import PurchaseDays

DAYS, CUSTOMERS = 900, 400


def history(stays_away):
    """Everybody comes every tenth day, but who stays away for the season of a day."""
    rows = [(f"c{who}", day) for day in range(0, DAYS, 5) for who in range(day % 10, CUSTOMERS, 10)
            if not stays_away(who, day)]
    return PurchaseDays.of([who for who, _ in rows], [day for _, day in rows], [1.0] * len(rows))


def test_a_share_that_stays_as_it_was_has_not_moved():
    in_turn = history(lambda who, day: who % 8 == day // 45 % 8)
    assert lapse_drift(in_turn, DAYS, days=45, active_days=90) < 0.1


def test_a_share_that_goes_up_and_down_with_the_season_has_moved():
    found = history(lambda who, day: who % 10 < (6 if day // 45 % 2 else 1))
    assert lapse_drift(found, DAYS, days=45, active_days=180) > 0.5


def test_a_short_history_tells_of_no_move():
    short = PurchaseDays.of(["a", "b"], [0, 50], [1.0, 1.0])
    assert lapse_drift(short, 60, days=45, active_days=90) == pytest.approx(0.0)
