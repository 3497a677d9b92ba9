"""Every recorded fault of durable_rules by its name: the shape is refused when a rule is saved, or does no harm.

The names are those of the reproducers in ``../shared/engine/cases.py``; ``test_no_recorded_fault_is_forgotten`` holds
this list against that file where it is at hand.
"""

import ast
import inspect
import re

import pytest

from kb.errors import InvalidRule
from kb.model.condition import And, Exists, Known, Not, Op, Or, Ref, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.engine import wrapper
from rules.engine.patterns import MOST_TESTS_BETWEEN_ROWS
from rules.engine.program import compile_program
from rules.engine.trial import ProgramTrial
from rules.formats import rule_from_toml
from rules.interpreter import compile_rules, fired_ids
from rules.lint import check_rule, check_rules

SCHEMA = load_schema()
WHOLE = {"id": "r", "name": {"zh": "规则", "en": "rule"}, "author": "test", "then": {"require": "family:care"}}


def rule_of(name, when, then=None):
    return Rule(id=name, name=Text.same(name), when=when, then=then or Require(family="care"), author="test")


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def told(customer=None, key="c", **related):
    return Facts(customer_key=key, as_of=0, customer=customer or {}, related={
        fact: tuple(Row(key="7", values=values) for values in rows) for fact, rows in related.items()})


def of(alias, name):
    return Ref(alias=alias, property=name)


def bought(where, alias="p", **more):
    return Exists(fact="purchase", alias=alias, where=where, **more)


def asked(name, op, value):
    return {"property": name, "op": op, "value": value}


def written(**table):
    """A whole rule as TOML with some of it replaced."""
    return {**WHOLE, "when": {"known": "age"}, **table}


SUM = {"add": ["$customer.age_low", 1]}
JOIN = {"exists": "purchase", "as": "p", "where": asked("category", "=", "$custmer.preferred_category")}
FOUR = {"exists": "purchase", "as": "a", "where": {"all": [
    {"exists": "purchase", "as": name} for name in ("b", "c", "d")]}}

