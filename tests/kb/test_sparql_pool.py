"""SPARQL over published knowledge: answered, refused, or ended. After each attack the next query is answered."""

import csv
import io
import json
import threading
from contextlib import closing

import pytest
from rdflib import Graph

from kb.sparql_pool import Busy, Published, QueryLimits, SparqlPool, TooSlow
from ontology.linked.publishing import Publication
from ontology.linked.sparql_query import QueryFault, Size

JSON, CSV, TURTLE = "application/sparql-results+json", "text/csv", "text/turtle"
ITEM = {"kind": "hidden", "pattern_kind": "association", "status": "published", "strength": 0.5, "author": "run-1",
        "statement": {"zh": "面包", "en": "bread"}, "measures": {"lift": 2.5}, "run_id": "run-1", "valid_from": 1}
RUN = {"run_id": "run-1", "as_of": 1, "seed": 7, "started_at": 1, "finished_at": 2, "code_version": "1", "datasets": []}


def published(count=20, number=1):
    said = {"number": number, "published_at": 1, "publisher": "li", "fingerprint": "sha256:0"}
    items = [{"id": f"a{n}", **ITEM} for n in range(count)]
    return Published(key=number, load=Publication(release=said, items=items, runs=[RUN]).to_trig)


PUBLISHED = published()
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def pool():
    opened = SparqlPool(QueryLimits(seconds=60, size=Size(rows=500, bytes=50_000)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def hasty():
    """A desk for queries that never end."""
    opened = SparqlPool(QueryLimits(seconds=1.5))
    yield opened
    opened.close()


def asked_without_end(pool):
    """A thread that asks what has no end, when a process is at it, and the faults that it will have met."""
    faults = []

    def ask():
        try:
            pool.ask(PUBLISHED, ENDLESS, [JSON])
        except QueryFault as fault:
            faults.append(str(fault))

    asking = threading.Thread(target=ask)
    asking.start()
    pause = threading.Event()
    while not pool._busy:
        assert asking.is_alive(), faults
        pause.wait(0.05)
    return asking, faults


def rows(pool, query):
    told = json.loads(pool.ask(PUBLISHED, query, [JSON]).body)
    return [{name: value["value"] for name, value in row.items()} for row in told["results"]["bindings"]]


def test_items_are_found_with_the_words_of_the_ontology(pool):
    query = """SELECT (COUNT(?i) AS ?n) ?said { ?i a zk:KnowledgeItem ; zk:kind/skos:prefLabel ?said ;
                zk:measures [ zk:measure_name "lift" ; zk:measure_value ?lift ]
                FILTER(?lift > 2 && LANG(?said) = "zh") }
                GROUP BY ?said"""
    assert rows(pool, query) == [{"n": "20", "said": "隐藏知识"}]


def test_the_release_is_a_graph(pool):
    assert rows(pool, "SELECT DISTINCT ?g { GRAPH ?g { ?s a zk:KnowledgeItem } }") == [{"g": "urn:zhike:Release:1"}]


def test_select_has_json_and_csv(pool):
    query = "SELECT ?i { ?i a zk:KnowledgeItem } ORDER BY ?i LIMIT 2"
    assert pool.ask(PUBLISHED, query, ["*/*"]).media_type == JSON
    told = pool.ask(PUBLISHED, query, [CSV])
    assert told.media_type == CSV
    assert list(csv.reader(io.StringIO(told.body))) == [["i"], ["urn:zhike:KnowledgeItem:a0"],
                                                        ["urn:zhike:KnowledgeItem:a1"]]


def test_ask_has_json(pool):
    assert json.loads(pool.ask(PUBLISHED, "ASK { ?r a prov:Bundle }", [CSV]).body)["boolean"] is True


def test_construct_has_turtle_with_every_digit(pool):
    told = pool.ask(PUBLISHED, "CONSTRUCT { ?i zk:is 1.23456789012e0 } WHERE { ?i a zk:KnowledgeItem }", [TURTLE])
    graph = Graph().parse(data=told.body, format="turtle")
    assert told.media_type == TURTLE
    assert len(graph) == 20
    assert {value.toPython() for value in graph.objects()} == {1.23456789012}


@pytest.mark.parametrize("query", [
    "SELECT * FROM <file:///etc/passwd> { ?a ?b ?c }", "SELECT * FROM NAMED <http://127.0.0.1:9/> { ?a ?b ?c }",
    "ASK FROM <urn:x> { ?a ?b ?c }", "CONSTRUCT { ?a ?b ?c } FROM <urn:x> WHERE { ?a ?b ?c }",
    "DESCRIBE <x> FROM <urn:x>",
])
def test_no_other_dataset_is_loaded(pool, query):
    with pytest.raises(QueryFault, match="FROM"):
        pool.ask(PUBLISHED, query, [])


@pytest.mark.parametrize("query", [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }",
    "SELECT * { { SELECT * { { SERVICE SILENT <http://127.0.0.1:9/> { ?a ?b ?c } } } } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE SILENT <http://127.0.0.1:9/> { ?a ?b ?c } } }",
    "SELECT * { ?s ?p ?o OPTIONAL { SERVICE ?s { ?a ?b ?c } } }",
    "SELECT * { ?s ?p ?o MINUS { { ?a ?b ?c } UNION { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } } } }",
    "CONSTRUCT { ?a ?b ?c } WHERE { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }",
    "SELECT (EXISTS { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } } AS ?x) { }",
    "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } })",
])
def test_no_other_server_is_asked_wherever_it_hides(pool, query):
    with pytest.raises(QueryFault, match="SERVICE"):
        pool.ask(PUBLISHED, query, [])


@pytest.mark.parametrize("query", [
    "INSERT DATA { <urn:a> <urn:b> <urn:c> }", "DELETE WHERE { ?a ?b ?c }", "LOAD <file:///etc/passwd>", "CLEAR ALL",
    "DROP ALL", "CREATE GRAPH <urn:x>", "INSERT { ?s <urn:x> 1 } WHERE { ?s ?p ?o }",
])
def test_nothing_is_changed(pool, query):
    with pytest.raises(QueryFault, match="changes data"):
        pool.ask(PUBLISHED, query, [])


@pytest.mark.parametrize(("query", "said"), [
    ("SELEC ?x {}", "line 1, column 1"), ("SELECT ?x {\n ?x ?y", "line"), ("", "line 1"),
    ("SELECT ?x { ?x unknown:p ?y }", "unknown"),
])
def test_what_is_no_query_is_told_where(pool, query, said):
    with pytest.raises(QueryFault, match=said):
        pool.ask(PUBLISHED, query, [])


@pytest.mark.parametrize(("query", "said"), [
    ("SELECT * { ?a ?b ?c . ?d ?e ?f }", "500 rows"), ("CONSTRUCT WHERE { ?a ?b ?c }", "500 rows"),
    ("SELECT (GROUP_CONCAT(STR(?c)) AS ?all) { ?a ?b ?c . ?d a zk:KnowledgeItem }", "50,000 bytes"),
    ("SELECT * { ?a ?b ?c } # " + "x" * 60_000, "characters"),
])
def test_an_answer_that_is_too_large_is_refused(pool, query, said):
    with pytest.raises(QueryFault, match=said):
        pool.ask(PUBLISHED, query, [])


@pytest.mark.parametrize("query", [
    "SELECT ?x { " + "{" * 3_000 + " ?x ?y ?z " + "}" * 3_000 + " }",
    "SELECT ?x { FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ") }",
    "SELECT ?x { FILTER(" + "STR(" * 5_000 + "1" + ")" * 5_000 + ") }",
])
def test_deep_nesting_is_refused_and_the_next_query_is_answered(pool, query):
    with pytest.raises(QueryFault, match=r"nested|memory"):
        pool.ask(PUBLISHED, query, [])
    assert rows(pool, "SELECT ?r { ?r a zk:Release }") == [{"r": "urn:zhike:Release:1"}]


