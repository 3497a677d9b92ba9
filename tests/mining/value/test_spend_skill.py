"""The proof of expected spend: the CDNOW customers out of time, and plain rules computed by hand."""

import numpy as np
import pytest

from mining.value.expected_spend import forecast
from mining.value.purchase_histories import PurchaseDays
from mining.value.spend_skill import ForecastAccuracy, baselines, try_forecast


@pytest.mark.shared_data
def test_orders_and_spend_of_all_cdnow_customers_are_told_39_weeks_ahead(cdnow):
    """Plain BG/NBD reaches .669 and -14 % on the orders of all 23,570."""
    trial = try_forecast(cdnow, as_of=272, days=273, seed=7)
    assert len(trial.forecast.past.index) == 23_570
    assert trial.orders.correlation >= 0.66
    assert abs(trial.orders.bias) <= 0.15
    assert trial.spend.correlation >= 0.66
    assert trial.skill > 0.35
    assert trial.p_value < 1e-6
    assert 0.87 <= trial.coverage <= 0.93


def test_a_forecast_beats_plain_rules_where_customers_leave(drawn):
    trial = try_forecast(drawn(people=1_500), as_of=299, days=90, seed=7)
    assert trial.skill > 0.0
    assert trial.p_value < 0.01
    assert trial.spend.squared_error < trial.baselines[trial.best_baseline].squared_error


def test_plain_rules_are_what_anybody_would_compute():
    days = PurchaseDays.of(["a", "a", "b", "b"], [0, 60, 30, 99], [10.0, 20.0, 40.0, 10.0])
    made = forecast(days, as_of=99, days=50, seed=7)
    plain = baselines(days, made, as_of=99)
    assert plain["as_before"].tolist() == [20.0, 10.0]                      # days 50 to 99
    assert plain["own_pace"].tolist() == [15.0, 25.0]                       # 30 and 50 in 100 days
    assert plain["order_mean_x_rate"].tolist() == pytest.approx([20.0 * 2 / 100 * 50, 20.0 * 2 / 70 * 50])
    assert plain["everybody"].tolist() == [20.0, 20.0]


def test_a_constant_has_no_correlation_and_nothing_that_came_an_infinite_bias():
    found = ForecastAccuracy.of(np.array([2.0, 2.0]), np.array([0.0, 0.0]))
    assert (found.correlation, found.bias, found.squared_error) == (0.0, float("inf"), 4.0)
