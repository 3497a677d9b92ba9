"""Linked data over HTTP and in a terminal: published knowledge in three forms, SPARQL, Turtle brought in, shapes."""

import json

import pytest
from rdflib import PROV, RDF, Dataset, Graph, URIRef

from ontology.linked.reading import items_in
from ontology.terms import ZK

TURTLE, TRIG, JSON_LD = "text/turtle", "application/trig", "application/ld+json"
QUERY = {"Content-Type": "application/sparql-query"}
COUNT = "SELECT (COUNT(DISTINCT ?i) AS ?n) { ?i a zk:KnowledgeItem }"
OWN = """@prefix zk: <https://w3id.org/zhike#> .
<urn:zhike:KnowledgeItem:tea-and-talk> a zk:KnowledgeItem ; zk:kind zk:knowledge_kind.operational ;
    zk:pattern_kind zk:pattern_kind.note ; zk:statement "茶"@zh , "tea"@en ; zk:strength 0.4 .
"""


@pytest.fixture(scope="module")
def shown(http):
    def ask(media_type, path="/v1/knowledge"):
        answer = http("agent").get(path, headers={"Accept": media_type})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] == media_type
        return answer.text

    return ask


def test_published_knowledge_in_three_forms_is_the_same_and_whole(shown, published):
    turtle = set(Graph().parse(data=shown(TURTLE), format="turtle"))
    quads = Dataset().parse(data=shown(TRIG), format="trig")
    assert turtle == set(Graph().parse(data=shown(JSON_LD), format="json-ld"))
    assert turtle == {quad[:3] for quad in quads.quads()}
    assert {one.record["id"] for one in items_in(quads.graph(URIRef("urn:zhike:Release:1")))} == published.keys()


def test_the_map_in_trig_is_a_graph_of_its_own(shown):
    told = Dataset().parse(data=shown(TRIG, "/v1/customers/7/knowledge-map"), format="trig")
    name = URIRef("urn:zhike:Customer:7/knowledge-map")
    assert (name, RDF.type, ZK.KnowledgeMap) in told.graph(name)


def test_before_anything_was_published_there_was_no_release(http):
    told = http("agent").get("/v1/knowledge", params={"as_of": "2017-06-01"}, headers={"Accept": TURTLE}).text
    assert (None, RDF.type, PROV.Bundle) not in Graph().parse(data=told, format="turtle")


def test_a_query_is_taken_as_body_and_as_form(agent, published):
    for request in ({"content": COUNT, "headers": QUERY}, {"data": {"query": COUNT}}):
        answer = agent.post("/v1/sparql", **request)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/sparql-results+json"
        assert answer.json()["results"]["bindings"][0]["n"]["value"] == str(len(published))


def test_the_answer_comes_in_the_form_that_is_accepted(agent):
    csv = agent.post("/v1/sparql", content=COUNT, headers=QUERY | {"Accept": "text/csv"})
    assert csv.text.splitlines()[0] == "n"
    built = agent.post("/v1/sparql", content="CONSTRUCT WHERE { ?r a zk:Run }", headers=QUERY | {"Accept": TURTLE})
    assert len(Graph().parse(data=built.text, format="turtle")) == 1


def test_no_customer_is_in_what_is_asked(agent):
    query = "SELECT ?s { { ?s a zk:Customer } UNION { ?s zk:customer_key ?k } UNION { ?s zk:external_id ?k } }"
    assert agent.post("/v1/sparql", content=query, headers=QUERY).json()["results"]["bindings"] == []


