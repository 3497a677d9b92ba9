"""What does not fit its shape, as a SHACL validation report."""

from collections.abc import Iterable

from rdflib import RDF, SH, BNode, Graph, Literal, URIRef

from ontology.jsonld import resource
from ontology.linked.writing import write_turtle
from ontology.terms import ZK
from ontology.validation import ShapeFault


def report_turtle(faults: Iterable[tuple[str, ShapeFault]]) -> str:
    """A ``sh:ValidationReport`` in Turtle: each fault with the record it was found in, path, value and message.

    Args:
        faults: Key of the record, and what is wrong with it.
    """
    graph, report = Graph(), BNode()
    graph.bind("sh", SH)
    graph.add((report, RDF.type, SH.ValidationReport))
    found = list(faults)
    graph.add((report, SH.conforms, Literal(not found)))
    for key, fault in found:
        result = BNode()
        graph.add((report, SH.result, result))
        graph.add((result, RDF.type, SH.ValidationResult))
        graph.add((result, SH.resultSeverity, SH.Violation))
        graph.add((result, SH.focusNode, URIRef(resource(fault.shape, key))))
        graph.add((result, SH.sourceShape, ZK[f"{fault.shape}Shape"]))
        graph.add((result, ZK.path, Literal(fault.path)))
        graph.add((result, SH.resultMessage, Literal(fault.message, lang="en")))
        if fault.value is not None:
            graph.add((result, SH.value, Literal(str(fault.value))))
    return write_turtle(graph)
