"""Published knowledge read as RDF by somebody who knows nothing of Zhike says what it said; read back, it is equal."""

import json

import pytest
from rdflib import PROV, RDF, RDFS, SKOS, Dataset, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from kb.model.codec import from_plain, to_plain
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Dataset as Data
from kb.model.pattern import Period, Population, Run
from ontology.linked.publishing import Publication
from ontology.linked.reading import ReadingFault, items_in, line_of, parse_document
from ontology.terms import ZK
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus, PatternKind, Standing

DIGEST = "sha256:" + "0" * 64
DATA = (Data(name="customers", digest="sha256:" + "1" * 64), Data(name="order_lines", digest=DIGEST))
POPULATION = Population(what=Text(zh="订单", en='orders "all"\n'), level="order", size=7,
                        period=Period(start=0, end=10))


def item(item_id, **changes):
    values = {
        "kind": KnowledgeKind.HIDDEN, "pattern_kind": PatternKind.ASSOCIATION, "status": KnowledgeStatus.PUBLISHED,
        "statement": Text(zh="买面包的客户也买牛奶", en="who buys bread buys milk"), "strength": 1.0, "subject": "a->b",
        "measures": {"support": 0.1, "lift": 3.512345678901234, "members": 3.0}, "antecedent": ("bread", "面 包"),
        "consequent": ("milk",), "population": POPULATION, "later_population": POPULATION, "valid_from": 1,
        "valid_to": 9, "recorded_at": 2, "run_id": "run-1", "datasets": DATA, "author": "run-1", "approver": "wang",
        "details": {"nested": [1, {"b": 2.5, "c": None, "d": "中"}], "empty": {}}, "reason": "well measured",
    } | changes
    return KnowledgeItem(id=item_id, **values)


PLAIN = item("note 1/ä", pattern_kind=PatternKind.NOTE, measures={}, antecedent=(), consequent=(), population=None,
             later_population=None, valid_to=None, run_id=None, datasets=(), author="li", approver="wang", details={},
             reason=None, standing=Standing.UNTESTED, strength=0.3)
ITEMS = (item("assoc-1"), item("assoc-2", strength=1e-7, measures={"lift": 1e300, "support": 0.1 + 0.2}), PLAIN)
RUN = Run(run_id="run-1", as_of=5, seed=7, started_at=6, finished_at=8, code_version="1+ab", datasets=DATA,
          parameters={"baskets": {"min_support": 0.005}}, plan=(Text(zh="计划", en="plan"),))
ITEM, RELEASE = URIRef("urn:zhike:KnowledgeItem:assoc-1"), URIRef("urn:zhike:Release:3")


@pytest.fixture(scope="module")
def publication():
    said = {"number": 3, "published_at": 86_400, "publisher": "li", "fingerprint": "sha256:ab"}
    return Publication(release=said, items=[to_plain(one) for one in ITEMS], runs=[to_plain(RUN)],
                       names={"milk": Text(zh="牛奶", en="milk"), "unused": Text.same("unused")})


@pytest.fixture(scope="module")
def graphs(publication):
    dataset = Dataset(default_union=True).parse(data=publication.to_trig(), format="trig")
    union = Graph()
    for subject, predicate, value, _ in dataset.quads():
        union.add((subject, predicate, value))
    return {"turtle": Graph().parse(data=publication.to_turtle(), format="turtle"), "trig": union,
            "json-ld": Graph().parse(data=json.dumps(publication.to_jsonld()), format="json-ld")}


@pytest.mark.parametrize("form", ["trig", "json-ld"])
def test_all_forms_say_the_same(graphs, form):
    assert len(graphs["turtle"]) > 100
    assert isomorphic(graphs[form], graphs["turtle"])


@pytest.mark.parametrize("form", ["turtle", "trig", "json-ld"])
def test_items_read_back_are_equal_to_the_last_digit(graphs, form):
    read = {one.record["id"]: from_plain(one.record, KnowledgeItem) for one in items_in(graphs[form])}
    assert read == {one.id: one for one in ITEMS}


