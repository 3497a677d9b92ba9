"""The local extension of the ontology: what a base's mappings declare of customers, and their words for the data."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol
from urllib.parse import quote

from rdflib import OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection

from ontology.facts import CUSTOMER, PropertyType
from ontology.schema import load_schema
from ontology.terms import LOCAL, ZK
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind

Words = Mapping[str, Mapping[str, Text]]
"""Name of a property -> each of its values -> what people call it."""

_IDENTIFIER = re.compile("[a-z][a-z0-9_]*")
_NO_WORDS: Words = MappingProxyType({})
_RANGES = {PropertyType.NUMBER: XSD.double, PropertyType.INTEGER: XSD.integer, PropertyType.STRING: XSD.string,
           PropertyType.BOOLEAN: XSD.boolean}


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
    @property
    def values(self) -> Mapping[str, Text]:
        """What people call each value; where there are any, it takes no others."""
    @property
    def sensitive(self) -> bool:
        """Whether it is a protected attribute of a person."""


def extension_turtle(attributes: Iterable[Declared], words: Words = _NO_WORDS) -> bytes:
    """The extension as Turtle: each attribute a property of the customer, its values the concepts of a scheme.

    Args:
        attributes: In the order in which they are to be shown.
        words: For the values of properties that the ontology has, such as a region; they stay open to other values.

    Raises:
        ValueError: When a name is no lower-case identifier, or the ontology already uses it for the customer.
    """
    graph = Graph()
    graph.bind("zk", ZK)
    graph.bind("local", LOCAL)
    terms = [_declare(graph, attribute) for attribute in attributes]
    head = BNode()
    Collection(graph, head, list(terms))
    graph.add((CUSTOMER, ZK.properties, head if terms else RDF.nil))
    for name, values in words.items():
        _add_scheme(graph, name, Text.same(name), values)
    return graph.serialize(format="turtle").encode()


def _declare(graph: Graph, attribute: Declared) -> URIRef:
    _require_free(attribute.name)
    term = LOCAL[attribute.name]
    graph.add((term, RDF.type, OWL.DatatypeProperty))
    graph.add((term, RDFS.range, _RANGES[PropertyType(attribute.type)]))
    graph.add((term, ZK.protected, Literal(attribute.sensitive)))
    graph.add((term, ZK.yields, ZK[f"knowledge_kind.{KnowledgeKind.INFORMATION}"]))
    _add_labels(graph, term, RDFS.label, attribute.labels)
    if attribute.unit is not None:
        graph.add((term, ZK.unit, Literal(attribute.unit)))
    if attribute.values:
        graph.add((term, ZK.vocabulary, _add_scheme(graph, attribute.name, attribute.labels, attribute.values)))
    return term


def _require_free(name: str) -> None:
    taken = next(table.columns for table in load_schema().nodes if table.name == "Customer")
    if not _IDENTIFIER.fullmatch(name) or name in taken:
        msg = (f"cannot declare attribute {name!r}: its name must be lower-case letters, digits and _ and "
               f"none of the customer's own columns")
        raise ValueError(msg)


def _add_scheme(graph: Graph, name: str, labels: Text, values: Mapping[str, Text]) -> URIRef:
    scheme = LOCAL[f"values.{name}"]
    graph.add((scheme, RDF.type, SKOS.ConceptScheme))
    graph.add((scheme, SKOS.notation, Literal(name)))
    _add_labels(graph, scheme, SKOS.prefLabel, labels)
    for value, said in values.items():
        concept = LOCAL[f"{name}.{quote(value, safe='')}"]
        graph.add((concept, RDF.type, SKOS.Concept))
        graph.add((concept, SKOS.inScheme, scheme))
        graph.add((concept, SKOS.notation, Literal(value)))
        _add_labels(graph, concept, SKOS.prefLabel, said)
    return scheme


def _add_labels(graph: Graph, term: URIRef, predicate: URIRef, labels: Text) -> None:
    for language in ("zh", "en"):
        graph.add((term, predicate, Literal(labels.say(language), lang=language)))
