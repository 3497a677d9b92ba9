"""The shipped rules over the fact tables of a real base: customer by customer what the Python reading says."""

from collections import Counter

import ibis
import pytest

from kb.facts.refresh import FactTables
from kb.facts.rows import to_facts
from kb.model.condition import And, Exists, Op, Ref, Test
from kb.model.facts import Row
from kb.model.rule import Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.batch import compile_tables, same_for_all, stored_tables, tables_of
from rules.interpreter import compile_rules, fired_ids
from rules.packs.pack import load_pack

SCHEMA = load_schema()
NOW = (Row(key="hour:10", days_ago=0, values={"signal": "hour", "value": "10", "number": 10}),
       Row(key="cart:cola", days_ago=0, values={"signal": "cart", "value": "cola", "category": "SOFT DRINKS"}))


def related(fact, alias, *parts):
    return Exists(fact=fact, alias=alias, where=And(parts=parts))


def same_category(alias):
    return Test(property="category", op=Op.EQ, operand=Ref(alias=alias, property="category"))


JOINED = {
    "favourite-bought-lately": related(
        "purchase", "p", Test(property="category", op=Op.EQ,
                              operand=Ref(alias="customer", property="preferred_category")),
        Test(property="last_days_ago", op=Op.LT, operand=Ref(alias="customer", property="order_gap_mean"))),
    "in-the-cart-again": related("moment", "m", related("purchase", "p", same_category("m"))),
    "two-that-are-bought-alike": related(
        "purchase", "p", Test(property="orders_90d", op=Op.GE, operand=10), related(
            "purchase", "q", Test(property="orders_90d", op=Op.GT, operand=Ref(alias="p", property="orders_90d")),
            Test(property="spend_90d", op=Op.LT, operand=Ref(alias="p", property="spend_90d")))),
}


@pytest.fixture(scope="module")
def stored(demo_home):
    return FactTables.open(demo_home / "facts")


@pytest.fixture(scope="module")
def source(stored):
    tables = {**tables_of([], SCHEMA), **stored_tables(stored, ibis.duckdb.connect())}
    return {**tables, "moment": same_for_all(tables["customer"], NOW, SCHEMA.facts["moment"])}


@pytest.fixture(scope="module")
def people(stored):
    """Everybody's facts, read from the same files row by row."""
    rows = {}
    for name in stored.rows:
        for record in stored.read(name).to_pylist():
            rows.setdefault(record["customer_key"], {}).setdefault(name, []).append(record)
    return [to_facts(key, own.pop("customer")[0], own, NOW, as_of=stored.moment.as_of) for key, own in rows.items()]


@pytest.fixture(scope="module")
def ruleset():
    joined = (Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test")
              for name, when in JOINED.items())
    return compile_rules((*load_pack().rules, *joined), SCHEMA)


@pytest.fixture(scope="module")
def expected(ruleset, people):
    return {facts.customer_key: set(fired_ids(ruleset, facts)[0]) for facts in people}


def test_every_rule_fires_for_the_customers_of_the_python_reading(ruleset, source, expected, stored):
    table = compile_tables(ruleset, SCHEMA).fired(source, as_of=stored.moment.as_of).to_pyarrow().to_pylist()
    assert {row["customer_key"]: {rule for rule in ruleset.rules if row[rule]} for row in table} == expected
    assert len(table) == 2_469


def test_counts_and_the_ends_of_funnels_are_those_of_the_python_reading(ruleset, source, expected, stored):
    compiled = compile_tables(ruleset, SCHEMA)
    fired = Counter(rule for rules in expected.values() for rule in rules)
    counts = compiled.counts(source, as_of=stored.moment.as_of)
    assert counts == {rule: fired[rule] for rule in ruleset.rules}
    assert all(counts[rule] > 0 for rule in JOINED)
    funnels = compiled.funnels(source, as_of=stored.moment.as_of)
    assert {rule: funnel[-1] for rule, funnel in funnels.items()} == counts
