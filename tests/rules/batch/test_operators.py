"""Each operator over tables, by hand, unknown values included."""

import pytest

from kb.model.condition import And, Concluded, Exists, Known, Not, Op, Or, Ref, Test, Unknown, none_of
from kb.model.facts import Facts, Row
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.batch import BITS, BOOLEANS, compile_tables, tables_of
from rules.interpreter import compile_rules

SCHEMA = load_schema()


def told(key, related=None, **values):
    return Facts(customer_key=key, as_of=0, customer=values, related={
        fact: tuple(Row(key=f"{fact}{number}", days_ago=row.get("days_ago"), values=row)
                    for number, row in enumerate(rows)) for fact, rows in (related or {}).items()})


PEOPLE = [
    told("young", age=20, city="Wuhan", monetary_total=10.5, consent_email=True, loyalty=0.3, preferred_category="TEA",
         related={"purchase": [{"category": "TEA", "orders_90d": 2}, {"category": "MILK", "orders_90d": 1}],
                  "interaction": [{"kind": "complaint", "days_ago": 3, "category": "TEA", "resolved": False}]}),
    told("middle", age=40, city="Xi'an", monetary_total=-0.0, consent_email=False, loyalty=0.1, monetary_30d=-0.0,
         preferred_category="MILK",
         related={"purchase": [{"category": "TEA", "orders_90d": 3}, {"category": "MILK"}, {"orders_90d": 9}],
                  "interaction": [{"kind": "complaint", "days_ago": 30}, {"kind": "fault", "days_ago": 1}]}),
    told("old", age=70, loyalty=0.3, monetary_total=0.0,
         related={"interaction": [{"kind": "complaint", "resolved": True}, {"kind": "complaint"},
                                  {"category": "TEA", "resolved": True}]}),
    told("nobody"),
]
SOURCE = tables_of(PEOPLE, SCHEMA)


def rule_of(when, name="so"):
    return Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test")


def who(condition, gathering=BITS):
    rules = compile_tables(compile_rules([rule_of(condition)], SCHEMA), SCHEMA, gathering=gathering)
    return set(rules.customers(SOURCE, "so", as_of=0).to_pyarrow()["customer_key"].to_pylist())


def test_of(name, op, operand):
    return Test(property=name, op=op, operand=operand)


test_of.__test__ = False


def related(fact, *parts, at_least=1, at_most=None, alias="r"):
    return Exists(fact=fact, alias=alias, where=And(parts=parts), at_least=at_least, at_most=at_most)


@pytest.mark.parametrize(("condition", "holds", "fails"), [
    (test_of("age", Op.EQ, 40), {"middle"}, {"young", "old"}),
    (test_of("age", Op.NE, 40), {"young", "old"}, {"middle"}),
    (test_of("age", Op.LT, 40), {"young"}, {"middle", "old"}),
    (test_of("age", Op.LE, 40.0), {"young", "middle"}, {"old"}),
    (test_of("age", Op.GT, 39.5), {"middle", "old"}, {"young"}),
    (test_of("age", Op.GE, 70), {"old"}, {"young", "middle"}),
    (test_of("age", Op.BETWEEN, (20, 40)), {"young", "middle"}, {"old"}),
    (test_of("age", Op.NOT_BETWEEN, (20, 40)), {"old"}, {"young", "middle"}),
    (test_of("age", Op.IN, (20, 70.0)), {"young", "old"}, {"middle"}),
    (test_of("age", Op.NOT_IN, (20, 70)), {"middle"}, {"young", "old"}),
    (test_of("city", Op.EQ, "Xi'an"), {"middle"}, {"young"}),
    (test_of("city", Op.NOT_IN, ("Xi'an", "")), {"young"}, {"middle"}),
    (test_of("consent_email", Op.EQ, False), {"middle"}, {"young"}),
    (test_of("consent_email", Op.NE, False), {"young"}, {"middle"}),
    (test_of("monetary_total", Op.EQ, 0), {"middle", "old"}, {"young"}),
    (test_of("loyalty", Op.EQ, 0.3000000001), {"young", "old"}, {"middle"}),
    (test_of("monetary_total", Op.GT, Ref(alias="customer", property="loyalty")), {"young"}, {"middle", "old"}),
    (test_of("age", Op.GT, Ref(alias="customer", property="monetary_30d")), {"middle"}, set()),
    (test_of("city", Op.EQ, Ref(alias="customer", property="city")), {"young", "middle"}, set()),
])
def test_a_comparison_with_unknown_holds_in_neither_form(condition, holds, fails):
    assert (who(condition), who(Not(part=condition))) == (holds, fails)


