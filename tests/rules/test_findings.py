"""What is found in a set of rules before it is saved or published, and what is not."""

from dataclasses import replace

import pytest

from kb.errors import InvalidRule
from kb.model.condition import ALWAYS, And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.rule import Conclude, Example, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.check import FindingKind, Severity, check_release, demand_sound
from rules.pack import load_pack

SCHEMA = load_schema()
PACK = load_pack()
ACTIONS = {action.id: action for action in PACK.actions}
SURVEY = Recommend(action="survey")
OLD, OLDER = Test(property="order_count", op=Op.GE, operand=5), Test(property="order_count", op=Op.GE, operand=9)
COMPLAINT = Test(property="kind", op=Op.EQ, operand="complaint")
COMPLAINED = Exists(fact="interaction", alias="i", where=COMPLAINT)
EXAMPLES = (Example(name="yes", customer={"order_count": 20}), Example(name="no", fires=False))


def rule_of(name, when, then=SURVEY, **more):
    return Rule(id=name, name=Text.same(name), when=when, then=then, author="test", **({"rests_on": ("note",)} | more))


def found(*rules, actions=None):
    return {(one.rule_id, one.kind) for one in check_release(rules, SCHEMA, actions or ACTIONS)
            if one.kind is not FindingKind.CONTENT or actions}


def test_nothing_is_found_in_the_shipped_rules_and_their_examples_show_every_test():
    assert check_release(PACK.rules, SCHEMA, ACTIONS) == ()
    demand_sound(PACK.rules, SCHEMA, ACTIONS)


def test_a_condition_that_can_never_hold_is_an_error_and_is_refused():
    rule = rule_of("r", And(parts=(Test(property="recency_days", op=Op.GT, operand=90),
                                   Test(property="recency_days", op=Op.LT, operand=30))))
    assert found(rule) == {("r", FindingKind.NEVER)}
    with pytest.raises(InvalidRule, match="rule 'r': the condition can never hold: days since the last order is above"):
        demand_sound([rule], SCHEMA, ACTIONS)


def test_a_refusal_can_be_read_in_both_languages():
    with pytest.raises(InvalidRule) as caught:
        demand_sound([rule_of("r", Or(parts=()))], SCHEMA, ACTIONS)
    assert caught.value.message_text.zh.startswith("规则“r”：条件永远不可能成立")
    assert caught.value.hint_text.zh.startswith("请修改或停用")


def test_what_was_wrong_before_is_no_reason_to_refuse_a_change_elsewhere():
    wrong = rule_of("wrong", Or(parts=()))
    demand_sound([wrong, rule_of("r", OLD)], SCHEMA, ACTIONS, before=[wrong])
    with pytest.raises(InvalidRule, match="rule 'r'"):
        demand_sound([wrong, rule_of("r", Or(parts=()))], SCHEMA, ACTIONS, before=[wrong])


def test_a_share_that_is_given_as_a_percentage_can_never_hold():
    assert found(rule_of("r", Test(property="discount_share", op=Op.GT, operand=20))) == {("r", FindingKind.NEVER)}


def test_a_conclusion_that_no_rule_draws_with_that_value_can_never_hold():
    drawn = rule_of("a", COMPLAINED, Conclude(kind="attitude", value="unhappy"))
    assert found(drawn, rule_of("b", Concluded(kind="attitude", value="glad"))) == {("b", FindingKind.NEVER)}


def test_a_condition_that_always_holds_is_a_warning_unless_it_is_written_so():
    either = Or(parts=(Known(property="age"), Unknown(property="age")))
    assert found(rule_of("r", either)) == {("r", FindingKind.ALWAYS)}
    assert found(rule_of("r", ALWAYS)) == set()


def test_an_alternative_that_can_never_hold_is_a_warning():
    when = And(parts=(OLDER, Or(parts=(COMPLAINED, Test(property="order_count", op=Op.LT, operand=3)))))
    findings = check_release([rule_of("r", when)], SCHEMA, ACTIONS)
    assert [(one.kind, one.message.en) for one in findings if one.kind is FindingKind.IDLE_PART] == [
        (FindingKind.IDLE_PART, "this alternative can never hold: orders is below 3")]


def test_the_narrower_of_two_rules_with_one_effect_is_shadowed():
    assert found(rule_of("a", OLDER), rule_of("b", OLD)) == {("a", FindingKind.SHADOWED)}


def test_of_two_rules_that_say_the_same_the_later_is_shadowed():
    assert found(rule_of("a", OLD), rule_of("b", Not(part=Not(part=OLD)))) == {("b", FindingKind.SHADOWED)}


@pytest.mark.parametrize("change", [
    {"propensity": 0.3}, {"value": 9.0}, {"then": Recommend(action="survey", arguments={"category": "TEA"})},
    {"then": Conclude(kind="old", value="yes")}], ids=str)
def test_a_narrower_rule_with_figures_or_arguments_of_its_own_is_not_shadowed(change):
    assert found(replace(rule_of("a", OLDER), **change), rule_of("b", OLD)) == set()


def test_a_rule_in_effect_at_other_times_shadows_nothing():
    assert found(rule_of("a", OLDER), rule_of("b", OLD, valid_from=5)) == set()
    assert found(rule_of("a", OLDER, valid_from=6), rule_of("b", OLD, valid_from=5)) == {("a", FindingKind.SHADOWED)}


