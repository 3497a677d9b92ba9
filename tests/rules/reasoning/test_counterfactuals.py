"""The smallest change after which a rule fires, against making it and against trying every other customer."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.model.condition import ALWAYS, And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Conclude, Recommend, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.explain.why_not import why_not
from rules.interpreter import compile_rules, fired_ids
from rules.reasoning import Edit, EditKind, Logic, Search, apply_edits, cost_of

SCHEMA = load_schema()
AGES, LEVELS, CITIES, FLAGS = [None, 0, 2, 5, 9], [None, 0.0, 0.5, 1.5], [None, "a", "b", "other"], [None, True, False]
COMPLAINT = Test(property="kind", op=Op.EQ, operand="complaint")
OPEN_COMPLAINT = And(parts=(COMPLAINT, Test(property="resolved", op=Op.EQ, operand=False)))


def is_(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def rule_of(when, then=None, name="r"):
    return Rule(id=name, name=Text.same(name), when=when, then=then or Recommend(action="survey"), author="test")


def told(customer=None, **related):
    return Facts(customer_key="c", as_of=0, customer=customer or {}, related={
        fact: tuple(Row(key=f"{fact}{number}", values=values) for number, values in enumerate(rows))
        for fact, rows in related.items()})


def plans(when, facts, *others):
    logic = Logic.of([rule_of(when), *others], SCHEMA)
    conclusions = fired_ids(compile_rules([rule_of(when), *others], SCHEMA), facts)[1]
    return Search(logic=logic, facts=facts, conclusions=conclusions).plans(logic.regions(when))


def fires(when, facts, *others):
    return "r" in fired_ids(compile_rules([rule_of(when), *others], SCHEMA), facts)[0]


def short(plan):
    return [(edit.kind.value, edit.key, edit.property, edit.needed) for edit in plan]


@pytest.mark.parametrize(("when", "known", "expected"), [
    (is_("recency_days", Op.GT, 30), {"recency_days": 12}, [("value", "", "recency_days", 31)]),
    (is_("recency_days", Op.LT, 30), {"recency_days": 40}, [("value", "", "recency_days", 29)]),
    (is_("recency_days", Op.BETWEEN, (30, 60)), {"recency_days": 90}, [("value", "", "recency_days", 60)]),
    (is_("recency_days", Op.NOT_BETWEEN, (30, 60)), {"recency_days": 50}, [("value", "", "recency_days", 61)]),
    (is_("silence_ratio", Op.GT, 2), {"silence_ratio": 1.0}, [("value", "", "silence_ratio", 2.000000001)]),
    (is_("city", Op.IN, ("b", "a")), {"city": "x"}, [("value", "", "city", "a")]),
    (is_("city", Op.NE, "a"), {"city": "a"}, [("value", "", "city", "other")]),
    (is_("age", Op.GE, 18), {}, [("value", "", "age", 18)]),
    (Unknown(property="age"), {"age": 3}, [("value", "", "age", None)]),
    (Known(property="consent_email"), {}, [("value", "", "consent_email", True)]),
    (And(parts=(is_("age", Op.GE, 18), Not(part=is_("age", Op.IN, (18, 19))))), {"age": 3}, [("value", "", "age", 20)]),
    (Or(parts=(is_("age", Op.GE, 90), is_("order_count", Op.GE, 6))), {"age": 30, "order_count": 5},
     [("value", "", "order_count", 6)]),
    (is_("age", Op.GT, Ref(alias="customer", property="age_low")), {"age": 3, "age_low": 7}, [("value", "", "age", 8)]),
], ids=str)
def test_a_value_moves_to_the_nearest_that_does(when, known, expected):
    assert short(plans(when, told(known))[0]) == expected


def test_fewer_tests_come_before_a_smaller_change():
    one = is_("recency_days", Op.GE, 900)
    two = And(parts=(is_("order_count", Op.GE, 6), is_("basket_mean", Op.GE, 5.5)))
    found = plans(Or(parts=(two, one)), told({"recency_days": 1, "order_count": 5, "basket_mean": 5}))
    assert [len(plan) for plan in found] == [1, 2]


def test_a_row_with_one_wrong_value_is_mended_before_one_is_added():
    when = Exists(fact="interaction", alias="i", where=OPEN_COMPLAINT)
    mended = plans(when, told(interaction=[{"kind": "complaint", "resolved": True}]))[0]
    assert short(mended) == [("value", "interaction0", "resolved", False)]
    added = plans(when, told(interaction=[{"kind": "visit", "resolved": False}]))[0]  # a visit is no complaint
    assert [(edit.kind, edit.values) for edit in added] == [
        (EditKind.ADD_ROW, {"kind": "complaint", "resolved": False})]


def test_rows_that_must_not_exist_are_removed_the_earliest_first():
    facts = told(interaction=[{"kind": "complaint", "days_ago": 9}, {"kind": "complaint", "days_ago": 3}])
    none = plans(none_of("interaction", "i", COMPLAINT), facts)[0]
    assert {(edit.kind, edit.key) for edit in none} == {("remove_row", "interaction0"), ("remove_row", "interaction1")}
    one = Exists(fact="interaction", alias="i", where=COMPLAINT, at_least=0, at_most=1)
    assert [edit.key for edit in plans(one, Facts(customer_key="c", as_of=0, customer={}, related={"interaction": (
        Row(key="late", days_ago=1, values={"kind": "complaint"}),
        Row(key="early", days_ago=8, values={"kind": "complaint"}))}))[0]] == ["early"]


def test_as_many_rows_are_added_as_are_lacking():
    when = Exists(fact="purchase", alias="p", where=is_("orders_90d", Op.GE, 2), at_least=3)
    facts = told(purchase=[{"category": "TEA", "orders_90d": 4}, {"category": "JAM", "orders_90d": 1}])
    plan = plans(when, facts)[0]
    assert sorted(edit.kind for edit in plan) == ["add_row", "value"]
    assert fires(when, apply_edits(plan, facts))


def test_a_conclusion_is_reached_through_the_rule_that_draws_it():
    complained = Exists(fact="interaction", alias="i", where=OPEN_COMPLAINT)
    bad = rule_of(complained, Conclude(kind="mood", value="bad"), "bad")
    calm = Not(part=Concluded(kind="mood", value="bad"))
    facts = told(interaction=[{"kind": "complaint", "resolved": False}])
    plan = plans(calm, facts, bad)[0]
    assert [edit.kind for edit in plan] == [EditKind.REMOVE_ROW]
    assert fires(calm, apply_edits(plan, facts), bad)


def test_a_joined_row_follows_the_row_that_it_is_joined_to():
    same = And(parts=(COMPLAINT, is_("category", Op.EQ, Ref(alias="p", property="category"))))
    when = Exists(fact="purchase", alias="p", where=And(parts=(
        is_("orders_90d", Op.GE, 1), Exists(fact="interaction", alias="i", where=same))))
    facts = told(purchase=[{"category": "TEA", "orders_90d": 1}])
    plan = plans(when, facts)[0]
    assert [edit.values for edit in plan] == [{"kind": "complaint", "category": "TEA"}]
    assert fires(when, apply_edits(plan, facts))


def test_what_holds_needs_no_change_and_what_cannot_hold_has_none():
    assert plans(ALWAYS, told()) == [()]
    assert plans(And(parts=(Known(property="age"), Unknown(property="age"))), told()) == []


@st.composite
def customer_tests(draw):
    name, values, ops = draw(st.sampled_from([
        ("age", AGES, [Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.IN, Op.NOT_IN]),
        ("loyalty", LEVELS, [Op.EQ, Op.NE, Op.LE, Op.GE, Op.IN]), ("city", CITIES, [Op.EQ, Op.NE, Op.IN, Op.NOT_IN]),
        ("consent_email", FLAGS, [Op.EQ, Op.NE])]))
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from([Known, Unknown]))(property=name)
    op, known = draw(st.sampled_from(ops)), values[1:]
    if op in {Op.IN, Op.NOT_IN}:
        return is_(name, op, tuple(draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))))
    return is_(name, op, draw(st.sampled_from(known)))


def joined(parts):
    return st.one_of(st.lists(parts, max_size=3).map(lambda each: And(parts=tuple(each))),
                     st.lists(parts, max_size=3).map(lambda each: Or(parts=tuple(each))),
                     parts.map(lambda part: Not(part=part)))


OF_CUSTOMERS = st.recursive(customer_tests(), joined, max_leaves=6)
ROW_TESTS = st.recursive(st.one_of(
    st.sampled_from([COMPLAINT, is_("kind", Op.NE, "visit"), is_("resolved", Op.EQ, True), Unknown(property="resolved"),
                     Known(property="topic"), is_("topic", Op.IN, ("a", "b")), is_("days_ago", Op.LT, 30),
                     is_("days_ago", Op.GE, 7), is_("topic", Op.EQ, Ref(alias="customer", property="city"))])),
    joined, max_leaves=4)


@st.composite
def conditions(draw):
    def rows(number):
        least = draw(st.sampled_from([0, 1, 1, 2]))
        return Exists(fact="interaction", alias=f"i{number}", where=draw(ROW_TESTS), at_least=least,
                      at_most=draw(st.sampled_from([0, 1])) if least == 0 else None)

    parts = (draw(OF_CUSTOMERS), *(rows(number) for number in range(draw(st.integers(0, 2)))))
    return draw(st.sampled_from([And, Or]))(parts=parts)


@st.composite
def people(draw):
    def some(**values):
        return {name: value for name, each in values.items() if (value := draw(st.sampled_from(each))) is not None}

    customer = some(age=AGES, loyalty=LEVELS, city=CITIES, consent_email=FLAGS)
    rows = [some(kind=["complaint", "visit"], resolved=FLAGS, topic=CITIES, days_ago=[None, 3, 40])
            for _ in range(draw(st.integers(0, 3)))]
    return told(customer, interaction=rows)


SMALL = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@SMALL
@given(conditions(), people())
def test_a_rule_that_fires_needs_no_change_and_the_others_some(when, facts):
    found = plans(when, facts)
    assert fires(when, facts) is (() in found)


NAMES = ("age", "loyalty", "city", "consent_email")
EVERYBODY = [{name: value for name, value in zip(NAMES, values, strict=True) if value is not None}
             for values in product([*AGES, -1, 1, 3, 10], [*LEVELS, -1.0, 0.7, 2.0], [*CITIES, "c"], FLAGS)]


@SMALL
@given(OF_CUSTOMERS, people())
def test_every_plan_for_the_customer_alone_makes_the_rule_fire_and_none_needs_fewer_values(when, facts):
    found = plans(when, facts)
    assert all(fires(when, apply_edits(plan, facts)) for plan in found)
    ruleset = compile_rules([rule_of(when)], SCHEMA)
    others = (other for other in EVERYBODY if fired_ids(ruleset, told(other))[0])
    fewest = min((sum(facts.customer.get(name) != other.get(name) for name in NAMES) for other in others), default=None)
    assert (cost_of(found[0])[0] if found else None) == fewest


@settings(SMALL, max_examples=60)
@given(people())
def test_with_the_change_that_why_not_tells_made_the_rule_fires(compiled, ask, facts):
    for action in compiled.actions:
        answer = why_not(action, facts, compiled, ask())
        made = apply_edits((Edit(kind=one.kind, fact=one.fact, key=one.key or (f"new{number}" if one.values else ""),
                                 property=one.property, needed=one.needed, values=one.values)
                            for number, one in enumerate(answer.changes)), facts)
        assert not answer.changes or answer.change_rule in fired_ids(compiled.ruleset, made)[0]
        assert bool(answer.changes) is bool(answer.rules and not any(rule.fires for rule in answer.rules))
