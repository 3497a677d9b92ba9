"""One customer's facts as the message to a worker: only rows that pass some pattern's own tests, and few enough."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.condition import Exists, Op, Ref, Scalar
from kb.model.facts import Facts
from rules.condition.normal_form import Compared, Membership, Present
from rules.condition.values import values_of
from rules.engine.json_values import CUSTOMER, Outside, TooManyFacts, fact_text, property_text, value_text
from rules.engine.patterns import EnginePattern, column
from rules.engine.program import Program
from rules.interpreter.kleene import Reading, Scope, compare, matching, reading

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
        customer: The customer's properties by name, each as it stands in a fact.
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
        for name, by_value in self.keyed.items():
            for passes in by_value.get(values[name], ()) if name in values else ():
                if passes(values):
                    return True
        return any(passes(values) for passes in self.loose)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """What of a fact type is written: properties under the engine's names, and choices that a value is among or not."""

    properties: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, str, frozenset[Scalar]], ...]

    def texts(self, values: Values) -> dict[str, str]:
        """Each known property by the engine's name, as it stands in a fact."""
        texts = {written: property_text(written, value_text(values[name]))
                 for name, written in self.properties if name in values}
        for computed, name, choice in self.members:
            if name in values:
                texts[computed] = property_text(computed, value_text(values[name] in choice))
        return texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Writes messages for one program."""

    filters: Mapping[str, _Filter]
    columns: Mapping[str, _Columns]
    counting: tuple[tuple[str, Exists, Reading], ...]

    @classmethod
    def of(cls, program: Program) -> "Encoder":
        """The encoder of ``program``."""
        columns = {fact: _Columns(
            properties=tuple((name, column(name)) for name in sorted(program.columns.get(fact, ()))),
            members=program.members.get(fact, ())) for fact in (CUSTOMER, *program.patterns)}
        return cls(filters={fact: _Filter.of(patterns) for fact, patterns in program.patterns.items()}, columns=columns,
                   counting=tuple((column(name), exists, reading(exists.where, exists.alias))
                                  for name, exists in program.counts))

    def message(self, facts: Facts) -> Message:
        """What the workers need to know of a customer.

        Raises:
            Outside: A value or a row must not reach the engine, or more rows than it should get pass a pattern's tests.
        """
        rows = [(fact, values) for fact, filtered in self.filters.items()
                for values in map(values_of, facts.related.get(fact, ())) if filtered.takes(values)]
        if len(rows) > MOST_FACTS:
            msg = f"{len(rows)} facts, expected at most {MOST_FACTS}"
            raise TooManyFacts(msg)
        return Message(now=facts.as_of, customer=self.columns[CUSTOMER].texts(facts.customer) | self._counts(facts),
                       rows=tuple([self._row(fact, number, values) for number, (fact, values) in enumerate(rows, 1)]))

    def _row(self, fact: str, number: int, values: Values) -> str:
        texts = self.columns[fact].texts(values)
        if len(texts) > MOST_PROPERTIES:
            msg = f"a row of {fact} with {len(texts)} properties, expected at most {MOST_PROPERTIES}"
            raise Outside(msg)
        return fact_text(fact, number, "".join(texts.values()))

    def _counts(self, facts: Facts) -> dict[str, str]:
        scope = Scope.of(facts, frozenset())
        return {name: property_text(name, value_text(matching(where, exists, scope)))
                for name, exists, where in self.counting}


def _passes(pattern: EnginePattern) -> Passes:
    tests = tuple(_own_test(literal) for literal in pattern.literals)

    def passes(values: Values) -> bool:
        for test in tests:  # noqa: SIM110  # twice as fast as ``all``, and every row is asked
            if not test(values):
                return False
        return True

    return tests[0] if len(tests) == 1 else passes


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
