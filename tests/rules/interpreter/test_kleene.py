"""The truth of each operator by hand, and of every reading of it that the product has."""

import pytest

from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.interpreter import compile_rules, fired_ids, trace

SCHEMA = load_schema()
HERE = {"age": 40, "loyalty": 0.5, "city": "Wuhan", "consent_email": True, "age_low": 40, "age_high": 49}
TOLD = Facts(customer_key="c1", as_of=0, customer=HERE, related={
    "interaction": (Row(key="i1", days_ago=3, values={"kind": "complaint", "days_ago": 3, "resolved": False}),
                    Row(key="i2", days_ago=9, values={"kind": "complaint", "days_ago": 9}),
                    Row(key="i3", days_ago=9, values={"kind": "visit", "days_ago": 9})),
    "purchase": (Row(key="TEA", values={"category": "TEA", "orders_90d": 2}),)})


def comparison(name, op, operand):
    return Test(property=name, op=op, operand=operand)


def truths(condition):
    """The truth in the trace, and whether a rule with this condition, and one with its negation, fires."""
    rules = [Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test")
             for name, when in (("so", condition), ("not so", Not(part=condition)))]
    fired, _ = fired_ids(compile_rules(rules, SCHEMA), TOLD)
    return trace(rules[0], TOLD, frozenset()).truth, "so" in fired, "not so" in fired


EXPECTED = {True: (True, True, False), False: (False, False, True), None: (None, False, False)}


@pytest.mark.parametrize(("name", "op", "operand", "truth"), [
    ("age", Op.EQ, 40, True), ("age", Op.EQ, 40.0, True), ("age", Op.EQ, 41, False), ("gender", Op.EQ, "f", None),
    ("age", Op.NE, 41, True), ("age", Op.NE, 40, False), ("gender", Op.NE, "f", None),
    ("age", Op.LT, 41, True), ("age", Op.LT, 40, False), ("monthly_income", Op.LT, 1, None),
    ("age", Op.LE, 40, True), ("age", Op.LE, 39, False), ("monthly_income", Op.LE, 1, None),
    ("age", Op.GT, 39, True), ("age", Op.GT, 40, False), ("monthly_income", Op.GT, 1, None),
    ("age", Op.GE, 40, True), ("age", Op.GE, 41, False), ("monthly_income", Op.GE, 1, None),
    ("age", Op.BETWEEN, (40, 50), True), ("age", Op.BETWEEN, (30, 40), True), ("age", Op.BETWEEN, (41, 50), False),
    ("monthly_income", Op.BETWEEN, (1, 2), None),
    ("age", Op.NOT_BETWEEN, (41, 50), True), ("age", Op.NOT_BETWEEN, (30, 39), True),
    ("age", Op.NOT_BETWEEN, (40, 50), False), ("age", Op.NOT_BETWEEN, (30, 40), False),
    ("monthly_income", Op.NOT_BETWEEN, (1, 2), None),
    ("city", Op.IN, ("Wuhan", "Xi'an"), True), ("city", Op.IN, ("Xi'an",), False), ("region", Op.IN, ("a",), None),
    ("city", Op.NOT_IN, ("Xi'an",), True), ("city", Op.NOT_IN, ("Wuhan",), False), ("region", Op.NOT_IN, ("a",), None),
    ("consent_email", Op.EQ, True, True), ("consent_email", Op.NE, True, False), ("consent_sms", Op.EQ, True, None),
    ("loyalty", Op.EQ, 0.50000000004, True),  # the tenth decimal of a constant does not count
    ("age", Op.EQ, Ref(alias="customer", property="age_low"), True),
    ("age", Op.GT, Ref(alias="customer", property="age_high"), False),
    ("age", Op.LT, Ref(alias="customer", property="monthly_income"), None),
    ("monthly_income", Op.LT, Ref(alias="customer", property="age"), None),
])
def test_a_comparison_is_unknown_where_a_value_is(name, op, operand, truth):
    assert truths(comparison(name, op, operand)) == EXPECTED[truth]