@pytest.mark.parametrize("query", [
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }",
    "SELECT * { BIND(REGEX('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', '^(a+)+$') AS ?x) }",
    "SELECT (COUNT(*) AS ?n) { ?s (zk:a|!zk:b)* ?o . ?o (!zk:b|^zk:a)* ?p . ?p (!zk:b)* ?q }",
], ids=["product", "regex", "path"])
def test_a_query_that_runs_away_is_ended_and_the_next_is_answered(hasty, pool, query):
    with pytest.raises(TooSlow, match=r"1\.5 seconds"):
        hasty.ask(PUBLISHED, query, [])
    assert hasty._idle == []
    assert rows(pool, "SELECT ?r { ?r a zk:Release }") == [{"r": "urn:zhike:Release:1"}]


def test_many_values_beside_a_product_are_ended_by_one_bound_or_the_other(hasty, pool):
    many = " ".join(map(str, range(8_000)))
    with pytest.raises(QueryFault):
        hasty.ask(PUBLISHED, f"SELECT ?x {{ VALUES ?x {{ {many} }} ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}", [])
    assert rows(pool, "SELECT ?r { ?r a zk:Release }") == [{"r": "urn:zhike:Release:1"}]


def test_a_query_that_eats_memory_is_ended(pool):
    grown = "'" + "a" * 1_000 + "'"
    for _ in range(5):
        grown = f"REPLACE({grown}, 'a', '{'a' * 100}')"
    with pytest.raises(QueryFault, match=r"memory|ended"):
        pool.ask(PUBLISHED, f"SELECT ({grown} AS ?x) {{}}", [])
    assert rows(pool, "SELECT ?r { ?r a zk:Release }") == [{"r": "urn:zhike:Release:1"}]


