"""Conditions as alternatives of what may be, and what follows from them."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import permutations
from typing import NamedTuple, TypeAlias

from kb.model.condition import And, Concluded, Condition, Exists, Known, Not, Or, Ref, Scalar, Test, Unknown
from kb.model.rule import Conclude, Rule
from ontology.schema import Schema
from rules.condition.normal_form import push_negation
from rules.condition.operators import OPERATORS, Order, Shape
from rules.condition.values import constant
from rules.condition.walk import CUSTOMER, by_depth, concluded_in, refs
from rules.reasoning.derived_properties import may_be
from rules.reasoning.terms import (
    Conclusion,
    Count,
    Key,
    Pair,
    Place,
    Scope,
    universe,
)
from rules.reasoning.value_sets import MemberSet, NumberSet, StateSet, Values

MOST_REGIONS = 256
"""Beyond so many alternatives nothing is claimed."""

Region: TypeAlias = Mapping[Key, StateSet]
Regions: TypeAlias = tuple[Region, ...]
Definitions: TypeAlias = Mapping[tuple[str, str], Condition]

_TOP: Scope = ((CUSTOMER, CUSTOMER),)


class _Asked(NamedTuple):
    """That ``condition`` is true, or ``is_open``: true or unknown; a tuple, for it is looked up again and again."""

    condition: Condition
    is_open: bool = False

    @classmethod
    def not_true(cls, condition: Condition) -> "_Asked":
        """That ``condition`` is false or unknown."""
        return cls(Not(part=condition), is_open=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logic:
    """What follows from conditions, given the fact types and what rules conclude.

    Args:
        schema: The fact types.
        definitions: For conclusions that are drawn in exactly these cases, the condition; others may be or not be.
        is_by_definition: Whether facts keep to how the ontology defines their properties: who has bought nothing for
            36 days has spent nothing in 30. Facts made up by hand need not.
    """

    schema: Schema
    definitions: Definitions = field(default_factory=dict)
    is_by_definition: bool = False
    _counts: dict[tuple[Condition, Scope], Count] = field(default_factory=dict, repr=False, compare=False)
    _inside: dict[Count, Regions] = field(default_factory=dict, repr=False, compare=False)
    _known: dict[object, Regions | None] = field(default_factory=dict, repr=False, compare=False)
    _implied: dict[tuple[Count, Count], bool] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, rules: Iterable[Rule], schema: Schema) -> "Logic":
        """Where exactly ``rules`` conclude; dated ones may be in effect or not."""
        listed = tuple(rules)
        causes: dict[tuple[str, str], list[Condition]] = {
            name: [] for rule in listed for name in concluded_in(rule.when)}
        dated: set[tuple[str, str]] = set()
        for rule in listed:
            if isinstance(rule.then, Conclude):
                causes.setdefault((rule.then.kind, rule.then.value), []).append(rule.when)
                if rule.is_dated:
                    dated.add((rule.then.kind, rule.then.value))
        return cls(schema=schema, definitions={
            name: Or(parts=tuple(whens)) for name, whens in causes.items() if name not in dated})

    def by_definition(self) -> "Logic":
        """The same, of facts that keep to the definitions of their properties."""
        return Logic(schema=self.schema, definitions=self.definitions, is_by_definition=True)

    def regions(self, when: Condition) -> Regions:
        """The alternatives under which a rule's condition holds; none at all where there are too many to tell."""
        return self._regions(_Asked(by_depth(when)), _TOP) or ()

    def inside(self, count: Count) -> Regions:
        """The alternatives under which a row counts."""
        if count not in self._inside:
            self._inside[count] = self._regions(_Asked(count.where), count.scope) or ()
        return self._inside[count]

    def is_impossible(self, *conditions: Condition) -> bool:
        """Whether no customer at all makes all of ``conditions`` true."""
        return self._never([_Asked(by_depth(one)) for one in conditions], _TOP)

    def is_certain(self, condition: Condition) -> bool:
        """Whether every customer makes ``condition`` true."""
        return self._never([_Asked.not_true(by_depth(condition))], _TOP)

    def implies(self, narrow: Condition, wide: Condition, *rows: tuple[str, str]) -> bool:
        """Whether every customer who makes ``narrow`` true makes ``wide`` true.

        Args:
            narrow: What is true.
            wide: What is asked.
            rows: Alias and fact type of each row, from the customer inwards, of the last of which both are said.
        """
        if not rows:
            return self._never([_Asked(by_depth(narrow)), _Asked.not_true(by_depth(wide))], _TOP)
        return self._never([_Asked(narrow), _Asked.not_true(wide)], (*_TOP, *rows))

    def _never(self, asked: Iterable[_Asked], scope: Scope) -> bool:
        met = _everything()
        for one in asked:
            met = _all_of(met, self._regions(one, scope))
        return met is not None and not any(map(self._is_possible, met))

    def _regions(self, asked: _Asked, scope: Scope) -> Regions | None:
        """The alternatives, ``None`` where there are too many."""
        name = (asked, scope)
        if name not in self._known:
            self._known[name] = self._expanded(asked, scope)
        return self._known[name]

    def _expanded(self, asked: _Asked, scope: Scope) -> Regions | None:
        match asked.condition:
            case And(parts=parts):
                return reduce(_all_of, self._each(parts, asked, scope), _everything())
            case Or(parts=parts):
                return reduce(_any_of, self._each(parts, asked, scope), _nothing())
            case Concluded(kind=kind, value=value) if (kind, value) in self.definitions:
                return self._regions(_Asked(by_depth(self.definitions[kind, value])), _TOP)
            case Not(part=Concluded(kind=kind, value=value)) if (kind, value) in self.definitions:
                return self._regions(_Asked.not_true(by_depth(self.definitions[kind, value])), _TOP)
            case Not(part=part) as denied if not isinstance(part, Exists | Concluded):
                return self._regions(_Asked(push_negation(denied), asked.is_open), scope)
            case leaf:
                region = dict(self._leaf(leaf, scope, is_open=asked.is_open))
                return (region,) if all(region.values()) else ()

    def _each(self, parts: Iterable[Condition], asked: _Asked, scope: Scope) -> Iterator[Regions | None]:
        return (self._regions(_Asked(part, asked.is_open), scope) for part in parts)

    def _leaf(self, leaf: Condition, scope: Scope, *, is_open: bool) -> Iterator[tuple[Key, StateSet]]:
        """What a leaf says of the things that it speaks of, when it is true; ``is_open``: or unknown."""
        key, states = self._said(leaf.part if isinstance(leaf, Not) else leaf, scope)
        truth = ~states if isinstance(leaf, Not) else states
        if isinstance(leaf, Test):
            truth = StateSet(truth.values, is_open)
        yield key, truth & universe(key, self.schema)
        if isinstance(key, Pair) and not truth.unknown:
            for place in {key.left, key.right}:
                yield place, StateSet(universe(place, self.schema).values, unknown=False)

    def _said(self, leaf: Condition, scope: Scope) -> tuple[Key, StateSet]:
        """What ``leaf`` speaks of, and what that is when the leaf is true."""
        if not isinstance(leaf, Exists):
            return _said(leaf, scope, self.schema)
        name = leaf.where, (*scope, (leaf.alias, leaf.fact))
        most = math.inf if leaf.at_most is None else leaf.at_most
        bounds = NumberSet.between(leaf.at_least, most, whole=True)
        if name not in self._counts:
            self._counts[name] = Count(*name, is_joined=any(ref.alias != leaf.alias for ref in refs(leaf.where)))
        return self._counts[name], StateSet(bounds, unknown=False)

    def _is_possible(self, region: Region) -> bool:
        if self.is_by_definition and not may_be(region, self.schema):
            return False
        counts = [(key, states.values) for key, states in region.items() if isinstance(key, Count)]
        bounds = [(key, values) for key, values in counts if isinstance(values, NumberSet)]
        if any(values.least >= 1 and self._is_empty(key) for key, values in bounds):
            return False
        return not any(one.scope == other.scope and values.least > others.most and self._is_narrower(one, other)
                       for (one, values), (other, others) in permutations(bounds, 2))

    def _is_empty(self, count: Count) -> bool:
        return self._never([_Asked(count.where)], count.scope)

    def _is_narrower(self, one: Count, other: Count) -> bool:
        """Whether each row that counts for ``one`` counts for ``other``."""
        name = one, other
        if name not in self._implied:
            self._implied[name] = self._never([_Asked(one.where), _Asked.not_true(other.where)], one.scope)
        return self._implied[name]


