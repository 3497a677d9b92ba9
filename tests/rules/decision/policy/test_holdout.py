from dataclasses import replace

import pytest

from kb.experiments.bucketing import lot
from kb.model.action import Cap, ContactPolicy, Holdout
from kb.model.codec import from_json, from_plain, to_json, to_plain
from kb.model.decision import Decision
from ontology.vocabulary import ActionFamily, DecisionStatus
from rules.decision.decide import decide
from rules.decision.policy import BlockKind
from rules.decision.replay import replay
from rules.explain.why_not import why_not

SPRING = Holdout(name="spring", share=0.5)
NO_SURVEY = Holdout(name="survey", share=1.0, families=(ActionFamily.SURVEY,))
INSIDE, OUTSIDE = (next(key for key in map("c{}".format, range(99)) if (lot("spring", key) < 0.5) is drawn)
                   for drawn in (True, False))
FALLING = {"spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 8}


@pytest.mark.parametrize(("action", "key", "expected"), [
    ("win_back", INSIDE, [BlockKind.HOLDOUT]), ("win_back", OUTSIDE, []),
    ("survey", INSIDE, []), ("service_recovery", INSIDE, []),
])
def test_a_holdout_without_families_is_offered_no_marketing(kinds, action, key, expected):
    assert kinds(action, ContactPolicy(holdouts=(SPRING,)), key=key) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.0, []), (1.0, [BlockKind.HOLDOUT])])
def test_a_holdout_of_none_and_of_all_hold_back_none_and_all(kinds, share, expected):
    policy = ContactPolicy(holdouts=(replace(SPRING, share=share),))
    assert [kinds("win_back", policy, key=f"c{number}") for number in range(30)] == [expected] * 30


def test_a_holdout_of_families_leaves_others_alone(kinds):
    policy = ContactPolicy(holdouts=(NO_SURVEY,))
    assert kinds("survey", policy) == [BlockKind.HOLDOUT]
    assert kinds("win_back", policy) == []


@pytest.fixture
def decided(under, customer, ask):
    def make(key, policy=ContactPolicy(holdouts=(SPRING, NO_SURVEY)), **known):  # noqa: B008 - frozen
        facts = replace(customer(**FALLING, **known), customer_key=key)
        return decide(ask(), facts, under(policy), decision_id="d1")
    return make


def test_a_decision_records_the_holdouts_and_what_they_withheld(decided):
    inside, outside = decided(INSIDE), decided(OUTSIDE)
    assert (inside.status, inside.holdouts, inside.withheld) == (
        DecisionStatus.NO_ACTION, ("spring", "survey"), ("retention_offer", "survey"))
    assert (outside.holdouts, outside.withheld) == (("survey",), ("survey",))
    assert [action.action_id for action in outside.actions] == ["retention_offer"]


def test_what_would_have_been_shown_is_kept_as_it_stands_on_the_card_of_others(decided):
    [withheld, _], [card] = decided(INSIDE).withheld_cards, decided(OUTSIDE).actions
    for name in ("action_id", "family", "arguments", "expires_at"):
        assert getattr(withheld, name) == getattr(card, name)


def test_what_a_cap_would_have_held_back_anyway_is_not_withheld(decided):
    capped = ContactPolicy(holdouts=(SPRING,), caps=(Cap(days=7, most=1),))
    contact = [{"source": "campaign", "days_ago": 0}]
    assert decided(INSIDE, capped, contact=contact).withheld == ()


def test_the_answer_says_that_the_customer_is_held_out(decided):
    told = decided(INSIDE).why_none
    assert "对照组“spring”（占 50%）" in told.zh
    assert 'holdout "spring" (50% of all)' in told.en


def test_why_not_tells_the_holdout(under, customer, ask):
    facts = replace(customer(**FALLING), customer_key=INSIDE)
    answer = why_not("retention_offer", facts, under(ContactPolicy(holdouts=(SPRING,))), ask())
    assert [block.kind for block in answer.blocks] == [BlockKind.HOLDOUT]


def test_a_decision_of_the_holdout_replays_under_its_release_and_not_without_the_holdout(decided, under):
    stored = from_json(to_json(decided(INSIDE)), Decision)
    assert replay(stored, under(ContactPolicy(holdouts=(SPRING, NO_SURVEY)))).differences == ()
    told = replay(stored, under(ContactPolicy())).differences
    assert any(difference.startswith("decision.holdouts") for difference in told)


def test_a_decision_of_before_there_were_holdouts_is_still_read_and_replays(decided, under):
    plain = to_plain(decided(OUTSIDE, ContactPolicy()))
    del plain["holdouts"], plain["withheld"]
    for action in plain["actions"]:
        del action["window_reason"]
    assert replay(from_plain(plain, Decision), under(ContactPolicy())).equal


@pytest.mark.parametrize(("name", "share"), [("spring", 1.1), ("spring", -0.1), ("", 0.5)])
def test_a_holdout_that_makes_no_sense_is_refused(name, share):
    with pytest.raises(ValueError, match="expected a name and a share"):
        Holdout(name=name, share=share)
