"""Rule sets drawn at random over the whole language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from kb.errors import InvalidRule
from kb.model.action import Action
from kb.model.condition import (
    And,
    Concluded,
    Condition,
    Exists,
    Known,
    Not,
    Or,
    Ref,
    Scalar,
    Test,
    Unknown,
    walk,
)
from kb.model.ids import ActionId, RuleId
from kb.model.rule import Conclude, Effect, Recommend, Require, Rule
from ontology.schema import Property, PropertyType, Schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Purpose
from rules.condition.operators import OPERATORS, Shape, of_type
from rules.condition.walk import CUSTOMER, facts_of, sought_aliases
from rules.lint import check_rule

_MOST_RULES = 10
_MOST_DEPTH = 4
_MOST_ALIASES = 4
_MOST_PROPERTIES = 5
_TRIES = 1_000
_PARTS = (0, 1, *(2,) * 6, *(3,) * 4)
_NODES = (1, 3, 6, 10, 15)
"""How large a condition is at the least: small ones alone would be left, for the check refuses most of the large."""
_JOINED = 0.4
_NARROWED = 0.4

NUMBERS: tuple[Scalar, ...] = (
    -1, 0, 1, 2, 3, 5, 0.1, 0.3, 0.1 + 0.2, 1e-9, -1e-9, 4e-10, -0.0, 2.5, 1 / 3, 123456.789012345, 2**31,
    99999999999999, -99999999999999.5, 999999999999998)
WHOLE: tuple[Scalar, ...] = (-1, 0, 1, 2, 3, 5, 30, 2.5, 1.0, 2**31, 2**49)
WORDS: tuple[Scalar, ...] = (
    "", " ", "a", "A", "a ", "é", "客户", "it's", 'say "hi"', "\\", "\\n", "\n\t", "\x00", "a\x00b", "\x7f", "\u2028",
    "💎", "$p.q", "{", "}]", "%", "_", "?", ":a", "--", "/*", "5", "5.0", "true", "NULL", "NaN", "a" * 1990)
"""Numbers and texts at which interpreters of rules and of SQL have been seen to stumble."""

_BAD, _GOOD, _HIGH, _ODD = ("mood", "bad"), ("mood", "good"), ("value", "high"), ("it's", "客户 = \\")
STRATA = (((_BAD, _GOOD), ()), ((_HIGH,), (_BAD,)), ((_HIGH,), (_BAD, _GOOD)), ((_ODD,), (_BAD, _GOOD, _HIGH)))
"""What a rule may conclude, and which conclusions it may test: each fourth rule has the same."""

_ARGUMENTS = ("first", "second", "third")


def _action(name: str, parameters: tuple[str, ...]) -> Action:
    return Action(id=ActionId(name), name=Text.same(name), family=ActionFamily.CARE, purpose=Purpose.SERVICE, value=1.0,
                  cost=0.0, prior=0.5, contents={}, parameters=parameters)


ACTIONS = {action.id: action for action in (_action("drawn", ()), _action("with arguments", ("constant", *_ARGUMENTS)))}
"""The catalogue from which rules recommend."""

SPANS: tuple[tuple[int | None, int | None], ...] = ((None, None), (None, None), (None, None), (0, 50), (50, 150),
                                                     (100, None), (None, 100))
MOMENTS = (0, 50, 99, 100, 150)
"""Instants at the ends of the spans."""

_NUMERIC = frozenset({PropertyType.NUMBER, PropertyType.INTEGER})
_RANGES = (*((1, None),) * 4, *((0, 0),) * 3, (2, None), (0, 1), (1, 2), (1, 1), (0, 2), (3, 3))


def draw_rules(schema: Schema, *, seed: int | str) -> tuple[Rule, ...]:
    """Up to ten rules, in as many as four strata, that speak of a few properties of each fact type.

    Args:
        schema: The fact types.
        seed: Equal seeds give equal rules.
    """
    chance = Random(seed)  # noqa: S311  # test data, not secrets
    words = {name: _some(tuple(fact.properties.values()), chance) for name, fact in schema.facts.items()}
    count = chance.randint(1, _MOST_RULES)
    return tuple(_rule(number, schema, words, chance) for number in range(count))


def _some(properties: Sequence[Property], chance: Random) -> tuple[Property, ...]:
    return tuple(chance.sample(properties, min(_MOST_PROPERTIES, len(properties))))


def _rule(number: int, schema: Schema, words: Mapping[str, tuple[Property, ...]], chance: Random) -> Rule:
    """A rule that may be saved; drawn anew where the check refuses it."""
    made, tested = STRATA[number % len(STRATA)]
    span, least = chance.choice(SPANS), chance.choice(_NODES)
    for _ in range(_TRIES):
        when = _Drawing(words=words, chance=chance, concluded=tested).condition()
        if sum(1 for _ in walk(when)) < least:
            continue
        rule = Rule(id=RuleId(f"rule {number}"), name=Text.same("drawn"), author="draw", when=when,
                    then=_effect(when, words, made, chance), valid_from=span[0], valid_to=span[1])
        try:
            check_rule(rule, schema, ACTIONS)
        except InvalidRule:
            continue
        return rule
    msg = f"{_TRIES} rules in a row were refused"
    raise AssertionError(msg)


def _effect(when: Condition, words: Mapping[str, tuple[Property, ...]], made: Sequence[tuple[str, str]],
            chance: Random) -> Effect:
    kind, value = chance.choice(made)
    conclude = Conclude(kind=kind, value=value)
    return chance.choice((conclude, conclude, Require(family=ActionFamily.CARE), _recommended(when, words, chance)))


def _recommended(when: Condition, words: Mapping[str, tuple[Property, ...]], chance: Random) -> Recommend:
    """Arguments read from the customer, from rows that the rule has found when it fires, and a constant."""
    fact_of = facts_of(when)
    bound = sorted({CUSTOMER, *sought_aliases(when)})
    given: dict[str, Scalar | Ref] = {"constant": chance.choice(WORDS)}
    for name in _ARGUMENTS:
        alias = chance.choice(bound)
        given[name] = Ref(alias=alias, property=chance.choice(words[fact_of[alias]]).name)
    return Recommend(action=ActionId("drawn"), arguments=given)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """One rule while it is drawn."""

    words: Mapping[str, tuple[Property, ...]]
    chance: Random
    concluded: tuple[tuple[str, str], ...]
    aliases: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def condition(self, fact: str = CUSTOMER, scope: Mapping[str, str] | None = None, depth: int = 0) -> Condition:
        known = scope or {CUSTOMER: CUSTOMER}
        match self.chance.choice(self._kinds(fact, known, depth)):
            case "known":
                return Known(property=self._property(fact).name)
            case "unknown":
                return Unknown(property=self._property(fact).name)
            case "and":
                return And(parts=self._parts(fact, known, depth))
            case "or":
                return Or(parts=self._parts(fact, known, depth))
            case "not":
                return Not(part=self.condition(fact, known, depth + 1))
            case "concluded":
                kind, value = self.chance.choice(self.concluded)
                return Concluded(kind=kind, value=value)
            case "exists":
                return self._exists(known, depth)
            case _:
                return self._test(fact, known)

    def _kinds(self, fact: str, scope: Mapping[str, str], depth: int) -> list[str]:
        """What may stand here, the likelier the more often."""
        kinds = ["test"] * 6 + ["known", "unknown"]
        if depth < _MOST_DEPTH:
            kinds += (["and"] * 3 + ["or"] * 3 + ["not"] * 2) * (_MOST_DEPTH - depth)
        if len(scope) < _MOST_ALIASES and depth < _MOST_DEPTH:
            kinds += ["exists"] * (8 if fact == CUSTOMER else 4)
        if fact == CUSTOMER and self.concluded:
            kinds += ["concluded"] * 4
        return kinds

    def _parts(self, fact: str, scope: Mapping[str, str], depth: int) -> tuple[Condition, ...]:
        count = self.chance.choice(_PARTS)
        return tuple(self.condition(fact, scope, depth + 1) for _ in range(count))

    def _exists(self, scope: Mapping[str, str], depth: int) -> Exists:
        fact = self.chance.choice([name for name in self.words if name != CUSTOMER])
        alias = f"r{next(self.aliases)}"
        least, most = self.chance.choice(_RANGES)
        inside = {**scope, alias: fact}
        where = self.condition(fact, inside, depth + 1)
        if self.chance.random() < _NARROWED:
            where = And(parts=(self._test(fact, inside), where))
        return Exists(fact=fact, alias=alias, where=where, at_least=least, at_most=most)

    def _property(self, fact: str) -> Property:
        return self.chance.choice(self.words[fact])

    def _test(self, fact: str, scope: Mapping[str, str]) -> Test:
        known = self._property(fact)
        others = [Ref(alias=alias, property=other.name) for alias, of in scope.items() for other in self.words[of]
                  if other.type is known.type or {other.type, known.type} <= _NUMERIC]
        if others and self.chance.random() < _JOINED:
            ops = [op for op in of_type(known.type) if OPERATORS[op].shape is Shape.VALUE]
            return Test(property=known.name, op=self.chance.choice(ops), operand=self.chance.choice(others))
        return self._against_constants(known)

    def _against_constants(self, known: Property) -> Test:
        op = self.chance.choice(of_type(known.type))
        return Test(property=known.name, op=op, operand=self._operand(OPERATORS[op].shape, _constants(known)))

    def _operand(self, shape: Shape, values: Sequence[Scalar]) -> Scalar | tuple[Scalar, ...]:
        match shape:
            case Shape.RANGE:
                return tuple(sorted(self.chance.choices(values, k=2)))
            case Shape.CHOICE:
                return tuple(self.chance.choices(values, k=self.chance.randint(1, 4)))
            case _:
                return self.chance.choice(values)


def _constants(known: Property) -> tuple[Scalar, ...]:
    if known.choices:
        return known.choices
    return {PropertyType.NUMBER: NUMBERS, PropertyType.INTEGER: WHOLE, PropertyType.STRING: WORDS,
            PropertyType.BOOLEAN: (True, False)}[known.type]
