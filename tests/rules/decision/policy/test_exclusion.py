import pytest

from kb.model.action import ContactPolicy, Exclusion
from ontology.vocabulary import ActionFamily
from rules.decision.decide import decide
from rules.decision.policy import BlockKind
from rules.explain.why_not import why_not

FORTNIGHT = Exclusion(families=(ActionFamily.RETENTION, ActionFamily.WIN_BACK), days=14)
IN_ONE_ANSWER = Exclusion(actions=("retention_offer", "survey"))
FALLING = {"spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 8}
DAY, MIDNIGHT = 86_400, 1_514_764_800


def ids(decision):
    return [action.action_id for action in decision.actions]


@pytest.mark.parametrize(("action", "days", "waits"), [
    ("retention_offer", {"win_back": 0}, 14),
    ("retention_offer", {"win_back": 13}, 1),
    ("retention_offer", {"win_back": 14}, None),
    ("retention_offer", {"win_back": 13, "retention_offer": 0}, 1),
    ("retention_offer", {"retention_offer": 0}, None),
    ("retention_offer", {"survey": 0}, None),
    ("survey", {"win_back": 0}, None),
])
def test_another_action_rests_for_so_many_days(blocks, shown, action, days, waits):
    found = blocks(action, ContactPolicy(exclusions=(FORTNIGHT,)), contact=shown(**days))
    assert [(block.kind, block.until) for block in found] == (
        [] if waits is None else [(BlockKind.EXCLUSION, MIDNIGHT + waits * DAY)])


def test_a_contact_that_names_no_action_excludes_other_families(kinds):
    policy = ContactPolicy(exclusions=(Exclusion(families=(ActionFamily.CAMPAIGN, ActionFamily.WIN_BACK), days=7),))
    mailed = [{"source": "campaign", "campaign_id": "7", "days_ago": 2}]
    assert kinds("win_back", policy, contact=mailed) == [BlockKind.EXCLUSION]
    assert kinds("campaign_invitation", policy, contact=mailed) == []


def test_the_block_names_what_came_before_and_until_when(blocks, shown):
    block, = blocks("retention_offer", ContactPolicy(exclusions=(FORTNIGHT,)), contact=shown(win_back=3))
    assert block.sentence.zh == ("触达策略：静默到 1 月 12 日（当日起可再联系），"
                                 "因为 3 天前已提出与之互斥的“挽回流失客户”")
    assert "quiet until 12 January because" in block.sentence.en


def test_only_the_first_of_a_group_stands_in_an_answer(under, customer, ask):
    facts = customer(**FALLING)
    together = ids(decide(ask(limit=9), facts, under(ContactPolicy()), decision_id="d1"))
    apart = ids(decide(ask(limit=9), facts, under(ContactPolicy(exclusions=(IN_ONE_ANSWER,))), decision_id="d1"))
    assert together == ["retention_offer", "survey"]
    assert apart == ["retention_offer"]


def test_one_that_is_held_back_excludes_nothing(under, customer, ask):
    policy = under(ContactPolicy(exclusions=(IN_ONE_ANSWER,)))
    decision = decide(ask(limit=9), customer(consent_marketing=False, **FALLING), policy, decision_id="d1")
    assert ids(decision) == ["survey"]


def test_why_not_names_the_action_that_stands_in_its_place(under, customer, ask):
    policy = under(ContactPolicy(exclusions=(IN_ONE_ANSWER,)))
    answer = why_not("survey", customer(**FALLING), policy, ask())
    assert [block.kind for block in answer.blocks] == [BlockKind.EXCLUSION]
    assert "挽留优惠" in answer.verdict.zh


def test_an_exclusion_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one action or family"):
        Exclusion(days=3)
