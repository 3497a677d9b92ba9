"""The parser of each language, made of the one grammar and the words of the language."""

from functools import lru_cache
from pathlib import Path

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from kb.errors import InvalidRule
from kb.suggestion import did_you_mean, nearest
from ontology.text import Text
from rules.condition.operators import Shape, of_shape
from rules.formats.sentences.words import DESCRIBED, WORDS, owner_pattern, term_pattern, word_pattern

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_STARTS = ["rules", "rule", "condition", "parts", "arguments", "examples", "product"]
_HINT = {"zh": "对照现有规则的导出文件修改", "en": "compare it with rules that were exported"}
_MOST_SHOWN = 30


def parsed(text: str, start: str, language: str) -> Tree[Token]:
    """The tree of ``text``.

    Args:
        text: What somebody wrote.
        start: What it should be: ``rules``, ``rule``, ``condition``, ``parts``, ``arguments``, ``examples`` or
            ``product``.
        language: ``zh`` or ``en``.

    Raises:
        InvalidRule: It is no such thing; the message names line, column, what was found and what was expected.
    """
    try:
        tree: Tree[Token] = _parser(language).parse(text, start=start)
    except UnexpectedInput as fault:
        raise _refusal(fault, text, language) from fault
    return tree


def refusal_at(token: Token, found: str, hint: str | Text) -> InvalidRule:
    """The error to raise about what stands at ``token``."""
    return InvalidRule(f"line {token.line}, column {token.column}: {found}", hint=hint)


def shape_rule(shape: Shape) -> str:
    """The rule of a grammar for the operators that take such an operand, each a terminal called as in ``Op``.

    >>> shape_rule(Shape.CHOICE)
    '_of_choice: IN | NOT_IN'
    """
    return f"_of_{shape.name.lower()}: {' | '.join(op.name for op in of_shape(shape))}"


@lru_cache(maxsize=2)
def _parser(language: str) -> Lark:
    words = [f"{terminal}.2: /{word_pattern(terminal, language)}/" for terminal in WORDS]
    names = [f"OWNER.1: /{owner_pattern(language)}/", f"TERM: /{term_pattern(language)}/"]
    grammar = "\n".join([_GRAMMAR.read_text(encoding="utf-8"), *map(shape_rule, Shape), *words, *names])
    return Lark(grammar, parser="lalr", start=_STARTS, maybe_placeholders=True)


def _refusal(fault: UnexpectedInput, text: str, language: str) -> InvalidRule:
    match fault:
        case UnexpectedToken():
            expected, found = fault.accepts or fault.expected, str(fault.token)
        case UnexpectedCharacters():
            expected, found = fault.allowed or set(), _word_at(text, fault.pos_in_stream or 0)
        case UnexpectedEOF():
            expected, found = set(fault.expected), ""
        case _:
            expected, found = set(), ""
    called = sorted({DESCRIBED[name].say(language) if name in DESCRIBED else repr(WORDS[name].say(language))
                     for name in expected if name in DESCRIBED or name in WORDS})
    line, column = (fault.line, fault.column) if found else _end(text)
    said = f"line {line}, column {column}: found {found!r}, expected {', '.join(called)}" if found else (
        f"line {line}, column {column}: the text ends, expected {', '.join(called)}")
    words = [WORDS[name].say(language) for name in expected if name in WORDS]
    return InvalidRule(said, hint=did_you_mean(found, words) if found and nearest(found, words) else _HINT[language])


def _word_at(text: str, position: int) -> str:
    return next(iter(text[position:position + _MOST_SHOWN].split()), "")


def _end(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
