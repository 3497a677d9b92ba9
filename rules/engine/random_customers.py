"""Customers drawn at random around the constants of rules, where two readings would differ if they ever did."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random

from kb.model.condition import Exists, Known, Ref, Scalar, Test, Unknown
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.schema import FactType, PropertyType
from rules.condition.values import DECIMALS, constant
from rules.condition.walk import CUSTOMER, occurrences
from rules.interpreter import RuleSet

_KNOWN = 0.75
_MOST_ROWS = 5
_MOST_DAYS = 400
_LEAST_STEP = 10.0**-DECIMALS

_ANY: Mapping[PropertyType, tuple[Scalar, ...]] = {
    PropertyType.NUMBER: (0, 1, -0.5, 0.1), PropertyType.INTEGER: (0, 1, 2), PropertyType.BOOLEAN: (True, False),
    PropertyType.STRING: ("other", "another", ""),
}
"""Values of a property that no constant is compared with."""

Pool = Mapping[str, Mapping[str, Sequence[Scalar]]]
"""For each fact type that rules speak of, the values of each property that they read."""


def draw_customers(ruleset: RuleSet, *, count: int, seed: int | str, moments: Sequence[int] = (0,)) -> Iterator[Facts]:
    """``count`` customers whose values lie on, just below and just above what the rules compare with.

    Args:
        ruleset: Whose constants are meant.
        count: How many customers.
        seed: Equal seeds give equal customers.
        moments: The instants at which they are asked, epoch seconds; each has one of them.
    """
    chance = Random(seed)  # noqa: S311  # test data, not secrets
    pool = _pool(ruleset)
    for number in range(count):
        yield Facts(
            customer_key=CustomerKey(f"drawn-{number}"), as_of=chance.choice(moments),
            customer=_values(pool[CUSTOMER], chance),
            related={name: tuple(_row(str(key), values, chance) for key in range(chance.randint(0, _MOST_ROWS)))
                     for name, values in pool.items() if name != CUSTOMER})


def _row(key: str, pool: Mapping[str, Sequence[Scalar]], chance: Random) -> Row:
    days = chance.choice([None, chance.randint(0, _MOST_DAYS)])
    return Row(key=key, days_ago=days, values=_values(pool, chance))


def _values(pool: Mapping[str, Sequence[Scalar]], chance: Random) -> dict[str, Scalar]:
    return {name: chance.choice(values) for name, values in pool.items() if chance.random() < _KNOWN}


def _pool(ruleset: RuleSet) -> Pool:
    """Every fact type that is spoken of has a place, every property that is read has values of its type."""
    pool: dict[str, dict[str, dict[Scalar, None]]] = {CUSTOMER: {}}
    joined: list[tuple[tuple[str, str], tuple[str, str]]] = []
    for rule in ruleset.rules.values():
        for place in occurrences(rule.when):
            part = place.part
            if isinstance(part, Exists):
                pool.setdefault(part.fact, {})
            elif isinstance(part, Test | Known | Unknown):
                own = place.fact, part.property
                _at(pool, own).update(dict.fromkeys(_around(part, ruleset.schema.facts[place.fact])))
                if isinstance(part, Test) and isinstance(part.operand, Ref):
                    joined.append((own, (place.facts[part.operand.alias], part.operand.property)))
    for one, other in joined:
        values = [*_at(pool, one), *_at(pool, other)]
        for fact, name in (one, other):
            kind = ruleset.schema.facts[fact].properties[name].type
            _at(pool, (fact, name)).update(dict.fromkeys(_fitting(values, kind)))
    return {fact: {name: tuple(values) for name, values in places.items()} for fact, places in pool.items()}


def _at(pool: dict[str, dict[str, dict[Scalar, None]]], place: tuple[str, str]) -> dict[Scalar, None]:
    return pool.setdefault(place[0], {}).setdefault(place[1], {})


def _fitting(values: Iterable[Scalar], kind: PropertyType) -> Iterator[Scalar]:
    """Values for both sides of a join: whole numbers alone for a property that has no others."""
    for value in (*values, *_ANY[kind]):
        if kind is not PropertyType.INTEGER:
            yield value
        elif not isinstance(value, str) and value == int(value):
            yield int(value)


def _around(part: Test | Known | Unknown, fact: FactType) -> list[Scalar]:
    """Values at which the truth of a test turns."""
    kind = fact.properties[part.property].type
    if not isinstance(part, Test) or isinstance(part.operand, Ref):
        return list(_ANY[kind])
    operands = part.operand if isinstance(part.operand, tuple) else (part.operand,)
    return [value for operand in operands for value in _beside(operand, kind)]


def _beside(operand: Scalar, kind: PropertyType) -> tuple[Scalar, ...]:
    match kind, operand:
        case PropertyType.STRING, str():
            return "other", operand, f"{operand} "
        case PropertyType.INTEGER, int() | float():
            return int(operand) - 1, int(operand), int(operand) + 1
        case PropertyType.NUMBER, int() | float():
            edge = float(constant(operand))
            return edge, round(edge - _LEAST_STEP, DECIMALS), round(edge + _LEAST_STEP, DECIMALS), edge + 1
        case _:
            return _ANY[kind]
