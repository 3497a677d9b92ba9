"""The table of operators says the same in each of its columns, and no reading lacks one."""

from itertools import product

import pytest

from kb.model.condition import Op, Test
from ontology.schema import PropertyType
from rules.batch.expressions import COMPARISONS
from rules.condition.operators import OPERATORS, Order, Shape, of_type, opposite
from rules.conformance import naive
from rules.interpreter.kleene import Scope, negation, reading
from rules.reasoning.satisfiability import satisfying
from rules.reasoning.value_sets import NumberSet

OPERANDS = {Shape.VALUE: [3], Shape.RANGE: [(3, 5), (3, 3)], Shape.CHOICE: [(3,), (3, 5)]}
VALUES = [2, 3, 4, 5, 6]
CASES = [(op, operand, value) for op, row in OPERATORS.items()
         for operand, value in product(OPERANDS[row.shape], VALUES)]


def order_of(shape, value, operand):
    """How a value stands to an operand: for a choice, one of it or not."""
    match shape:
        case Shape.VALUE:
            return Order.LESS if value < operand else Order.MORE if value > operand else Order.SAME
        case Shape.RANGE:
            return Order.LESS if value < operand[0] else Order.MORE if value > operand[1] else Order.SAME
        case _:
            return Order.SAME if value in operand else Order.LESS


def test_no_reading_lacks_an_operator():
    assert set(OPERATORS) == set(COMPARISONS) == set(naive._HOLDS) == set(Op)


def test_the_engine_has_a_name_for_all_that_it_can_be_asked_but_equality():
    named = {op for op, row in OPERATORS.items() if row.engine}
    assert named == {op for op, row in OPERATORS.items() if row.shape is Shape.VALUE} - {Op.EQ}


@pytest.mark.parametrize(("op", "operand", "value"), CASES)
def test_the_columns_of_an_operator_agree_on_when_it_holds(op, operand, value):
    row = OPERATORS[op]
    holds = row.holds(value, operand)
    assert (order_of(row.shape, value, operand) in row.orders) is holds
    assert eval(row.source.format(value="value", operand=repr(operand)), {"value": value}) is holds  # noqa: S307
    assert naive._HOLDS[op](value, operand) is holds
    assert (value in satisfying(Test(property="age", op=op, operand=operand), NumberSet(whole=True))) is holds


@pytest.mark.parametrize("value", [*VALUES, None])
@pytest.mark.parametrize("op", Op)
def test_the_opposite_of_a_test_has_its_truth_turned_round_and_stays_unknown(op, value):
    for operand in OPERANDS[OPERATORS[op].shape]:
        test = Test(property="age", op=op, operand=operand)
        scope = Scope(facts=None, conclusions=frozenset(), bound={"customer": {} if value is None else {"age": value}})
        assert reading(opposite(test))(scope) is negation(reading(test)(scope))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_two_operators_are_written_alike(language):
    words = [row.word.say(language) for row in OPERATORS.values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("op", Op)
def test_a_phrase_has_a_place_for_all_that_it_compares(op):
    row = OPERATORS[op]
    places = {"name", "low", "high"} if row.shape is Shape.RANGE else {"name", "value"}
    for language in ("zh", "en"):
        said = row.phrase.say(language)
        assert {place for place in ("name", "value", "low", "high") if f"{{{place}}}" in said} == places


def test_texts_and_truth_values_have_no_order():
    assert not any(OPERATORS[op].is_ordered for kind in (PropertyType.STRING, PropertyType.BOOLEAN)
                   for op in of_type(kind))
