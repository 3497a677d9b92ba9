"""Linked data back into plain records, as ``kb.model.codec`` reads them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rdflib import RDF, SKOS, Graph, Literal, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from ontology.jsonld import RESOURCE, Field, fields_of
from ontology.terms import ZK, name_of, ontology_graph


class ReadingFault(Exception):
    """A document cannot be read as records.

    Args:
        subject: What it was said of; empty where the document as a whole cannot be parsed.
        path: The field.
        message: What was expected.
        line: Where in the text, from 1; ``None`` where that is not known.
    """

    def __init__(self, message: str, *, subject: str = "", path: str = "", value: object = None,
                 line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.path = path
        self.value = value
        self.line = line


@dataclass(frozen=True, slots=True)
class Named:
    """A record, and the IRI it had."""

    iri: str
    record: Mapping[str, Any]


def parse_document(text: str) -> Graph:
    """The graph of a Turtle document.

    Raises:
        ReadingFault: With the line of what is no Turtle.
    """
    try:
        return Graph().parse(data=text, format="turtle", publicID=RESOURCE)
    except BadSyntax as fault:
        msg = f"is no Turtle: {fault.message}"
        raise ReadingFault(msg, line=fault.lines + 1) from fault
    except Exception as fault:  # RDFLib's reader stumbles over broken text in many ways, an IndexError among them
        msg = f"is no Turtle: {fault}"
        raise ReadingFault(msg) from fault


def items_in(graph: Graph) -> tuple[Named, ...]:
    """Every knowledge item of a graph as a plain record, by IRI; what the graph does not say is left out.

    Raises:
        ReadingFault: For an unknown property of an item, or a second value of what has one.
    """
    return tuple(Named(str(node), _record(graph, node, "KnowledgeItem"))
                 for node in sorted(graph.subjects(RDF.type, ZK.KnowledgeItem), key=str))


def line_of(text: str, iri: str, path: str = "") -> int | None:
    r"""The line, from 1, where a Turtle text speaks of the thing, or of the property of it; as far as it can be found.

    >>> line_of("@prefix i: <urn:zhike:KnowledgeItem:> .\ni:x\n  zk:size 7 .", "urn:zhike:KnowledgeItem:x", "size")
    3
    """
    lines = text.splitlines()
    own = iri.rpartition(":")[2]
    begins = next((n for n, line in enumerate(lines) if iri in line or line.startswith((f"{own} ", own))
                   or f":{own}" in line), None)
    if begins is None:
        return None
    word = f":{path.partition('.')[0]}"
    inside = (n for n in range(begins, len(lines)) if path and word in lines[n])
    return next(inside, begins) + 1


def _record(graph: Graph, node: Node, kind: str) -> dict[str, Any]:
    fields = fields_of(kind)
    _require_known(graph, node, fields)
    told = ((name, _told(graph, node, field)) for name, field in fields.items())
    return {name: value for name, value in told if value is not None}


def _require_known(graph: Graph, node: Node, fields: Mapping[str, Field]) -> None:
    known = {field.term for field in fields.values()}
    for predicate in graph.predicates(node):
        if str(predicate).startswith(str(ZK)) and str(predicate) not in known:
            name = str(predicate).removeprefix(str(ZK))
            msg = f"is no property of it; known: {', '.join(sorted(fields))}"
            raise ReadingFault(msg, subject=str(node), path=name, value=name)


def _told(graph: Graph, node: Node, field: Field) -> Any:
    """What a node says in one field; ``None`` where it says nothing."""
    objects = sorted(graph.objects(node, URIRef(field.term)), key=str)
    if not objects:
        return None
    if field.entry:
        return dict(_entries(graph, objects, field))
    if field.is_spoken:
        return {value.language: str(value) for value in objects if isinstance(value, Literal)}
    values = [_value(graph, value, field) for value in objects]
    if field.is_many:
        return sorted(values, key=lambda value: value["name"]) if field.holds else sorted(values, key=str)
    if len(values) > 1:
        msg = f"has {len(values)} values where one is expected"
        raise ReadingFault(msg, subject=str(node), path=field.name, value=[str(value) for value in objects])
    return values[0]


def _entries(graph: Graph, objects: list[Node], field: Field) -> Iterator[tuple[str, Any]]:
    for node in objects:
        record = _record(graph, node, field.holds or "")
        key, value = field.entry or ("", "")
        yield str(record.get(key)), record.get(value)


def _value(graph: Graph, node: Node, field: Field) -> Any:
    if field.holds:
        return _record(graph, node, field.holds)
    if isinstance(node, Literal):
        return json.loads(str(node)) if node.datatype == RDF.JSON else _plain(node.toPython())
    return name_of(ontology_graph(), node) if (node, RDF.type, SKOS.Concept) in ontology_graph() else str(node)


def _plain(value: object) -> object:
    """A number that JSON has; what JSON does not have is told as text, and its shape refuses it."""
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, bool | int | float | str) else str(value)