def test_one_walks_from_release_to_item_to_run_to_data_in_the_words_of_prov(graphs):
    graph = graphs["turtle"]
    run, data = URIRef("urn:zhike:Run:run-1"), URIRef(f"urn:zhike:Dataset:{DIGEST}")
    assert (RELEASE, RDF.type, PROV.Bundle) in graph
    assert (RELEASE, PROV.wasAttributedTo, URIRef("urn:zhike:Agent:li")) in graph
    assert (RELEASE, ZK.publishes, ITEM) in graph
    assert (ITEM, PROV.wasGeneratedBy, run) in graph
    assert (run, PROV.used, data) in graph
    assert (data, ZK.dataset_name, Literal("order_lines")) in graph
    assert {str(agent) for agent in graph.objects(ITEM, PROV.wasAttributedTo)} == {
        "urn:zhike:Agent:run-1", "urn:zhike:Agent:wang"}
    assert str(graph.value(run, PROV.startedAtTime)) == "1970-01-01T00:00:06+00:00"


def test_the_release_is_the_named_graph_of_what_it_publishes(publication):
    dataset = Dataset().parse(data=publication.to_trig(), format="trig")
    inside, outside = dataset.graph(RELEASE), dataset.default_graph
    assert (ITEM, RDF.type, ZK.HiddenKnowledge) in inside
    assert (RELEASE, RDF.type, PROV.Bundle) not in inside
    assert (RELEASE, RDF.type, PROV.Bundle) in outside
    assert (ITEM, RDF.type, ZK.HiddenKnowledge) not in outside


def test_terms_and_names_bring_their_labels_in_both_languages(graphs):
    graph = graphs["turtle"]
    assert set(graph.objects(ZK["knowledge_kind.hidden"], SKOS.prefLabel)) == {
        Literal("隐藏知识", lang="zh"), Literal("hidden knowledge", lang="en")}
    assert set(graph.objects(URIRef("urn:zhike:Category:milk"), RDFS.label)) == {
        Literal("牛奶", lang="zh"), Literal("milk", lang="en")}
    assert (URIRef("urn:zhike:Category:unused"), None, None) not in graph


def test_before_the_first_release_nothing_is_published():
    nothing = Publication(release=None, items=[], runs=[])
    assert len(Graph().parse(data=nothing.to_turtle(), format="turtle")) == 0
    assert len(Dataset().parse(data=nothing.to_trig(), format="trig")) == 0


HEAD = "@prefix zk: <https://w3id.org/zhike#> .\n@prefix i: <urn:zhike:KnowledgeItem:> .\n"


@pytest.mark.parametrize(("text", "path", "said"), [
    ("i:a a zk:KnowledgeItem ; zk:strenght 1 .", "strenght", "no property"),
    ("i:a a zk:KnowledgeItem ; zk:id 'a' , 'b' .", "id", "2 values"),
])
def test_what_cannot_be_read_is_named(text, path, said):
    with pytest.raises(ReadingFault) as fault:
        items_in(parse_document(HEAD + text))
    assert (fault.value.path, fault.value.subject) == (path, "urn:zhike:KnowledgeItem:a")
    assert said in fault.value.message


@pytest.mark.parametrize(("text", "line"), [("i:a a zk:KnowledgeItem\n; ;; nonsense", 4), ("<x> <y>", None)])
def test_what_is_no_turtle_is_told_with_its_line(text, line):
    with pytest.raises(ReadingFault, match="is no Turtle") as fault:
        parse_document(HEAD + text)
    assert fault.value.line == line


def test_a_line_is_found_by_thing_and_property():
    text = HEAD + "i:a a zk:KnowledgeItem .\ni:b a zk:KnowledgeItem ;\n  zk:id 'b' ;\n  zk:strength 7 ."
    assert line_of(text, "urn:zhike:KnowledgeItem:b", "strength") == 6
    assert line_of(text, "urn:zhike:KnowledgeItem:b", "measures.lift") == 4
    assert line_of(text, "urn:zhike:KnowledgeItem:c") is None
