"""The shapes on which durable_rules goes wrong, as Zhike writes them: harmless, or never written at all."""

import orjson
import pytest

from kb.model.condition import And, Exists, Known, Not, Op, Or, Ref, Test, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.engine.patterns import BUCKET, MOST_PATTERNS
from rules.engine.pool import ENGINE, EnginePool
from rules.engine.program import compile_program
from rules.interpreter import compile_rules

SCHEMA = load_schema()


def rule_of(name, when):
    return Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test")


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def answered(facts, *conditions):
    """The numbers of the conditions that the engine says hold."""
    rules = compile_rules([rule_of(f"{number}", when) for number, when in enumerate(conditions)], SCHEMA)
    with EnginePool(rules, workers=1, deadline=5.0) as pool:
        answer = pool.fire(rules, facts)
    assert answer.engine == ENGINE
    return {int(rule) for rule in answer.rule_ids}


def told(customer=None, **related):
    return Facts(customer_key="c", as_of=0, customer=customer or {}, related={
        fact: tuple(Row(key=str(number), values=values) for number, values in enumerate(rows))
        for fact, rows in related.items()})


SAME = comparison("category", Op.EQ, Ref(alias="customer", property="preferred_category"))


def test_a_negation_sees_rows_in_whatever_order_they_come():  # w01, w02, w03
    barred = none_of("interaction", "i", comparison("category", Op.EQ, Ref(alias="p", property="category")))
    facts = told({"preferred_category": "TEA"}, purchase=[{"category": "TEA"}], interaction=[{"category": "TEA"}])
    assert answered(facts, none_of("purchase", "p", SAME), Exists(fact="purchase", alias="p", where=barred),
                    Exists(fact="purchase", alias="p", where=SAME)) == {2}


def test_a_test_against_a_missing_property_matches_nothing():  # w04, w30
    both = comparison("age", Op.GT, Ref(alias="customer", property="age_low"))
    assert answered(told({"age": 5}, purchase=[{"category": "TEA"}]), both, Not(part=both),
                    Exists(fact="purchase", alias="p", where=SAME)) == set()


def test_or_over_constants_and_joins_keeps_every_join():  # w05, w06
    either = Or(parts=(comparison("orders_90d", Op.EQ, 7), SAME))
    where = And(parts=(either, comparison("spend_90d", Op.GT, Ref(alias="customer", property="loyalty"))))
    facts = told({"preferred_category": "TEA", "loyalty": 1}, purchase=[{"category": "TEA", "spend_90d": 0.5},
                                                                      {"orders_90d": 7, "spend_90d": 1}])
    assert answered(facts, Exists(fact="purchase", alias="p", where=where),
                    Exists(fact="purchase", alias="p", where=either)) == {1}


def test_whole_and_decimal_numbers_join():  # w07
    equal = comparison("spend_90d", Op.EQ, Ref(alias="customer", property="order_count"))
    assert answered(told({"order_count": 1}, purchase=[{"spend_90d": 1.0}]),
                    Exists(fact="purchase", alias="p", where=equal)) == {0}


def test_numbers_that_differ_in_the_ninth_decimal_differ():  # w37
    equal = comparison("spend_90d", Op.EQ, Ref(alias="customer", property="loyalty"))
    assert answered(told({"loyalty": 0.123456781}, purchase=[{"spend_90d": 0.123456782}]),
                    Exists(fact="purchase", alias="p", where=equal),
                    comparison("loyalty", Op.EQ, 0.123456781), comparison("loyalty", Op.EQ, 0.12345678)) == {1}


def test_not_equal_needs_a_value():  # w15
    assert answered(told(), comparison("city", Op.NE, "Wuhan"), Not(part=comparison("city", Op.EQ, "Wuhan"))) == set()


def test_rows_of_equal_content_are_two_facts():  # w17, w18
    one, other = (comparison("score", Op.GE, 1), comparison("score", Op.LE, 1))
    pair = Exists(fact="interaction", alias="a", where=And(parts=(one, Exists(fact="interaction", alias="b", where=And(
        parts=(other, comparison("score", Op.EQ, Ref(alias="a", property="score"))))))))
    assert answered(told(interaction=[{"score": 1}]), pair) == {0}  # one row may serve two patterns


