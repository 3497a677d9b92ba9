import pytest

from kb.errors import NotFound
from kb.model.action import Cap, ContactPolicy
from kb.model.codec import to_plain
from kb.model.condition import Op, Test
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from rules.decision.policy import BlockKind
from rules.explain.why_not import why_not

COMPLAINT = {"kind": "complaint", "days_ago": 1, "resolved": False}


@pytest.fixture
def asked(compiled, customer, ask):
    """Why not, for a customer made of plain values."""
    return lambda action, request=None, under=compiled, **known: why_not(action, customer(**known), under,
                                                                         request or ask())


def test_no_service_recovery_without_a_complaint_says_that_none_is_on_record(asked):
    answer = asked("service_recovery", order_count=3)
    assert "没有投诉记录" in answer.verdict.zh
    assert "no complaint on record" in answer.verdict.en
    assert answer.place is None


def test_a_resolved_complaint_is_told_with_what_it_lacks(asked):
    answer = asked("service_recovery", interaction=[{**COMPLAINT, "resolved": True}])
    complaint = next(rule for rule in answer.rules if rule.rule_id == "complaint-open")
    assert complaint.tests[0].read.zh == "有投诉记录，但已解决：是"
    assert not complaint.fires


def test_the_fallback_is_said_to_be_for_those_of_whom_nothing_else_is_known(asked):
    assert asked("ask_profile", order_count=3).verdict.en == \
        '"Complete the profile" is recommended only where nothing else is'


def test_every_rule_for_the_action_is_listed_with_the_values_read(asked):
    answer = asked("win_back", silence_ratio=2.0, order_count=20)
    silent = next(rule for rule in answer.rules if rule.rule_id == "silent-beyond-rhythm")
    assert {rule.rule_id for rule in answer.rules} == {"silent-beyond-rhythm", "contract-ended", "long-away"}
    assert [test.truth for test in silent.tests] == [False, None, True]
    assert [read.value for test in silent.tests for read in test.reads] == [2.0, None, 20]
    assert silent.tests[0].read.en == "silence against the own rhythm is 2 times"
    assert silent.tests[1].read.zh == "距上次购买天数未知"


def test_the_change_names_what_is_missing_and_only_that(asked):
    answer = asked("win_back", silence_ratio=5.0, recency_days=35, order_count=2)
    assert answer.change is not None
    assert answer.change.en == "There would be reason for it with: orders from 2 to at least 3"
    assert answer.change.zh == "如果满足以下条件，就会有推荐它的依据：订单数从 2 变为不少于 3"
    assert [(one.property, one.now, one.needed, one.least, one.most) for one in answer.changes] == [
        ("order_count", 2, 3, 3, None)]
    assert answer.change_rule == "silent-beyond-rhythm"


def test_the_change_names_a_row_that_would_have_to_be_otherwise_or_to_exist(asked):
    resolved = asked("service_recovery", interaction=[{**COMPLAINT, "resolved": True}])
    assert [(one.kind, one.fact, one.key, one.property, one.needed) for one in resolved.changes] == [
        ("value", "interaction", "interaction0", "resolved", False)]
    assert resolved.change.zh.endswith("投诉的已解决从是变为否")
    none = asked("service_recovery")
    assert [(one.kind, one.values) for one in none.changes] == [
        ("add_row", {"kind": "complaint"})]
    assert "有投诉记录" in none.change.zh


def test_what_is_unknown_must_be_known(asked):
    answer = asked("greeting")
    assert "days since joining must be known and at most 29 days" in answer.change.en


def test_what_nobody_can_bring_about_is_told_and_marked(asked, serve):
    young = Rule(id="young", name=Text.same("young"), author="test", when=Test(property="age", op=Op.LT, operand=30),
                 then=Recommend(action="survey"))
    answer = asked("survey", under=serve(rules=(young,)), age=40)
    assert [(one.needed, one.is_protected, one.is_given) for one in answer.changes] == [(29, True, True)]
    assert answer.change.en.endswith("age from 40 years to at most 29 years"
                                     " (a protected attribute: not to be brought about)")


def test_of_many_rules_the_nearest_are_told_in_full_and_the_rest_are_counted(asked, serve):
    rules = tuple(Rule(id=f"r{number:02}", name=Text.same("r"), author="test", then=Recommend(action="survey"),
                       when=Test(property="order_count", op=Op.GE, operand=100 - number)) for number in range(25))
    answer = asked("survey", under=serve(rules=rules), order_count=1)
    assert [rule.rule_id for rule in answer.rules] == [f"r{number}" for number in range(24, 14, -1)]
    assert answer.more_rules == 15
    assert answer.change.en.endswith("orders from 1 to at least 76")


def test_a_requirement_that_blocks_is_named(asked):
    answer = asked("win_back", silence_ratio=5.0, recency_days=35, order_count=20, interaction=[COMPLAINT])
    assert [(block.kind, block.rule_id) for block in answer.blocks] == [
        (BlockKind.REQUIREMENT, "calm-before-win-back")]
    assert "没有未解决的投诉或故障" in answer.verdict.zh
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
