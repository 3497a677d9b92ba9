"""The knowledge map, read as JSON-LD by somebody who knows nothing of Zhike, says what it said in JSON."""

import json

import pytest
from rdflib import PROV, RDF, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from kb.model.codec import to_plain
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset, Period, Population
from ontology.rdf import json_ld_context, knowledge_map_to_jsonld, to_turtle
from ontology.terms import ZK
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus, PatternKind

WORDS = Text(zh="买面包的客户也买牛奶", en="who buys bread buys milk")
DIGEST = "sha256:" + "0" * 64
ITEM = to_plain(KnowledgeItem(
    id="assoc-1", kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION, status=KnowledgeStatus.PUBLISHED,
    statement=WORDS, strength=0.8, measures={"support": 0.25, "lift": 3.512345678901234}, antecedent=("bread",),
    consequent=("milk",), valid_from=1, recorded_at=2, run_id="run-1", author="run-1", approver="wang",
    datasets=(Dataset(name="order_lines", digest=DIGEST),),
    population=Population(what=WORDS, level="order", period=Period(start=0, end=10), size=7)))
AGE = {"id": "age", "kind": "age", "label": {"zh": "年龄", "en": "age"}, "statement": {"zh": "45 岁", "en": "45 years"},
       "value": 45, "unit": "years"}
MILK = {"id": "assoc-1", "kind": "association", "label": {"zh": "牛奶", "en": "milk"},
        "statement": {"zh": "可能购买牛奶", "en": "may buy milk"}, "score": 0.4, "since": 3, "age_days": 2,
        "item": ITEM, "colour": "blue"}
MAP = {"customer": {"customer_id": "15 7", "name": "李雷", "tags": [{"a": 1}]}, "information": [AGE], "operational": [],
       "hidden": [MILK], "links": [{"source": "age", "target": "assoc-1", "kind": "rests_on"}], "as_of": 99}

CUSTOMER = URIRef("urn:zhike:Customer:15%207")
THE_MAP = URIRef(f"{CUSTOMER}/knowledge-map")
ASSOCIATION = URIRef("urn:zhike:KnowledgeItem:assoc-1")
RUN = URIRef("urn:zhike:Run:run-1")
DATASET = URIRef(f"urn:zhike:Dataset:{DIGEST}")


@pytest.fixture(scope="module")
def graph():
    """The map as a stranger's JSON-LD parser reads it."""
    return Graph().parse(data=json.dumps(knowledge_map_to_jsonld(MAP)), format="json-ld")


def test_the_map_is_about_its_customer(graph):
    assert (THE_MAP, ZK.about, CUSTOMER) in graph
    assert (CUSTOMER, RDF.type, ZK.Customer) in graph
    assert (CUSTOMER, ZK.customer_name, Literal("李雷")) in graph
    assert (THE_MAP, ZK.as_of, Literal(99)) in graph


def test_each_entry_stands_under_its_kind_of_knowledge(graph):
    assert (THE_MAP, ZK.information, URIRef(f"{CUSTOMER}#age")) in graph
    assert (THE_MAP, ZK.hidden, URIRef(f"{CUSTOMER}#assoc-1")) in graph
    assert not list(graph.objects(THE_MAP, ZK.operational))


def test_words_keep_their_language(graph):
    statement = set(graph.objects(URIRef(f"{CUSTOMER}#age"), ZK.statement))

    assert statement == {Literal("45 岁", lang="zh"), Literal("45 years", lang="en")}


def test_an_entry_keeps_its_value_and_its_score(graph):
    assert graph.value(URIRef(f"{CUSTOMER}#age"), ZK.entry_value) == Literal(45)
    assert graph.value(URIRef(f"{CUSTOMER}#assoc-1"), ZK.score) == Literal(0.4)


def test_an_item_is_of_its_kind_and_its_terms_are_concepts(graph):
    assert set(graph.objects(ASSOCIATION, RDF.type)) == {ZK.KnowledgeItem, ZK.HiddenKnowledge}
    assert (ASSOCIATION, ZK.kind, ZK["knowledge_kind.hidden"]) in graph
    assert (ASSOCIATION, ZK.status, ZK["knowledge_status.published"]) in graph
    assert (ASSOCIATION, ZK.pattern_kind, ZK["pattern_kind.association"]) in graph


def test_each_measure_is_a_node_with_its_name(graph):
    measures = {(str(graph.value(node, ZK.measure_name)), graph.value(node, ZK.measure_value).toPython())
                for node in graph.objects(ASSOCIATION, ZK.measures)}

    assert measures == {("support", 0.25), ("lift", 3.512345678901234)}


def test_one_walks_from_the_item_to_its_run_to_its_data(graph):
    assert (ASSOCIATION, PROV.wasGeneratedBy, RUN) in graph
    assert (RUN, PROV.used, DATASET) in graph
    assert (DATASET, ZK.digest, Literal(DIGEST)) in graph


def test_an_item_is_attributed_to_its_author(graph):
    assert (ASSOCIATION, PROV.wasAttributedTo, URIRef("urn:zhike:Agent:run-1")) in graph


def test_what_the_ontology_does_not_know_stays_in_json_alone(graph):
    assert knowledge_map_to_jsonld(MAP)["hidden"][0]["colour"] == "blue"
    assert "blue" not in graph.serialize(format="nt")


def test_turtle_says_the_same(graph):
    turtle = to_turtle(knowledge_map_to_jsonld(MAP))

    assert isomorphic(Graph().parse(data=turtle, format="turtle"), graph)
    assert "@prefix prov:" in turtle


def test_the_item_as_the_api_tells_it_is_understood_too():
    """There ``population`` has ``from`` and ``to`` in words, and fields may be missing."""
    told = {"id": "a", "kind": "hidden", "population": {"what": "orders", "level": "order", "from": "2017-01-01"}}
    document = knowledge_map_to_jsonld({**MAP, "hidden": [{**MILK, "item": told}]})
    graph = Graph().parse(data=to_turtle(document), format="turtle")

    assert (None, ZK["from"], Literal("2017-01-01")) in graph
    assert (None, PROV.wasGeneratedBy, None) not in graph


def test_an_empty_map_is_a_map():
    document = knowledge_map_to_jsonld({"customer": {"customer_id": "1"}})

    assert (URIRef("urn:zhike:Customer:1/knowledge-map"), RDF.type, ZK.KnowledgeMap) in Graph().parse(
        data=json.dumps(document), format="json-ld")


def test_the_input_is_left_as_it_was():
    before = json.dumps(MAP)

    knowledge_map_to_jsonld(MAP)

    assert json.dumps(MAP) == before


def test_every_field_of_the_model_has_a_meaning_in_the_context():
    fields = json_ld_context()["KnowledgeItem"]["@context"]

    assert set(ITEM) <= set(fields)
    assert all(json_ld_context()["Measure"]["@context"])
