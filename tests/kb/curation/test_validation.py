"""The report of the shapes over everything that is stored."""

import pyarrow as pa
import pytest
from rdflib import RDF, SH, Graph, Literal

from kb.curation.curation import Curation
from kb.curation.validation import shapes_report
from kb.graph.port import Statement
from ontology.linked.report import report_turtle


@pytest.fixture
def filled(graph, clock, item_of, rule_of, run):
    Curation(graph, clock).propose([item_of("assoc-1"), item_of("assoc-2")], [rule_of()], run=run)
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1"], "external_id": ["1"]}))
    return graph


def test_what_was_written_through_the_front_door_fits(filled):
    report = shapes_report(filled)
    assert report.conforms
    assert {shape: n for shape, n in report.checked.items() if n} == {"KnowledgeItem": 2, "Rule": 1, "Run": 1}


def spoil(graph, before, after):
    graph.write([Statement("MATCH (i:KnowledgeItem {id: 'assoc-2'}) SET i.body = $body", {
        "body": graph.read("MATCH (i:KnowledgeItem {id: 'assoc-2'}) RETURN i.body AS body")[0]["body"]
                .replace(before, after)})])


def test_a_record_that_somebody_spoiled_is_named_with_path_value_and_message(filled):
    spoil(filled, '"strength":0.5', '"strength":5')
    [found] = shapes_report(filled).found
    assert (found.key, found.fault.shape, found.fault.path, found.fault.value) == (
        "assoc-2", "KnowledgeItem", "strength", 5)
    assert found.fault.message == "must be a number in [0, 1]"


def test_relationships_are_held_against_the_same_shapes(filled):
    filled.bulk_load("HOLDS_A", pa.table({
        "from": ["c1", "c1"], "to": ["assoc-1", "assoc-2"], "score": [0.5, 1.5], "since": [1, 1], "valid_from": [1, 9],
        "valid_to": pa.array([None, 8], pa.int64()), "recorded_at": [1, 1]}))
    found = {(one.key, one.fault.shape, one.fault.path, one.fault.value) for one in shapes_report(filled).found}
    assert found == {("c1", "HOLDS_A", "score", 1.5), ("c1", "HOLDS_A", "valid_from", 9)}


def test_the_report_in_turtle_is_a_shacl_report(filled):
    spoil(filled, '"strength":0.5', '"strength":5')
    graph = Graph().parse(data=report_turtle((one.key, one.fault) for one in shapes_report(filled).found))
    [result] = graph.subjects(RDF.type, SH.ValidationResult)
    assert str(graph.value(result, SH.focusNode)) == "urn:zhike:KnowledgeItem:assoc-2"
    assert graph.value(result, SH.value) == Literal("5")
    assert (None, SH.conforms, Literal(False)) in graph


def test_a_report_without_faults_conforms(filled):
    graph = Graph().parse(data=report_turtle((one.key, one.fault) for one in shapes_report(filled).found))
    assert (None, SH.conforms, Literal(True)) in graph
