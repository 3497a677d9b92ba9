"""Records as JSON-LD: the context derived from the ontology, and the node that a plain record becomes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from rdflib import OWL, PROV, RDF, Graph, Literal
from rdflib.namespace import SDO
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.term import Node

from ontology.terms import ZK, listed, local_name, name_of, ontology_graph, range_of

RESOURCE = "urn:zhike:"
"""Where the things of a base are named: ``urn:zhike:Run:run-1``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record.

    Args:
        name: In JSON.
        means: What the context says of it.
        holds: The class of the records it holds; ``None`` for a value.
        entry: Names of key and value where the field maps names to values.
        is_many: Whether it is a list.
    """

    name: str
    means: str | Mapping[str, object]
    holds: str | None = None
    entry: tuple[str, str] | None = None
    is_many: bool = False

    @property
    def term(self) -> str:
        """The IRI of the property."""
        return self.means if isinstance(self.means, str) else str(self.means["@id"])

    @property
    def is_spoken(self) -> bool:
        """Whether its values are words in both languages."""
        return not isinstance(self.means, str) and self.means.get("@container") == "@language"


def json_ld_context() -> dict[str, Any]:
    """The context under which the JSON of the API is RDF; each class brings the meaning of its own fields.

    >>> json_ld_context()["Note"]["@context"]["author"]
    'https://w3id.org/zhike#author'
    """
    return {"@version": 1.1, "zk": str(ZK), "prov": str(PROV), "schema": str(SDO)} | {
        name: {"@id": str(ZK[name]), "@context": {field.name: field.means for field in fields.values()}}
        for name, fields in _records().items()}


def record_node(record: Mapping[str, Any], kind: str, *, at: str | None = None) -> dict[str, Any]:
    """The JSON-LD node of a plain record of class ``kind``; fields without a value are left out.

    Args:
        record: JSON values, as ``kb.model.codec.to_plain`` writes them; fields the ontology does not know stay.
        kind: A class with ``zk:fields``.
        at: The IRI to give it, under which its parts are named by their path; ``None``: named by its key.

    >>> record_node({"name": "order_lines", "digest": "sha256:0"}, "Dataset")["@id"]
    'urn:zhike:Dataset:sha256:0'
    """
    fields, key = _records()[kind], _keys().get(kind)
    named = at or (resource(kind, record[key]) if key and record.get(key) else None)
    return ({"@id": named} if named else {}) | {"@type": kind} | {
        name: _value(value, fields[name], f"{at}/{quote(name)}" if at else None) if name in fields else value
        for name, value in record.items() if value is not None}


def resource(kind: str, key: object) -> str:
    """The IRI of the thing of class ``kind`` that has ``key``."""
    return f"{RESOURCE}{kind}:{quote(str(key), safe=':')}"


def fields_of(kind: str) -> Mapping[str, Field]:
    """The fields of the records of a class, by name."""
    return _records()[kind]


def to_graph(document: Mapping[str, Any]) -> Graph:
    """The triples of a JSON-LD document."""
    graph = Graph()
    graph.bind("zk", ZK)
    to_rdf(document, graph)
    return graph


def _value(value: Any, field: Field, at: str | None) -> Any:
    if field.entry and isinstance(value, Mapping):
        return [_entry(name, part, field, f"{at}/{quote(str(name))}" if at else None) for name, part in value.items()]
    if field.holds and isinstance(value, Mapping):
        return record_node(value, field.holds, at=at)
    if field.holds and isinstance(value, list):
        return [_value(part, field, f"{at}/{i}" if at else None) for i, part in enumerate(value)]
    return value


def _entry(name: str, value: Any, field: Field, at: str | None) -> dict[str, Any]:
    assert field.entry  # noqa: S101  # the caller has looked
    key, part = field.entry
    types = [field.holds, *_scales(name)] if field.holds == "Measure" else field.holds
    return ({"@id": at} if at else {}) | {"@type": types, key: name, part: value}


def _scales(measure: str) -> Iterator[str]:
    """The class that bounds a measure; the same on the later period. Nothing for a name that is not described."""
    term = ZK[f"measure_name.{measure.removeprefix('later_')}"]
    yield from (local_name(scale) for scale in ontology_graph().objects(term, ZK.scale))


@lru_cache(maxsize=1)
def _records() -> dict[str, dict[str, Field]]:
    graph = ontology_graph()
    return {local_name(kind): {field.name: field for field in _fields(graph, kind)}
            for kind in sorted(graph.subjects(RDF.type, OWL.Class), key=str)}


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    graph = ontology_graph()
    return {local_name(kind): name_of(graph, key) for kind, key in graph.subject_objects(ZK.key)}


def _fields(graph: Graph, kind: Node) -> Iterator[Field]:
    for term in listed(graph, kind, ZK.fields):
        target = range_of(graph, term)
        entry = tuple(name_of(graph, part) for part in listed(graph, term, ZK.map_entry))
        yield Field(name=name_of(graph, term), means=_meaning(graph, term),
                    holds=local_name(target) if (target, RDF.type, OWL.Class) in graph else None,
                    entry=(entry[0], entry[1]) if entry else None,
                    is_many=(term, ZK.many, Literal(lexical_or_value=True)) in graph)


def _meaning(graph: Graph, term: Node) -> str | dict[str, object]:
    scheme = graph.value(term, ZK.vocabulary)
    if scheme is not None:
        return {"@id": str(term), "@type": "@vocab", "@context": {"@vocab": str(ZK[name_of(graph, scheme) + "."])}}
    match range_of(graph, term):
        case RDF.langString:
            return {"@id": str(term), "@container": "@language"}
        case RDF.JSON:
            return {"@id": str(term), "@type": "@json"}
    return str(term)