def test_of_two_requirements_the_looser_is_shadowed():
    care = Require(family=ActionFamily.CARE)
    assert found(rule_of("a", OLD, care), rule_of("b", OLDER, care)) == {("a", FindingKind.SHADOWED)}


def test_a_recommendation_that_a_requirement_never_lets_through_is_an_error():
    calm = rule_of("calm", none_of("interaction", "x", COMPLAINT), Require(family=ActionFamily.SURVEY))
    assert found(calm, rule_of("r", COMPLAINED)) == {("r", FindingKind.BLOCKED)}
    assert found(calm, rule_of("r", COMPLAINED, Recommend(action="service_recovery"))) == set()


def test_a_contradiction_is_seen_through_a_conclusion():
    bad = rule_of("bad", COMPLAINED, Conclude(kind="attitude", value="unhappy"))
    calm = rule_of("calm", Not(part=Concluded(kind="attitude", value="unhappy")), Require(action="survey"))
    assert found(bad, calm, rule_of("r", COMPLAINED)) == {("r", FindingKind.BLOCKED)}
    assert found(replace(bad, valid_to=9), calm, rule_of("r", COMPLAINED)) == set()  # it may be over


def test_requirements_that_exclude_each_other_are_an_error():
    care = Require(family=ActionFamily.CARE)
    few = Test(property="order_count", op=Op.LT, operand=3)
    assert found(rule_of("a", OLD, care), rule_of("b", few, care)) == {("b", FindingKind.BLOCKED)}


def test_two_values_concluded_for_one_customer_are_a_warning():
    rules = [rule_of("a", OLD, Conclude(kind="tier", value="gold")),
             rule_of("b", COMPLAINED, Conclude(kind="tier", value="none"))]
    assert found(*rules) == {("a", FindingKind.DISAGREEING)}
    apart = rule_of("b", And(parts=(COMPLAINED, Not(part=OLD))), Conclude(kind="tier", value="none"))
    assert found(rules[0], apart) == set()


def test_rules_that_differ_by_a_protected_attribute_alone_are_a_warning():
    def aged(op):
        return And(parts=(OLD, Test(property="age", op=op, operand=60)))

    assert found(rule_of("a", aged(Op.GE)), rule_of("b", aged(Op.LT))) == {("b", FindingKind.PROTECTED)}
    assert ("b", FindingKind.PROTECTED) in found(rule_of("a", OLD), rule_of("b", aged(Op.LT)))
    assert found(rule_of("a", aged(Op.GE)), rule_of("b", And(parts=(OLDER, COMPLAINED)))) == set()


def test_an_action_without_content_is_an_error_and_one_that_lacks_a_channel_a_warning():
    survey = ACTIONS["survey"]
    findings = check_release([rule_of("r", OLD)], SCHEMA, {"survey": replace(survey, contents={})})
    assert [(one.kind, one.severity) for one in findings] == [(FindingKind.CONTENT, Severity.ERROR)]
    one_channel = dict(list(survey.contents.items())[:1])
    findings = check_release([rule_of("r", OLD)], SCHEMA, {"survey": replace(survey, contents=one_channel)})
    assert [(one.kind, one.severity) for one in findings] == [(FindingKind.CONTENT, Severity.WARNING)]


def test_what_does_not_type_check_is_an_error_with_the_nearest_known_word():
    findings = check_release([rule_of("r", OLD, Recommend(action="surwey"))], SCHEMA, ACTIONS)
    assert [(one.kind, one.severity) for one in findings] == [(FindingKind.INVALID, Severity.ERROR)]
    assert "did you mean 'survey'?" in findings[0].message.en


def test_an_example_that_fails_and_an_id_that_stands_twice_are_errors():
    wrong = rule_of("r", OLD, examples=(Example(name="new", customer={"order_count": 1}),))
    assert found(wrong) == {("r", FindingKind.INVALID)}
    assert found(rule_of("r", OLD), rule_of("r", OLDER)) == {(None, FindingKind.INVALID)}


def test_a_handwritten_rule_without_examples_is_untested():
    assert found(rule_of("r", OLD, rests_on=())) == {("r", FindingKind.UNTESTED)}
    assert found(rule_of("r", OLD, rests_on=(), examples=EXAMPLES)) == set()


def test_a_test_that_no_example_depends_on_is_told():
    rule = rule_of("r", And(parts=(OLD, Not(part=COMPLAINED))), rests_on=(), examples=EXAMPLES)
    told = [one.message.en for one in check_release([rule], SCHEMA, ACTIONS) if one.kind is FindingKind.UNTESTED]
    assert told == ["no example depends on these not to hold: kind of interaction is complaint",
                    "no example depends on these to hold: kind of interaction is complaint"]
    complained = Example(name="angry", customer={"order_count": 20}, fires=False,
                         related={"interaction": ({"kind": "complaint"},)})
    calm = Example(name="calm", customer={"order_count": 20}, related={"interaction": ({"kind": "visit"},)})
    assert found(replace(rule, examples=(*EXAMPLES, complained, calm))) == set()


def test_an_argument_that_is_read_from_a_row_is_no_common_effect():
    def rule(name, when):
        return rule_of(name, Exists(fact="purchase", alias="p", where=when), Recommend(
            action="cross_sell", arguments={"category": Ref(alias="p", property="category")}))

    few, many = (Test(property="orders_90d", op=Op.GE, operand=number) for number in (1, 3))
    assert found(rule("a", many), rule("b", few)) == set()
