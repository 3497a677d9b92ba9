"""What another policy would have brought: a log of which the truth is known, and cases that can be checked by hand."""

from dataclasses import replace

import numpy as np
import pytest

from kb.experiments.off_policy import (
    LEAST_EFFECTIVE,
    LoggedAnswer,
    LoggedCard,
    RewardKind,
    estimate,
    support,
)

ACTIONS = ("care", "survey", "win_back", "cross_sell", "upsell")
DRAWN = 0.2
"""Share of the answers in which a card is drawn, evenly among all."""


def card(action, probability=1.0, *, bought=False, value=1.0):
    return LoggedCard(card=(action, ""), probability=probability, value=value, has_converted=bought)


def chance_of(kind, action):
    """How likely a customer of a kind, 0 or 1, buys: the usual card is good for kind 0, ``upsell`` for kind 1."""
    return {0: (0.30, 0.10, 0.12, 0.08, 0.05), 1: (0.08, 0.10, 0.06, 0.12, 0.34)}[kind][ACTIONS.index(action)]


def log_of(answers, seed, *, policy=lambda kind: "upsell" if kind else "care", drawn=DRAWN):
    """Answers of one card: usually ``care``, else one that is drawn; ``policy`` says what it would show."""
    chance = np.random.default_rng(seed)
    for _ in range(answers):
        kind = int(chance.random() < 0.5)
        shown = ACTIONS[chance.integers(len(ACTIONS))] if chance.random() < drawn else "care"
        probability = drawn / len(ACTIONS) + (1 - drawn) * (shown == "care")
        bought = bool(chance.random() < chance_of(kind, shown))
        yield LoggedAnswer(shown=(card(shown, probability, bought=bought, value=10.0),), usual=(("care", ""),),
                           policy=((policy(kind), ""),))


TRUTH, USUAL = (0.30 + 0.34) / 2, (0.30 + 0.08) / 2


def test_both_estimates_are_right_on_average_and_what_is_recommended_too():
    found = [estimate(list(log_of(1_000, seed)), RewardKind.CONVERSION) for seed in range(200)]
    for name, truth in (("doubly_robust", TRUTH), ("snips", TRUTH), ("recommended", USUAL),
                        ("difference", TRUTH - USUAL)):
        values = [getattr(one, name) for one in found]
        assert np.mean(values) == pytest.approx(truth, abs=3.5 * np.std(values) / len(values) ** 0.5), name


@pytest.mark.parametrize(("value", "interval", "truth"), [
    ("doubly_robust", "interval", TRUTH), ("snips", "snips_interval", TRUTH),
    ("difference", "difference_interval", TRUTH - USUAL)])
def test_the_truth_is_inside_the_interval_at_every_size_of_the_log(value, interval, truth):
    """50 logs, each looked at ten times while it grows; at most 5 of a hundred may miss, 6 of 50 by bad luck."""
    missed = 0
    for seed in range(50):
        log = list(log_of(3_000, seed))
        looks = [estimate(log[:size], RewardKind.CONVERSION) for size in range(600, 3_001, 240)]
        missed += any(not getattr(one, interval)[0] <= truth <= getattr(one, interval)[1] for one in looks)
        assert all(getattr(one, interval)[0] <= getattr(one, value) <= getattr(one, interval)[1] for one in looks)
    assert missed <= 6


def test_heavy_tailed_money_shows_no_difference_where_there_is_none():
    """Whatever is shown, one in ten buys, for log-normal money: of 25 logs, each looked at three times, 1 may err."""
    seen = 0
    for seed in range(25):
        chance = np.random.default_rng(seed)
        log = [replace(answer, shown=(replace(answer.shown[0], has_converted=bool(chance.random() < 0.1),
                                              value=float(np.exp(1.5 * chance.standard_normal()))),))
               for answer in log_of(4_500, seed, policy=lambda kind: "upsell" if kind else "survey")]
        looks = [estimate(log[:size], RewardKind.VALUE).difference_interval for size in (3_500, 4_000, 4_500)]
        seen += any(not low <= 0 <= high for low, high in looks)
    assert seen <= 1


def test_a_better_policy_is_seen_to_be_better():
    low, _ = estimate(list(log_of(10_000, 1)), RewardKind.CONVERSION).difference_interval
    assert low > 0


def test_money_is_what_the_cards_say_that_a_success_is_worth():
    log = list(log_of(2_000, 3))
    count, money = (estimate(log, kind) for kind in RewardKind)
    assert (money.doubly_robust, money.difference) == pytest.approx((10 * count.doubly_robust, 10 * count.difference))


def test_where_the_policy_is_what_was_done_the_estimate_is_the_plain_mean():
    log = [LoggedAnswer(shown=(card("care", bought=number < 30), card("survey", bought=number < 10)),
                        usual=(("care", ""), ("survey", "")), policy=(("survey", ""), ("care", "")))
           for number in range(200)]
    found = estimate(log, RewardKind.CONVERSION)
    assert (found.doubly_robust, found.snips, found.difference) == pytest.approx((0.2, 0.2, 0.0))
    assert support(log).effective == pytest.approx(200)


def test_self_normalised_weights_by_hand():
    """Two answers that the policy agrees with, weights 2 and 4, the second was bought: 4 of 6."""
    log = [LoggedAnswer(shown=(card("care", 0.5),), usual=(("care", ""),), policy=(("care", ""),)),
           LoggedAnswer(shown=(card("care", 0.25, bought=True),), usual=(("care", ""),), policy=(("care", ""),)),
           LoggedAnswer(shown=(card("survey", 0.5, bought=True),), usual=(("care", ""),), policy=(("care", ""),))]
    assert estimate(log, RewardKind.CONVERSION).snips == pytest.approx(4 / 6)
    assert support(log).effective == pytest.approx((2 + 4) ** 2 / (4 + 16))


def test_the_effective_size_is_that_of_kish_and_too_little_is_not_enough():
    """Of 2,000 answers one in ten is drawn and one in fifty shows the policy's card: some 40 answers of weight 50."""
    log = list(log_of(2_000, 5, policy=lambda _: "upsell", drawn=0.1))
    agree = sum(answer.shown[0].card[0] == "upsell" for answer in log)
    found = support(log)
    assert found.effective == pytest.approx(agree)
    assert agree < LEAST_EFFECTIVE
    assert not found.is_enough
    assert support(list(log_of(2_000, 5))).is_enough


def test_a_policy_of_cards_that_were_never_shown_is_not_supported():
    log = [replace(answer, policy=(("gift", ""),), unsupported=1) for answer in log_of(50, 1)]
    found = support(log)
    assert (found.effective, found.supported, found.is_enough) == (0.0, 0.0, False)


def test_one_card_in_twenty_that_could_not_be_shown_is_the_most():
    log = list(log_of(2_000, 2, policy=lambda _: "care"))
    most = [replace(answer, unsupported=int(place % 20 == 0)) for place, answer in enumerate(log)]
    over = [replace(answer, unsupported=int(place % 19 == 0)) for place, answer in enumerate(log)]
    assert support(most).is_enough
    assert not support(over).is_enough


def test_of_an_empty_log_nothing_is_supported():
    assert not support([]).is_enough
