"""Fact types: what rules may test, as the ontology describes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from rdflib import RDF, SKOS, XSD, Graph
from rdflib.term import Node

from ontology.protected import grounds_of
from ontology.terms import ZK, concepts_in, labels_of, listed, name_of, range_of
from ontology.text import Text
from ontology.vocabulary import FactName, IndicatorGroup, KnowledgeKind

CUSTOMER = ZK["fact_name.customer"]


class PropertyType(StrEnum):
    """What a rule may compare a property with."""

    NUMBER = "number"
    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"


TYPES = {XSD.double: PropertyType.NUMBER, XSD.integer: PropertyType.INTEGER, XSD.string: PropertyType.STRING,
         XSD.boolean: PropertyType.BOOLEAN, SKOS.Concept: PropertyType.STRING, RDF.JSON: PropertyType.STRING}
"""What the declared range of a property means in rules and tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Of a count or sum: only what is less than ``days`` ago is in it; ``latest`` says how long ago the last was."""

    days: int
    latest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Of a figure that is known only where the ``property`` is at least ``least``."""

    property: str
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property of a fact type.

    Args:
        unit: Of a number (``ontology.vocabulary.Unit``, or a mapping's own word); ``None`` where it has none.
        choices: The only values it takes, sorted; empty where any value may stand.
        vocabulary: The name under which ``Schema.label`` tells the choices; ``None`` where there are none.
        protected: Whether it is a protected attribute of a person: age, gender, what a mapping declares as sensitive,
            and what goes by a word of a protected ground (``ontology.protected``).
        group: Of an indicator of the customer; ``None`` for what is no indicator.
        kind: Of the statement that a value of it makes about a customer; ``None`` where the fact type says it.
        never_above: Properties of the same fact that are known where it is, and then not below it.
        window: What is counted within some days; ``None`` for what is no such count or sum.
        needs: What is known where it is, and then at least so much.
    """

    name: str
    type: PropertyType
    labels: Text
    unit: str | None = None
    choices: tuple[str, ...] = ()
    vocabulary: str | None = None
    protected: bool = False
    group: IndicatorGroup | None = None
    kind: KnowledgeKind | None = None
    never_above: tuple[str, ...] = ()
    window: Window | None = None
    needs: Needs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FactType:
    """What rules may test: one row per customer, or ``many``."""

    name: str
    labels: Text
    many: bool
    properties: Mapping[str, Property]
    kind: KnowledgeKind | None = None


def fact_types(graph: Graph, extensions: tuple[Graph, ...] = ()) -> dict[str, FactType]:
    """Every fact type of the ontology, the customer with the attributes of the ``extensions``."""
    facts: dict[str, FactType] = {name: _fact_type(graph, ZK[f"fact_name.{name}"]) for name in FactName}
    for extension in extensions:
        facts[FactName.CUSTOMER] = _extended(facts[FactName.CUSTOMER], graph, extension)
    return facts


def kind_of(graph: Graph, term: Node) -> KnowledgeKind | None:
    """Which kind of knowledge ``term`` yields; ``None`` where the ontology does not say."""
    kind = graph.value(term, ZK.yields)
    return KnowledgeKind(name_of(graph, kind)) if kind else None


def _fact_type(graph: Graph, term: Node) -> FactType:
    return FactType(
        name=name_of(graph, term),
        labels=labels_of(graph, term),
        many=_is_true(graph, term, ZK.many),
        properties=_by_name(_property(graph, prop) for prop in listed(graph, term, ZK.properties)),
        kind=kind_of(graph, term),
    )


def _extended(customer: FactType, graph: Graph, extension: Graph) -> FactType:
    both = graph + extension
    added = _by_name(_declared(_property(both, prop)) for prop in listed(extension, CUSTOMER, ZK.properties))
    return replace(customer, properties={**customer.properties, **added})


def _declared(attribute: Property) -> Property:
    """What a mapping declares is protected by its name, too: nobody has to say so of a year of birth."""
    return replace(attribute, protected=attribute.protected or bool(grounds_of(attribute.name, attribute.labels)))


def _by_name(properties: Iterable[Property]) -> dict[str, Property]:
    return {prop.name: prop for prop in properties}


def _property(graph: Graph, term: Node) -> Property:
    scheme, unit, group = (graph.value(term, said) for said in (ZK.vocabulary, ZK.unit, ZK.group))
    return Property(
        name=name_of(graph, term),
        type=TYPES[range_of(graph, term)],
        labels=labels_of(graph, term),
        unit=str(unit) if unit is not None else None,
        choices=tuple(sorted(name_of(graph, concept) for concept in concepts_in(graph, scheme))) if scheme else (),
        vocabulary=name_of(graph, scheme) if scheme else None,
        protected=_is_true(graph, term, ZK.protected),
        group=IndicatorGroup(name_of(graph, group)) if group else None,
        kind=kind_of(graph, term),
        never_above=tuple(sorted(name_of(graph, other) for other in graph.objects(term, ZK.never_above))),
        window=_window(graph, term),
        needs=_needs(graph, term),
    )


def _window(graph: Graph, term: Node) -> Window | None:
    days, latest = graph.value(term, ZK.window_days), graph.value(term, ZK.latest)
    return Window(days=int(str(days)), latest=name_of(graph, latest)) if days and latest else None


def _needs(graph: Graph, term: Node) -> Needs | None:
    needed, least = graph.value(term, ZK.needs), graph.value(term, ZK.needs_at_least)
    return Needs(property=name_of(graph, needed), least=int(str(least))) if needed and least else None


def _is_true(graph: Graph, term: Node, predicate: Node) -> bool:
    said = graph.value(term, predicate)
    return said is not None and str(said) == "true"
