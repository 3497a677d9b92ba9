"""The one schema: fact types, graph tables and labels, derived from ``zhike.ttl`` and a base's local extensions."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal
from rdflib.collection import Collection
from rdflib.term import Node

from ontology.facts import CUSTOMER, FactType, Property, PropertyType, fact_types, kind_of
from ontology.tables import ColumnType, NodeTable, RelTable, node_tables, rel_tables
from ontology.terms import LOCAL, ZK, concepts_in, labels_of, local_name, name_of, ontology_graph, parse_turtle
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, PatternKind

__all__ = ["ColumnType", "Declared", "FactType", "NodeTable", "Property", "PropertyType", "RelTable", "Schema",
           "load_schema", "write_extension"]

_IDENTIFIER = re.compile("[a-z][a-z0-9_]*")
_RANGES = {PropertyType.NUMBER: XSD.double, PropertyType.INTEGER: XSD.integer, PropertyType.STRING: XSD.string,
           PropertyType.BOOLEAN: XSD.boolean}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything the code asks of the ontology.

    Args:
        labels: Every term by its local name (``KnowledgeItem``, ``channel.phone``), and every property of a fact
            type as ``fact.property``.
        vocabularies: The notations of each concept scheme, sorted, by the scheme's own notation.
        kinds: Which kind of knowledge a pattern yields.
    """

    facts: Mapping[str, FactType]
    nodes: tuple[NodeTable, ...]
    relations: tuple[RelTable, ...]
    labels: Mapping[str, Text]
    vocabularies: Mapping[str, tuple[str, ...]]
    kinds: Mapping[PatternKind, KnowledgeKind]

    def label(self, term: str, notation: str) -> Text:
        """What people call ``notation`` of the vocabulary, or the property of the fact type, ``term``.

        A word that the ontology does not know comes from the data and is told as it is.

        >>> load_schema().label("channel", "phone").zh, load_schema().label("customer", "loyalty").en
        ('电话', 'loyalty')
        >>> load_schema().label("category", "BEEF").zh
        'BEEF'
        """
        return self.labels.get(f"{term}.{notation}") or Text.same(notation)


class Declared(Protocol):
    """A customer attribute that a mapping declares."""

    @property
    def name(self) -> str:
        """A lower-case identifier."""
    @property
    def type(self) -> str:
        """One of ``PropertyType``."""
    @property
    def unit(self) -> str | None:
        """Of a number."""
    @property
    def labels(self) -> Text:
        """What people call it."""


def load_schema(*extensions: Path) -> Schema:
    """The schema of the ontology and of the local ``extensions``; computed once per content of theirs."""
    return _schema(tuple(path.read_bytes() for path in extensions))


def write_extension(path: Path, attributes: Iterable[Declared], *, protected: frozenset[str] = frozenset()) -> None:
    """Write ``attributes`` as a Turtle file that ``load_schema`` adds to the customer.

    Args:
        path: Replaced when it exists.
        attributes: In the order in which they are to be shown.
        protected: Names of those that are protected attributes of a person.

    Raises:
        ValueError: When a name is no lower-case identifier, or the ontology already uses it for the customer.
    """
    taken = next(table.columns for table in load_schema().nodes if table.name == "Customer")
    graph = Graph()
    graph.bind("zk", ZK)
    graph.bind("local", LOCAL)
    terms = [_declare(graph, attribute, taken, is_protected=attribute.name in protected) for attribute in attributes]
    head = BNode()
    Collection(graph, head, terms)
    graph.add((CUSTOMER, ZK.properties, head if terms else RDF.nil))
    path.write_text(graph.serialize(format="turtle"), encoding="utf-8")


def _declare(graph: Graph, attribute: Declared, taken: Mapping[str, ColumnType], *, is_protected: bool) -> Node:
    if not _IDENTIFIER.fullmatch(attribute.name) or attribute.name in taken:
        msg = (f"cannot declare attribute {attribute.name!r}: its name must be lower-case letters, digits and _ and "
               f"none of the customer's own columns")
        raise ValueError(msg)
    term = LOCAL[attribute.name]
    graph.add((term, RDF.type, OWL.DatatypeProperty))
    graph.add((term, RDFS.range, _RANGES[PropertyType(attribute.type)]))
    graph.add((term, ZK.protected, Literal(is_protected)))
    graph.add((term, ZK.yields, ZK[f"knowledge_kind.{KnowledgeKind.INFORMATION}"]))
    for language in ("zh", "en"):
        graph.add((term, RDFS.label, Literal(attribute.labels.say(language), lang=language)))
    if attribute.unit is not None:
        graph.add((term, ZK.unit, Literal(attribute.unit)))
    return term


@lru_cache(maxsize=8)
def _schema(extensions: tuple[bytes, ...]) -> Schema:
    graph = ontology_graph()
    facts = fact_types(graph, tuple(parse_turtle(content) for content in extensions))
    return Schema(
        facts=facts,
        nodes=tuple(sorted(node_tables(graph, facts), key=lambda table: table.name)),
        relations=tuple(sorted(rel_tables(graph, facts), key=lambda table: table.name)),
        labels=dict(_labels(graph)) | {f"{fact.name}.{prop.name}": prop.labels
                                       for fact in facts.values() for prop in fact.properties.values()},
        vocabularies={name_of(graph, scheme): tuple(name_of(graph, term) for term in concepts_in(graph, scheme))
                      for scheme in graph.subjects(RDF.type, SKOS.ConceptScheme)},
        kinds={PatternKind(name_of(graph, term)): _required_kind(graph, term)
               for term in concepts_in(graph, ZK.PatternKind)},
    )


def _labels(graph: Graph) -> Iterator[tuple[str, Text]]:
    for kind in (OWL.Class, OWL.DatatypeProperty, OWL.ObjectProperty, SKOS.Concept, SKOS.ConceptScheme):
        for term in graph.subjects(RDF.type, kind):
            yield local_name(term), labels_of(graph, term)


def _required_kind(graph: Graph, term: Node) -> KnowledgeKind:
    kind = kind_of(graph, term)
    if kind is None:
        msg = f"the ontology does not say which kind of knowledge {local_name(term)} yields; add zk:yields"
        raise LookupError(msg)
    return kind
