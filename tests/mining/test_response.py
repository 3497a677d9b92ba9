"""Who answers a campaign: learned over all kinds together, from campaigns that were over before the tested ones."""

import numpy as np
import pytest

from mining.gate import judge
from mining.response import ResponseLimits, mine, problems

DAY = 86_400
LIMITS = ResponseLimits()
STARTS = (80, 120, 160, 200, 240, 280, 320, 350)
"""The days on which campaigns began, every other one of kind B; each ran for 25 days but the last, which still runs."""


def rows_of(answers, *, line, ends=25, people=400):
    """Customers of whom each second one buys often; ``answers`` tells for each, and the campaign's kind, how likely."""
    chance = np.random.default_rng(5)
    lines = [line(who, float(day), "P1") for who in range(people) for day in range(0, 400, 5 if who % 2 else 40)]
    campaigns, contacts = [], []
    for number, start in enumerate(STARTS):
        kind = "B" if number % 2 else "A"
        end = start + (60 if start == STARTS[-1] else ends)
        campaigns.append({"campaign_id": f"k{number}", "kind": kind, "starts_at": start * DAY, "ends_at": end * DAY})
        asked = np.flatnonzero(chance.random(people) < (0.3 if kind == "B" else 0.8))
        contacts += [{"customer_key": f"c{who:04}", "campaign_id": f"k{number}", "arm": "treated",
                      "contacted_at": start * DAY, "responded": bool(chance.random() < answers(who, kind))}
                     for who in asked]
    return {"order_lines": lines, "products": [{"product_id": "P1", "category": "C1"}], "campaigns": campaigns,
            "contacts": contacts, "customers": [{"customer_key": f"c{who:04}"} for who in range(people)]}


def often_buyers_answer(who, kind):
    return (0.5 if who % 2 else 0.05) * (0.6 if kind == "B" else 1.0)


@pytest.fixture(scope="module")
def shop(context, line):
    return context(**rows_of(often_buyers_answer, line=line))


@pytest.fixture(scope="module")
def asked(shop):
    [problem], plan = problems(shop, LIMITS)
    assert plan == []
    return problem


def test_campaigns_of_all_kinds_are_learned_from_although_one_kind_alone_is_open(asked):
    assert "(A, B)" in asked.train.population.what.en
    assert {feature.value for feature in asked.train.frame.features if feature.reads == "kind"} == {"A", "B"}
    assert 0 < len(asked.present.keys) < 400


def test_each_who_was_asked_has_a_figure_of_their_own_and_the_model_beats_rate_and_column(shop, asked):
    trials = mine(shop, LIMITS).trials
    [whole] = [v.pattern for v in judge(trials, rate=LIMITS.floors.rate, labels={}) if v.reason is None
               and v.pattern.kind == "response_model"]
    assert set(whole.scores) == set(asked.present.keys)
    often, seldom = ([score for key, score in whole.scores.items() if int(key[1:]) % 2 == odd] for odd in (1, 0))
    assert min(often) > max(seldom)
    assert whole.measures["later_brier"] < min(whole.measures["later_plain_brier"], whole.measures["later_base_brier"])


def test_what_still_ran_when_the_tested_campaigns_began_is_not_learned_from(context, line):
    short, long = (problems(context(**rows_of(often_buyers_answer, line=line, ends=ends)), LIMITS)[0][0]
                   for ends in (25, 55))
    assert len(long.train.labels) < len(short.train.labels)
    assert len(long.later.labels) == len(short.later.labels)


@pytest.mark.parametrize("seed", range(5))
def test_of_answers_dealt_out_at_random_nothing_is_proposed(context, line, seed):
    rows = rows_of(often_buyers_answer, line=line)
    dealt = np.random.default_rng(seed).permutation([contact["responded"] for contact in rows["contacts"]])
    shuffled = [{**contact, "responded": bool(answer)} for contact, answer in zip(rows["contacts"], dealt, strict=True)]
    trials = mine(context(**{**rows, "contacts": shuffled}), LIMITS).trials
    assert [v.pattern.subject for v in judge(trials, rate=LIMITS.floors.rate, labels={}) if v.reason is None] == []
