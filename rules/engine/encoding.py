"""One customer's facts as the message to a worker: only rows that pass some pattern's own tests, and few enough."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.condition import Exists, Op, Ref, Scalar
from kb.model.facts import Facts
from rules.condition.normal_form import Compared, Membership, Present
from rules.engine.json_values import CUSTOMER, Outside, TooManyFacts, fact_text, value_text
from rules.engine.patterns import EnginePattern, column
from rules.engine.program import Program
from rules.interpreter.kleene import Reading, Scope, compare, matching, reading
from rules.interpreter.values import values_of

MOST_FACTS = 200
"""Beyond so many rows the Python reading is the faster one."""

MOST_PROPERTIES = 200
"""The engine refuses a fact with more than some 250, and its worker is lost."""

Values: TypeAlias = Mapping[str, Scalar]
Passes: TypeAlias = Callable[[Values], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One customer for a worker.

    Args:
        now: The moment, for rules with effective dates.
        customer: The customer's properties as JSON texts.
        rows: Related facts as JSON texts, each a whole fact.
    """

    now: int
    customer: Mapping[str, str]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filter:
    """Which rows of a fact type pass some pattern's own tests, found by a value that the pattern demands."""

    keyed: Mapping[str, Mapping[Scalar, tuple[Passes, ...]]]
    loose: tuple[Passes, ...]

    @classmethod
    def of(cls, patterns: Iterable[EnginePattern]) -> "_Filter":
        keyed: dict[str, dict[Scalar, tuple[Passes, ...]]] = {}
        loose: list[Passes] = []
        for pattern in patterns:
            passes, key = _passes(pattern), _key(pattern)
            if key is None:
                loose.append(passes)
            else:
                by_value = keyed.setdefault(key[0], {})
                by_value[key[1]] = (*by_value.get(key[1], ()), passes)
        return cls(keyed=keyed, loose=tuple(loose))

    def takes(self, values: Values) -> bool:
        if any(passes(values) for passes in self.loose):
            return True
        return any(passes(values) for name, by_value in self.keyed.items() if name in values
                   for passes in by_value.get(values[name], ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Writes messages for one program."""

    program: Program
    filters: Mapping[str, _Filter]
    counting: tuple[tuple[str, Exists, Reading], ...]

    @classmethod
    def of(cls, program: Program) -> "Encoder":
        """The encoder of ``program``."""
        return cls(program=program,
                   filters={fact: _Filter.of(patterns) for fact, patterns in program.patterns.items()},
                   counting=tuple((column(name), exists, reading(exists.where, exists.alias))
                                  for name, exists in program.counts))

    def message(self, facts: Facts) -> Message:
        """What the workers need to know of a customer.

        Raises:
            Outside: A value or a row must not reach the engine, or more rows than it should get pass a pattern's tests.
        """
        rows = tuple(self._rows(facts))
        if len(rows) > MOST_FACTS:
            msg = f"{len(rows)} facts, expected at most {MOST_FACTS}"
            raise TooManyFacts(msg)
        return Message(now=facts.as_of, customer={**dict(self._texts(CUSTOMER, facts.customer)), **self._counts(facts)},
                       rows=tuple(fact_text(fact, number, self._few(fact, values))
                                  for number, (fact, values) in enumerate(rows, 1)))

    def _rows(self, facts: Facts) -> Iterator[tuple[str, Values]]:
        for fact, filtered in self.filters.items():
            for row in facts.related.get(fact, ()):
                values = values_of(row)
                if filtered.takes(values):
                    yield fact, values

    def _few(self, fact: str, values: Values) -> tuple[tuple[str, str], ...]:
        texts = tuple(self._texts(fact, values))
        if len(texts) > MOST_PROPERTIES:
            msg = f"a row of {fact} with {len(texts)} properties, expected at most {MOST_PROPERTIES}"
            raise Outside(msg)
        return texts

    def _texts(self, fact: str, values: Values) -> Iterator[tuple[str, str]]:
        for name in self.program.columns.get(fact, ()):
            if name in values:
                yield column(name), value_text(values[name])
        for computed, name, choice in self.program.members.get(fact, ()):
            if name in values:
                yield computed, value_text(values[name] in choice)

    def _counts(self, facts: Facts) -> dict[str, str]:
        scope = Scope.of(facts, frozenset())
        return {name: value_text(matching(where, exists, scope)) for name, exists, where in self.counting}


def _passes(pattern: EnginePattern) -> Passes:
    tests = [_own_test(literal) for literal in pattern.literals]
    return lambda values: all(test(values) for test in tests)


def _own_test(literal: Compared | Membership | Present) -> Passes:
    name = literal.property
    match literal:
        case Present(wanted=wanted):
            return lambda values: (name in values) is wanted
        case Membership(members=members, wanted=wanted):
            return lambda values: name in values and (values[name] in members) is wanted
        case Compared():
            return _compared(literal, literal.operand)


def _compared(literal: Compared, operand: Scalar | Ref) -> Passes:
    name, op = literal.property, literal.op
    if isinstance(operand, Ref):
        return lambda values: compare(op, values.get(name), values.get(operand.property)) is True
    return lambda values: compare(op, values.get(name), operand) is True


def _key(pattern: EnginePattern) -> tuple[str, str] | None:
    return next(((literal.property, literal.operand) for literal in pattern.literals
                 if isinstance(literal, Compared) and literal.op is Op.EQ and isinstance(literal.operand, str)), None)