def _said(leaf: Condition, scope: Scope, schema: Schema) -> tuple[Key, StateSet]:
    """What a leaf that is no count speaks of, and what that is when the leaf is true."""
    alias, fact = scope[-1]
    match leaf:
        case Known(property=name) | Unknown(property=name):
            place = Place(alias, fact, name)
            known = StateSet(universe(place, schema).values, unknown=False)
            return place, known if isinstance(leaf, Known) else ~known
        case Test(property=name, op=op, operand=Ref() as ref):
            one, other = Place(alias, fact, name), Place(ref.alias, dict(scope)[ref.alias], ref.property)
            orders = OPERATORS[op].orders
            if other < one:
                one, other, orders = other, one, frozenset(order.turned for order in orders)
            return Pair(one, other), StateSet(MemberSet(orders), unknown=False)
        case Test(property=name):
            place = Place(alias, fact, name)
            return place, StateSet(satisfying(leaf, universe(place, schema).values), unknown=False)
        case Concluded(kind=kind, value=value):
            return Conclusion(kind, value), StateSet(MemberSet(frozenset({True})), unknown=False)
        case _:
            msg = f"no leaf: {leaf}"
            raise TypeError(msg)


def satisfying(test: Test, whole: Values) -> Values:
    """The values that make a test with constants true."""
    row, members = OPERATORS[test.op], _constants(test)
    if isinstance(whole, MemberSet):
        listed = MemberSet(frozenset(members))
        return listed if Order.SAME in row.orders else ~listed
    numbers = [one for one in members if not isinstance(one, str)]
    first, last = numbers[0], numbers[-1]
    same = NumberSet.between(first, last, whole=whole.whole) if row.shape is Shape.RANGE \
        else NumberSet.at(*numbers, whole=whole.whole)
    match Order.LESS in row.orders, Order.MORE in row.orders:
        case True, True:
            return ~same
        case True, False:
            return NumberSet.between(high=first, has_high=Order.SAME in row.orders, whole=whole.whole)
        case False, True:
            return NumberSet.between(last, has_low=Order.SAME in row.orders, whole=whole.whole)
        case _:
            return same


def _constants(test: Test) -> tuple[Scalar, ...]:
    if isinstance(test.operand, Ref):
        msg = f"{test} compares with another property"
        raise TypeError(msg)
    return constant(test.operand if isinstance(test.operand, tuple) else (test.operand,))


def _everything() -> Regions | None:
    return ({},)


def _nothing() -> Regions | None:
    return ()


def _all_of(one: Regions | None, other: Regions | None) -> Regions | None:
    """Both hold; what cannot be is left out."""
    if one == () or other == ():
        return ()
    if one is None or other is None:
        return None
    met: list[Region] = []
    for first in one:
        for second in other:
            region = _merged(first, second)
            if region is not None:
                met.append(region)
            if len(met) > MOST_REGIONS:
                return None
    return tuple(met)


def _any_of(one: Regions | None, other: Regions | None) -> Regions | None:
    if one is None or other is None or len(one) + len(other) > MOST_REGIONS:
        return None
    return one + other


def _merged(one: Region, other: Region) -> Region | None:
    merged = dict(one)
    for key, states in other.items():
        both = states & merged[key] if key in merged else states
        if not both:
            return None
        merged[key] = both
    return merged
