"""The operators of conditions: one row says of each all that the readings, the forms of a rule and the check need.

A new operator is a member of ``Op``, its row here, what a table says for it (``rules.batch.expressions``, for Ibis
stays there) and its line in the definition that all readings are held against (``rules.conformance.naive``, which must
not read this table: it would repeat its mistakes).

Whatever the operator, a comparison with an unknown value is unknown. So is its opposite, and a test under a *not* is
the opposite test.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from kb.model.condition import Op, Test
from ontology.schema import PropertyType
from ontology.text import Text


class Shape(Enum):
    """What a value is compared with."""

    VALUE = auto()
    """One constant, or a property of another fact."""

    RANGE = auto()
    """A pair of constants, low and high, which both belong to it."""

    CHOICE = auto()
    """A list of constants, at least one."""


class Order(StrEnum):
    """How a value stands to what it is compared with; *same* is also within a range, and one of a choice."""

    LESS = "<"
    SAME = "="
    MORE = ">"

    @property
    def turned(self) -> "Order":
        """How the operand stands to the value."""
        return {Order.LESS: Order.MORE, Order.MORE: Order.LESS}.get(self, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator.

    Args:
        shape: What it compares a value with.
        types: Of which properties.
        orders: How a known value stands to a known operand where it holds; it fails in the other orders.
        opposite: Holds of known values where it fails.
        holds: The same in Python.
        source: The same as Python source; ``{value}`` and ``{operand}`` are names or constants.
        engine: The test of durable_rules, which has one for a single value only, and for equality none by name.
        phrase: How explanations tell it.
        word: What the sentence form writes; a decision table writes the same in Chinese, and its name in English.
    """

    shape: Shape
    types: frozenset[PropertyType]
    orders: frozenset[Order]
    opposite: Op
    holds: Callable[..., bool]
    source: str
    engine: str | None = None
    phrase: Text
    word: Text

    @property
    def is_ordered(self) -> bool:
        """Whether it asks for less, or for more, than one value."""
        return self.shape is Shape.VALUE and (Order.LESS in self.orders) is not (Order.MORE in self.orders)


_NUMERIC = frozenset({PropertyType.NUMBER, PropertyType.INTEGER})
_ENUMERABLE = _NUMERIC | {PropertyType.STRING}
_ANY = frozenset(PropertyType)
_SAME, _ELSE = frozenset({Order.SAME}), frozenset({Order.LESS, Order.MORE})

OPERATORS: Mapping[Op, Operator] = {
    Op.EQ: Operator(
        shape=Shape.VALUE, types=_ANY, orders=_SAME, opposite=Op.NE,
        holds=operator.eq, source="{value} == {operand}",
        phrase=Text(zh="{name}为{value}", en="{name} is {value}"), word=Text(zh="等于", en="is")),
    Op.NE: Operator(
        shape=Shape.VALUE, types=_ANY, orders=_ELSE, opposite=Op.EQ,
        holds=operator.ne, source="{value} != {operand}", engine="$neq",
        phrase=Text(zh="{name}不是{value}", en="{name} is not {value}"), word=Text(zh="不等于", en="is not")),
    Op.LT: Operator(
        shape=Shape.VALUE, types=_NUMERIC, orders=frozenset({Order.LESS}), opposite=Op.GE,
        holds=operator.lt, source="{value} < {operand}", engine="$lt",
        phrase=Text(zh="{name}小于 {value}", en="{name} is below {value}"), word=Text(zh="小于", en="is below")),
    Op.LE: Operator(
        shape=Shape.VALUE, types=_NUMERIC, orders=frozenset({Order.LESS, Order.SAME}), opposite=Op.GT,
        holds=operator.le, source="{value} <= {operand}", engine="$lte",
        phrase=Text(zh="{name}不超过 {value}", en="{name} is at most {value}"),
        word=Text(zh="不超过", en="is at most")),
    Op.GT: Operator(
        shape=Shape.VALUE, types=_NUMERIC, orders=frozenset({Order.MORE}), opposite=Op.LE,
        holds=operator.gt, source="{value} > {operand}", engine="$gt",
        phrase=Text(zh="{name}大于 {value}", en="{name} is above {value}"), word=Text(zh="大于", en="is above")),
    Op.GE: Operator(
        shape=Shape.VALUE, types=_NUMERIC, orders=frozenset({Order.SAME, Order.MORE}), opposite=Op.LT,
        holds=operator.ge, source="{value} >= {operand}", engine="$gte",
        phrase=Text(zh="{name}不少于 {value}", en="{name} is at least {value}"),
        word=Text(zh="不少于", en="is at least")),
    Op.BETWEEN: Operator(
        shape=Shape.RANGE, types=_NUMERIC, orders=_SAME, opposite=Op.NOT_BETWEEN,
        holds=lambda value, ends: ends[0] <= value <= ends[1], source="{operand}[0] <= {value} <= {operand}[1]",
        phrase=Text(zh="{name}在 {low} 到 {high} 之间", en="{name} is between {low} and {high}"),
        word=Text(zh="介于", en="is between")),
    Op.NOT_BETWEEN: Operator(
        shape=Shape.RANGE, types=_NUMERIC, orders=_ELSE, opposite=Op.BETWEEN,
        holds=lambda value, ends: not ends[0] <= value <= ends[1],
        source="not {operand}[0] <= {value} <= {operand}[1]",
        phrase=Text(zh="{name}不在 {low} 到 {high} 之间", en="{name} is not between {low} and {high}"),
        word=Text(zh="不介于", en="is not between")),
    Op.IN: Operator(
        shape=Shape.CHOICE, types=_ENUMERABLE, orders=_SAME, opposite=Op.NOT_IN,
        holds=lambda value, members: value in members, source="{value} in {operand}",
        phrase=Text(zh="{name}为{value}", en="{name} is {value}"), word=Text(zh="属于", en="is one of")),
    Op.NOT_IN: Operator(
        shape=Shape.CHOICE, types=_ENUMERABLE, orders=_ELSE, opposite=Op.IN,
        holds=lambda value, members: value not in members, source="{value} not in {operand}",
        phrase=Text(zh="{name}不是{value}", en="{name} is neither of {value}"),
        word=Text(zh="不属于", en="is none of")),
}


def of_shape(shape: Shape) -> tuple[Op, ...]:
    """The operators that compare with so much.

    >>> [op.value for op in of_shape(Shape.CHOICE)]
    ['in', 'not in']
    """
    return tuple(op for op, row in OPERATORS.items() if row.shape is shape)


def of_type(kind: PropertyType) -> tuple[Op, ...]:
    """The operators that may test a property of a type.

    >>> [op.value for op in of_type(PropertyType.BOOLEAN)]
    ['=', '!=']
    """
    return tuple(op for op, row in OPERATORS.items() if kind in row.types)


def opposite(test: Test) -> Test:
    """The test that is true where ``test`` is false, and unknown where it is unknown."""
    return replace(test, op=OPERATORS[test.op].opposite)
