"""Alternatives as the engine's patterns, with the tests of each in the one order that was measured to be right.

Type, bucket, existence of every property that another pattern or test reads, constants, tests within the fact,
equality joins, other joins, and last a join that is always true: without it the engine reads past the end of a row of
joins that fails.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import orjson

from kb.model.condition import Op, Ref, Scalar
from rules.condition.normal_form import Alternative, Barred, Compared, Literal, Membership, Present, RowPresent
from rules.condition.operators import OPERATORS
from rules.engine.json_values import CUSTOMER, GATE, SENTINEL, value_text

Json: TypeAlias = dict[str, Any]

BUCKET = 20
"""Patterns to a bucket: the engine takes at most 64 sibling tests that one fact passes."""

MOST_PATTERNS = 480
"""Patterns to a rule set: compiling 512 distinct first tests never returns."""

MOST_TESTS_BETWEEN_ROWS = 24
"""Tests of one row against others: beyond 28 the engine refuses the whole rule set (error 113)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePattern:
    """One fact of an alternative with the tests that speak of it; ``is_barred``: no such fact may exist."""

    alias: str
    fact: str
    literals: tuple[Compared | Membership | Present, ...]
    is_barred: bool = False

    @property
    def own(self) -> tuple[Compared | Membership | Present, ...]:
        """The tests that read this fact alone."""
        return tuple(literal for literal in self.literals if not is_join(literal))


@dataclass(frozen=True, slots=True)
class Members:
    """Choices of values, each a property that is computed before the engine, because it cannot test lists.

    Args:
        names: The computed property of (fact type, property, choice).
    """

    names: dict[tuple[str, str, frozenset[Scalar]], str] = field(default_factory=dict)

    def name(self, fact: str, literal: Membership) -> str:
        """The computed property that says whether the value is among the choice."""
        return self.names.setdefault((fact, literal.property, frozenset(literal.members)), f"i{len(self.names)}")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rules of one of the engine's rule sets, as they are written."""

    members: Members
    rules: dict[str, Json] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    @property
    def patterns(self) -> int:
        """How many patterns it holds."""
        return sum(self.written.values())

    def add(self, name: str, patterns: Iterable[EnginePattern]) -> None:
        """Write one alternative of a rule; barred patterns come last, behind the gate."""
        ordered = sorted(patterns, key=lambda pattern: pattern.is_barred)
        first = ordered[0].alias
        written = [self._pattern(pattern, first) for pattern in ordered]
        gate = [pattern.is_barred for pattern in ordered].index(True) if ordered[-1].is_barred else None
        if gate is not None:
            written.insert(gate, {"go": {"$and": [*self._head(GATE), _always(first)]}})
        self.rules[name] = {"all": written, "dist": 0}

    def text(self) -> str:
        """The rule set as JSON, with the sentinel that always fires."""
        sentinel = {"all": [{"end": {"type": SENTINEL}}], "pri": 65_535}
        return orjson.dumps({**self.rules, SENTINEL: sentinel}).decode()

    def _pattern(self, pattern: EnginePattern, first: str) -> Json:
        tests = [*self._head(pattern.fact), *self._tests(pattern)]
        if pattern.alias != first:
            tests.append(_always(first))
        return {f"{pattern.alias}{'$not' if pattern.is_barred else ''}": {"$and": tests}}

    def _head(self, fact: str) -> Iterator[Json]:
        count = self.written.get(fact, 0)
        self.written[fact] = count + 1
        yield {"type": fact}
        yield {"$neq": {"type": f"~b{count // BUCKET}"}}

    def _tests(self, pattern: EnginePattern) -> Iterator[Json]:
        needed = dict.fromkeys(name for literal in pattern.literals for name in _needed(literal, pattern.alias))
        yield from ({"$ex": {name: 1}} for name in needed)
        for literal in sorted(pattern.literals, key=lambda literal: _rank(literal, pattern.alias)):
            match literal:
                case Present(property=name, wanted=False):
                    yield {"$nex": {column(name): 1}}
                case Membership(wanted=wanted):
                    yield {self.members.name(pattern.fact, literal): wanted}
                case Compared(property=name, op=op, operand=operand):
                    yield _compared(column(name), op, _operand(operand, pattern.alias))


def column(name: str) -> str:
    """What the engine calls a property of the ontology."""
    return f"v_{name}"


def is_join(literal: Literal) -> bool:
    """Whether a test reads another fact than the one it speaks of."""
    return isinstance(literal, Compared) and isinstance(literal.operand, Ref) and literal.operand.alias != literal.alias


def patterns_of(alternative: Alternative) -> tuple[EnginePattern, ...]:
    """The facts that an alternative speaks of: the customer first where it is read, then rows as they were named."""
    facts = {literal.alias: literal.fact for literal in alternative if isinstance(literal, RowPresent)}
    tests = [literal for literal in alternative if isinstance(literal, Compared | Membership | Present)]
    read = [Present(ref.alias, ref.property) for ref in _joined(alternative)]
    if any(literal.alias == CUSTOMER for literal in (*tests, *read)) or not facts:
        facts = {CUSTOMER: CUSTOMER, **facts}
    sought = (EnginePattern(alias=alias, fact=fact, literals=tuple(dict.fromkeys(
        literal for literal in (*read, *tests) if literal.alias == alias))) for alias, fact in facts.items())
    barred = (EnginePattern(alias=literal.alias, fact=literal.fact, is_barred=True, literals=_plain(literal.literals))
              for literal in alternative if isinstance(literal, Barred))
    return (*sought, *barred)


def _joined(alternative: Alternative) -> Iterator[Ref]:
    """What the sought rows read of each other; what a barred row reads is known in its alternative anyway."""
    return (literal.operand for literal in alternative
            if isinstance(literal, Compared) and isinstance(literal.operand, Ref) and is_join(literal))


def _plain(literals: Iterable[Literal]) -> tuple[Compared | Membership | Present, ...]:
    return tuple(literal for literal in literals if isinstance(literal, Compared | Membership | Present))


def _needed(literal: Compared | Membership | Present, alias: str) -> Iterator[str]:
    """The properties of the fact that must exist before the engine may read them."""
    match literal:
        case Present(property=name, wanted=True):
            yield column(name)
        case Compared(property=name, operand=Ref(alias=other, property=other_name)):
            yield column(name)
            if other == alias:
                yield column(other_name)


def _rank(literal: Compared | Membership | Present, alias: str) -> int:
    if not isinstance(literal, Compared) or not isinstance(literal.operand, Ref):
        return 0
    if literal.operand.alias == alias:
        return 1
    return 2 if literal.op is Op.EQ else 3


def _compared(name: str, op: Op, operand: object) -> Json:
    engine = OPERATORS[op].engine
    return {name: operand} if engine is None else {engine: {name: operand}}


def _operand(operand: Scalar | Ref, alias: str) -> object:
    if not isinstance(operand, Ref):
        return orjson.Fragment(value_text(operand))
    return {"$m" if operand.alias == alias else operand.alias: column(operand.property)}


def _always(first: str) -> Json:
    return {"_k": {first: "_k"}}
