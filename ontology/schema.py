"""The one schema: fact types, graph tables and labels, derived from ``zhike.ttl`` and a base's local extensions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

from rdflib import OWL, RDF, SKOS, Graph
from rdflib.term import Node

from ontology.facts import FactType, Property, PropertyType, fact_types, kind_of
from ontology.tables import ColumnType, NodeTable, RelTable, node_tables, rel_tables
from ontology.terms import ZK, concepts_in, labels_of, local_name, name_of, ontology_graph, parse_turtle
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, PatternKind

__all__ = ["ColumnType", "FactType", "NodeTable", "Property", "PropertyType", "RelTable", "Schema", "load_schema",
           "schema_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything the code asks of the ontology.

    Args:
        labels: Every term by its local name (``KnowledgeItem``, ``channel.phone``), every property of a fact type as
            ``fact.property``, and each value that an extension has words for as ``property.value``.
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


def load_schema(*extensions: Path) -> Schema:
    """The schema of the ontology and of the local ``extensions``; computed once per content of theirs."""
    return schema_of(*(path.read_bytes() for path in extensions))


@lru_cache(maxsize=8)
def schema_of(*extensions: bytes) -> Schema:
    """The schema of the ontology and of the Turtle documents ``extensions``; computed once for each content."""
    graph = ontology_graph()
    added = tuple(parse_turtle(content) for content in extensions)
    facts = fact_types(graph, added)
    return Schema(
        facts=facts,
        nodes=tuple(sorted(node_tables(graph, facts), key=lambda table: table.name)),
        relations=tuple(sorted(rel_tables(graph, facts), key=lambda table: table.name)),
        labels=dict(_labels(graph)) | {f"{fact.name}.{prop.name}": prop.labels for fact in facts.values()
                                       for prop in fact.properties.values()} | dict(chain(*map(_words, added))),
        vocabularies={name_of(graph, scheme): tuple(name_of(graph, term) for term in concepts_in(graph, scheme))
                      for scheme in graph.subjects(RDF.type, SKOS.ConceptScheme)},
        kinds={PatternKind(name_of(graph, term)): _required_kind(graph, term)
               for term in concepts_in(graph, ZK.PatternKind)},
    )


def _labels(graph: Graph) -> Iterator[tuple[str, Text]]:
    for kind in (OWL.Class, OWL.DatatypeProperty, OWL.ObjectProperty, SKOS.Concept, SKOS.ConceptScheme):
        for term in graph.subjects(RDF.type, kind):
            yield local_name(term), labels_of(graph, term)


def _words(extension: Graph) -> Iterator[tuple[str, Text]]:
    """The values that an extension has words for, by the name of their property."""
    for scheme in extension.subjects(RDF.type, SKOS.ConceptScheme):
        for concept in concepts_in(extension, scheme):
            yield f"{name_of(extension, scheme)}.{name_of(extension, concept)}", labels_of(extension, concept)


def _required_kind(graph: Graph, term: Node) -> KnowledgeKind:
    kind = kind_of(graph, term)
    if kind is None:
        msg = f"the ontology does not say which kind of knowledge {local_name(term)} yields; add zk:yields"
        raise LookupError(msg)
    return kind
