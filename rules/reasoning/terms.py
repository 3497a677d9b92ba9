"""What a condition speaks of, and everything that each of these can be at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.condition import Condition
from ontology.schema import Property, PropertyType, Schema
from ontology.vocabulary import Unit
from rules.condition.operators import Order
from rules.reasoning.value_sets import MemberSet, NumberSet, StateSet

_RANGES: Mapping[str, tuple[float, float]] = {
    Unit.SHARE: (0, 1), Unit.WEEKDAY: (1, 7), Unit.HOUR: (0, 23), Unit.COUNT: (0, math.inf),
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A property of the fact of type ``fact`` that ``alias`` stands for."""

    alias: str
    fact: str
    property: str


@dataclass(frozen=True, slots=True)
class Pair:
    """How two properties compare: ``left`` is less, the same or more than ``right``."""

    left: Place
    right: Place


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """How many rows of the last fact type of ``scope``, each called by its alias in turn, make ``where`` true.

    ``Logic`` makes one for the same words, so that they are the same when they are one: to compare the conditions
    again and again would take most of the time.

    Args:
        where: What a row is asked.
        scope: The fact type of each alias that may be read, from the customer inwards to the row itself.
        is_joined: Whether ``where`` refers to a fact further out.
    """

    where: Condition
    scope: "Scope"
    is_joined: bool

    @property
    def alias(self) -> str:
        """What the counted row is called."""
        return self.scope[-1][0]

    @property
    def fact(self) -> str:
        """The fact type of the counted rows."""
        return self.scope[-1][1]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Whether (kind, value) is concluded."""

    kind: str
    value: str


Scope: TypeAlias = tuple[tuple[str, str], ...]
Key: TypeAlias = Place | Pair | Count | Conclusion

_TRUTHS = MemberSet(frozenset({True, False}))
_ORDERS = MemberSet(frozenset(Order))
_COUNTS = NumberSet.between(0, whole=True)


def universe(key: Key, schema: Schema) -> StateSet:
    """Everything that ``key`` can be, by the ontology."""
    match key:
        case Place(fact=fact, property=name):
            return StateSet(_values(schema.facts[fact].properties[name]), unknown=True)
        case Pair():
            return StateSet(_ORDERS, unknown=True)
        case Count():
            return StateSet(_COUNTS, unknown=False)
        case Conclusion():
            return StateSet(_TRUTHS, unknown=False)


def _values(known: Property) -> NumberSet | MemberSet:
    match known.type:
        case PropertyType.BOOLEAN:
            return _TRUTHS
        case PropertyType.STRING:
            return MemberSet(frozenset(known.choices), but=not known.choices)
        case _:
            low, high = _RANGES.get(known.unit or "", (-math.inf, math.inf))
            return NumberSet.between(low, high, whole=known.type is PropertyType.INTEGER)
