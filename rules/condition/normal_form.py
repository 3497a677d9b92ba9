"""Conditions as alternatives: *not* pushed to the leaves, *or* expanded.

A leaf that is negated becomes the opposite test of a known value, because a test of an unknown value holds in neither
form. Within an alternative everything is joined by *and*.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from kb.errors import InvalidRule
from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, Unknown
from ontology.text import Text
from rules.condition.operators import OPERATORS, Order, Shape, opposite
from rules.condition.values import constant
from rules.condition.walk import CUSTOMER

MOST_ALTERNATIVES = 64


@dataclass(frozen=True, slots=True)
class Compared:
    """The property of ``alias`` is known and compares so with a constant or with another known property."""

    alias: str
    property: str
    op: Op
    operand: Scalar | Ref


@dataclass(frozen=True, slots=True)
class Membership:
    """The property of ``alias`` is known and is, or is not, one of ``members``."""

    alias: str
    property: str
    members: tuple[Scalar, ...]
    wanted: bool


@dataclass(frozen=True, slots=True)
class Present:
    """The property of ``alias`` is known, or is not."""

    alias: str
    property: str
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class RowPresent:
    """``alias`` stands for a row of ``fact``."""

    alias: str
    fact: str


@dataclass(frozen=True, slots=True)
class Barred:
    """No row of ``fact``, called ``alias``, makes all of ``literals`` hold."""

    alias: str
    fact: str
    literals: tuple["Literal", ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """The customer has as many rows as ``exists`` says; decided before the rule, for ``exists`` names no other row."""

    exists: Exists


@dataclass(frozen=True, slots=True)
class Settled:
    """A conclusion was drawn by a lower stratum, or was not."""

    conclusion: Concluded
    wanted: bool


Literal: TypeAlias = Compared | Membership | Present | RowPresent | Barred | Counted | Settled
Alternative: TypeAlias = tuple[Literal, ...]
Leaf: TypeAlias = Exists | Concluded
Opened: TypeAlias = Callable[[Leaf, bool], tuple[Alternative, ...]]
"""The alternatives under which a leaf that is not about a property has the wanted truth."""

_TRUE: tuple[Alternative, ...] = ((),)


def rule_alternatives(when: Condition) -> tuple[Alternative, ...]:
    """A rule's condition; what it says of related rows and of conclusions stays whole.

    Raises:
        InvalidRule: There would be more than 64 alternatives.
    """
    return expand(when, CUSTOMER, _of_customer)


def row_alternatives(exists: Exists) -> tuple[Alternative, ...]:
    """That at least one row matches the tests of ``exists``, with the rows that it joins.

    Raises:
        InvalidRule: There would be more than 64 alternatives, or the tests leave the subset.
    """
    inner = expand(exists.where, exists.alias, _of_row)
    return tuple((RowPresent(exists.alias, exists.fact), *alternative) for alternative in inner)


def _of_customer(leaf: Leaf, wanted: bool) -> tuple[Alternative, ...]:  # noqa: FBT001  # the shape of an Opened
    if isinstance(leaf, Concluded):
        return ((Settled(leaf, wanted),),)
    return tuple((Counted(exists),) for exists in ((leaf,) if wanted else _outside(leaf)))


def _of_row(leaf: Leaf, wanted: bool) -> tuple[Alternative, ...]:  # noqa: FBT001  # the shape of an Opened
    if isinstance(leaf, Concluded):
        msg = Text(zh=f"结论“{leaf.kind}”在 exists 里被测试，但结论是关于客户的",
                   en=f"the conclusion {leaf.kind!r} is tested inside 'exists', but conclusions are about the customer")
        raise InvalidRule(msg, hint=Text(zh="请在 exists 旁边测试结论", en="test the conclusion beside the 'exists'"))
    if not leaf.is_sought:
        msg = Text(zh=f"{leaf.fact} 的计数写在另一个 exists 里",
                   en=f"a count of {leaf.fact} stands inside another 'exists'")
        raise InvalidRule(msg, hint=Text(zh="请在 exists 旁边计数；计数只能引用客户",
                                         en="count beside the 'exists'; a count may refer to the customer only"))
    return row_alternatives(leaf) if wanted is (leaf.at_least == 1) else _barred(leaf)


def _of_barred(leaf: Leaf, wanted: bool) -> tuple[Alternative, ...]:  # noqa: ARG001, FBT001  # an Opened
    msg = Text(zh=f"另一个 exists 里的 not exists 还测试了相关事实或结论（{leaf}）",
               en=f"'not exists' inside another 'exists' holds a further test of related facts or conclusions ({leaf})")
    raise InvalidRule(msg, hint=Text(zh="请用单独的规则得出结论，再测试该结论",
                                     en="let a rule of its own conclude it, and test that conclusion"))


def _outside(exists: Exists) -> Iterator[Exists]:
    """The ranges of counts that ``exists`` leaves out."""
    if exists.at_least > 0:
        yield replace(exists, at_least=0, at_most=exists.at_least - 1)
    if exists.at_most is not None:
        yield replace(exists, at_least=exists.at_most + 1, at_most=None)


def push_negation(condition: Condition) -> Condition:
    """The same condition, true, false and unknown alike, with *not* before ``Exists`` and ``Concluded`` alone.

    What stands inside an ``Exists`` is left as it is.

    >>> push_negation(Not(part=Or(parts=(Known(property="age"), Test(property="age", op=Op.LT, operand=30)))))
    ... # doctest: +NORMALIZE_WHITESPACE
    And(parts=(Unknown(property='age'),
               Test(property='age', op=<Op.GE: '>='>, operand=30, quantile=None)))
    """
    match condition:
        case Not(part=part):
            return _denied(part)
        case And(parts=parts) | Or(parts=parts):
            return replace(condition, parts=tuple(map(push_negation, parts)))
        case _:
            return condition


def _denied(condition: Condition) -> Condition:
    match condition:
        case Not(part=part):
            return push_negation(part)
        case And(parts=parts):
            return Or(parts=tuple(map(_denied, parts)))
        case Or(parts=parts):
            return And(parts=tuple(map(_denied, parts)))
        case Known(property=name):
            return Unknown(property=name)
        case Unknown(property=name):
            return Known(property=name)
        case Test():
            return opposite(condition)
        case Exists() | Concluded():
            return Not(part=condition)


def expand(condition: Condition, alias: str, opened: Opened) -> tuple[Alternative, ...]:
    """The alternatives under which ``condition``, a test of ``alias``, holds."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            inner = [expand(part, alias, opened) for part in parts]
            return _all_of(inner) if isinstance(condition, And) else _any_of(inner)
        case Known(property=name) | Unknown(property=name):
            return ((Present(alias, name, isinstance(condition, Known)),),)
        case Test():
            return _tested(condition, alias)
        case Exists() | Concluded():
            return opened(condition, True)
        case Not(part=Exists() | Concluded() as leaf):
            return opened(leaf, False)
        case Not():
            return expand(push_negation(condition), alias, opened)


