"""Random rules on random customers: every reading gives the same rules and conclusions.

``rules.conformance`` does the same with many more; here hypothesis shrinks what differs to the smallest rule.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, walk
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Recommend, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.condition.operators import OPERATORS, Shape, of_type
from rules.condition.walk import kinds_in, sought_aliases
from rules.conformance import traced_firing
from rules.conformance.naive import Definition, naively_fired
from rules.engine.pool import ENGINE, EnginePool
from rules.explain import sentence
from rules.formats import rule_from_toml, rule_to_toml
from rules.interpreter import compile_rules, fire, fired_ids, trace
from rules.lint import check_rule, check_rules

SCHEMA = load_schema()
NUMBERS = [-1, 0, 1, 2, 3, 0.1, 0.3, 1e-9, -0.0, 2.5, 123456.789012345, 99999999999999, 5]
WHOLE = [-1, 0, 1, 2, 3, 5, 30]
WORDS = ["", "a", "A", "é", "客户", "it's", 'say "hi"', "\\", "\n\t", "\u2028", "💎", "$p.q", "{", "5", "5.0", "true",
         "a" * 1900]
KINDS = ["complaint", "visit", "fault"]
VALUES = {
    "customer": {"age": WHOLE, "loyalty": NUMBERS, "monetary_total": NUMBERS, "city": WORDS, "region": WORDS,
                 "consent_marketing": [True, False], "consent_email": [True, False]},
    "purchase": {"category": WORDS, "orders_90d": WHOLE, "spend_90d": NUMBERS},
    "interaction": {"kind": KINDS, "days_ago": WHOLE, "resolved": [True, False], "topic": WORDS, "amount": NUMBERS},
    "contact": {"campaign_id": WORDS, "open": [True, False], "days_ago": WHOLE},
}
RELATED = ["purchase", "interaction", "contact"]
ORDERS = [Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE]
CONCLUSIONS = [("mood", "bad"), ("mood", "good"), ("value", "high")]


@st.composite
def comparisons(draw, fact, scope):
    name = draw(st.sampled_from(sorted(VALUES[fact])))
    values = VALUES[fact][name]
    is_number = not isinstance(values[0], bool | str)
    others = [Ref(alias=alias, property=other) for alias, of in scope.items() for other, known in VALUES[of].items()
              if isinstance(known[0], bool) is isinstance(values[0], bool)
              and isinstance(known[0], str) is isinstance(values[0], str)]
    if draw(st.booleans()) and others:
        return Test(property=name, op=draw(st.sampled_from(ORDERS if is_number else ORDERS[:2])),
                    operand=draw(st.sampled_from(others)))
    op = draw(st.sampled_from(of_type(SCHEMA.facts[fact].properties[name].type)))
    constant = st.sampled_from(values)
    if OPERATORS[op].shape is Shape.RANGE:
        return Test(property=name, op=op, operand=tuple(sorted((draw(constant), draw(constant)))))
    if OPERATORS[op].shape is Shape.CHOICE:
        return Test(property=name, op=op, operand=tuple(draw(st.lists(constant, min_size=1, max_size=3))))
    return Test(property=name, op=op, operand=draw(constant))


@st.composite
def conditions(draw, fact="customer", scope=None, depth=0, concluded=()):
    scope = {"customer": "customer"} if scope is None else scope
    kinds = ["test", "test", "known", "unknown"]
    if depth < 3:
        kinds += ["and", "or", "not", "and", "or"]
    if len(scope) < 4:
        kinds += ["exists"] * (4 if fact == "customer" else 1)
    if concluded and fact == "customer":
        kinds.append("concluded")
    kind = draw(st.sampled_from(kinds))
    inner = {"fact": fact, "scope": scope, "depth": depth + 1, "concluded": concluded}
    if kind == "test":
        return draw(comparisons(fact, scope))
    if kind in {"known", "unknown"}:
        return (Known if kind == "known" else Unknown)(property=draw(st.sampled_from(sorted(VALUES[fact]))))
    if kind in {"and", "or"}:
        parts = tuple(draw(conditions(**inner)) for _ in range(draw(st.integers(0, 3))))
        return (And if kind == "and" else Or)(parts=renamed(parts))
    if kind == "not":
        return Not(part=draw(conditions(**inner)))
    if kind == "concluded":
        found = draw(st.sampled_from(concluded))
        return Concluded(kind=found[0], value=found[1])
    of, alias = draw(st.sampled_from(RELATED)), f"r{len(scope)}"
    least, most = draw(st.sampled_from([(1, None)] * 4 + [(0, 0)] * 3 + [(2, None), (0, 1), (1, 2), (1, 1)]))
    where = draw(conditions(fact=of, scope={**scope, alias: of}, depth=max(1, depth), concluded=()))
    return Exists(fact=of, alias=alias, where=where, at_least=least, at_most=most)


def renamed(parts):
    """The parts with aliases told apart: each part was drawn as if it stood alone."""
    return tuple(suffixed(part, f"{number}", {}) for number, part in enumerate(parts))


def suffixed(condition, suffix, names):
    match condition:
        case Test(operand=Ref(alias=alias, property=name)):
            return replace(condition, operand=Ref(alias=names.get(alias, alias), property=name))
        case And(parts=parts) | Or(parts=parts):
            return type(condition)(parts=tuple(suffixed(part, suffix, names) for part in parts))
        case Not(part=part):
            return Not(part=suffixed(part, suffix, names))
        case Exists(alias=alias):
            inner = {**names, alias: f"{alias}_{suffix}"}
            return Exists(fact=condition.fact, alias=inner[alias], where=suffixed(condition.where, suffix, inner),
                          at_least=condition.at_least, at_most=condition.at_most)
        case _:
            return condition


@st.composite
def rule_sets(draw):
    """Up to nine rules in three strata; those that the check refuses are left out."""
    rules = []
    for number in range(draw(st.integers(1, 9))):
        height = number % 3
        concluded = {0: (), 1: CONCLUSIONS[:2], 2: CONCLUSIONS}[height]
        pair = {0: CONCLUSIONS[number % 2], 1: CONCLUSIONS[2], 2: None}[height]
        then = Conclude(kind=pair[0], value=pair[1]) if pair and draw(st.booleans()) else Require(family="care")
        span = draw(st.sampled_from([(None, None)] * 4 + [(0, 50), (50, 150), (100, None), (None, 100)]))
        rules.append(Rule(id=f"rule {number}", name=Text.same("x"), author="draw", then=then, valid_from=span[0],
                          valid_to=span[1], when=draw(conditions(concluded=concluded))))
    return [rule for rule in rules if is_accepted(rule)]


def is_accepted(rule):
    try:
        check_rule(rule, SCHEMA, {})
    except InvalidRule:
        return False
    return True


@st.composite
def customers(draw):
    def values(fact):
        return {name: draw(st.sampled_from(known)) for name, known in VALUES[fact].items() if draw(st.integers(0, 3))}

    return Facts(customer_key="c", as_of=draw(st.sampled_from([0, 99, 100])), customer=values("customer"), related={
        fact: tuple(Row(key=str(key), days_ago=draw(st.sampled_from([None, 0, 1, 30])), values=values(fact))
                    for key in range(draw(st.integers(0, 4)))) for fact in RELATED})


@pytest.fixture(scope="module")
def pool():
    with EnginePool(workers=1, deadline=20.0) as opened:
        yield opened


MANY = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@given(rules=rule_sets(), people=st.lists(customers(), min_size=50, max_size=50))
@settings(MANY, max_examples=20)
def test_the_engine_the_closures_and_the_definition_agree_on_customers_alone_and_together(pool, rules, people):
    ruleset = compile_rules(rules, SCHEMA)
    pool.load(ruleset)
    for facts, together in zip(people, pool.fire_all(ruleset, people), strict=True):
        answer = pool.fire(ruleset, facts)
        assert (answer.rule_ids, answer.conclusions) == naively_fired(rules, facts)
        assert answer.engine == ENGINE, pool.counters
        assert answer == together
    pool.forget(ruleset.fingerprint)


@given(rules=rule_sets(), people=st.lists(customers(), min_size=20, max_size=20))
@settings(MANY, max_examples=50)
def test_a_trace_has_the_truth_of_the_definition(rules, people):
    for facts in people:
        _, conclusions = fired_ids(compile_rules(rules, SCHEMA), facts)
        definition = Definition(rules=tuple(rules), facts=facts)
        for rule in rules:
            assert trace(rule, facts, conclusions).truth is definition.truth(rule.when)


@given(rules=rule_sets(), people=st.lists(customers(), min_size=5, max_size=5))
@settings(MANY, max_examples=50)
def test_explaining_changes_nothing_of_what_fires(rules, people):
    ruleset = compile_rules(rules, SCHEMA)
    for facts in people:
        explained = fire(ruleset, facts)
        assert (explained.rule_ids, explained.conclusions) == fired_ids(ruleset, facts)


def recommending(rule):
    """The rule with an argument for every property of whatever it may have found, instead of its effect."""
    aliases = {node.alias: node.fact for node in walk(rule.when) if isinstance(node, Exists)}
    sought = [("customer", "customer"), *((alias, aliases[alias]) for alias in sorted(sought_aliases(rule.when)))]
    return replace(rule, then=Recommend(action="any", arguments={"constant": "客户", **{
        f"{alias} {name}": Ref(alias=alias, property=name) for alias, fact in sought for name in VALUES[fact]}}))


@given(rules=rule_sets(), people=st.lists(customers(), min_size=20, max_size=20))
@settings(MANY, max_examples=100)
def test_a_firing_tells_what_the_trace_of_its_rule_does(rules, people):
    asked = [*rules, *(replace(recommending(rule), id=f"recommending {rule.id}") for rule in rules)]
    ruleset = compile_rules(asked, SCHEMA)
    for facts in people:
        fired = fire(ruleset, facts)
        assert list(fired.firings) == [traced_firing(ruleset.rules[rule_id], facts, fired.conclusions)
                                       for rule_id in sorted(fired.rule_ids)]


@given(rules=rule_sets())
@settings(MANY, max_examples=200)
def test_a_rule_written_as_toml_reads_as_the_same_rule(rules):
    for rule in rules:
        assert rule_from_toml(rule_to_toml(rule)) == rule


@given(rules=rule_sets())
@settings(MANY, max_examples=50)
def test_every_rule_can_be_said_in_both_languages(rules):
    for rule in rules:
        said = sentence(rule, SCHEMA, {})
        assert said.zh
        assert said.en


@given(rules=rule_sets())
@settings(MANY, max_examples=50)
def test_rules_accepted_one_by_one_are_accepted_together(rules):
    kinds = {rule.then.kind for rule in rules if isinstance(rule.then, Conclude)}
    if all(kinds_in(rule.when) <= kinds for rule in rules):
        check_rules(rules, SCHEMA, {})
