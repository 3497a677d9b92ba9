"""What the parser gives, as values: texts, numbers, instants."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

from lark import Token, Tree

from ontology.text import Text
from rules.formats.sentences.grammar import refusal_at
from rules.formats.sentences.terms import unquoted

Part = Tree[Token] | Token | None
Parsed = TypeVar("Parsed")


def once(told: Iterable[tuple[Token, str, Parsed]]) -> dict[str, Parsed]:
    """Each name with its value; refuses a name that stands twice."""
    found: dict[str, Parsed] = {}
    for token, name, value in told:
        if name in found:
            msg = f"{token.strip()!r} stands twice"
            raise refusal_at(token, msg, "give one value for each name")
        found[name] = value
    return found


def first_token(tree: Tree[Token]) -> Token:
    """The first word of a tree."""
    return next(tree.scan_values(lambda _: True))


def as_tree(part: Part) -> Tree[Token]:
    """The part, which must be a tree."""
    if isinstance(part, Tree):
        return part
    msg = f"the grammar gives a part where the reader expects {part!r}"
    raise TypeError(msg)


def as_token(part: Part) -> Token:
    """The part, which must be a word."""
    if isinstance(part, Token):
        return part
    msg = f"the grammar gives a word where the reader expects {part!r}"
    raise TypeError(msg)


def text_at(part: Part) -> str:
    """The text that stands in the quotes."""
    token = as_token(part)
    try:
        return unquoted(token)
    except ValueError as fault:
        msg = f"{token} is no text in quotes: {fault}"
        raise refusal_at(token, msg, r'write \" for a quote, \\ for a backslash and \n for a new line') from fault


def name_at(part: Part) -> str:
    """A name, in quotes or bare."""
    return text_at(part) if as_token(part).type == "STRING" else str(part)


def bilingual_at(part: Part) -> Text:
    """The words in both languages."""
    zh, en = map(text_at, as_tree(part).children)
    return Text(zh=zh, en=en)


def number_at(token: Token) -> int | float:
    """The number as it is written: a float where it has a point or an exponent."""
    return int(token) if token.lstrip("-").isdecimal() else float(token)


def whole_at(token: Token) -> int:
    """The whole number."""
    number = number_at(token)
    if isinstance(number, int):
        return number
    msg = f"found {token}, expected a whole number"
    raise refusal_at(token, msg, "count rows in whole numbers")


def figure_in(tree: Tree[Token]) -> float | None:
    """The number of an optional line; ``None`` where the line is missing."""
    token = tree.children[0]
    return None if token is None else float(as_token(token))


def instant_in(tree: Tree[Token]) -> int | None:
    """The instant of an optional line in epoch seconds; ``None`` where the line is missing."""
    token = tree.children[0]
    if token is None:
        return None
    try:
        return int(datetime.fromisoformat(as_token(token)).timestamp())
    except ValueError as fault:
        msg = f"{token} is no instant: {fault}"
        raise refusal_at(as_token(token), msg, "write it like 2018-01-01T00:00:00Z") from fault


def trees(tree: Tree[Token]) -> Iterator[Tree[Token]]:
    """The rules or examples of a text, one by one."""
    return map(as_tree, tree.children)