@pytest.mark.parametrize(("request_", "said"), [
    ({"content": "SELEC", "headers": QUERY}, "line 1"),
    ({"content": "SELECT * FROM <file:///etc/passwd> {}", "headers": QUERY}, "FROM"),
    ({"content": "SELECT * { SERVICE <http://x/> {} }", "headers": QUERY}, "SERVICE"),
    ({"content": "CLEAR ALL", "headers": QUERY}, "changes data"),
    ({"data": {"update": "CLEAR ALL"}}, "'update'"),
    ({"data": {"query": "ASK {}", "default-graph-uri": "http://x/"}}, "default-graph-uri"),
    ({"content": "ASK {}", "headers": QUERY, "params": {"named-graph-uri": "http://x/"}}, "named-graph-uri"),
    ({"content": "ASK {}", "headers": {"Content-Type": "text/plain"}}, "application/sparql-query"),
    ({"data": {"other": "1"}}, "expected one query"),
    ({"content": b"\xff", "headers": QUERY}, "UTF-8"),
])
def test_what_is_not_answered_is_a_problem_that_says_why(agent, request_, said):
    answer = agent.post("/v1/sparql", **request_)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_query_that_runs_away_is_ended_and_the_service_goes_on(agent):
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    answer = agent.post("/v1/sparql", content=query, headers=QUERY)
    assert (answer.status_code, answer.json()["kind"]) == (422, "QueryTooCostly")
    assert agent.post("/v1/sparql", content=COUNT, headers=QUERY).status_code == 200


def test_without_a_key_nothing_is_asked_and_an_agent_brings_nothing_in(http, agent):
    assert http(None).post("/v1/sparql", content=COUNT, headers=QUERY).status_code == 401
    assert agent.post("/v1/knowledge/imports", content=OWN, headers={"Content-Type": TURTLE}).status_code == 403


def test_the_whole_base_fits_its_shapes(manager):
    told = manager.get("/v1/shapes/report").json()
    assert (told["conforms"], told["faults"]) == (True, [])
    assert told["checked"]["KnowledgeItem"] > 50
    assert "sh:conforms true" in manager.get("/v1/shapes/report", headers={"Accept": TURTLE}).text


def test_what_is_published_here_is_a_proposal_in_an_empty_base(shown, published, zhike, tmp_path):
    file, home = tmp_path / "knowledge.ttl", tmp_path / "home"
    file.write_text(shown(TURTLE), encoding="utf-8")
    assert zhike(home, "init").returncode == 0
    taken = zhike(home, "knowledge", "import", str(file), "--by", "wang", "--json")
    assert set(json.loads(taken.stdout)["proposed"]) == published.keys(), taken.stderr
    listed = json.loads(zhike(home, "knowledge", "list", "--limit", "500", "--json").stdout)["items"]
    kept = ("statement", "measures", "population", "later_population", "antecedent", "consequent", "strength",
            "details")
    assert {one["id"]: [one[name] for name in kept] for one in listed} == {
        name: [item[field] for field in kept] for name, item in published.items()}
    assert {(one["status"], one["standing"], one["author"]) for one in listed} == {("proposed", "untested", "wang")}
    assert zhike(home, "knowledge", "validate").returncode == 0


def test_a_refused_file_leaves_nothing_behind(zhike, tmp_path):
    file, home = tmp_path / "knowledge.ttl", tmp_path / "home"
    file.write_text(OWN + OWN.partition("\n")[2].replace("tea-and-talk", "b").replace("0.4", "4"), encoding="utf-8")
    assert zhike(home, "init").returncode == 0
    refused = zhike(home, "knowledge", "import", str(file))
    assert refused.returncode == 1
    for word in ("line 5", "KnowledgeItem:b", "strength", "[0, 1]", "nothing was stored"):
        assert word in refused.stderr
    assert json.loads(zhike(home, "knowledge", "list", "--json").stdout)["items"] == []


def test_words_brought_in_are_shown(zhike, tmp_path):
    file, home = tmp_path / "words.ttl", tmp_path / "home"
    file.write_text("""@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        <urn:x:r> a skos:ConceptScheme ; skos:notation "region" .
        <urn:x:n> a skos:Concept ; skos:inScheme <urn:x:r> ; skos:notation "N" ; skos:prefLabel "北区"@zh , "north"@en .
        """, encoding="utf-8")
    assert zhike(home, "init").returncode == 0
    assert "words for 1 values of region" in zhike(home, "knowledge", "import", str(file)).stdout
    assert "北区" in (home / "vocabulary.ttl").read_text(encoding="utf-8")


def test_the_export_of_an_empty_base_is_empty(zhike, tmp_path):
    home, file = tmp_path / "home", tmp_path / "out.trig"
    assert zhike(home, "init").returncode == 0
    assert zhike(home, "knowledge", "export", "--output", str(file)).returncode == 0
    assert len(Dataset().parse(data=file.read_text(encoding="utf-8"), format="trig")) == 0
