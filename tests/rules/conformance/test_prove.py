"""The readings agree on random rules and customers; what differs would be told."""

from dataclasses import replace

import pytest

from kb.model.condition import And, Exists, Known, Not, Op, Or, Ref, Test, Unknown, walk
from kb.model.rule import Conclude
from ontology.schema import PropertyType, load_schema
from rules.condition.walk import kinds_in
from rules.conformance import ACTIONS, compare, draw_rules, prove
from rules.conformance.prove import _lots
from rules.conformance.readings import ClosuresReading
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules
from rules.lint import check_rules

SCHEMA = load_schema()
DRAWN = [draw_rules(SCHEMA, seed=number) for number in range(60)]
NODES = [node for rules in DRAWN for rule in rules for node in walk(rule.when)]


def test_two_thousand_evaluations_agree_in_every_reading():
    tally = prove(cases=2_000, seed=7, customers=80)
    assert (tally.evaluations, tally.rule_sets, tally.different, tally.differences) == (2_000, 25, 0, ())
    assert tally.firings > 1_000
    assert tally.left_out < 100


def test_every_operator_count_join_and_conclusion_is_drawn():
    tests = [node for node in NODES if isinstance(node, Test)]
    assert {test.op for test in tests} == set(Op)
    assert {type(node) for node in NODES} >= {And, Or, Not, Known, Unknown, Exists}
    assert {test.op for test in tests if isinstance(test.operand, Ref)} == {
        Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE}
    found = [node for node in NODES if isinstance(node, Exists)]
    assert {node.fact for node in found} == set(SCHEMA.facts) - {"customer"}
    assert {(node.at_least, node.at_most) for node in found} >= {(1, None), (0, 0), (2, None), (0, 1), (1, 2)}
    assert any(isinstance(inner, Exists) for node in found for inner in walk(node.where))
    assert any(kinds_in(rule.when) for rules in DRAWN for rule in rules if isinstance(rule.then, Conclude))
    assert max(len(compile_rules(rules, SCHEMA).strata) for rules in DRAWN) >= 3


def test_every_rule_that_is_drawn_may_be_saved():
    for rules in DRAWN:
        made = {rule.then.kind for rule in rules if isinstance(rule.then, Conclude)}
        if all(kinds_in(rule.when) <= made for rule in rules):
            check_rules(rules, SCHEMA, ACTIONS)


def test_what_is_drawn_has_the_type_of_its_property():
    kinds = {PropertyType.NUMBER: (int, float), PropertyType.INTEGER: (int,), PropertyType.STRING: (str,),
             PropertyType.BOOLEAN: (bool,)}
    for number, rules in enumerate(DRAWN):
        for facts in draw_customers(compile_rules(rules, SCHEMA), count=5, seed=number):
            tables = [("customer", [facts.customer]), *((fact, [row.values for row in rows])
                                                        for fact, rows in facts.related.items())]
            for fact, listed in tables:
                for name, value in (pair for values in listed for pair in values.items()):
                    assert isinstance(value, kinds[SCHEMA.facts[fact].properties[name].type]), (fact, name, value)


def test_equal_seeds_draw_equal_rules_and_customers():
    rules = draw_rules(SCHEMA, seed="7/3")
    assert rules == draw_rules(SCHEMA, seed="7/3") != draw_rules(SCHEMA, seed="7/4")
    ruleset = compile_rules(rules, SCHEMA)
    assert list(draw_customers(ruleset, count=9, seed=1)) == list(draw_customers(ruleset, count=9, seed=1))


@pytest.mark.parametrize("cases", [1, 499, 500, 501, 5_003])
def test_as_many_are_compared_as_were_asked_for(cases):
    lots = list(_lots(cases, 7, 500))
    assert sum(size for lot in lots for size in lot.sizes) == cases
    assert [number for lot in lots for number in lot.sets] == list(range(sum(len(lot.sets) for lot in lots)))


class Contrary(ClosuresReading):
    """Says of the last customer that nothing fires, and nothing of the first."""

    name = "contrary"

    def read(self, ruleset, people):
        said = list(super().read(ruleset, people))
        return [None, *said[1:-1], (frozenset(), frozenset())]


class Broken:
    name = "broken"

    def read(self, ruleset, people):
        raise MemoryError(len(ruleset.rules), len(people))


ALWAYS = compile_rules([replace(DRAWN[0][0], when=And(parts=()), valid_from=None, valid_to=None)], SCHEMA)


def test_a_difference_is_told_with_the_rules_and_the_customer():
    people = list(draw_customers(ALWAYS, count=10, seed=1))
    tally = compare(ALWAYS, people, [Contrary(), ClosuresReading()])
    assert (tally.evaluations, tally.left_out, tally.different) == (10, 1, 1)
    [difference] = tally.differences
    assert (difference.reading, difference.rules, difference.facts) == (
        "contrary", tuple(ALWAYS.rules.values()), people[-1])
    assert difference.message.startswith("does not fire rule 0")


def test_a_reading_that_fails_differs_for_everybody():
    tally = compare(ALWAYS, list(draw_customers(ALWAYS, count=10, seed=1)), [Broken(), ClosuresReading()])
    assert tally.different == 10
    assert tally.differences[0].message == "fails with MemoryError: (1, 10)"
