"""What properties of one fact say of each other by how they are defined in the ontology."""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TypeAlias

from ontology.schema import FactType, Property, Schema
from ontology.vocabulary import Unit
from rules.reasoning.terms import Key, Place, universe
from rules.reasoning.value_sets import NumberSet, StateSet

_Fact: TypeAlias = tuple[str, str]
_States: TypeAlias = dict[str, StateSet]
_Axiom: TypeAlias = Callable[[_States], None]


def may_be(region: Mapping[Key, StateSet], schema: Schema) -> bool:
    """Whether a fact can be as ``region`` says and yet keep to the definitions of its properties."""
    facts: dict[_Fact, _States] = {}
    for key, states in region.items():
        if isinstance(key, Place):
            facts.setdefault((key.alias, key.fact), {})[key.property] = states
    return all(_keeps_to(fact, said, schema) for fact, said in facts.items())


def _keeps_to(fact: _Fact, said: _States, schema: Schema) -> bool:
    known = {name: universe(Place(*fact, name), schema) for name in _related(schema.facts[fact[1]])} | said
    before: _States = {}
    while before != known:
        before = dict(known)
        for apply in _axioms(schema.facts[fact[1]]):
            apply(known)
            if not all(known.values()):
                return False
    return True


def _related(fact: FactType) -> Iterator[str]:
    """The properties that definitions tie to others."""
    for prop in fact.properties.values():
        for other in _tied(prop):
            if other in fact.properties:
                yield from (prop.name, other)


def _tied(prop: Property) -> Iterator[str]:
    yield from prop.never_above
    if prop.window:
        yield prop.window.latest
    if prop.needs:
        yield prop.needs.property


def _axioms(fact: FactType) -> tuple[_Axiom, ...]:
    """What definitions say of a fact, each narrowing what its properties may be."""
    return _listed(tuple(prop for prop in fact.properties.values() if any(_tied(prop))), frozenset(fact.properties))


@lru_cache(maxsize=64)
def _listed(props: tuple[Property, ...], there: frozenset[str]) -> tuple[_Axiom, ...]:
    return tuple(axiom for prop in props for axiom in _of(prop, there))


def _of(prop: Property, there: frozenset[str]) -> Iterator[_Axiom]:
    yield from (_never_above(prop.name, other) for other in prop.never_above if other in there)
    if prop.window and prop.window.latest in there:
        yield _window(prop.name, prop.window.latest, prop.window.days, is_count=prop.unit == Unit.COUNT)
    if prop.needs and prop.needs.property in there:
        yield _needs(prop.name, prop.needs.property, prop.needs.least)


def _never_above(low: str, high: str) -> _Axiom:
    def apply(known: _States) -> None:
        if not known[low].unknown:
            known[high] &= StateSet(_numbers(known[low]).or_above(), unknown=False)
            if not known[high]:
                return
            known[low] &= StateSet(_numbers(known[high]).or_below(), unknown=False)

    return apply


def _window(name: str, latest: str, days: int, *, is_count: bool) -> _Axiom:
    inside = StateSet(NumberSet.between(high=days, has_high=False, whole=True), unknown=False)

    def apply(known: _States) -> None:
        positive = StateSet(NumberSet.between(0, has_low=False, whole=is_count), unknown=False)
        if not known[latest].unknown and not known[latest] & inside:
            known[name] &= StateSet(~_numbers(positive), unknown=False)
        if not known[name].unknown and not known[name] & ~positive:
            known[latest] &= inside
        elif is_count and not known[latest].unknown and not known[name] & positive:
            known[latest] &= StateSet(~_numbers(inside), unknown=False)

    return apply


def _needs(name: str, needed: str, least: int) -> _Axiom:
    def apply(known: _States) -> None:
        if not known[name].unknown:
            known[needed] &= StateSet(NumberSet.between(least, whole=True), unknown=False)

    return apply


def _numbers(states: StateSet) -> NumberSet:
    assert isinstance(states.values, NumberSet)  # the ontology ties numbers alone, but for what needs one  # noqa: S101
    return states.values
