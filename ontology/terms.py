"""Reading terms out of a Turtle file: what they are called, what they list, what they say."""

from functools import lru_cache
from pathlib import Path

from rdflib import RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from ontology.text import Text

ZK = Namespace("https://w3id.org/zhike#")
LOCAL = Namespace("https://w3id.org/zhike/local#")
"""Home of the attributes that only one base's mappings declare."""
ONTOLOGY = Path(__file__).with_name("zhike.ttl")
SHAPES = Path(__file__).with_name("shapes.ttl")


@lru_cache(maxsize=16)
def parse_turtle(content: bytes) -> Graph:
    """The graph of a Turtle document; parsed once per content, so do not change it."""
    return Graph().parse(data=content, format="turtle")


@lru_cache(maxsize=1)
def ontology_graph() -> Graph:
    """The graph of ``zhike.ttl``."""
    return parse_turtle(ONTOLOGY.read_bytes())


@lru_cache(maxsize=1)
def shapes_graph() -> Graph:
    """The graph of ``shapes.ttl``."""
    return parse_turtle(SHAPES.read_bytes())


def name_of(graph: Graph, term: Node) -> str:
    """The name of ``term`` in tables and JSON: its notation, or its local name where it has none.

    >>> name_of(ontology_graph(), ZK.interaction_kind), name_of(ontology_graph(), ZK.topic)
    ('kind', 'topic')
    """
    return str(graph.value(term, SKOS.notation) or local_name(term))


def local_name(term: Node) -> str:
    """The part of an IRI after ``#``, or after the last ``/`` where there is none.

    >>> local_name(ZK["channel.phone"])
    'channel.phone'
    """
    return str(term).rpartition("#")[2].rpartition("/")[2]


def listed(graph: Graph, subject: Node, predicate: URIRef) -> tuple[Node, ...]:
    """The members of the list that ``subject`` has for ``predicate``; empty where it has none."""
    head = graph.value(subject, predicate)
    return tuple(Collection(graph, head)) if head is not None else ()


def labels_of(graph: Graph, term: Node) -> Text:
    """The label of ``term`` in both languages.

    Raises:
        LookupError: When one is missing.
    """
    labels = (*graph.objects(term, RDFS.label), *graph.objects(term, SKOS.prefLabel))
    said = {label.language: str(label) for label in labels if isinstance(label, Literal)}
    if not {"zh", "en"} <= said.keys():
        msg = f"{local_name(term)} needs a label in Chinese and one in English"
        raise LookupError(msg)
    return Text(zh=said["zh"], en=said["en"])


def concepts_in(graph: Graph, scheme: Node) -> tuple[Node, ...]:
    """The concepts of a scheme, sorted by IRI."""
    return tuple(sorted(graph.subjects(SKOS.inScheme, scheme), key=str))


def range_of(graph: Graph, term: Node) -> URIRef:
    """The declared range of a property.

    Raises:
        LookupError: When the ontology gives none.
    """
    found = graph.value(term, RDFS.range)
    if found is None:
        msg = f"the ontology gives no range for {local_name(term)}; add rdfs:range"
        raise LookupError(msg)
    return URIRef(str(found))