REFUSED = {
    "w04b_missing_prop_in_arith": (asked("age", ">", SUM), "value"),
    "w09_int_eq_str_const": (asked("age", "=", "5"), "'age' is a whole number, got '5'"),
    "w09b_str_eq_int_const": (asked("city", "=", 5), "'city' is a text, got 5"),
    "w09c_str_vs_int_order": (asked("city", ">", 5), "> cannot compare 'city'"),
    "w10_string_prefix_order": (asked("city", "<", "ab!"), "< cannot compare 'city'"),
    "w10b_string_order_space": (asked("city", "<", "vip gold"), "< cannot compare 'city'"),
    "w08_join_int_str": (asked("age", "=", "$customer.city"), "'age' is a whole number, but 'city' is a text"),
    "w12_huge_int": (asked("age", "=", 10**30), "must lie between -1e15 and 1e15"),
    "w12b_int_2_53": (asked("age", "<", 9007199254740993.0), "must lie between -1e15 and 1e15"),
    "w13_iall_empty": (asked("city", "iall", []), "iall"),
    "w14_dotted_key": (asked("a.b", "=", 1), "customer has no property 'a.b'"),
    "w22_escape_order": (asked("city", "<", "aZ"), "< cannot compare 'city'"),
    "w22b_escape_regex": (asked("city", "mt", "a.b"), "mt"),
    "w22c_regex_unicode": (asked("city", "mt", "x.y"), "mt"),
    "w29_unknown_alias": (JOIN, "refers to 'custmer', which is not in scope here"),
    "w30d_join_array": (asked("age", "=", [1]), "= compares 'age' with one value, got a list"),
    "w34_array_any": (asked("city", "iany", "vip"), "iany"),
    "w34b_array_any_two_conditions": ({"all": [asked("city", "iany", "vip"), asked("age", "=", 5)]}, "iany"),
    "w34c_array_obj_and": (asked("city", "iany", {"price": 10}), "iany"),
    "w38_int_div": (asked("age", ">", {"div": ["$customer.age_low", 2]}), "value"),
    "w38b_int_overflow": (asked("age", "<", {"mul": ["$customer.age_low", 4]}), "value"),
    "c01_div_zero": (asked("age", ">", {"div": [10, "$customer.age_low"]}), "value"),
    "c01b_div_zero_float": (asked("age", ">", {"div": [10.0, "$customer.loyalty"]}), "value"),
    "c11_17_patterns": (FOUR, "4 related facts are joined"),
    "c14_float_in_rule": (asked("loyalty", ">", float("inf")), "must lie between -1e15 and 1e15"),
    "w15c_eq_null": (asked("age", "=", None), "value"),
    "c12_nul_surrogate": (asked("city", "=", "\ud800"), "has no UTF-8 form"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_shape_is_refused_when_the_rule_is_saved(case):
    when, words = REFUSED[case]
    with pytest.raises(InvalidRule, match=re.escape(words)):
        check_rule(rule_from_toml(written(when=when)), SCHEMA, {})


BAD = [{"all": 5}, {"all": [5]}, {"all": [{}]}, {}, 5, {"any": [{"$and": []}]}, {"$foo": {"age": 1}},
       asked("age", "$gt", 1), {"property": "age"}, {"property": "age", "op": "="}, asked("age", "=", [1, 2]),
       asked("age", "in", []), {"exists": "purchase", "where": {}}, {"known": 5}]


@pytest.mark.parametrize("when", BAD, ids=repr)
def test_a_malformed_rule_is_refused_with_a_message(when):  # c15
    with pytest.raises(InvalidRule) as caught:
        check_rule(rule_from_toml(written(when=when)), SCHEMA, {})
    assert caught.value.message


@pytest.mark.parametrize(("key", "value"), [("pri", -1), ("pri", 70_000), ("count", 2), ("run", "code")])
def test_nothing_of_the_engine_can_be_written_into_a_rule(key, value):  # w25, w28
    with pytest.raises(InvalidRule, match=key):
        rule_from_toml(written(**{key: value}))


ORDERS = ("orders_7d", "orders_30d", "orders_90d", "orders_365d", "orders_all")
COUNTS = ("order_count", "view_count", "age", "age_low", "age_high", "recency_days", "joined_days_ago")
JOINS = tuple(comparison(name, Op.EQ, of("customer", count)) for name in ORDERS for count in COUNTS)


def test_as_many_tests_between_two_facts_as_the_engine_takes_may_be_saved_and_no_more(fired):  # c11b
    most = rule_of("most", bought(And(parts=JOINS[:MOST_TESTS_BETWEEN_ROWS])))
    facts = told(dict.fromkeys(COUNTS, 1), purchase=[dict.fromkeys(ORDERS, 1)])
    check_rule(most, SCHEMA, {})
    assert fired(compile_rules([most], SCHEMA), [facts]) == [{"most"}]
    for many in (bought(And(parts=JOINS)), none_of("purchase", "p", And(parts=JOINS))):
        with pytest.raises(InvalidRule, match="35 tests compare a row of purchase with other facts, expected at most"):
            check_rule(rule_of("many", many), SCHEMA, {})


@pytest.mark.parametrize("things", [
    [Not(part=bought(comparison("orders_7d", Op.EQ, number), f"p{number}")) for number in range(151)],
    [comparison("city", Op.NOT_IN, (f"C{number}", "D")) for number in range(151)],
], ids=["rows", "choices"])
def test_a_rule_that_asks_more_of_a_customer_than_one_fact_of_the_engine_holds_is_refused(things):  # c06
    check_rule(rule_of("most", And(parts=tuple(things[:150]))), SCHEMA, {})
    with pytest.raises(InvalidRule, match="asks 151 things of a customer at once, expected at most 150"):
        check_rule(rule_of("many", And(parts=tuple(things))), SCHEMA, {})


def test_a_row_with_more_properties_than_the_engine_takes_never_reaches_it(fired):  # c06
    choices = [bought(comparison("category", Op.IN, (f"C{number}", f"D{number}"))) for number in range(260)]
    ruleset = compile_rules([rule_of(str(number), when) for number, when in enumerate(choices)], SCHEMA)
    people = [told(purchase=[{"category": "C5"}]), told(purchase=[{"orders_7d": 1}])]
    assert fired(ruleset, people) == [None, frozenset()]


SAME = comparison("category", Op.EQ, of("customer", "preferred_category"))
AGED = comparison("age", Op.EQ, 1)
TEA, JAM = (comparison("category", Op.EQ, name) for name in ("TEA", "JAM"))
COMPLAINED = Exists(fact="interaction", alias="i", where=comparison("category", Op.EQ, of("p", "category")))
LIKES_TEA = {"preferred_category": "TEA"}
ANSWERED = {
    "w01a_none_ignored_if_later": (told(LIKES_TEA, purchase=[{"category": "TEA"}]), (none_of("purchase", "p", SAME),),
                                   set()),
    "w01b_none_ok_if_earlier": (told(LIKES_TEA, purchase=[{"category": "JAM"}]), (none_of("purchase", "p", SAME),),
                                {0}),
    "w01c_none_kills_unrelated_rule": (told({**LIKES_TEA, "age": 1}, purchase=[{"category": "TEA"}]), (
        AGED, none_of("purchase", "p", SAME)), {0}),
    "w02_none_kills_other_join": (told(LIKES_TEA, purchase=[{"category": "TEA"}], interaction=[{"category": "TEA"}]), (
        none_of("purchase", "p", SAME), Exists(fact="interaction", alias="i", where=SAME)), {1}),
    "w03_none_first": (told({"age": 1}), (And(parts=(none_of("purchase", "p", TEA), AGED)),), {0}),
    "w03b_none_first_suppress": (told({"age": 1}, purchase=[{"category": "TEA"}]), (
        And(parts=(none_of("purchase", "p", TEA), AGED)),), set()),
    "w04_uninit_missing_prop": (told({"age": 5}), (comparison("age", Op.GT, of("customer", "age_low")),), set()),
    "w05_or_mixed_alpha_join": (told(LIKES_TEA, purchase=[{"category": "JAM", "orders_90d": 1}]), (
        bought(Or(parts=(comparison("orders_90d", Op.EQ, 1), SAME))),), {0}),
    "w06_and_after_or_of_joins": (told({"age": 1, "age_low": 2, "age_high": 3}, purchase=[
        {"orders_7d": 1, "orders_30d": 2, "orders_90d": 99}]), (bought(And(parts=(
            Or(parts=(comparison("orders_7d", Op.EQ, of("customer", "age")),
                      comparison("orders_30d", Op.EQ, of("customer", "age_low")))),
            comparison("orders_90d", Op.EQ, of("customer", "age_high"))))),), set()),
    "w07_join_int_float": (told({"age": 1}, purchase=[{"spend_90d": 1.0}]), (
        bought(comparison("spend_90d", Op.EQ, of("customer", "age"))),), {0}),
    "w15_neq_null": (told(), (comparison("age", Op.NE, 5),), set()),
    "w15b_neq_missing": (told({"city": "a"}), (comparison("age", Op.NE, 5),), set()),
    "w15d_ex_null": (told({"city": "a"}), (Known(property="age"), Known(property="city")), {1}),
    "w16_or_double_fire": (told({"age": 1, "age_low": 1}), (Or(parts=(AGED, comparison("age_low", Op.EQ, 1))),), {0}),
    "w17_id_collision": (told(purchase=[{"category": "TEA"}], interaction=[{"category": "TEA"}]), (
        bought(COMPLAINED),), {0}),
    "w18_autoid_type": (told(purchase=[{"category": "5"}, {"category": "5"}]), (
        bought(comparison("category", Op.EQ, "5"), at_least=2),), {0}),
    "w20_batch_truncated": (told(purchase=[{"spend_90d": 1.0}, {"spend_90d": 1e-05}, {"category": "TEA"}]), (
        bought(comparison("spend_90d", Op.GT, 0.5)), bought(TEA), bought(comparison("spend_90d", Op.LT, 0.5))),
                            {0, 1, 2}),
    "w23_chinese_eq": (told({"city": "武汉"}), (comparison("city", Op.EQ, "武汉"), comparison("city", Op.EQ, "武")),
                       {0}),
    "w24_quote_in_value": (told({"city": 'say "hi"'}), (comparison("city", Op.EQ, 'say "hi"'),), {0}),
    "w26b_stack64_nested": (told({"age": 1000, "city": "a"}), tuple(And(parts=(
        comparison("city", Op.EQ, "a"), comparison("age", Op.GT, number))) for number in range(100)), set(range(100))),
    "w26c_stack_chain": (told({"age": 1000, "age_low": 1, "age_high": 1}), tuple(And(parts=(
        comparison("age_low" if number < 50 else "age_high", Op.EQ, 1), comparison("age", Op.GT, number)))
        for number in range(100)), set(range(100))),
    "w28_dup_not_handled_count": (told(purchase=[{"orders_7d": 1}, {"orders_7d": 2}, {"orders_7d": 3}]), (
        bought(Known(property="orders_7d"), at_least=2), bought(Known(property="orders_7d"), at_least=4),
        bought(Known(property="orders_7d"), at_least=0, at_most=2)), {0}),
    "w30_join_missing_on_left": (told({"age": 1}, purchase=[{"category": "TEA"}]), (bought(SAME),), set()),
    "w30b_join_null": (told(LIKES_TEA, purchase=[{"orders_7d": 1}]), (bought(SAME),), set()),
    "w30c_join_null_neq": (told(LIKES_TEA, purchase=[{"orders_7d": 1}]), (
        bought(comparison("category", Op.NE, of("customer", "preferred_category"))),), set()),
    "w31_forward_key": (told({"age": 1, "$forward": 0}), (Or(parts=(AGED, comparison("age", Op.EQ, 9))),), {0}),
    "w32_any_top": (told({"age_low": 1}), (Or(parts=(AGED, comparison("age_low", Op.EQ, 1))),), {0}),
    "w33_nested_all_in_any": (told(purchase=[{"category": "TEA", "orders_7d": 1}, {"category": "JAM", "orders_7d": 2}]),
                              tuple(Or(parts=tuple(And(parts=(
                                  bought(And(parts=(TEA, comparison("orders_7d", Op.EQ, one))), f"p{one}"),
                                  bought(And(parts=(JAM, comparison("orders_7d", Op.EQ, other))), f"q{one}")))
                                  for one, other in pairs)) for pairs in (((1, 1), (2, 2)), ((1, 2), (2, 1)))), {1}),
    "w36_sharing_eq_prefix": (told({"city": "x", "age": 6, "age_low": 1}), (
        And(parts=(comparison("city", Op.EQ, "x"), comparison("age", Op.GT, 5))),
        And(parts=(comparison("city", Op.EQ, "x"), comparison("age", Op.GT, 5), comparison("age_low", Op.EQ, 1)))),
                              {0, 1}),
    "w37_float_join_precision": (told({"loyalty": 0.12345678}, purchase=[{"spend_90d": 0.12345679}]), (
        bought(comparison("spend_90d", Op.EQ, of("customer", "loyalty"))),), set()),
    "c02_empty_fact_batch": (told(purchase=[{}]), (bought(TEA), Not(part=bought(TEA, "q"))), {1}),
    "c02b_empty_fact_single": (told(), (AGED, Not(part=Known(property="age"))), {1}),
    "c02c_empty_nested": (told(purchase=[{}, {"category": "TEA"}]), (bought(TEA),), {0}),
    "c02d_empty_list": (told(purchase=[]), (bought(TEA), none_of("purchase", "p", TEA)), {1}),
    "c04_long_nested_key": (told({"age": 1, "k" * 1_000_000: 1}), (AGED,), {0}),
    "c05_deep_nest": (told({"age": 1, "d": [[[[1]]]]}), (AGED,), {0}),
    "c05b_deep_array": (told({"age": 1}, purchase=[{"category": "TEA", "d": [[]]}]), (bought(TEA),), {0}),
    "c06_many_props": (told({"age": 1, **{f"p{number}": number for number in range(300)}}), (AGED,), {0}),
    "c09_root_512": (told({"age": 5}), tuple(comparison("age", Op.EQ, number) for number in range(512)), {5}),
    "c09b_root_600": (told({"age": 5}), tuple(comparison("age", Op.GT, number) for number in range(600)),
                      set(range(5))),
    "c09c_value_600": (told({"city": "s17"}), tuple(comparison("city", Op.EQ, f"s{number}") for number in range(600)),
                       {17}),
    "c10_4097_rules": (told({"age": 7}), tuple(comparison("age", Op.EQ, number) for number in range(4_097)), {7}),
    "c10b_10000_rules": (told({"age": 7}), tuple(comparison("age", Op.EQ, number) for number in range(10_000)), {7}),
    "c19_issue381": (told({"age": 100}, purchase=[{"category": "TEA", "orders_7d": 200}]), (
        And(parts=(comparison("age", Op.GT, 10), bought(And(parts=(
            TEA, comparison("orders_7d", Op.GT, of("customer", "age"))))))),
        And(parts=(comparison("age", Op.GT, 50), bought(And(parts=(
            TEA, comparison("orders_7d", Op.LT, of("customer", "age")))))))), {0}),
}


@pytest.fixture(scope="module")
def fired():
    """What the engine says fires for each customer, ``None`` where a value must not reach it."""
    with ProgramTrial(cpu_seconds=0) as trial:
        yield lambda ruleset, people: [said and said[0] for said in trial.read(compile_program(ruleset), people)]


@pytest.mark.parametrize("case", ANSWERED)
def test_the_shape_does_no_harm(fired, case):
    facts, conditions, expected = ANSWERED[case]
    rules = [rule_of(str(number), when) for number, when in enumerate(conditions)]
    check_rules(rules[:50], SCHEMA, {})
    ruleset = compile_rules(rules, SCHEMA)
    assert fired(ruleset, [facts]) == [{str(number) for number in expected}] == [fired_ids(ruleset, facts)[0]]


LEFT_TO_PYTHON = {
    "w11_long_string_trunc": (comparison("city", Op.EQ, "abc"), "abc" + "x" * 65_536),
    "w11b_long_equal_zero": (comparison("city", Op.EQ, ""), "x" * 65_536),
    "w21_batch_inf": (comparison("loyalty", Op.GT, 1), float("inf")),
    "c13_float_forms": (comparison("loyalty", Op.GT, 1), 1.5e300),
}


@pytest.mark.parametrize("case", LEFT_TO_PYTHON)
def test_a_value_that_the_engine_mistakes_never_reaches_it(fired, case):
    test, value = LEFT_TO_PYTHON[case]
    other = told({test.property: test.operand, "age": 1})
    ruleset = compile_rules([rule_of("r", test), rule_of("aged", AGED)], SCHEMA)
    answers = fired(ruleset, [told({test.property: value, "age": 1}), other])
    assert answers == [None, fired_ids(ruleset, other)[0]]


def test_customers_whose_keys_share_a_hash_share_nothing(fired):  # w19, w35
    keys = ("cust-645406419", "cust-770130669")
    assert hashed(keys[0]) == hashed(keys[1])
    ruleset = compile_rules([rule_of("both", And(parts=(AGED, bought(SAME))))], SCHEMA)
    parts = [told({}, keys[0], purchase=[{"category": "TEA"}]), told({"age": 1, **LIKES_TEA}, keys[1])]
    assert fired(ruleset, parts) == [frozenset(), frozenset()]


def hashed(text):
    """FNV-1a of 32 bits, by which the engine finds a state."""
    found = 2166136261
    for byte in text.encode():
        found = ((found ^ byte) * 16777619) & 0xFFFFFFFF
    return found


def test_thousands_of_customers_pass_one_after_another(fired):  # c03, c07, c08, c30
    ruleset = compile_rules([rule_of("join", bought(SAME)), rule_of("aged", AGED)], SCHEMA)
    people = [told({"age": number % 2, **LIKES_TEA} if number % 3 else {"city": "y" * 1_900},
                   "k" * 100_000 + str(number), purchase=[{"category": "TEA"}] * (number % 5 > 0))
              for number in range(1_200)]
    assert fired(ruleset, people) == [fired_ids(ruleset, facts)[0] for facts in people]


def test_a_conclusion_that_nobody_tests_is_told(fired):  # w39
    ruleset = compile_rules([rule_of("r", AGED, Conclude(kind="mood", value="bad"))], SCHEMA)
    assert fired(ruleset, [told({"age": 1})]) == [{"r"}]
    assert fired_ids(ruleset, told({"age": 1}))[1] == {("mood", "bad")}


CALLED = {"create_ruleset", "assert_fact", "start_action_for_state", "complete_and_start_action", "delete_state",
          "retract_fact", "delete_ruleset"}


def test_only_the_calls_that_were_measured_to_be_safe_are_made():  # c08, c16, c17, c18, c20, c21, c22, w40
    tree = ast.parse(inspect.getsource(wrapper))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name) and node.value.id == "durable_rules_engine"}
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert used == CALLED
    assert not any(name.startswith("durable.") for name in imported)


