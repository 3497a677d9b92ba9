"""A release is not published if two readings of its own rules differ."""

from dataclasses import replace

import pytest

from kb.errors import InvalidRule
from kb.model.condition import Concluded, Not, Op, Test
from kb.model.rule import Example, Require, Rule
from ontology.schema import load_schema
from ontology.text import Text
from rules.batch import expressions
from rules.condition.operators import OPERATORS
from rules.conformance import demand_agreement, open_readings
from rules.conformance.readings import ClosuresReading
from rules.interpreter import compile_rules

SCHEMA = load_schema()


def rule_of(name, when, **more):
    return Rule(id=name, name=Text.same(name), when=when, then=Require(family="care"), author="test", **more)


ADULT = rule_of("adult", Test(property="age", op=Op.GE, operand=18))


@pytest.fixture(scope="module")
def readings():
    with open_readings() as opened:
        yield opened


def test_the_rules_of_the_pack_and_of_mining_read_alike(compiled, readings):
    demand_agreement(compiled.ruleset, as_of=0, drawn=40, readings=readings)


def test_all_three_readings_are_opened_where_none_are_given():
    demand_agreement(compile_rules([ADULT], SCHEMA), as_of=0, drawn=5)


MORE = replace(OPERATORS[Op.GE], source=OPERATORS[Op.GT].source)


@pytest.mark.parametrize(("breaks", "name"), [
    (lambda patch: patch.setitem(expressions.COMPARISONS, Op.GE, lambda value, other: value > other), "tables"),
    (lambda patch: patch.setitem(OPERATORS, Op.GE, MORE), "closures"),
])
def test_a_broken_reading_refuses_the_release(monkeypatch, readings, breaks, name):
    breaks(monkeypatch)
    with pytest.raises(InvalidRule, match=f"differ on .* the reading '{name}' does not fire adult for drawn-"):
        demand_agreement(compile_rules([ADULT], SCHEMA), as_of=0, readings=readings)


class Forgetful(ClosuresReading):
    """Reads no rule of a customer whose key names an example."""

    name = "forgetful"

    def read(self, ruleset, people):
        for facts, said in zip(people, super().read(ruleset, people), strict=True):
            yield (frozenset(), frozenset()) if "example" in facts.customer_key else said


def test_the_customers_of_the_examples_are_asked_about_too():
    shown = replace(ADULT, examples=(Example(name="grown", customer={"age": 40}),))
    with pytest.raises(InvalidRule, match=r"differ on 1 of 11 .* for example 'grown' of adult"):
        demand_agreement(compile_rules([shown], SCHEMA), as_of=0, drawn=10, readings=[Forgetful()])


class Timeless(ClosuresReading):
    """Takes every rule to be in effect."""

    name = "timeless"

    def read(self, ruleset, people):
        undated = [replace(rule, valid_from=None, valid_to=None) for rule in ruleset.rules.values()]
        return super().read(compile_rules(undated, ruleset.schema), people)


def test_rules_are_asked_about_when_they_begin_and_end():
    dated = replace(ADULT, valid_from=1_000, valid_to=2_000)
    with pytest.raises(InvalidRule, match="'timeless' fires adult"):
        demand_agreement(compile_rules([dated], SCHEMA), as_of=1_500, readings=[Timeless()])


def test_examples_with_equal_names_are_two_customers(readings):
    shown = tuple(replace(ADULT, id=f"adult {number}", examples=(Example(name="grown", customer={"age": 40}),) * 2)
                  for number in range(2))
    rested = rule_of("rested", Not(part=Concluded(kind="mood", value="bad")))
    demand_agreement(compile_rules([*shown, rested], SCHEMA), as_of=0, drawn=5, readings=readings)
