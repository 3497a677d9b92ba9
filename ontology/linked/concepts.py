"""Words for the values of the data, as SKOS concepts: read from a document, checked, kept beside the ontology."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyshacl
from rdflib import RDF, SH, SKOS, Graph
from rdflib.collection import Collection
from rdflib.term import Node

from ontology.extension import Words, extension_turtle
from ontology.terms import ZK, concepts_in, labels_of, local_name, name_of, parse_turtle, shapes_graph


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptFault:
    """What is wrong with a concept, by the shape of terms (``shapes.ttl``)."""

    iri: str
    path: str
    value: str | None
    message: str


def faults_of_concepts(document: Graph) -> tuple[ConceptFault, ...]:
    """What is wrong with the concepts of a document; the ontology's own are left out."""
    own = _own_concepts(document)
    if not len(own):
        return ()
    _, report, _ = pyshacl.validate(own, shacl_graph=shapes_graph(), inplace=True)
    return tuple(sorted(_faults_in(report), key=lambda fault: (fault.iri, fault.path)))


def words_in(document: Graph) -> Words:
    """Property -> value -> words, of concepts that have no faults."""
    own = _own_concepts(document)
    schemes = sorted(set(own.objects(None, SKOS.inScheme)), key=str)
    return {name_of(own, scheme): {name_of(own, concept): labels_of(own, concept)
                                   for concept in concepts_in(own, scheme)} for scheme in schemes}


def merge_words(kept: bytes | None, added: Words) -> bytes:
    """The vocabulary as Turtle that ``load_schema`` reads: what was kept, with what is added in its place."""
    words = dict(words_in(parse_turtle(kept))) if kept else {}
    return extension_turtle((), {name: {**words.get(name, {}), **added.get(name, {})}
                                 for name in sorted(words.keys() | added.keys())})


def _own_concepts(document: Graph) -> Graph:
    """The concepts of the document that are not the ontology's, with their schemes."""
    own = Graph()
    for concept in document.subjects(RDF.type, SKOS.Concept):
        if str(concept).startswith(str(ZK)):
            continue
        own += document.triples((concept, None, None))
        for scheme in document.objects(concept, SKOS.inScheme):
            own += document.triples((scheme, None, None))
    return own


def _faults_in(report: Graph) -> Iterator[ConceptFault]:
    for result in report.subjects(RDF.type, SH.ValidationResult):
        yield ConceptFault(iri=_text(report, result, SH.focusNode), path=_path(report, result),
                           value=None if (value := report.value(result, SH.value)) is None else str(value),
                           message=_text(report, result, SH.resultMessage))


def _text(report: Graph, result: Node, predicate: Node) -> str:
    return str(report.value(result, predicate))


def _path(report: Graph, result: Node) -> str:
    """The property that the shape of a result speaks of: the first step of its path."""
    shape = report.value(result, SH.sourceShape)
    path = None if shape is None else shapes_graph().value(shape, SH.path)
    return "" if path is None else local_name(next(iter(Collection(shapes_graph(), path)), path))
