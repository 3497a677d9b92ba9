"""A rule set over tables: strata, counts, funnels, periods, and the names of its columns."""

import pytest

from kb.errors import InvalidRule, NotFound
from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Test
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.batch import BITS, BOOLEANS, compile_tables, same_for_all, tables_of
from rules.interpreter import compile_rules

SCHEMA = load_schema()


def told(key, *categories, **values):
    return Facts(customer_key=key, as_of=0, customer=values, related={
        "purchase": tuple(Row(key=category, values={"category": category}) for category in categories)})


SOURCE = tables_of([told("a", "TEA", "C7", age=20), told("b", "C7", "C99", age=40, city="Wuhan"), told("c", age=60),
                    told("d")], SCHEMA)


def rule_of(name, when, concludes=None, **period):
    then = Conclude(kind=concludes[0], value=concludes[1]) if concludes else Require(family="care")
    return Rule(id=name, name=Text.same(name), when=when, then=then, author="test", **period)


def tables(*rules, gathering=BITS):
    return compile_tables(compile_rules(rules, SCHEMA), SCHEMA, gathering=gathering)


def bought(category):
    return Exists(fact="purchase", alias="p", where=Test(property="category", op=Op.EQ, operand=category))


GROWN = Test(property="age", op=Op.GE, operand=40)
BAD, GOOD = Concluded(kind="mood", value="bad"), Concluded(kind="mood", value="good")
CHAIN = (rule_of("grown", GROWN, ("mood", "bad")), rule_of("tea", bought("TEA"), ("mood", "bad")),
         rule_of("glad", Not(part=BAD), ("care", "none")),
         rule_of("calm", And(parts=(Concluded(kind="care", value="none"), Not(part=GOOD)))))


def test_a_stratum_sees_what_all_rules_below_concluded():
    rows = {row.pop("customer_key"): row for row in tables(*CHAIN).fired(SOURCE, as_of=0).to_pyarrow().to_pylist()}
    sad = {"calm": False, "glad": False, "care=none": False, "mood=bad": True, "mood=good": False}
    assert rows == {
        "a": {**sad, "grown": False, "tea": True}, "b": {**sad, "grown": True, "tea": False},
        "c": {**sad, "grown": True, "tea": False},
        "d": {"calm": True, "glad": True, "grown": False, "tea": False, "care=none": True, "mood=bad": False,
              "mood=good": False}}


def test_counts_tell_how_many_customers_a_rule_fires_for():
    assert tables(*CHAIN).counts(SOURCE, as_of=0) == {"calm": 1, "glad": 1, "grown": 2, "tea": 1}


def test_nobody_counts_as_nought():
    assert tables(*CHAIN).counts(tables_of([], SCHEMA), as_of=0) == {"calm": 0, "glad": 0, "grown": 0, "tea": 0}


def test_the_customers_of_a_rule_need_only_what_it_builds_on():
    compiled = tables(*CHAIN, rule_of("other", bought("MILK")))
    assert set(compiled.only("calm").ruleset.rules) == {"calm", "glad", "grown", "tea"}
    assert compiled.customers(SOURCE, "calm", as_of=0).to_pyarrow()["customer_key"].to_pylist() == ["d"]


def test_a_rule_that_is_not_there_has_no_customers():
    with pytest.raises(NotFound, match="unknown rule 'x'"):
        tables(*CHAIN).customers(SOURCE, "x", as_of=0)


def test_a_funnel_tells_how_many_pass_each_test_and_those_before_it():
    steps = And(parts=(Known(property="age"), bought("C7"), GROWN, Not(part=bought("TEA")), GOOD))
    either = Or(parts=(GROWN, bought("TEA")))
    compiled = tables(rule_of("steps", steps), rule_of("either", either), rule_of("all", And(parts=())),
                      rule_of("past", GROWN, valid_to=0))
    assert compiled.funnels(SOURCE, as_of=0) == {"steps": (3, 2, 1, 1, 0), "either": (3,), "all": (4,), "past": (0,)}