YES, NO, OPEN = comparison("age", Op.EQ, 40), comparison("age", Op.EQ, 41), comparison("gender", Op.EQ, "f")


@pytest.mark.parametrize(("condition", "truth"), [
    (And(parts=(YES, YES)), True), (And(parts=(YES, NO)), False), (And(parts=(YES, OPEN)), None),
    (And(parts=(OPEN, NO)), False), (And(parts=()), True),
    (Or(parts=(NO, YES)), True), (Or(parts=(NO, NO)), False), (Or(parts=(NO, OPEN)), None),
    (Or(parts=(OPEN, YES)), True), (Or(parts=()), False),
    (Not(part=Not(part=OPEN)), None), (Not(part=And(parts=(OPEN, NO))), True),
    (Known(property="age"), True), (Known(property="gender"), False),
    (Unknown(property="age"), False), (Unknown(property="gender"), True),
    (Concluded(kind="mood", value="bad"), False),
])
def test_logic_is_kleenes(condition, truth):
    assert truths(condition) == EXPECTED[truth]


COMPLAINT = comparison("kind", Op.EQ, "complaint")
OPEN_COMPLAINT = And(parts=(COMPLAINT, comparison("resolved", Op.EQ, False)))
OLDER = comparison("days_ago", Op.GT, Ref(alias="p", property="orders_90d"))
OLDER_THAN_UNKNOWN = comparison("days_ago", Op.GT, Ref(alias="p", property="orders_7d"))
AS_OFTEN = comparison("orders_90d", Op.EQ, Ref(alias="customer", property="age"))


@pytest.mark.parametrize(("condition", "truth"), [
    (Exists(fact="interaction", alias="i", where=COMPLAINT), True),
    (Exists(fact="interaction", alias="i", where=COMPLAINT, at_least=2), True),
    (Exists(fact="interaction", alias="i", where=COMPLAINT, at_least=3), False),
    (Exists(fact="interaction", alias="i", where=COMPLAINT, at_least=0, at_most=1), False),
    (Exists(fact="interaction", alias="i", where=COMPLAINT, at_least=2, at_most=2), True),
    (Exists(fact="interaction", alias="i", where=OPEN_COMPLAINT, at_least=2), False),  # one is not known to be open
    (none_of("interaction", "i", COMPLAINT), False),
    (none_of("interaction", "i", comparison("resolved", Op.EQ, True)), True),
    (none_of("contact", "c", And(parts=())), True),
    (Exists(fact="contact", alias="c", where=And(parts=())), False),
    (Exists(fact="purchase", alias="p", where=comparison("spend_90d", Op.GT, 0)), False),
    (Exists(fact="purchase", alias="p", where=AS_OFTEN), False),
    (Exists(fact="purchase", alias="p", where=Exists(fact="interaction", alias="i", where=OLDER)), True),
    (Exists(fact="purchase", alias="p", where=none_of("interaction", "i", OLDER)), False),
    (Exists(fact="purchase", alias="p", where=none_of("interaction", "i", OLDER_THAN_UNKNOWN)), True),
])
def test_rows_count_only_when_they_are_known_to_match(condition, truth):
    assert truths(condition) == EXPECTED[truth]


def test_a_row_of_the_same_content_under_another_key_is_another_fact():
    twice = Facts(customer_key="c", as_of=0, customer={}, related={
        "relation": tuple(Row(key=key, values={"kind": "referral"}) for key in "ab")})
    rule = Rule(id="two", name=Text.same("two"), author="test", then=Require(family="care"), when=Exists(
        fact="relation", alias="r", where=comparison("kind", Op.EQ, "referral"), at_least=2))
    assert fired_ids(compile_rules([rule], SCHEMA), twice)[0] == {"two"}
