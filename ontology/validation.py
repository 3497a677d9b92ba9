"""Records against their SHACL shapes: a refusal names shape, path, value and what was expected."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import pyshacl
from rdflib import RDF, SH, SKOS, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ontology.jsonld import json_ld_context, record_node, to_graph
from ontology.terms import ZK, concepts_in, local_name, name_of, ontology_graph, shapes_graph

_RECORD = "urn:zhike:record:"


class ShapeFault(Exception):
    """A record does not fit its shape.

    Args:
        shape: The class of the record.
        path: Where in the record, with dots: ``measures.support``.
        value: What was given there; ``None`` where nothing was.
        message: What was expected.
        position: Of the record in its batch, from 0.
    """

    def __init__(self, *, shape: str, path: str, value: object, message: str, position: int = 0) -> None:
        super().__init__(f"{shape}: {path} {message}, got {value!r}")
        self.shape = shape
        self.path = path
        self.value = value
        self.message = message
        self.position = position


def validate(record: Mapping[str, Any], shape: str) -> None:
    """Accept a plain record of class ``shape``, or say what is wrong with it.

    Args:
        record: JSON values, as ``kb.model.codec.to_plain`` writes them.
        shape: ``KnowledgeItem``, ``Rule``, ``Action``, ``Refusal``, ``Run`` or ``Note``.

    Raises:
        ShapeFault: The first thing that does not fit.

    >>> validate({"note_id": "n1", "text": "", "author": "li", "at": 0, "reviewed": False}, "Note")
    Traceback (most recent call last):
    ontology.validation.ShapeFault: Note: text must say something, got ''
    """
    validate_many((record,), shape)


def validate_many(records: Sequence[Mapping[str, Any]], shape: str) -> None:
    """Accept every record of a batch, or raise the first ``ShapeFault``; one graph and one pass for all."""
    for fault in find_faults(records, shape):
        raise fault


def find_faults(records: Sequence[Mapping[str, Any]], shape: str) -> tuple[ShapeFault, ...]:
    """Everything that does not fit, by record and path; each place is named once."""
    nodes = [record_node(record, shape, at=f"{_RECORD}{position}") for position, record in enumerate(records)]
    graph = to_graph({"@context": json_ld_context(), "@graph": nodes})
    graph += _vocabularies()
    conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph(), inplace=True)
    first = {} if conforms else {(position, path): message for position, path, message in sorted(_places(report))[::-1]}
    return tuple(ShapeFault(shape=shape, path=".".join(path), value=_value_at(records[position], path),
                            message=message, position=position)
                 for (position, path), message in sorted(first.items()))


def _places(report: Graph) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Position of the record, path, and what was expected, of each result of a report."""
    for result in report.subjects(RDF.type, SH.ValidationResult):
        position, *parts = str(report.value(result, SH.focusNode)).removeprefix(_RECORD).split("/")
        term = _term_concerned(_required(report, result, SH.sourceShape))
        named = () if term == ZK.measure_value else (name_of(ontology_graph(), term),)
        message = str(report.value(result, SH.resultMessage))
        yield int(position), (*map(unquote, parts), *named), message + _choices(term)


def _term_concerned(shape: Node) -> Node:
    """The property a shape speaks of: the one it names, or the first step of its path."""
    named = shapes_graph().value(shape, ZK.concerns)
    path = _required(shapes_graph(), shape, SH.path) if named is None else named
    return next(iter(Collection(shapes_graph(), path)), path)


def _choices(term: Node) -> str:
    scheme = ontology_graph().value(term, ZK.vocabulary)
    known = [name_of(ontology_graph(), concept) for concept in concepts_in(ontology_graph(), scheme)] if scheme else []
    return f" (known: {', '.join(known)})" if known else ""


def _value_at(record: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        if isinstance(record, Mapping):
            record = record.get(part)
        elif isinstance(record, Sequence) and part.isdecimal():
            record = record[int(part)]
        else:
            return None
    return record


def _required(graph: Graph, subject: Node, predicate: URIRef) -> Node:
    found = graph.value(subject, predicate)
    if found is None:
        msg = f"a shape or report lacks {local_name(predicate)} for {subject}"
        raise LookupError(msg)
    return found


@lru_cache(maxsize=1)
def _vocabularies() -> Graph:
    """The part of the ontology that paths through a vocabulary walk."""
    graph = Graph()
    for predicate in (SKOS.inScheme, ZK.yields):
        for triple in ontology_graph().triples((None, predicate, None)):
            graph.add(triple)
    return graph
