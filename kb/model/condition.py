"""The closed condition language of rules, as a tree of frozen values.

A condition speaks of one customer. ``Test``, ``Known`` and ``Unknown`` read a property of the fact that is in
scope: the customer at the top, the related row inside an ``Exists``. An operand may be a constant or a ``Ref`` to a
property of an enclosing fact, which makes a join. Unknown is neither true nor false (Kleene's strong three-valued
logic); a rule fires only on true.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias, Union

Scalar: TypeAlias = str | int | float | bool


class Op(StrEnum):
    """The comparisons of the language."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    NOT_BETWEEN = "not between"
    IN = "in"
    NOT_IN = "not in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A property of an enclosing fact: ``customer``, or the alias of an outer ``Exists``."""

    alias: str
    property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """Where the constant of a test comes from, so that it means the same in a shop and at a wholesaler's.

    The operand of the test stays a constant, and no reading looks at this: the constant is put in its place when a
    release is made (``kb.curation.quantile_resolution``), and the release keeps it.

    Args:
        at: In hundredths, 0.01 to 0.99: 0.9 is the value that the top tenth of the base's rows reach.
        of: The property whose values are ranked; ``None``: that of the test.
        written: The constant that the rule was written with; ``None`` in a rule as it is written.
        share: Of the rows whose value is known, those that reach the constant, [0, 1]; ``None`` where nobody counted.
    """

    at: float
    of: str | None = None
    written: Scalar | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """``property op operand``; ``between`` takes (low, high), which both belong to it, ``in`` a non-empty tuple.

    Args:
        quantile: What the operand, a number, is a quantile of; ``None`` where it is a number like any other.
    """

    __test__ = False  # pytest collects classes by this name

    property: str
    op: Op
    operand: Scalar | Ref | tuple[Scalar, ...]
    quantile: Quantile | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """True when the property has a value, false otherwise; never unknown."""

    property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """True when the property has no value, false otherwise; never unknown."""

    property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class And:
    """True when all parts are; false when one is; otherwise unknown. No part at all is true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or:
    """True when one part is; false when all are; otherwise unknown. No part at all is false."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """True when the part is false; unknown stays unknown."""

    part: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exists:
    """Between ``at_least`` and ``at_most`` related rows of type ``fact`` make ``where`` true; never unknown.

    ``at_least=1`` is *exists*, ``at_most=0`` (with ``at_least=0``) is *not exists*. Rows for which ``where`` is
    unknown do not count, and the trace says how many there were. ``alias`` names the row for inner joins and for
    the arguments of the action; it is unique within a rule.
    """

    fact: str
    alias: str
    where: "Condition"
    at_least: int = 1
    at_most: int | None = None

    @property
    def is_sought(self) -> bool:
        """Whether one row settles it: *exists* and *not exists*; with any other bounds the rows are counted."""
        return (self.at_least, self.at_most) in ((1, None), (0, 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """True when a rule of a lower stratum concluded (kind, value); false otherwise."""

    kind: str
    value: str


Condition: TypeAlias = Union["Test", "Known", "Unknown", "And", "Or", "Not", "Exists", "Concluded"]

ALWAYS = And(parts=())


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """What stands directly below a part: the parts of *and* and *or*, what a *not* denies, what is asked of rows."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            return parts
        case Not(part=part) | Exists(where=part):
            return (part,)
        case _:
            return ()


def with_parts(condition: Condition, change: Callable[[Condition], Condition]) -> Condition:
    """The condition with ``change`` made to everything that stands directly below it."""
    match condition:
        case And(parts=parts) | Or(parts=parts):
            return replace(condition, parts=tuple(map(change, parts)))
        case Not(part=part):
            return Not(part=change(part))
        case Exists(where=where):
            return replace(condition, where=change(where))
        case _:
            return condition


def walk(condition: Condition) -> Iterator[Condition]:
    """Every part of the tree, the condition itself first, parents before children, left to right.

    >>> [type(part).__name__ for part in walk(Not(part=Or(parts=(Known(property="age"),))))]
    ['Not', 'Or', 'Known']
    """
    yield condition
    for part in parts_of(condition):
        yield from walk(part)


def none_of(fact: str, alias: str, where: Condition) -> Exists:
    """The condition that no related row is known to match ``where``."""
    return Exists(fact=fact, alias=alias, where=where, at_least=0, at_most=0)
