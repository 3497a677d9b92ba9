"""Constants and operators against the type of a property."""

import math
import unicodedata

from kb.errors import InvalidRule
from kb.model.condition import Op, Scalar
from kb.suggestion import did_you_mean
from ontology.schema import Property, PropertyType
from ontology.text import Text
from rules.condition.operators import OPERATORS, Shape, of_type

LARGEST = 10**15
"""Numbers must be smaller: beyond it nine decimals are no longer told apart, and beyond 2**53 whole numbers are not."""

LONGEST_BYTES = 2_000

NUMERIC = frozenset({PropertyType.NUMBER, PropertyType.INTEGER})
_CALLED = {
    PropertyType.NUMBER: Text(zh="数值", en="a number"),
    PropertyType.INTEGER: Text(zh="整数", en="a whole number"),
    PropertyType.STRING: Text(zh="文本", en="a text"),
    PropertyType.BOOLEAN: Text(zh="是或否", en="true or false"),
}


def check_operator(known: Property, op: Op) -> None:
    """Refuse an order of texts or of truth values."""
    allowed = of_type(known.type)
    if op not in allowed:
        msg = Text(zh=f"{op!s} 不能用于比较“{known.name}”，它是{_CALLED[known.type].zh}",
                   en=f"{op!s} cannot compare {known.name!r}, which is {_CALLED[known.type].en}")
        raise InvalidRule(msg, hint=Text(zh=f"可用：{'、'.join(sorted(allowed))}",
                                         en=f"use one of {', '.join(sorted(allowed))}"))


def check_operand(known: Property, op: Op, operand: Scalar | tuple[Scalar, ...]) -> None:
    """Refuse constants of another type or shape than the operator and the property need."""
    if OPERATORS[op].shape is not Shape.VALUE:
        _check_list(known, op, operand)
    elif isinstance(operand, tuple):
        msg = Text(zh=f"{op!s} 把“{known.name}”与一个值比较，得到的是列表",
                   en=f"{op!s} compares {known.name!r} with one value, got a list")
        raise InvalidRule(msg, hint=Text(zh="多个值请用 in", en="write 'in' for a choice of values"))
    else:
        check_constant(known, operand)


def check_reference(known: Property, op: Op, other: Property) -> None:
    """Refuse a join of two types, or one that asks for a list."""
    if OPERATORS[op].shape is not Shape.VALUE:
        msg = Text(zh=f"{op!s} 需要常量，得到的是另一事实的属性“{other.name}”",
                   en=f"{op!s} needs constants, got the property {other.name!r} of another fact")
        raise InvalidRule(msg, hint=Text(zh="两个事实之间请用 =、!=、<、<=、> 或 >= 比较",
                                         en="compare two facts with =, !=, <, <=, > or >="))
    if known.type is not other.type and not {known.type, other.type} <= NUMERIC:
        msg = Text(zh=f"“{known.name}”是{_CALLED[known.type].zh}，而“{other.name}”是{_CALLED[other.type].zh}",
                   en=f"{known.name!r} is {_CALLED[known.type].en}, but {other.name!r} is {_CALLED[other.type].en}")
        raise InvalidRule(msg, hint=Text(zh="请比较同一类型的属性", en="compare properties of the same type"))


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
            msg = Text(zh=f"“{known.name}”是{_CALLED[known.type].zh}，得到的是 {value!r}",
                       en=f"{known.name!r} is {_CALLED[known.type].en}, got {value!r}")
            raise InvalidRule(msg, hint=Text(zh="请给出该类型的值", en="give a value of that type"))


def check_text(known: Property, value: str) -> None:
    """Refuse a text that the readings cannot compare alike, or that is none of the property's choices."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError as error:
        msg = Text(zh=f"“{known.name}”的文本无法用 UTF-8 表示：{value!r}",
                   en=f"the text for {known.name!r} has no UTF-8 form: {value!r}")
        raise InvalidRule(msg, hint=Text(zh="请去掉孤立的代理字符", en="remove the lone surrogate")) from error
    if size > LONGEST_BYTES:
        msg = Text(zh=f"“{known.name}”的文本有 {size} 字节，最多 {LONGEST_BYTES}",
                   en=f"the text for {known.name!r} has {size} bytes, expected at most {LONGEST_BYTES}")
        raise InvalidRule(msg, hint=Text(zh="请用更短的文本比较", en="compare a shorter text"))
    if not unicodedata.is_normalized("NFC", value):
        msg = Text(zh=f"“{known.name}”的文本不是 Unicode 规范形式 C：{value!r}",
                   en=f"the text for {known.name!r} is not in Unicode normal form C: {value!r}")
        raise InvalidRule(msg, hint=Text(zh=f"请写成 {unicodedata.normalize('NFC', value)!r}",
                                         en=f"write {unicodedata.normalize('NFC', value)!r}"))
    if known.choices and value not in known.choices:
        msg = Text(zh=f"“{known.name}”没有取值“{value}”", en=f"unknown {known.name} {value!r}")
        raise InvalidRule(msg, hint=did_you_mean(value, known.choices))


def _check_number(known: Property, value: float) -> None:
    if not math.isfinite(value) or abs(value) >= LARGEST:
        msg = Text(zh=f"“{known.name}”的数值应在 -1e15 和 1e15 之间，得到的是 {value!r}",
                   en=f"the number for {known.name!r} must lie between -1e15 and 1e15, got {value!r}")
        raise InvalidRule(msg, hint=Text(zh="请用更小的数比较", en="compare with a smaller number"))


def _check_list(known: Property, op: Op, operand: Scalar | tuple[Scalar, ...]) -> None:
    if not isinstance(operand, tuple) or not operand:
        msg = Text(zh=f"{op!s} 需要“{known.name}”的至少一个值的列表，得到的是 {operand!r}",
                   en=f"{op!s} needs a list with at least one value for {known.name!r}, got {operand!r}")
        raise InvalidRule(msg, hint=Text(zh="请写 value = [...]", en="write value = [...]"))
    for member in operand:
        check_constant(known, member)
    if OPERATORS[op].shape is not Shape.RANGE:
        return
    if len(operand) != len(("low", "high")) or operand[0] > operand[1]:  # type: ignore[operator]  # numbers, checked above
        msg = Text(zh=f"{op!s} 需要“{known.name}”的 [下限, 上限] 且下限不大于上限，得到的是 {list(operand)!r}",
                   en=f"{op!s} needs [low, high] with low <= high for {known.name!r}, got {list(operand)!r}")
        raise InvalidRule(msg, hint=Text(zh="请先写下限", en="give the lower end first"))


