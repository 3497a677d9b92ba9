"""What is found in a set of rules before it is saved or published, and what is not."""

from dataclasses import dataclass, replace

import pytest

from kb.errors import InvalidRule
from kb.model.condition import ALWAYS, And, Concluded, Exists, Known, Not, Op, Or, Quantile, Ref, Test, Unknown, none_of
from kb.model.rule import Conclude, Example, Recommend, Require, Rule
from ontology.extension import extension_turtle
from ontology.schema import load_schema, schema_of
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.lint import FindingKind, Severity, check_release, demand_sound
from rules.packs.pack import load_pack

SCHEMA = load_schema()
PACK = load_pack()
ACTIONS = {action.id: action for action in PACK.actions}
SURVEY = Recommend(action="survey")
OLD, OLDER = Test(property="order_count", op=Op.GE, operand=5), Test(property="order_count", op=Op.GE, operand=9)
COMPLAINT = Test(property="kind", op=Op.EQ, operand="complaint")
COMPLAINED = Exists(fact="interaction", alias="i", where=COMPLAINT)
EXAMPLES = (Example(name="yes", customer={"order_count": 20}), Example(name="no", fires=False))


@dataclass
class Declared:
    """A number of the customer's, as a mapping declares it."""

    name: str
    labels: Text
    sensitive: bool
    type: str = "number"
    unit: str | None = None
    values: tuple = ()


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


def pairs(*rules):
    return {one.rule_id for one in check_release(rules, SCHEMA, ACTIONS) if "alone" in one.message.en}


def told(*rules, kind, schema=SCHEMA):
    """What is found of that kind: the rule and the message."""
    return [(one.rule_id, one.message) for one in check_release(rules, schema, ACTIONS) if one.kind is kind]


WOMEN = Test(property="gender", op=Op.EQ, operand="female")


def test_a_rule_that_decides_by_a_protected_attribute_is_a_warning_that_says_what_to_consider():
    [(rule, said)] = told(rule_of("women-only", And(parts=(OLD, WOMEN))), kind=FindingKind.PROTECTED)
    assert rule == "women-only"
    assert said.en == ("it treats customers differently by a protected attribute (gender): gender is female; make sure"
                       " that the law or the product itself asks for it and that you could tell the customer so, or"
                       " decide by what they do or wish instead")
    assert said.zh.startswith("按受保护属性（性别）区别对待客户：性别为女。请确认法律或商品本身要求如此")
    demand_sound([rule_of("women-only", WOMEN)], SCHEMA, ACTIONS)


@pytest.mark.parametrize(("when", "names"), [
    (Not(part=WOMEN), "gender"), (Or(parts=(OLD, WOMEN)), "gender"),
    (Test(property="age", op=Op.LT, operand=18), "age"),
    (And(parts=(WOMEN, Test(property="age_high", op=Op.LT, operand=30))), "age, at most, gender"),
    (Exists(fact="purchase", alias="p", where=Test(property="orders_all", op=Op.GT,
                                                   operand=Ref(alias="customer", property="age"))), "age"),
])
def test_a_protected_attribute_is_found_wherever_it_is_tested(when, names):
    [(_, said)] = told(rule_of("r", when), kind=FindingKind.PROTECTED)
    assert said.en.startswith(f"it treats customers differently by a protected attribute ({names}): ")


@pytest.mark.parametrize("when", [Known(property="gender"), And(parts=(OLD, Unknown(property="age"))),
                                  Test(property="city", op=Op.EQ, operand="Lyon")])
def test_to_ask_whether_one_is_known_is_no_difference_by_it(when):
    assert told(rule_of("r", when), kind=FindingKind.PROTECTED) == []


def test_a_rule_that_rests_on_a_conclusion_drawn_by_one_is_told_at_any_distance():
    lady = rule_of("lady", WOMEN, Conclude(kind="lady", value="yes"))
    likes = rule_of("likes", And(parts=(OLD, Concluded(kind="lady", value="yes"))), Conclude(kind="likes", value="tea"))
    offer = rule_of("offer", Concluded(kind="likes", value="tea"))
    found_in = dict(told(lady, likes, offer, kind=FindingKind.PROTECTED))
    assert sorted(found_in) == ["lady", "likes", "offer"]
    assert found_in["offer"].en.startswith("by way of the conclusion 'likes = tea', drawn by likes, it treats")
    assert "该结论由规则“likes”得出" in found_in["offer"].zh


