"""What stands in the cells of a decision table, so that no spreadsheet takes it for something else."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import LarkError

from kb.errors import InvalidRule
from kb.model.condition import Condition, Known, Op, Scalar, Test, Unknown
from kb.suggestion import did_you_mean
from ontology.schema import Property, PropertyType
from rules.condition.operators import OPERATORS, Shape, of_shape
from rules.formats.sentences.grammar import shape_rule
from rules.formats.sentences.terms import TermNames, Terms, unquoted

_GRAMMAR = Path(__file__).with_name("cell.lark")
_WORDS: Mapping[str, tuple[str, str]] = {
    "known": ("已知", "known"), "unknown": ("未知", "unknown"), "and": (" 与 ", " and "), "yes": ("是", "yes"),
    "no": ("否", "no")} | {op.value: (row.word.zh, op.value) for op, row in OPERATORS.items()}
_TRUTH = {"yes": True, "no": False, "是": True, "否": False, "true": True, "false": False}
_RESERVED = frozenset({*_TRUTH, "known", "unknown", "已知", "未知"})
_BARE = re.compile(r"[^\W\d_]\w*")
_HINT = "write for example 5, >= 3, between 1 and 5, in {a; b}, known or unknown"
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads ``_x000D_`` as a carriage return."""
_TYPES: Mapping[PropertyType, type | tuple[type, ...]] = {
    PropertyType.STRING: str, PropertyType.BOOLEAN: bool, PropertyType.NUMBER: (int, float),
    PropertyType.INTEGER: (int, float)}


def text_cell(text: str) -> str:
    """A text as it is where that is safe in a spreadsheet, else in quotes with the escapes of JSON.

    >>> text_cell("投诉 2"), text_cell("=1+1"), text_cell(""), text_cell("007")
    ('投诉 2', '"=1+1"', '""', '"007"')
    """
    is_plain = text[:1].isalpha() and text.isprintable() and text == text.strip() and text.lower() not in _RESERVED
    return text if is_plain and not _CODED.search(text) else _in_quotes(text)


def text_of(cell: str) -> str:
    """The text that a cell holds.

    >>> text_of("投诉 2"), text_of('"=1+1"')
    ('投诉 2', '=1+1')
    """
    if not cell.startswith('"'):
        return cell
    try:
        return unquoted(cell)
    except ValueError as fault:
        msg = f"{cell} begins with a quote, but is no text in quotes: {fault}"
        raise InvalidRule(msg, hint=r'write \" for a quote and \\ for a backslash') from fault


def shielded(written: str) -> str:
    r"""What was written, with all that a spreadsheet may change as escapes: only inside quotes can it occur.

    >>> shielded('"_x000D_\u2028"')
    '"\\u005fx000D_\\u2028"'
    """
    escaped = "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in written)
    return _CODED.sub(r"\\u005f", escaped)


def is_simple(condition: Condition, terms: Terms) -> bool:
    """Whether a condition is one test of the customer that a cell can hold."""
    known = terms.property("customer", condition.property) if isinstance(condition, Test | Known | Unknown) else None
    if known is None or not isinstance(condition, Test):
        return known is not None
    if condition.quantile is not None:
        return False
    members = condition.operand if isinstance(condition.operand, tuple) else (condition.operand,)
    return all(isinstance(member, _TYPES[known.type]) and isinstance(member, bool) is (
        known.type is PropertyType.BOOLEAN) for member in members)


def test_cell(condition: Condition, known: Property, terms: Terms) -> str:
    """The cell of a simple condition under the heading of its property.

    >>> from ontology.schema import load_schema
    >>> terms = Terms(load_schema(), "en")
    >>> test_cell(Test(property="age", op=Op.BETWEEN, operand=(30, 39)), terms.property("customer", "age"), terms)
    'between 30 and 39'
    """
    match condition:
        case Test(op=op, operand=tuple() as members):
            told = [_value(member, known, terms) for member in members]
            listed = f"{{{'; '.join(told)}}}" if OPERATORS[op].shape is Shape.CHOICE else _word("and", terms).join(told)
            return f"{_word(op.value, terms)} {listed}"
        case Test(op=op, operand=bool() | str() | int() | float() as value):
            said = _value(value, known, terms)
            return said if op is Op.EQ else f"{op.value} {said}"
        case _:
            return _word("known" if isinstance(condition, Known) else "unknown", terms)


