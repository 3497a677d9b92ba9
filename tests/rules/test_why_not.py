import pytest

from kb.errors import NotFound
from kb.model.action import Cap, ContactPolicy
from kb.model.codec import to_plain
from rules.policy import BlockKind
from rules.whynot import why_not

COMPLAINT = {"kind": "complaint", "days_ago": 1, "resolved": False}


@pytest.fixture
def asked(served, customer, ask):
    """Why not, for a customer made of plain values."""
    return lambda action, request=None, under=served, **known: why_not(action, customer(**known), under,
                                                                       request or ask())


def test_no_service_recovery_without_a_complaint_says_that_none_is_on_record(asked):
    answer = asked("service_recovery", order_count=3)
    assert "没有投诉记录" in answer.verdict.zh
    assert "no complaint on record" in answer.verdict.en
    assert answer.place is None


def test_a_resolved_complaint_is_told_with_what_it_lacks(asked):
    answer = asked("service_recovery", interaction=[{**COMPLAINT, "resolved": True}])
    complaint = next(rule for rule in answer.rules if rule.rule_id == "complaint-open")
    assert complaint.tests[0].read.zh == "有投诉记录，但已解决为是"
    assert not complaint.fires


def test_every_rule_for_the_action_is_listed_with_the_values_read(asked):
    answer = asked("win_back", silence_ratio=2.0, order_count=20)
    silent = next(rule for rule in answer.rules if rule.rule_id == "silent-beyond-rhythm")
    assert {rule.rule_id for rule in answer.rules} == {"silent-beyond-rhythm", "contract-ended", "away-half-a-year"}
    assert [test.truth for test in silent.tests] == [False, None, True]
    assert [read.value for test in silent.tests for read in test.reads] == [2.0, None, 20]
    assert silent.tests[0].read.en == "silence, in own mean gaps is 2"
    assert silent.tests[1].read.zh == "距上次购买天数未知"


def test_the_change_names_what_is_missing_and_only_that(asked):
    answer = asked("win_back", silence_ratio=5.0, recency_days=35, order_count=2)
    assert answer.change is not None
    assert "180 days" in answer.change.en
    assert "silence" not in answer.change.en


def test_a_requirement_that_blocks_is_named(asked):
    answer = asked("win_back", silence_ratio=5.0, recency_days=35, order_count=20, interaction=[COMPLAINT])
    assert [(block.kind, block.rule_id) for block in answer.blocks] == [
        (BlockKind.REQUIREMENT, "calm-before-win-back")]
    assert "没有尚未解决的投诉或故障" in answer.verdict.zh
    assert answer.change is None


def test_policy_is_told_also_where_no_rule_speaks_for_the_action(asked, serve):
    strict = serve(policy=ContactPolicy(caps=(Cap(days=7, most=1),)))
    answer = asked("win_back", under=strict, contact=[{"source": "campaign", "open": False, "days_ago": 0}])
    assert [block.kind for block in answer.blocks] == [BlockKind.CAP]
    assert "没有推荐" in answer.verdict.zh


def test_a_candidate_that_came_too_late_is_told_its_place_and_what_came_before(asked, ask):
    answer = asked("survey", ask(limit=1), order_count=30, recency_days=4, joined_days_ago=3)
    assert answer.place == 2
    assert [ahead.action_id for ahead in answer.ahead] == ["greeting"]
    assert answer.verdict.en.endswith("may be recommended, but comes in place 2, behind: Welcome a new customer")


def test_an_action_that_is_recommended_says_in_which_place(asked):
    assert asked("survey", order_count=30, recency_days=4).verdict.en == '"Ask for feedback" is recommended, in place 1'


def test_the_ways_to_satisfy_a_rule_are_told_apart(asked):
    answer = asked("cross_sell", order_count=1)
    assert {test.alternative for rule in answer.rules for test in rule.tests} == {1, 2}
    assert "没有买过" in answer.verdict.zh


def test_an_unknown_action_names_the_nearest(asked):
    with pytest.raises(NotFound, match="unknown action 'winback'") as refused:
        asked("winback")
    assert refused.value.hint == "did you mean 'win_back'?"


def test_the_answer_is_plain_json(asked):
    plain = to_plain(asked("service_recovery"))
    assert plain["rules"][0]["tests"][0]["truth"] is False
    assert plain["verdict"].keys() == {"zh", "en"}