def test_a_hundred_rules_on_one_fact():  # w26
    rules = [comparison("age", Op.GT, number) for number in range(100)]
    assert answered(told({"age": 200}), *rules) == set(range(100))


def test_three_hundred_joins_on_one_pattern():  # w27
    rules = [Exists(fact="purchase", alias="p", where=And(parts=(SAME, comparison("orders_90d", Op.EQ, number))))
             for number in range(300)]
    facts = told({"preferred_category": "TEA"}, purchase=[{"category": "TEA", "orders_90d": n} for n in (5, 299)])
    assert answered(facts, *rules) == {5, 299}


def test_a_hundred_and_forty_tests_for_absence():  # w27b
    names = [name for name in SCHEMA.facts["customer"].properties if name != "age"]
    rules = [And(parts=(comparison("age", Op.GT, number), Not(part=Known(property=names[number % len(names)]))))
             for number in range(140)]
    assert answered(told({"age": 1000}), *rules) == set(range(140))


def test_joins_that_fail_one_after_another():  # c19
    joins = [Exists(fact="purchase", alias="p", where=And(parts=(SAME, comparison(
        "spend_90d", op, Ref(alias="customer", property="monetary_total"))))) for op in (Op.GT, Op.LT, Op.EQ, Op.NE)]
    facts = told({"preferred_category": "TEA", "monetary_total": 5}, purchase=[{"category": "TEA", "spend_90d": 4}])
    assert answered(facts, *joins) == {1, 3}


ODD = ["", " ", "'", '"', "\\", "\\\\", "\x00", "\n", "\u2028", "💎", "{", "}]", ",", "$m", "客户", "x" * 1990]


@pytest.mark.parametrize("word", ODD)
def test_odd_texts_equal_themselves_alone(word):  # c12, w22, w24
    join = Exists(fact="purchase", alias="p", where=SAME)
    equal, other = (comparison("preferred_category", op, word) for op in (Op.EQ, Op.NE))
    bought = [{"category": word}]
    assert answered(told({"preferred_category": word}, purchase=bought), join, equal, other) == {0, 1}
    assert answered(told({"preferred_category": word + "x"}, purchase=bought), join, equal) == set()


@pytest.mark.parametrize("number", [1e-9, -1e-9, 1e14, -1e14, 0.1, 123456789.123456789, -0.0, 2**49])
def test_odd_numbers_equal_themselves_alone(number):  # c13, c14
    assert answered(told({"monetary_total": number}), comparison("monetary_total", Op.EQ, number),
                    comparison("monetary_total", Op.GE, number), comparison("monetary_total", Op.GT, number)) == {0, 1}


FORBIDDEN = {"$or", "$mt", "$imt", "$add", "$sub", "$mul", "$div", "$iany", "$iall"}


def test_the_subset_is_never_left():
    """No disjunction, no arithmetic, no list, no regular expression; patterns and siblings within their limits."""
    rules = [Exists(fact="purchase", alias="p", where=And(parts=(SAME, none_of("interaction", "i", comparison(
        "category", Op.IN, (f"C{number}", "D")))))) for number in range(200)]
    program = compile_program(compile_rules([rule_of(f"{n}", when) for n, when in enumerate(rules)], SCHEMA))
    for stage in (*program.loadable.rows, *(stage for stages in program.loadable.strata for stage in stages)):
        assert not FORBIDDEN & set(words_in(orjson.loads(stage.text)))
        sheet = [rule for name, rule in orjson.loads(stage.text).items() if name != "~end"]
        assert all(rule["dist"] == 0 for rule in sheet)
        heads = [tuple(orjson.dumps(test) for test in tests["$and"][:2]) for rule in sheet for pattern in rule["all"]
                 for tests in pattern.values()]
        assert len(heads) <= MOST_PATTERNS
        assert max(heads.count(head) for head in heads) <= BUCKET
        for rule in sheet:
            assert all({"_k": {next(iter(rule["all"][0])): "_k"}} in tests["$and"][-1:]
                       for pattern in rule["all"][1:] for tests in pattern.values())


def words_in(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from words_in(inner)