@pytest.mark.parametrize(("as_of", "count"), [(9, 0), (10, 4), (19, 4), (20, 0)])
def test_a_rule_is_in_force_from_its_first_second_until_before_its_end(as_of, count):
    rules = tables(rule_of("timed", And(parts=()), valid_from=10, valid_to=20))
    assert rules.counts(SOURCE, as_of=as_of) == {"timed": count}


@pytest.mark.parametrize("gathering", [BITS, BOOLEANS])
def test_more_tests_than_a_column_has_bits_are_all_answered(gathering):
    compiled = tables(*(rule_of(f"r{number}", bought(f"C{number}")) for number in range(130)), gathering=gathering)
    assert {rule: count for rule, count in compiled.counts(SOURCE, as_of=0).items() if count} == {"r7": 2, "r99": 1}


def test_equal_tests_of_different_rules_are_answered_once():
    one, two = bought("TEA"), Exists(fact="purchase", alias="other", where=bought("TEA").where)
    none = Exists(fact="purchase", alias="n", where=one.where, at_least=0, at_most=0)
    (read,) = tables(rule_of("x", one), rule_of("y", two), rule_of("z", none)).passes
    assert len({asked.where for asked in read.tests}) == 1


def test_what_is_true_of_the_moment_is_true_for_everybody():
    cart = (Row(key="cart:TEA", days_ago=0, values={"signal": "cart", "category": "TEA", "number": 2}),)
    moment = same_for_all(SOURCE["customer"], cart, SCHEMA.facts["moment"])
    in_cart = Exists(fact="moment", alias="m", where=Test(property="category", op=Op.EQ, operand="TEA"))
    compiled = tables(rule_of("in_cart", in_cart), rule_of("empty", Not(part=in_cart)))
    assert compiled.counts({**SOURCE, "moment": moment}, as_of=0) == {"in_cart": 4, "empty": 0}
    assert compiled.counts({**SOURCE, "moment": same_for_all(SOURCE["customer"], (), SCHEMA.facts["moment"])},
                           as_of=0) == {"in_cart": 0, "empty": 4}


def test_a_property_without_a_column_is_unknown():
    bare = {**SOURCE, "customer": SOURCE["customer"].select("customer_key")}
    assert tables(rule_of("x", Known(property="age"))).counts(bare, as_of=0) == {"x": 0}


def test_a_fact_type_without_a_table_is_told():
    with pytest.raises(NotFound, match="no table of them; given: customer"):
        tables(rule_of("x", bought("TEA"))).fired({"customer": SOURCE["customer"]}, as_of=0)


@pytest.mark.parametrize("rules", [
    (rule_of("Rule", GROWN), rule_of("rule", GROWN)), (rule_of("customer_key", GROWN),),
    (rule_of("mood=bad", GROWN), rule_of("other", BAD)),
])
def test_columns_that_only_case_tells_apart_are_refused(rules):
    with pytest.raises(InvalidRule, match="same column"):
        tables(*rules)


@pytest.mark.parametrize("name", ["by", "having", "self", "客户 1", 'say "hi"', "it's", "customer__age", "_rule_0",
                                  "a.b"])
def test_a_rule_may_be_called_anything_else(name):
    assert tables(rule_of(name, GROWN)).counts(SOURCE, as_of=0) == {name: 2}


def test_a_conclusion_inside_exists_is_refused():
    with pytest.raises(InvalidRule, match="inside 'exists' of purchase"):
        tables(rule_of("x", Exists(fact="purchase", alias="p", where=BAD)))


def test_no_rules_leave_the_customers():
    compiled = tables()
    assert compiled.fired(SOURCE, as_of=0).columns == ("customer_key",)
    assert (compiled.counts(SOURCE, as_of=0), compiled.funnels(SOURCE, as_of=0)) == ({}, {})