def test_a_new_release_is_asked_as_soon_as_it_is_there(pool):
    later = published(count=3, number=2)
    told = json.loads(pool.ask(later, "SELECT ?i { ?i a zk:KnowledgeItem }", [JSON]).body)
    assert len(told["results"]["bindings"]) == 3
    assert len(rows(pool, "SELECT ?i { ?i a zk:KnowledgeItem }")) == 20


def test_who_finds_no_place_is_told_to_come_again():
    crowded = SparqlPool(QueryLimits(seconds=0.05, at_once=1))
    with crowded._places, pytest.raises(Busy, match="places"):
        crowded.ask(PUBLISHED, "ASK {}", [])


def test_closing_ends_a_query_that_is_being_answered_and_the_next_one_is_answered():
    with closing(SparqlPool(QueryLimits(seconds=600))) as pool:
        asking, faults = asked_without_end(pool)
        pool.close()
        asking.join(60)
        assert faults == ["the query was ended: the service is closing"]
        assert rows(pool, "SELECT (COUNT(?i) AS ?n) { ?i a zk:KnowledgeItem }")[0]["n"] == "20"


def test_closing_ends_a_process_that_is_only_being_started():
    pool = SparqlPool(QueryLimits(seconds=60))

    def load():
        pool.close()  # meanwhile
        return PUBLISHED.load()

    with pytest.raises(Busy, match="the service is closing"):
        pool.ask(Published(key="meanwhile", load=load), "ASK {}", [JSON])
    assert (pool._idle, pool._busy) == ([], set())


def test_queries_beyond_those_that_may_wait_are_told_at_once():
    with closing(SparqlPool(QueryLimits(seconds=600, at_once=1, waiting=0))) as pool:
        asking, _ = asked_without_end(pool)
        with pytest.raises(Busy, match="other queries keep all places"):
            pool.ask(PUBLISHED, "ASK {}", [JSON])
    asking.join(60)

    assert not asking.is_alive()
