"""Customers drawn at random around the constants of rules, where two readings would differ if they ever did."""

from collections.abc import Iterator, Mapping
from random import Random

from kb.model.condition import And, Condition, Exists, Not, Or, Ref, Scalar, Test
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.schema import FactType, PropertyType
from ontology.vocabulary import FactName
from rules.evaluate import RuleSet
from rules.evaluate.values import constant

_CUSTOMER = FactName.CUSTOMER.value
_KNOWN = 0.75
_MOST_ROWS = 5
_MOST_DAYS = 400

Pool = dict[tuple[str, str], list[Scalar]]


def draw_customers(ruleset: RuleSet, *, count: int, seed: int) -> Iterator[Facts]:
    """``count`` customers whose values lie on, just below and just above what the rules compare with."""
    chance = Random(seed)  # noqa: S311  # test data, not secrets
    pool = _pool(ruleset)
    for number in range(count):
        yield Facts(
            customer_key=CustomerKey(f"drawn-{number}"), as_of=0,
            customer=_values(ruleset.schema.facts[_CUSTOMER], pool, chance),
            related={name: tuple(_row(str(key), fact, pool, chance) for key in range(chance.randint(0, _MOST_ROWS)))
                     for name, fact in ruleset.schema.facts.items() if fact.many and any(f == name for f, _ in pool)})


def _row(key: str, fact: FactType, pool: Pool, chance: Random) -> Row:
    days = chance.choice([None, chance.randint(0, _MOST_DAYS)])
    return Row(key=key, days_ago=days, values=_values(fact, pool, chance))


def _values(fact: FactType, pool: Pool, chance: Random) -> dict[str, Scalar]:
    return {name: chance.choice(values) for (of, name), values in pool.items()
            if of == fact.name and chance.random() < _KNOWN}


def _pool(ruleset: RuleSet) -> Pool:
    pool: Pool = {}
    for rule in ruleset.rules.values():
        for fact, test, facts in _tests(rule.when, _CUSTOMER, {_CUSTOMER: _CUSTOMER}):
            kind = ruleset.schema.facts[fact].properties[test.property].type
            places = [(fact, test.property)]
            if isinstance(test.operand, Ref):
                places.append((facts[test.operand.alias], test.operand.property))
            for place in places:
                pool.setdefault(place, []).extend(_around(test, kind))
    return {place: list(dict.fromkeys(values)) for place, values in pool.items()}


def _around(test: Test, kind: PropertyType) -> Iterator[Scalar]:
    """Values at which the truth of a test turns."""
    operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
    for operand in operands:
        match kind, operand:
            case PropertyType.BOOLEAN, _:
                yield from (True, False)
            case PropertyType.STRING, _:
                yield from ("other", operand) if isinstance(operand, str) else ("other", "another")
            case PropertyType.INTEGER, int() | float():
                yield from (int(operand) - 1, int(operand), int(operand) + 1)
            case _, int() | float():
                edge = float(constant(operand))
                yield from (edge, round(edge - 1e-9, 9), round(edge + 1e-9, 9), edge + 1)
            case _:
                yield from (0, 1)


def _tests(condition: Condition, fact: str, facts: Mapping[str, str]) -> Iterator[tuple[str, Test, Mapping[str, str]]]:
    """Each test with the fact type it reads and the fact type of each alias in scope."""
    match condition:
        case Test():
            yield fact, condition, facts
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from _tests(part, fact, facts)
        case Not(part=part):
            yield from _tests(part, fact, facts)
        case Exists(fact=inner, alias=alias, where=where):
            yield from _tests(where, inner, {**facts, alias: inner})