def condition_of(cell: str, known: Property, terms: Terms) -> Condition:
    """The condition that a cell under the heading of a property holds."""
    try:
        test = _parser().parse(cell).children[0]
    except LarkError as fault:
        msg = f"{cell!r} is no test of {known.name}"
        raise InvalidRule(msg, hint=_HINT) from fault
    assert isinstance(test, Tree)  # noqa: S101  # a rule of the grammar, for the type checker
    values = [_scalar(part, known, terms) for part in test.children if isinstance(part, Tree)]
    match test.data:
        case "known":
            return Known(property=known.name)
        case "unknown":
            return Unknown(property=known.name)
        case "range" | "choice":
            op = Op[test.children[0].type]  # type: ignore[union-attr]  # a token
            return Test(property=known.name, op=op, operand=tuple(values))
        case _:
            return Test(property=known.name, op=Op(str(test.children[0] or "=")), operand=values[0])


@lru_cache(maxsize=1)
def _parser() -> Lark:
    signs = sorted((op.value for op in of_shape(Shape.VALUE)), key=len, reverse=True)
    grammar = [_GRAMMAR.read_text(encoding="utf-8"), shape_rule(Shape.RANGE), shape_rule(Shape.CHOICE),
               f"OP.2: /{'|'.join(signs)}/", *_operators()]
    return Lark("\n".join(grammar), parser="lalr", maybe_placeholders=True)


def _operators() -> Iterator[str]:
    """The terminals of the operators that are words, in either language."""
    for op in of_shape(Shape.RANGE):
        yield rf"{op.name}.2: /{_spelt(op)}\s|{OPERATORS[op].word.zh}/"
    for op in of_shape(Shape.CHOICE):
        yield rf"{op.name}.2: /(?:{_spelt(op)}|{OPERATORS[op].word.zh})(?=\s*\{{)/"


def _spelt(op: Op) -> str:
    return op.value.replace(" ", r"\s+")


def _word(word: str, terms: Terms) -> str:
    zh, en = _WORDS[word]
    return zh if terms.language == "zh" else en


def _value(value: Scalar, known: Property, terms: Terms) -> str:
    if isinstance(value, bool):
        return _word("yes" if value else "no", terms)
    if not isinstance(value, str):
        return repr(value)
    said = terms.values(known).said(value) if known.choices else value
    is_bare = _BARE.fullmatch(said) and said.isprintable() and said.lower() not in _RESERVED
    return said if is_bare and not _CODED.search(said) else _in_quotes(value)


def _in_quotes(text: str) -> str:
    return shielded(json.dumps(text, ensure_ascii=False))


def _scalar(part: Tree[Token], known: Property, terms: Terms) -> Scalar:
    token = part.children[0]
    assert isinstance(token, Token)  # noqa: S101  # a word of the grammar, for the type checker
    word = token.strip()
    if token.type == "STRING":
        return text_of(word)
    match known.type:
        case PropertyType.STRING:
            return _choice(word, terms.values(known)) if known.choices else word
        case PropertyType.BOOLEAN if word.lower() in _TRUTH:
            return _TRUTH[word.lower()]
        case PropertyType.NUMBER | PropertyType.INTEGER if (number := _number(word)) is not None:
            return number
    msg = f"{word!r} is no value of {known.name}, which is of type {known.type}"
    raise InvalidRule(msg, hint=_HINT)


def _choice(word: str, names: TermNames) -> str:
    found = word if word in names.labels else names.meant(word)
    if found is None:
        msg = f"unknown value {word!r}"
        raise InvalidRule(msg, hint=did_you_mean(word, names.labels.values()))
    return found


def _number(word: str) -> int | float | None:
    try:
        return int(word) if word.lstrip("-").isdecimal() else float(word)
    except ValueError:
        return None