ELSEWHERE = {
    test_a_malformed_rule_is_refused_with_a_message: {"c15_bad_rules"},
    test_as_many_tests_between_two_facts_as_the_engine_takes_may_be_saved_and_no_more: {"c11b_33_expr"},
    test_nothing_of_the_engine_can_be_written_into_a_rule: {"w25_negative_pri", "w25b_pri_70000"},
    test_customers_whose_keys_share_a_hash_share_nothing: {"w19_sid_collision", "w35_retract_other_fact"},
    test_thousands_of_customers_pass_one_after_another: {
        "c03_long_id", "c07_sids_1024", "c30_delete_state_no_action", "c08_delete_middle_state_dispatch"},
    test_a_conclusion_that_nobody_tests_is_told: {"w39_action_assert_unhandled"},
    test_only_the_calls_that_were_measured_to_be_safe_are_made: {
        "c08b_delete_middle_state_timers", "c08c_host_delete_state", "c16_double_complete", "c17_bad_offset",
        "c18_use_after_delete", "c20_action_exception", "c21_not_handled_blocks_dispatch", "c22_host_threads",
        "c30b_delete_state_host", "w40_mutates_definition"},
}
IN_KNOWN_FAULTS = {"w26_stack64": "test_a_hundred_rules_on_one_fact",
                   "w27_beta256": "test_three_hundred_joins_on_one_pattern",
                   "w27b_nex128": "test_a_hundred_and_forty_tests_for_absence"}


@pytest.mark.shared_data
def test_no_recorded_fault_is_forgotten(shared_data):
    recorded = set(re.findall(r"@case\ndef (\w+)", (shared_data.parent / "engine" / "cases.py").read_text("utf-8")))
    held = {*REFUSED, *ANSWERED, *LEFT_TO_PYTHON, *IN_KNOWN_FAULTS, *(name for names in ELSEWHERE.values()
                                                                     for name in names)}
    assert recorded == held
