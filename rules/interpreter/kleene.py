"""What a condition means: the truth of every operator, unknown values included, defined once.

Unknown is ``None``. A comparison with an unknown value is unknown; *and*, *or* and *not* follow Kleene's strong logic:

>>> from itertools import product
>>> for a, b in product((True, None, False), repeat=2):
...     print(a, b, "| and", conjunction((a, b)), "| or", disjunction((a, b)))
True True | and True | or True
True None | and None | or True
True False | and False | or True
None True | and None | or True
None None | and None | or None
None False | and False | or None
False True | and False | or True
False None | and False | or None
False False | and False | or False
>>> negation(True), negation(None), negation(False)
(False, None, True)

Source: S. C. Kleene, Introduction to Metamathematics, 1952, section 64.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Op, Or, Ref, Scalar, Test, Unknown
from kb.model.facts import Facts, Row
from ontology.vocabulary import FactName
from rules.condition.operators import OPERATORS
from rules.condition.values import constant, values_of
from rules.condition.walk import demanded

Truth: TypeAlias = bool | None
Conclusions: TypeAlias = frozenset[tuple[str, str]]

_CUSTOMER = FactName.CUSTOMER.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a condition may read: the facts, the conclusions so far, and the fact that each alias stands for."""

    facts: Facts
    conclusions: Conclusions
    bound: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts, conclusions: Conclusions) -> "Scope":
        """The scope at the top of a rule: the customer alone."""
        return cls(facts=facts, conclusions=conclusions, bound={_CUSTOMER: facts.customer})

    def rows(self, exists: Exists) -> tuple[Row, ...]:
        """The rows that ``exists`` speaks of."""
        return self.facts.related.get(exists.fact, ())

    def candidates(self, exists: Exists) -> Iterable[Row]:
        """Those of the rows for which its ``where`` may be other than false."""
        wanted = demanded(exists.where)
        if wanted is None:
            return self.rows(exists)
        name, text = wanted
        return [row for row in self.rows(exists) if row.values.get(name, text) == text]

    def inside(self, exists: Exists, rows: Iterable[Row]) -> Iterator[tuple[Row, "Scope"]]:
        """Each row with the scope in which the alias stands for it; read a scope before asking for the next."""
        bound = dict(self.bound)
        scope = Scope(facts=self.facts, conclusions=self.conclusions, bound=bound)
        for row in rows:
            bound[exists.alias] = values_of(row)
            yield row, scope


Reading: TypeAlias = Callable[[Scope], Truth]


def compare(op: Op, value: Scalar | None, operand: Scalar | tuple[Scalar, ...] | None) -> Truth:
    """``value op operand``; unknown where either is.

    >>> compare(Op.BETWEEN, 5, (5, 9)), compare(Op.BETWEEN, 9.5, (5, 9)), compare(Op.BETWEEN, None, (5, 9))
    (True, False, None)
    >>> compare(Op.IN, "b", ("a", "b")), compare(Op.NOT_IN, "b", ("a", "b")), compare(Op.NOT_IN, None, ("a", "b"))
    (True, False, None)
    >>> compare(Op.EQ, 5, 5.0), compare(Op.NE, "a", "b"), compare(Op.LT, 5, None)
    (True, True, None)
    """
    if value is None or operand is None:
        return None
    return OPERATORS[op].holds(value, operand)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """False when one is, else unknown when one is, else true; of none, true.

    >>> conjunction(())
    True
    """
    found: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            found = None
    return found


def disjunction(truths: Iterable[Truth]) -> Truth:
    """True when one is, else unknown when one is, else false; of none, false.

    >>> disjunction(())
    False
    """
    return negation(conjunction(negation(truth) for truth in truths))


def negation(truth: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return None if truth is None else not truth


def reading(condition: Condition, here: str = _CUSTOMER) -> Reading:
    """A closure that gives the truth of ``condition``, whose tests read the fact that ``here`` stands for.

    >>> young = reading(Test(property="age", op=Op.LT, operand=30))
    >>> nobody = Facts(customer_key="c1", as_of=0, customer={})
    >>> young(Scope.of(nobody, frozenset())) is None
    True
    """
    match condition:
        case Test():
            return _comparing(condition, here)
        case Known(property=name):
            return lambda scope: scope.bound[here].get(name) is not None
        case Unknown(property=name):
            return lambda scope: scope.bound[here].get(name) is None
        case And(parts=parts):
            every = [reading(part, here) for part in parts]
            return lambda scope: conjunction(read(scope) for read in every)
        case Or(parts=parts):
            each = [reading(part, here) for part in parts]
            return lambda scope: disjunction(read(scope) for read in each)
        case Not(part=part):
            inner = reading(part, here)
            return lambda scope: negation(inner(scope))
        case Exists():
            return _counting(condition)
        case Concluded(kind=kind, value=value):
            return lambda scope: (kind, value) in scope.conclusions


def against(operand: Scalar | Ref | tuple[Scalar, ...], scope: Scope) -> Scalar | tuple[Scalar, ...] | None:
    """What a test compares with: its constants, or the value of the fact that it refers to."""
    if isinstance(operand, Ref):
        return scope.bound[operand.alias].get(operand.property)
    return constant(operand)


def is_within(count: int, exists: Exists) -> bool:
    """Whether so many rows are as many as ``exists`` asks for."""
    return exists.at_least <= count and (exists.at_most is None or count <= exists.at_most)


def matching(where: Reading, exists: Exists, scope: Scope) -> int:
    """How many rows make ``where``, the reading of the tests of ``exists``, true."""
    return sum(where(inside) is True for _, inside in scope.inside(exists, scope.candidates(exists)))


def _comparing(test: Test, here: str) -> Reading:
    name, op, operand = test.property, test.op, test.operand
    if isinstance(operand, Ref):
        return lambda scope: compare(op, scope.bound[here].get(name), scope.bound[operand.alias].get(operand.property))
    fixed = constant(operand)
    return lambda scope: compare(op, scope.bound[here].get(name), fixed)


def _counting(exists: Exists) -> Reading:
    where = reading(exists.where, exists.alias)

    def count(scope: Scope) -> Truth:
        return is_within(matching(where, exists, scope), exists)

    return count