def _tested(test: Test, alias: str) -> tuple[Alternative, ...]:
    row, name = OPERATORS[test.op], test.property
    is_same = Order.SAME in row.orders
    match row.shape, test.operand:
        case Shape.RANGE, (low, high):
            if is_same:
                return ((Compared(alias, name, Op.GE, constant(low)), Compared(alias, name, Op.LE, constant(high))),)
            return ((Compared(alias, name, Op.LT, constant(low)),), (Compared(alias, name, Op.GT, constant(high)),))
        case Shape.CHOICE, tuple() as members:
            return ((Membership(alias, name, constant(members), is_same),),)
        case _, Ref() as other:
            return ((Compared(alias, name, test.op, other),),)
        case _, tuple():
            msg = Text(zh=f"{test.op} 不能与列表比较：属性“{name}”",
                       en=f"{test.op} cannot compare with a list: property {name!r}")
            raise InvalidRule(msg, hint=Text(zh="请用 in 或 not in", en="write 'in' or 'not in'"))
        case _, operand:
            return ((Compared(alias, name, test.op, constant(operand)),),)


def _barred(exists: Exists) -> tuple[Alternative, ...]:
    """That no row matches, inside another ``Exists``.

    Where a row that the tests refer to lacks the value, no row can match: the engine needs that said as an
    alternative of its own, beside the one with the value present.
    """
    parts: list[tuple[Alternative, ...]] = []
    for literals in expand(exists.where, exists.alias, _of_barred):
        others = dict.fromkeys(literal.operand for literal in literals if isinstance(literal, Compared)
                               and isinstance(literal.operand, Ref) and literal.operand.alias != exists.alias)
        present = tuple(Present(ref.alias, ref.property) for ref in others)
        absent = tuple((Present(ref.alias, ref.property, wanted=False),) for ref in others)
        parts.append(((*present, Barred(exists.alias, exists.fact, literals)), *absent))
    return _all_of(parts)


def _all_of(parts: Iterable[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    made = _TRUE
    for part in parts:
        _bound(len(made) * len(part))
        made = tuple(dict.fromkeys(tuple(dict.fromkeys((*one, *other))) for one, other in product(made, part)))
    return made


def _any_of(parts: Iterable[tuple[Alternative, ...]]) -> tuple[Alternative, ...]:
    made = tuple(dict.fromkeys(alternative for part in parts for alternative in part))
    _bound(len(made))
    return made


def _bound(count: int) -> None:
    if count > MOST_ALTERNATIVES:
        msg = Text(zh=f"展开“任一”之后条件有 {count} 种情形，最多 {MOST_ALTERNATIVES} 种",
                   en=f"the condition has {count} alternatives once 'any' is written out, expected at most "
                      f"{MOST_ALTERNATIVES}")
        raise InvalidRule(msg, hint=Text(zh="请把规则拆成几条，或用 in 写多个值",
                                         en="split the rule into several, or write 'in' for a choice of values"))
