"""Why, and why not: the truth of every part of a condition for one customer, with the values that were read."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from kb.model.condition import And, Condition, Exists, Known, Not, Or, Scalar, Test, Unknown, walk
from kb.model.facts import Facts, Row
from kb.model.rule import Rule
from rules.condition.values import recency
from rules.condition.walk import CUSTOMER
from rules.interpreter.kleene import (
    Conclusions,
    Scope,
    Truth,
    against,
    conjunction,
    disjunction,
    is_within,
    negation,
    reading,
)

NEAREST = 3
"""How many rows are told where an ``Exists`` found too few."""



@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One part of a condition as it stood for one customer.

    Args:
        condition: The part.
        truth: ``None`` is unknown.
        cautious: The truth if rows that could not be decided might also have matched.
        fact: The fact type that tests of this part read, and ``key`` the row; empty for the customer.
        value: What a ``Test``, ``Known`` or ``Unknown`` read.
        compared: What a ``Test`` compared it with.
        matched: Rows that an ``Exists`` counted.
        undecided: Rows for which its ``where`` was unknown.
        children: The parts; for an ``Exists`` its ``where`` for the rows worth telling: as many matches as it asks
            for, latest day first, then by key; where none matched, the rows that came nearest.
    """

    condition: Condition
    truth: Truth
    cautious: Truth
    fact: str = CUSTOMER
    key: str = ""
    value: Scalar | None = None
    compared: Scalar | tuple[Scalar, ...] | None = None
    matched: int = 0
    undecided: int = 0
    children: tuple["Trace", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracer:
    """Traces conditions whose tests read the row ``key`` of ``fact``, known in the rule as ``alias``."""

    scope: Scope
    alias: str = CUSTOMER
    fact: str = CUSTOMER
    key: str = ""
    nearest: int

    def trace(self, condition: Condition) -> Trace:
        match condition:
            case And(parts=parts):
                return self._joined(condition, parts, conjunction)
            case Or(parts=parts):
                return self._joined(condition, parts, disjunction)
            case Not(part=part):
                inner = self.trace(part)
                return Trace(condition=condition, truth=negation(inner.truth), cautious=negation(inner.cautious),
                             fact=self.fact, key=self.key, children=(inner,))
            case Exists():
                return self._counted(condition)
            case _:
                return self._leaf(condition)

    def _leaf(self, condition: Condition) -> Trace:
        truth = reading(condition, self.alias)(self.scope)
        values = self.scope.bound[self.alias]
        return Trace(
            condition=condition, truth=truth, cautious=truth, fact=self.fact, key=self.key,
            value=values.get(condition.property) if isinstance(condition, Test | Known | Unknown) else None,
            compared=against(condition.operand, self.scope) if isinstance(condition, Test) else None)

    def _joined(self, condition: And | Or, parts: Iterable[Condition],
                join: Callable[[Iterable[Truth]], Truth]) -> Trace:
        children = tuple(map(self.trace, parts))
        return Trace(condition=condition, truth=join(child.truth for child in children),
                     cautious=join(child.cautious for child in children), fact=self.fact, key=self.key,
                     children=children)

    def _counted(self, exists: Exists) -> Trace:
        where = reading(exists.where, exists.alias)
        truths = [(row, where(inside)) for row, inside in self.scope.inside(exists, self.scope.candidates(exists))]
        matched = sorted((row for row, truth in truths if truth is True), key=recency)
        truth = is_within(len(matched), exists)
        if matched or truth or not self.nearest:
            told = self._at(matched[:max(1, exists.at_least)], exists)
        else:
            told = self._nearest(exists)
        return Trace(condition=exists, truth=truth, cautious=self._cautious(exists, truths), fact=self.fact,
                     key=self.key, matched=len(matched), undecided=sum(truth is None for _, truth in truths),
                     children=told)

    def _at(self, rows: Iterable[Row], exists: Exists) -> tuple[Trace, ...]:
        inside = replace(self, alias=exists.alias, fact=exists.fact)
        return tuple(replace(inside, scope=scope, key=row.key).trace(exists.where)
                     for row, scope in self.scope.inside(exists, rows))

    def _nearest(self, exists: Exists) -> tuple[Trace, ...]:
        """The rows with the fewest tests that do not hold; among equals the latest."""
        rows = sorted(self.scope.rows(exists), key=recency)
        return tuple(sorted(self._at(rows, exists), key=_distance)[:self.nearest])

    def _cautious(self, exists: Exists, truths: Iterable[tuple[Row, Truth]]) -> Truth:
        """The truth of ``exists`` when each undecided row may or may not count; unknown where that matters."""
        if any(isinstance(node, Exists) for node in walk(exists.where)):
            cautious = [found.cautious for found in self._at((row for row, _ in truths), exists)]
        else:
            cautious = [truth for _, truth in truths]
        certain = cautious.count(True)
        could = {is_within(count, exists) for count in range(certain, certain + cautious.count(None) + 1)}
        return could.pop() if len(could) == 1 else None


def trace(rule: Rule, facts: Facts, conclusions: Conclusions, *, nearest: int = NEAREST) -> Trace:
    """How the condition of ``rule`` stood for the customer of ``facts``, given the conclusions of lower strata.

    Args:
        rule: The rule.
        facts: The customer.
        conclusions: What the rules of lower strata concluded.
        nearest: How many rows that came near to tell where too few matched.
    """
    return _Tracer(scope=Scope.of(facts, conclusions), nearest=nearest).trace(rule.when)


def undecided_negation(found: Trace) -> bool:
    """Whether a condition that holds would not be known to hold if rows that could not be decided counted.

    An eligibility rule that rests on *there is no complaint* fails safe where a record might have been one.
    """
    return found.truth is True and found.cautious is not True


def walk_trace(found: Trace) -> Iterator[Trace]:
    """The trace and everything below it, parents first."""
    yield found
    for child in found.children:
        yield from walk_trace(child)


def _distance(found: Trace) -> int:
    return sum(not part.children and part.truth is not True for part in walk_trace(found))
