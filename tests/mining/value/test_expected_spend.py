"""Expected spend: it looks at the past alone, takes returns off, and its intervals cover what comes."""

from dataclasses import replace

import numpy as np
import pytest

from mining.value.expected_spend import forecast, learn
from mining.value.purchase_histories import PurchaseDays, histories


@pytest.fixture(scope="module")
def shop(drawn):
    return drawn(people=1_500)


def test_what_comes_later_changes_nothing(shop):
    known = forecast(shop.during(0, 299), as_of=299, days=90, seed=7)
    whole = forecast(shop, as_of=299, days=90, seed=7)
    assert known.past.index.tolist() == whole.past.index.tolist()
    assert known.spend.tolist() == whole.spend.tolist()
    assert known.high.tolist() == whole.high.tolist()


def test_the_seed_alone_decides_what_is_drawn(shop):
    one, same, other = (forecast(shop, as_of=299, days=90, seed=seed) for seed in (7, 7, 8))
    assert one.high.tolist() == same.high.tolist() != other.high.tolist()
    assert one.spend.tolist() == other.spend.tolist()


def test_of_customers_who_do_as_the_model_says_nine_in_ten_spend_within_their_interval(shop):
    made = forecast(shop, as_of=299, days=90, seed=7)
    came = shop.during(300, 389).spend_by_customer()[made.past.index]
    assert 0.87 <= ((came >= made.low) & (came <= made.high)).mean() <= 0.97
    assert made.spend.sum() == pytest.approx(came.sum(), rel=0.12)


def test_a_base_that_takes_half_of_everything_back_is_expected_to_do_so_again(shop):
    goods = np.flatnonzero(shop.is_order)
    back = replace(shop, customer=np.append(shop.customer, shop.customer[goods]),
                   day=np.append(shop.day, shop.day[goods] + 1), spend=np.append(shop.spend, -shop.spend[goods] / 2),
                   is_order=np.append(shop.is_order, np.zeros(len(goods), bool)))
    kept, whole = (forecast(days, as_of=299, days=90, seed=7).spend.sum() for days in (back, shop))
    assert kept == pytest.approx(whole / 2, rel=0.05)


def test_weights_are_shares_of_three_voices(shop):
    weights = learn(shop, as_of=299, days=90, seed=7).weights
    assert sum(weights) == pytest.approx(1.0)
    assert min(weights) >= 0.0
    assert weights[0] > 0.6


def test_where_there_is_too_little_to_learn_from_the_model_counts_alone():
    few = PurchaseDays.of(["a", "a", "b"], [0, 9, 8], [5.0, 6.0, 7.0])
    learned = learn(few, as_of=9, days=90, seed=7)
    assert (learned.weights, learned.widening) == ((1.0, 0.0, 0.0), 0.0)


def test_where_the_model_draws_too_narrowly_an_earlier_time_widens_the_intervals(shop):
    """All buy three times as much in some months and a fifth in others: no model of single customers draws that."""
    month = shop.day // 30
    factor = np.random.default_rng(2).choice([0.2, 3.0], 14)[month]
    wild = replace(shop, spend=shop.spend * factor)
    assert learn(wild, as_of=299, days=60, seed=7).widening > learn(shop, as_of=299, days=60, seed=7).widening


def test_one_customer_gets_finite_numbers_and_a_refund_is_no_order():
    one = PurchaseDays.of(["a"] * 4, [0, 9, 20, 21], [5.0, 6.0, 7.0, -6.0])
    made = forecast(one, as_of=30, days=30, seed=7)
    assert made.past.repeats.tolist() == [2.0]
    assert np.isfinite([made.spend, made.low, made.high]).all()
    assert made.low[0] <= made.spend[0] <= made.high[0]


def test_who_has_only_sent_things_back_is_asked_about_nowhere():
    days = PurchaseDays.of(["a", "b"], [1, 1], [-5.0, 5.0])
    assert histories(days, as_of=5).index.tolist() == [1]
