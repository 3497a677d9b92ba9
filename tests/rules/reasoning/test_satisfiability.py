"""What is said of conditions without any customer, against the reading of many customers."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.model.condition import ALWAYS, And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.interpreter import compile_rules, fired_ids
from rules.reasoning import Logic, NumberSet

SCHEMA = load_schema()
LOGIC = Logic(schema=SCHEMA)
VALUES = {
    "customer": {"age": [0, 1, 2, 3], "loyalty": [0, 0.25, 0.5, 1], "discount_share": [0, 0.5, 1],
                 "gender": ["female", "male", "other"],
                 "city": ["a", "b"], "consent_email": [True, False], "age_low": [0, 2], "preferred_weekday": [1, 7]},
    "purchase": {"category": ["a", "b"], "orders_90d": [0, 1, 2], "share": [0, 0.5, 1]},
    "interaction": {"kind": ["complaint", "visit"], "resolved": [True, False], "category": ["a", "b"]},
}
NUMBERS = {"age", "loyalty", "age_low", "preferred_weekday", "orders_90d", "share", "discount_share"}


def is_(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def between(name, low, high):
    return is_(name, Op.BETWEEN, (low, high))


COMPLAINT = is_("kind", Op.EQ, "complaint")
OPEN_COMPLAINT = And(parts=(COMPLAINT, is_("resolved", Op.EQ, False)))
BOUGHT = partial(Exists, fact="purchase", alias="p")


@pytest.mark.parametrize("condition", [
    And(parts=(is_("age", Op.GT, 3), is_("age", Op.LT, 4))),  # no whole number lies between
    And(parts=(is_("loyalty", Op.GT, 0.5), is_("loyalty", Op.LT, 0.5))),
    And(parts=(is_("city", Op.EQ, "a"), is_("city", Op.NE, "a"))),
    And(parts=(is_("city", Op.IN, ("a", "b")), is_("city", Op.NOT_IN, ("b", "a")))),
    And(parts=(is_("age", Op.BETWEEN, (3, 5)), is_("age", Op.NOT_BETWEEN, (2, 5)))),
    is_("preferred_weekday", Op.NOT_BETWEEN, (1, 7)),
    And(parts=(is_("age", Op.EQ, 3), Unknown(property="age"))),
    And(parts=(Known(property="age"), Unknown(property="age"))),
    And(parts=(is_("age", Op.GT, Ref(alias="customer", property="age_low")), Unknown(property="age_low"))),
    And(parts=(is_("age", Op.GT, Ref(alias="customer", property="age_low")),
               is_("age_low", Op.GE, Ref(alias="customer", property="age")))),
    is_("discount_share", Op.GT, 1), is_("preferred_weekday", Op.EQ, 0), is_("preferred_hour", Op.GE, 24),
    is_("order_count", Op.LT, 0), is_("age", Op.EQ, 2.5),
    is_("gender", Op.NOT_IN, ("female", "male", "other")),
    Or(parts=()), Not(part=ALWAYS),
    And(parts=(BOUGHT(where=COMPLAINT, fact="interaction"), none_of("interaction", "q", COMPLAINT))),
    And(parts=(BOUGHT(where=OPEN_COMPLAINT, fact="interaction"), none_of("interaction", "q", COMPLAINT))),
    And(parts=(BOUGHT(where=ALWAYS, at_least=3), Exists(fact="purchase", alias="q", where=ALWAYS, at_most=2))),
    BOUGHT(where=And(parts=(is_("share", Op.LT, 0.1), is_("share", Op.GT, 0.9)))),
    And(parts=(Concluded(kind="mood", value="bad"), Not(part=Concluded(kind="mood", value="bad")))),
], ids=str)
def test_what_nobody_can_satisfy_is_impossible(condition):
    assert LOGIC.is_impossible(condition)


@pytest.mark.parametrize("condition", [
    And(parts=(is_("loyalty", Op.GT, 0.5), is_("loyalty", Op.LT, 0.500001))),
    And(parts=(is_("age", Op.GT, 3), is_("age", Op.LT, 5))),
    And(parts=(BOUGHT(where=COMPLAINT, fact="interaction"), none_of("interaction", "q", OPEN_COMPLAINT))),
    And(parts=(BOUGHT(where=is_("category", Op.EQ, "a")), none_of("purchase", "q", is_("category", Op.EQ, "b")))),
    is_("age", Op.LT, Ref(alias="customer", property="age_low")), ALWAYS,
], ids=str)
def test_what_somebody_may_satisfy_is_not_called_impossible(condition):
    assert not LOGIC.is_impossible(condition)


@pytest.mark.parametrize(("condition", "certain"), [
    (ALWAYS, True), (Or(parts=(Known(property="age"), Unknown(property="age"))), True),
    (Or(parts=(is_("age", Op.GT, 3), is_("age", Op.LE, 3))), False),  # an unknown age makes neither true
    (Or(parts=(is_("age", Op.GT, 3), is_("age", Op.LE, 3), Unknown(property="age"))), True),
    (Or(parts=(is_("gender", Op.IN, ("female", "male", "other")), Unknown(property="gender"))), True),
    (Or(parts=(between("discount_share", 0, 1), Unknown(property="discount_share"))), True),
    (Or(parts=(BOUGHT(where=ALWAYS), none_of("purchase", "q", ALWAYS))), True),
    (Not(part=is_("discount_share", Op.GT, 1)), False), (BOUGHT(where=ALWAYS), False),
], ids=str)
def test_what_everybody_satisfies_is_certain_also_where_nothing_is_known(condition, certain):
    assert LOGIC.is_certain(condition) is certain


@pytest.mark.parametrize(("narrow", "wide", "follows"), [
    (is_("age", Op.GT, 40), is_("age", Op.GE, 30), True), (is_("age", Op.GE, 30), is_("age", Op.GT, 40), False),
    (is_("age", Op.GT, 40), Known(property="age"), True), (Known(property="age"), is_("age", Op.GT, 40), False),
    (is_("city", Op.EQ, "a"), is_("city", Op.IN, ("a", "b")), True),
    (is_("city", Op.EQ, "a"), Not(part=is_("city", Op.EQ, "b")), True),
    (BOUGHT(where=OPEN_COMPLAINT, fact="interaction"), Exists(fact="interaction", alias="x", where=COMPLAINT), True),
    (BOUGHT(where=COMPLAINT, fact="interaction"), Exists(fact="interaction", alias="x", where=OPEN_COMPLAINT), False),
    (BOUGHT(where=ALWAYS, at_least=3), Exists(fact="purchase", alias="x", where=ALWAYS, at_least=2), True),
])
def test_one_condition_follows_from_another(narrow, wide, follows):
    assert LOGIC.implies(narrow, wide) is follows


def test_a_conclusion_stands_for_the_conditions_of_the_rules_that_draw_it():
    logic = Logic(schema=SCHEMA, definitions={("mood", "bad"): BOUGHT(where=OPEN_COMPLAINT, fact="interaction")})
    bad = Concluded(kind="mood", value="bad")
    assert logic.implies(bad, BOUGHT(where=COMPLAINT, fact="interaction"))
    assert logic.is_impossible(bad, none_of("interaction", "i", COMPLAINT))
    assert logic.is_impossible(Not(part=bad), BOUGHT(where=OPEN_COMPLAINT, fact="interaction"))


@st.composite
def leaves(draw, fact, scope):
    name = draw(st.sampled_from(sorted(VALUES[fact])))
    values = VALUES[fact][name]
    if draw(st.booleans()):
        return draw(st.sampled_from([Known, Unknown]))(property=name)
    others = [Ref(alias=alias, property=other) for alias, of in scope.items() for other in VALUES[of]
              if (other in NUMBERS) is (name in NUMBERS) and type(VALUES[of][other][0]) is type(values[0])]
    if others and draw(st.booleans()) and draw(st.booleans()):
        op = draw(st.sampled_from([Op.EQ, Op.NE, *([Op.LT, Op.GE] if name in NUMBERS else [])]))
        return is_(name, op, draw(st.sampled_from(others)))
    if name in NUMBERS:
        op = draw(st.sampled_from([Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.IN, Op.BETWEEN,
                                   Op.NOT_BETWEEN]))
    else:
        op = draw(st.sampled_from([Op.EQ, Op.NE] if name == "consent_email" else [Op.EQ, Op.NE, Op.IN, Op.NOT_IN]))
    if op in {Op.BETWEEN, Op.NOT_BETWEEN}:
        return is_(name, op, tuple(sorted(draw(st.tuples(st.sampled_from(values), st.sampled_from(values))))))
    if op in {Op.IN, Op.NOT_IN}:
        return is_(name, op, tuple(draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))))
    return is_(name, op, draw(st.sampled_from(values)))


@st.composite
def conditions(draw, fact="customer", scope=None, depth=3):
    scope = scope or {"customer": "customer"}
    kind = draw(st.sampled_from(["leaf", "and", "or", "not", "rows"])) if depth else "leaf"
    if kind in {"and", "or"}:
        parts = tuple(draw(st.lists(conditions(fact, scope, depth - 1), max_size=3)))
        return And(parts=parts) if kind == "and" else Or(parts=parts)
    if kind == "not":
        return Not(part=draw(conditions(fact, scope, depth - 1)))
    if kind == "rows" and len(scope) < 3:
        of = draw(st.sampled_from(["purchase", "interaction"]))
        alias = f"r{draw(st.integers(0, 10**9))}"
        least = draw(st.sampled_from([0, 1, 1, 2]))
        most = draw(st.sampled_from([least, least + 1])) if least == 0 else draw(st.sampled_from([None, None, least]))
        where = draw(conditions(of, {**scope, alias: of}, depth - 1))
        return Exists(fact=of, alias=alias, where=where, at_least=least, at_most=most)
    return draw(leaves(fact, scope))


def valued(fact):
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES[fact].items()})


@st.composite
def people(draw):
    related = {fact: tuple(Row(key=str(number), values=values)
                           for number, values in enumerate(draw(st.lists(valued(fact), max_size=3))))
               for fact in ("purchase", "interaction")}
    return Facts(customer_key="c", as_of=0, customer=draw(valued("customer")), related=related)


def rule_of(name, when, then=None):
    return Rule(id=name, name=Text.same(name), when=when, then=then or Require(family="care"), author="test")


def fires(condition, person):
    return bool(fired_ids(compile_rules([rule_of("r", condition)], SCHEMA), person)[0])


SMALL = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


@SMALL
@given(conditions(), st.lists(people(), min_size=8, max_size=8))
def test_no_customer_satisfies_the_impossible_or_misses_the_certain(condition, crowd):
    truths = {fires(condition, person) for person in crowd}
    assert not (LOGIC.is_impossible(condition) and True in truths)
    assert not (LOGIC.is_certain(condition) and False in truths)


@SMALL
@given(conditions(depth=2), conditions(depth=2), st.lists(people(), min_size=8, max_size=8))
def test_whoever_satisfies_the_narrow_satisfies_the_wide(narrow, wide, crowd):
    wider = Or(parts=(narrow, wide))
    assert not LOGIC.implies(narrow, wide) or not any(fires(narrow, one) and not fires(wide, one) for one in crowd)
    assert not LOGIC.implies(wider, wide) or not any(fires(wider, one) and not fires(wide, one) for one in crowd)


@SMALL
@given(conditions(depth=2), conditions(depth=2), st.lists(people(), min_size=8, max_size=8))
def test_conclusions_are_seen_through_without_a_wrong_claim(cause, other, crowd):
    drawn = rule_of("drawn", cause, Conclude(kind="mood", value="bad"))
    logic = Logic(schema=SCHEMA, definitions={("mood", "bad"): cause})
    for when in (And(parts=(Concluded(kind="mood", value="bad"), other)),
                 And(parts=(Not(part=Concluded(kind="mood", value="bad")), other))):
        if logic.is_impossible(when):
            ruleset = compile_rules([drawn, rule_of("r", when)], SCHEMA)
            assert not any("r" in fired_ids(ruleset, person)[0] for person in crowd)


@pytest.mark.parametrize(("values", "number", "nearest"), [
    (NumberSet.between(31, whole=True), 12, 31), (NumberSet.between(31, has_low=False, whole=True), 12, 32),
    (NumberSet.between(high=5), 12, 5), (NumberSet.between(0.5, has_low=False), 0, 0.500000001),
    (~NumberSet.at(3, whole=True), 3, 2), (NumberSet.at(1, 9), 6, 9), (NumberSet.between(2, 4), None, 2),
    (NumberSet.between(0, 1e-12, has_low=False, has_high=False), 5, 5e-13),
])
def test_the_nearest_member_of_a_set_of_numbers(values, number, nearest):
    found = values.nearest(number)
    assert found == nearest
    assert found in values