def test_one_that_is_put_into_the_offer_is_told():
    survey = replace(ACTIONS["survey"], parameters=("age",))
    rule = rule_of("r", OLD, Recommend(action="survey", arguments={"age": Ref(alias="customer", property="age")}))
    said = [one.message.en for one in check_release([rule], SCHEMA, {"survey": survey})
            if one.kind is FindingKind.PROTECTED]
    assert len(said) == 1
    assert said[0].startswith("it puts a protected attribute (age) into what it recommends")


@pytest.mark.parametrize(("name", "zh", "en", "is_sensitive"), [
    ("birth_year", "年份", "year", False), ("segment", "婚姻状况", "status", False), ("col_7", "七", "Sex", False),
    ("senior_citizen", "老客", "long-standing", False), ("tier", "等级", "tier", True),
])
def test_what_a_mapping_declares_is_protected_where_it_says_so_or_goes_by_such_a_word(name, zh, en, is_sensitive):
    schema = schema_of(extension_turtle([Declared(name, Text(zh=zh, en=en), is_sensitive)]))
    [(_, said)] = told(rule_of("r", Test(property=name, op=Op.EQ, operand=1)), kind=FindingKind.PROTECTED,
                       schema=schema)
    assert f"({en})" in said.en


@pytest.mark.parametrize(("name", "en"), [("average", "usage"), ("agent", "package"), ("essex", "homepage")])
def test_a_word_that_only_holds_the_letters_of_one_is_not_protected(name, en):
    schema = schema_of(extension_turtle([Declared(name, Text.same(en), False)]))
    assert told(rule_of("r", Test(property=name, op=Op.EQ, operand=1)), kind=FindingKind.PROTECTED, schema=schema) == []


def number(name, op, operand):
    return Test(property=name, op=op, operand=operand)


SILENT_36, POOR = number("recency_days", Op.GE, 36), number("monetary_30d", Op.LT, 31)


def test_a_test_that_another_implies_is_a_warning_that_names_both():
    rule = rule_of("r", And(parts=(number("age", Op.GT, 5), COMPLAINED, number("age", Op.GT, 3))))
    [(name, said)] = told(rule, kind=FindingKind.IDLE_TEST)
    assert name == "r"
    assert said == Text(zh="“年龄大于 3 岁”是多余的：只要“年龄大于 5 岁”成立，它就成立",
                        en="'age is above 3 years' adds nothing: it holds whenever this does: age is above 5 years")


def test_a_test_that_the_definitions_imply_is_told_as_such():
    [(_, said)] = told(rule_of("r", And(parts=(POOR, SILENT_36))), kind=FindingKind.IDLE_TEST)
    assert said.en == ("by the definitions of the indicators, 'spend of the last month is below 31' adds nothing: it"
                       " holds whenever this does: days since the last order is at least 36 days")
    assert said.zh.startswith("按指标的定义，“")


