"""What a condition speaks of: the facts that its parts read, the rows that it names, the conclusions that it tests."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from kb.model.condition import (
    And,
    Concluded,
    Condition,
    Exists,
    Known,
    Op,
    Or,
    Ref,
    Test,
    Unknown,
    parts_of,
    walk,
    with_parts,
)
from ontology.vocabulary import FactName

CUSTOMER = FactName.CUSTOMER.value


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A part of a condition where it stands.

    Args:
        part: The part.
        alias: What the fact is called that its tests read.
        facts: The fact type of each alias in scope.
        depth: How many parts it stands in.
    """

    part: Condition
    alias: str = CUSTOMER
    facts: Mapping[str, str] = field(default_factory=lambda: {CUSTOMER: CUSTOMER})
    depth: int = 0

    @property
    def fact(self) -> str:
        """The type of the fact that its tests read."""
        return self.facts[self.alias]

    def below(self) -> Iterator["Occurrence"]:
        """What stands directly below it."""
        alias, facts = self.alias, self.facts
        if isinstance(self.part, Exists):
            alias, facts = self.part.alias, {**facts, self.part.alias: self.part.fact}
        return (Occurrence(part, alias, facts, self.depth + 1) for part in parts_of(self.part))


def occurrences(condition: Condition) -> Iterator[Occurrence]:
    """Every part of a rule's condition where it stands, in the order of ``walk``."""
    return _from(Occurrence(condition))


def reads(condition: Condition) -> Iterator[tuple[str, str]]:
    """(fact type, property) of every value that a rule's condition reads, from the left.

    >>> same = Test(property="category", op=Op.EQ, operand=Ref(alias="customer", property="preferred_category"))
    >>> list(reads(Exists(fact="purchase", alias="p", where=same)))
    [('purchase', 'category'), ('customer', 'preferred_category')]
    """
    for place in occurrences(condition):
        if isinstance(place.part, Test | Known | Unknown):
            yield place.fact, place.part.property
        if isinstance(place.part, Test) and isinstance(place.part.operand, Ref):
            yield place.facts[place.part.operand.alias], place.part.operand.property


def facts_of(condition: Condition) -> dict[str, str]:
    """The fact type of each alias that a rule's condition gives to a row, and of the customer."""
    return {CUSTOMER: CUSTOMER} | {part.alias: part.fact for part in walk(condition) if isinstance(part, Exists)}


def refs(condition: Condition) -> Iterator[Ref]:
    """Every reference to an enclosing fact, from the left."""
    return (part.operand for part in walk(condition) if isinstance(part, Test) and isinstance(part.operand, Ref))


def concluded_in(condition: Condition) -> frozenset[tuple[str, str]]:
    """(kind, value) of the conclusions that ``condition`` tests."""
    return frozenset((part.kind, part.value) for part in walk(condition) if isinstance(part, Concluded))


def kinds_in(condition: Condition) -> frozenset[str]:
    """The kinds of conclusion that ``condition`` tests."""
    return frozenset(kind for kind, _ in concluded_in(condition))


def demanded(where: Condition) -> tuple[str, str] | None:
    """A property and the one text that every row which makes ``where`` true has for it; an index can find those.

    >>> demanded(And(parts=(Test(property="orders_90d", op=Op.GE, operand=1),
    ...                     Test(property="category", op=Op.EQ, operand="TEA"))))
    ('category', 'TEA')
    """
    return next(((part.property, part.operand) for part in conjuncts(where)
                 if isinstance(part, Test) and part.op is Op.EQ and isinstance(part.operand, str)), None)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What must all hold: the parts of an *and*, or the condition itself."""
    return condition.parts if isinstance(condition, And) else (condition,)


def outermost(condition: Condition) -> tuple[Exists, ...]:
    """The ``Exists`` that stand in no other, from the left."""
    return tuple(part for part in outside(condition) if isinstance(part, Exists))


def outside(condition: Condition) -> Iterator[Condition]:
    """The parts that stand in no ``Exists``, in the order of ``walk``."""
    yield condition
    for part in () if isinstance(condition, Exists) else parts_of(condition):
        yield from outside(part)


def sought_aliases(condition: Condition) -> frozenset[str]:
    """The aliases that may stand for a row when ``condition`` holds: of what exists, and not under a *not*."""
    match condition:
        case Exists(alias=alias, where=where, at_least=least) if least > 0:
            return sought_aliases(where) | {alias}
        case And(parts=parts) | Or(parts=parts):
            return frozenset(alias for part in parts for alias in sought_aliases(part))
        case _:
            return frozenset()


def renamed(condition: Condition, name: Callable[[int], str], names: Mapping[str, str] | None = None) -> Condition:
    """The condition with other aliases.

    Args:
        condition: Any part of a rule.
        name: What to call a row that stands in so many others, itself counted.
        names: What the rows are called already in which it stands; other aliases stay.
    """
    known = names or {}
    match condition:
        case Test(operand=Ref() as ref):
            return replace(condition, operand=replace(ref, alias=known.get(ref.alias, ref.alias)))
        case Exists(alias=alias, where=where):
            inside = {**known, alias: name(len(known) + 1)}
            return replace(condition, alias=inside[alias], where=renamed(where, name, inside))
        case _:
            return with_parts(condition, lambda part: renamed(part, name, known))


def by_depth(condition: Condition) -> Condition:
    """``condition`` with each row named by how deep it stands, so that the same words are the same condition.

    >>> by_depth(Exists(fact="purchase", alias="p", where=Exists(fact="moment", alias="m", where=Known(property="x"))))
    ... # doctest: +NORMALIZE_WHITESPACE
    Exists(fact='purchase', alias='row1', where=Exists(fact='moment', alias='row2', where=Known(property='x'),
           at_least=1, at_most=None), at_least=1, at_most=None)
    """
    return renamed(condition, lambda depth: f"row{depth}")


def _from(place: Occurrence) -> Iterator[Occurrence]:
    yield place
    for inner in place.below():
        yield from _from(inner)
