"""Constants and operators against the type of a property."""

import math
import unicodedata
from collections.abc import Mapping

from kb.errors import InvalidRule
from kb.model.condition import Op, Scalar
from ontology.schema import Property, PropertyType
from rules.language.nearest import did_you_mean

LARGEST = 10**15
"""Numbers must be smaller: beyond it nine decimals are no longer told apart, and beyond 2**53 whole numbers are not."""

LONGEST_BYTES = 2_000

_NUMBERS = frozenset({PropertyType.NUMBER, PropertyType.INTEGER})
_EQUALITY = frozenset({Op.EQ, Op.NE})
_MEMBERSHIP = frozenset({Op.IN, Op.NOT_IN})
_OPERATORS: Mapping[PropertyType, frozenset[Op]] = {
    PropertyType.NUMBER: frozenset(Op),
    PropertyType.INTEGER: frozenset(Op),
    PropertyType.STRING: _EQUALITY | _MEMBERSHIP,
    PropertyType.BOOLEAN: _EQUALITY,
}
_CALLED = {PropertyType.NUMBER: "a number", PropertyType.INTEGER: "a whole number", PropertyType.STRING: "a text",
           PropertyType.BOOLEAN: "true or false"}


def check_operator(known: Property, op: Op) -> None:
    """Refuse an order of texts or of truth values."""
    allowed = _OPERATORS[known.type]
    if op not in allowed:
        msg = f"{op!s} cannot compare {known.name!r}, which is {_CALLED[known.type]}"
        raise InvalidRule(msg, hint=f"use one of {', '.join(sorted(allowed))}")


def check_operand(known: Property, op: Op, operand: Scalar | tuple[Scalar, ...]) -> None:
    """Refuse constants of another type or shape than the operator and the property need."""
    if op in _MEMBERSHIP or op is Op.BETWEEN:
        _check_list(known, op, operand)
    elif isinstance(operand, tuple):
        msg = f"{op!s} compares {known.name!r} with one value, got a list"
        raise InvalidRule(msg, hint="write 'in' for a choice of values")
    else:
        check_constant(known, operand)


def check_reference(known: Property, op: Op, other: Property) -> None:
    """Refuse a join of two types, or one that asks for a list."""
    if op in _MEMBERSHIP or op is Op.BETWEEN:
        msg = f"{op!s} needs constants, got the property {other.name!r} of another fact"
        raise InvalidRule(msg, hint="compare two facts with =, !=, <, <=, > or >=")
    if known.type is not other.type and not {known.type, other.type} <= _NUMBERS:
        msg = f"{known.name!r} is {_CALLED[known.type]}, but {other.name!r} is {_CALLED[other.type]}"
        raise InvalidRule(msg, hint="compare properties of the same type")


def check_constant(known: Property, value: Scalar | None) -> None:
    """Refuse a constant that the property can never have."""
    match known.type, value:
        case (PropertyType.NUMBER | PropertyType.INTEGER), int() | float() if not isinstance(value, bool):
            _check_number(known, value)
        case PropertyType.STRING, str():
            check_text(known, value)
        case PropertyType.BOOLEAN, bool():
            return
        case _:
            msg = f"{known.name!r} is {_CALLED[known.type]}, got {value!r}"
            raise InvalidRule(msg, hint="give a value of that type")


def check_text(known: Property, value: str) -> None:
    """Refuse a text that the readings cannot compare alike, or that is none of the property's choices."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        msg = f"the text for {known.name!r} has no UTF-8 form: {value!r}"
        raise InvalidRule(msg, hint="remove the lone surrogate") from error
    if size > LONGEST_BYTES:
        msg = f"the text for {known.name!r} has {size} bytes, expected at most {LONGEST_BYTES}"
        raise InvalidRule(msg, hint="compare a shorter text")
    if not unicodedata.is_normalized("NFC", value):
        msg = f"the text for {known.name!r} is not in Unicode normal form C: {value!r}"
        raise InvalidRule(msg, hint=f"write {unicodedata.normalize('NFC', value)!r}")
    if known.choices and value not in known.choices:
        msg = f"unknown {known.name} {value!r}"
        raise InvalidRule(msg, hint=did_you_mean(value, known.choices))


def _check_number(known: Property, value: float) -> None:
    if not math.isfinite(value) or abs(value) >= LARGEST:
        msg = f"the number for {known.name!r} must lie between -1e15 and 1e15, got {value!r}"
        raise InvalidRule(msg, hint="compare with a smaller number")


def _check_list(known: Property, op: Op, operand: Scalar | tuple[Scalar, ...]) -> None:
    if not isinstance(operand, tuple) or not operand:
        msg = f"{op!s} needs a list with at least one value for {known.name!r}, got {operand!r}"
        raise InvalidRule(msg, hint="write value = [...]")
    for member in operand:
        check_constant(known, member)
    if op is not Op.BETWEEN:
        return
    if len(operand) != len(("low", "high")) or operand[0] > operand[1]:  # type: ignore[operator]  # numbers, checked above
        msg = f"between needs [low, high] with low <= high for {known.name!r}, got {list(operand)!r}"
        raise InvalidRule(msg, hint="give the lower end first")