YES, NO, OPEN = Known(property="age"), Unknown(property="age"), test_of("region", Op.EQ, "north")


@pytest.mark.parametrize(("condition", "truth"), [
    (And(parts=()), True), (Or(parts=()), False), (And(parts=(YES, YES)), True), (And(parts=(YES, NO)), False),
    (And(parts=(YES, OPEN)), None), (And(parts=(OPEN, NO)), False), (Or(parts=(NO, NO)), False),
    (Or(parts=(NO, OPEN)), None), (Or(parts=(OPEN, YES)), True), (Not(part=Not(part=OPEN)), None),
    (Concluded(kind="mood", value="bad"), False),
    (And(parts=(YES,) * 900), True),
])
def test_logic_is_kleenes(condition, truth):
    known = And(parts=(Known(property="age"), condition))
    denied = And(parts=(Known(property="age"), Not(part=condition)))
    everybody = {"young", "middle", "old"}
    assert (who(known), who(denied)) == (everybody if truth else set(), everybody if truth is False else set())


COMPLAINT = test_of("kind", Op.EQ, "complaint")
CATEGORY_OF_P = test_of("category", Op.EQ, Ref(alias="p", property="category"))
FAVOURITE = test_of("category", Op.EQ, Ref(alias="customer", property="preferred_category"))


@pytest.mark.parametrize("gathering", [BITS, BOOLEANS])
@pytest.mark.parametrize(("condition", "holds"), [
    (related("interaction", COMPLAINT), {"young", "middle", "old"}),
    (related("interaction", COMPLAINT, test_of("days_ago", Op.LT, 30)), {"young"}),
    (none_of("interaction", "r", And(parts=(COMPLAINT, test_of("days_ago", Op.LT, 30)))), {"middle", "old", "nobody"}),
    (related("interaction", COMPLAINT, Unknown(property="resolved")), {"middle", "old"}),
    (related("interaction", Not(part=test_of("resolved", Op.EQ, False))), {"old"}),
    (related("interaction", COMPLAINT, at_least=2), {"old"}),
    (related("interaction", at_least=1, at_most=2), {"young", "middle"}),
    (related("interaction", COMPLAINT, at_least=0, at_most=1), {"young", "middle", "nobody"}),
    (related("purchase", FAVOURITE), {"young", "middle"}),
    (related("purchase", FAVOURITE, test_of("orders_90d", Op.GE, 2)), {"young"}),
    (Not(part=related("purchase", FAVOURITE)), {"old", "nobody"}),
    (related("purchase", test_of("orders_90d", Op.LT, Ref(alias="customer", property="age")), at_least=2),
     {"young", "middle"}),
    (related("purchase", related("interaction", CATEGORY_OF_P), alias="p"), {"young"}),
    (related("purchase", Not(part=related("interaction", CATEGORY_OF_P)), alias="p"), {"young", "middle"}),
    (related("purchase", related("interaction", test_of("days_ago", Op.LT, Ref(alias="p", property="orders_90d"))),
             alias="p"), {"middle"}),
    (related("purchase", related("interaction", COMPLAINT), alias="p", at_least=3), {"middle"}),
    (related("purchase", related("interaction", CATEGORY_OF_P, related(
        "contact", test_of("campaign_id", Op.EQ, Ref(alias="p", property="category")), alias="c")), alias="p"), set()),
    (related("purchase", related("purchase", test_of(
        "orders_90d", Op.LT, Ref(alias="p", property="orders_90d")), alias="q"), alias="p"), {"young", "middle"}),
])
def test_rows_are_counted_where_they_are_known_to_match(condition, holds, gathering):
    assert who(condition, gathering) == holds