@pytest.mark.parametrize(("parts", "idle"), [
    ((SILENT_36, POOR), 1), ((number("recency_days", Op.GE, 29), POOR), 0),
    ((number("recency_days", Op.GE, 30), POOR), 1), ((SILENT_36, number("monetary_90d", Op.LT, 31)), 0),
    ((SILENT_36, number("order_count", Op.GE, 1)), 1),
    ((number("order_gap_std", Op.GT, 1), number("order_count", Op.GE, 3)), 1),
    ((number("order_gap_std", Op.GT, 1), number("order_count", Op.GE, 4)), 0),
    ((number("monetary_30d", Op.GT, 0), number("recency_days", Op.LT, 30)), 1),
    ((number("monetary_30d", Op.GT, 0), number("recency_days", Op.LT, 29)), 0),
    ((OLD, OLD), 1), ((OLDER, OLD, number("order_count", Op.GE, 7)), 2),
    ((number("age", Op.GT, 3), Known(property="age")), 1), ((number("age", Op.GT, 3), number("age", Op.LT, 9)), 0),
    ((OLD, Or(parts=(COMPLAINED, number("order_count", Op.GE, 1)))), 1),
    ((COMPLAINED, Exists(fact="interaction", alias="j", where=And(parts=()))), 1),
    ((Or(parts=(OLD, OLDER)), COMPLAINED), 1), ((Or(parts=(OLD, COMPLAINED)),), 0),
    ((Or(parts=(And(parts=(OLDER, OLD)), COMPLAINED)),), 1), ((Not(part=And(parts=(OLDER, OLD))),), 0),
    ((Or(parts=(Known(property="age"), Unknown(property="age"))), OLD), 1),
])
def test_as_many_tests_are_idle_as_the_rule_could_do_without(parts, idle):
    assert len(told(rule_of("r", And(parts=parts)), kind=FindingKind.IDLE_TEST)) == idle


@pytest.mark.parametrize(("where", "idle"), [
    (And(parts=(number("orders_7d", Op.GE, 2), number("orders_90d", Op.GE, 1))), 1),
    (And(parts=(number("last_days_ago", Op.GE, 40), number("orders_30d", Op.EQ, 0))), 1),
    (And(parts=(number("orders_30d", Op.EQ, 0), number("last_days_ago", Op.GE, 30))), 1),
    (And(parts=(number("last_days_ago", Op.GE, 40), number("first_days_ago", Op.GE, 20))), 1),
    (And(parts=(number("first_days_ago", Op.GE, 40), number("last_days_ago", Op.GE, 20))), 0),
    (And(parts=(number("spend_30d", Op.LE, 0), number("last_days_ago", Op.GE, 30))), 1),
    (And(parts=(number("last_days_ago", Op.GE, 29), number("spend_30d", Op.LE, 0))), 0),
])
def test_tests_of_a_row_are_looked_at_too(where, idle):
    rule = rule_of("r", Exists(fact="purchase", alias="p", where=where))
    assert len(told(rule, kind=FindingKind.IDLE_TEST)) == idle


def test_what_the_constants_of_this_base_happen_to_imply_is_not_told():
    """The next import makes other constants; that the figure is known they always say."""
    top = Test(property="recency_days", op=Op.GE, operand=36, quantile=Quantile(at=0.9))
    assert told(rule_of("r", And(parts=(top, POOR))), kind=FindingKind.IDLE_TEST) == []
    assert told(rule_of("r", And(parts=(SILENT_36, top))), kind=FindingKind.IDLE_TEST) == []
    assert len(told(rule_of("r", And(parts=(top, number("order_count", Op.GE, 1)))), kind=FindingKind.IDLE_TEST)) == 1


def test_what_the_definitions_rule_out_is_a_warning_and_no_error():
    """Facts that somebody made up by hand, for an example, need not keep to them."""
    rule = rule_of("r", And(parts=(SILENT_36, number("monetary_30d", Op.GT, 0))))
    findings = check_release([rule], SCHEMA, ACTIONS)
    assert [(one.kind, one.severity) for one in findings if one.kind is not FindingKind.CONTENT] == [
        (FindingKind.NEVER, Severity.WARNING)]
    assert findings[-1].message.en.startswith("by the definitions of the indicators, the condition can never hold")


def test_rules_that_differ_by_a_protected_attribute_alone_are_a_warning():
    def aged(op):
        return And(parts=(OLD, Test(property="age", op=op, operand=60)))

    assert pairs(rule_of("a", aged(Op.GE)), rule_of("b", aged(Op.LT))) == {"b"}
    assert pairs(rule_of("a", OLD), rule_of("b", aged(Op.LT))) == {"b"}
    assert pairs(rule_of("a", aged(Op.GE)), rule_of("b", And(parts=(OLDER, COMPLAINED)))) == set()


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
    said = [one.message.en for one in check_release([rule], SCHEMA, ACTIONS) if one.kind is FindingKind.UNTESTED]
    assert said == ["no example depends on these not to hold: kind of interaction is complaint",
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
