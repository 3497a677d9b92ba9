"""Graphs as Turtle and TriG text that keeps every digit: RDFLib writes numbers in short form, cut to seven."""

from io import BytesIO

from rdflib import PROV, RDFS, SKOS, XSD, Dataset, Graph, Literal
from rdflib.namespace import SDO
from rdflib.plugins.serializers.trig import TrigSerializer
from rdflib.plugins.serializers.turtle import TurtleSerializer
from rdflib.term import Node

from ontology.terms import LOCAL, ZK

PREFIXES = {"zk": ZK, "local": LOCAL, "prov": PROV, "schema": SDO, "skos": SKOS, "rdfs": RDFS}
"""What is declared in every text that is written here, and for every query."""


class _ExactTurtle(TurtleSerializer):
    """Turtle with doubles in their full form."""

    def label(self, node: Node, position: int) -> str:
        """A double in its full form, anything else as RDFLib has it."""
        return node.n3() if _is_double(node) else super().label(node, position)


class _ExactTrig(TrigSerializer):
    """TriG with doubles in their full form."""

    def label(self, node: Node, position: int) -> str:
        """A double in its full form, anything else as RDFLib has it."""
        return node.n3() if _is_double(node) else super().label(node, position)


def write_turtle(graph: Graph) -> str:
    """The graph as Turtle."""
    _bind(graph)
    text = BytesIO()
    _ExactTurtle(graph).serialize(text)
    return text.getvalue().decode()


def write_trig(dataset: Dataset) -> str:
    """The dataset as TriG."""
    _bind(dataset)
    text = BytesIO()
    _ExactTrig(dataset).serialize(text)
    return text.getvalue().decode()


def _bind(graph: Graph) -> None:
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)


def _is_double(node: Node) -> bool:
    return isinstance(node, Literal) and node.datatype == XSD.double
