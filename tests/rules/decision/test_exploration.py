from collections import Counter
from dataclasses import replace
from math import sqrt

import pytest

from kb.model.action import ContactPolicy, Exclusion, Levers
from kb.model.codec import from_json, to_json
from kb.model.decision import Decision
from ontology.vocabulary import ActionFamily
from rules.decision.decide import decide
from rules.decision.exploration import MOST_DRAWN
from rules.decision.replay import replay

CROSS_SELL, SURVEY, RETENTION = ActionFamily.CROSS_SELL, ActionFamily.SURVEY, ActionFamily.RETENTION
SHARES = {CROSS_SELL: 0.2, SURVEY: 0.1, RETENTION: 0.15}
KNOWN = {"purchase": [{"category": "PASTA", "orders_90d": 2}, {"category": "BREAD", "orders_90d": 1}],
         "spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 8}
DRAWS = 1_500
DAY = 86_400
TOGETHER_NEVER = Exclusion(families=(RETENTION, CROSS_SELL))


@pytest.fixture
def explored(compiled):
    """The shipped release with shares of exploration."""
    def served(shares=SHARES, policy=ContactPolicy()):  # noqa: B008 - frozen
        release = replace(compiled.release, levers=Levers(exploration=shares), policy=policy)
        return replace(compiled, release=release)
    return served


@pytest.fixture
def answers(customer, ask):
    """The answers to many customers who differ in nothing but their key."""
    def given(release, *, limit=1, people=DRAWS, **known):
        facts = customer(**{**KNOWN, **known})
        return [decide(ask(limit=limit), replace(facts, customer_key=f"c{number}"), release, decision_id=f"d{number}")
                for number in range(people)]
    return given


def card(action):
    return action.action_id, action.arguments.get("category")


def test_where_nobody_explores_every_card_is_sure_to_be_shown(answers, compiled):
    [answer] = answers(compiled, limit=3, people=1)
    assert {(action.shown_probability, action.is_explored) for action in answer.actions} == {(1.0, False)}


@pytest.mark.parametrize("policy", [ContactPolicy(), ContactPolicy(exclusions=(TOGETHER_NEVER,))],
                         ids=["together", "excluding each other"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_each_card_is_shown_as_often_as_its_probability_says(explored, answers, limit, policy):
    """What is logged is the marginal probability, with several cards and several families that draw."""
    given = answers(explored(policy=policy), limit=limit)
    said = {card(action): action.shown_probability for answer in given for action in answer.actions}
    shown = Counter(card(action) for answer in given for action in answer.actions)
    assert len(said) > limit
    for name, probability in said.items():
        spread = 4 * sqrt(probability * (1 - probability) / DRAWS)
        assert shown[name] / DRAWS == pytest.approx(probability, abs=spread + 1e-9)


def test_each_share_is_drawn_and_within_a_family_each_card_alike(explored, answers):
    drawn = Counter(card(action) for answer in answers(explored()) for action in answer.actions if action.is_explored)
    families = {"cross_sell": CROSS_SELL, "survey": SURVEY, "retention_offer": RETENTION}
    sizes = Counter(action for action, _ in drawn)
    assert sizes["cross_sell"] == 3
    for (action, _), count in drawn.items():
        chance = SHARES[families[action]] / sizes[action]
        assert count / DRAWS == pytest.approx(chance, abs=4 * sqrt(chance / DRAWS))


def test_one_card_at_most_is_drawn_and_an_action_is_one_card(explored, answers):
    for answer in answers(explored(), limit=3, people=200):
        assert sum(action.is_explored for action in answer.actions) <= 1
        assert len({action.action_id for action in answer.actions}) == len(answer.actions) <= 3
        assert [action.score for action in answer.actions] == sorted(
            (action.score for action in answer.actions), reverse=True)


def test_what_excludes_each_other_is_not_drawn_together(explored, answers):
    policy = ContactPolicy(exclusions=(TOGETHER_NEVER,))
    for answer in answers(explored(policy=policy), limit=9, people=200):
        assert sum(action.family in {RETENTION, CROSS_SELL} for action in answer.actions) == 1


def test_what_the_customer_does_not_wish_is_never_drawn(explored, answers):
    given = answers(explored(), limit=9, people=100, consent_marketing=False)
    assert {action.action_id for answer in given for action in answer.actions} == {"survey"}
    assert {action.shown_probability for answer in given for action in answer.actions} == {1.0}


def test_half_of_the_answers_at_least_are_as_they_rank(explored, answers, monkeypatch):
    monkeypatch.setattr("rules.decision.exploration.MOST_DRAWN", 0.3)
    given = answers(explored())
    usual = Counter(card(answer.actions[0]) for answer in given).most_common(1)[0][0]
    best = next(answer.actions[0] for answer in given if card(answer.actions[0]) == usual)
    assert MOST_DRAWN == 0.5
    assert sum(answer.actions[0].is_explored for answer in given) / DRAWS == pytest.approx(0.3, abs=0.05)
    assert best.shown_probability > 0.7


def test_a_drawn_answer_replays_to_the_same_answer(explored, answers):
    release = explored()
    given = [answer for answer in answers(release, people=60) if answer.actions[0].is_explored]
    assert given
    for answer in given:
        assert replay(from_json(to_json(answer), Decision), release).equal


def test_a_day_draws_once_and_another_day_draws_anew(explored, customer, ask):
    release, facts = explored(), customer(**KNOWN)

    def first(at):
        found = decide(ask(limit=1), replace(facts, as_of=facts.as_of + at), release, decision_id="d1")
        return card(found.actions[0])

    assert len({first(hour * 3_600) for hour in range(12)}) == 1
    assert len({first(day * DAY) for day in range(60)}) > 1


def test_an_answer_of_before_anything_was_drawn_says_that_it_was_sure(answers, compiled):
    [answer] = answers(compiled, people=1)
    written = to_json(answer).replace(',"shown_probability":1.0,"is_explored":false', "")
    assert from_json(written, Decision) == answer
