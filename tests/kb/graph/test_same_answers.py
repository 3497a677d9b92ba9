"""Both engines hold the same records and give the same answer to every query of the product.

Queries are found where they stand, as texts of a module. Those that a function puts together are tested with it: every
test of ``tests/kb`` that takes a graph runs on both engines.
"""

import importlib
import math
import pkgutil
import re
from collections.abc import Mapping
from contextlib import ExitStack, closing

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import api.use_cases
import kb
from kb.facts import online
from kb.graph import version
from kb.graph.column_types import ARROW_TYPES
from kb.graph.ladybug import LadybugGraph
from kb.graph.neo4j.graph import Neo4jGraph
from kb.graph.port import Statement
from kb.journal import case_index
from ontology.schema import ColumnType, load_schema

SCHEMA = load_schema()
KEYS = {node.name: node.key for node in SCHEMA.nodes}
WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE)\b")
PLACE = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
WORDS = ["a", "", "Ä", "王小明", "🙂 'one' \"two\" \\", "x" * 500, "published", "approved", "segment", "association"]
VALUES = {
    ColumnType.STRING: [None, *WORDS],
    ColumnType.INT64: [None, 0, -1, 7, 1_514_808_000, 2**53 - 1],
    ColumnType.DOUBLE: [None, 0.0, -0.5, 0.1, 1e-9, 1e300, math.nan],
    ColumnType.BOOL: [None, True, False],
}
CASE_WORDS = (case_index._OF_THE_CASE, case_index._ITSELF)
NODE_WORDS = {"table": "KnowledgeItem", "key": "id", "columns": "n.`id` AS id, n.`strength` AS strength"}
LINK_WORDS = {"table": "PURCHASED", "source": "Customer", "target": "Category", "key": "customer_key", "other": "name",
              "columns": "a.customer_key AS a, b.name AS b, r.share AS share", "column": "share",
              "wrong": "r.share > 0.0", "holds": "HOLDS_B"}


def modules():
    for package in (kb, api.use_cases):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("kb.graph"):
                yield importlib.import_module(found.name)
    yield version


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from texts_in(part)


def written(text, properties=""):
    """The queries that a text with places for names stands for."""
    places = set(PLACE.findall(text))
    if not places:
        return [text]
    words = LINK_WORDS if re.search(r"\[\w*:`?\{(table|holds)\}", text) else NODE_WORDS
    forms = [{"is_requested": "= $one"}, {"is_requested": "IN $several"}] if "is_requested" in places else [{}]
    forms = [{"where": where} for where in CASE_WORDS] if "where" in places else forms
    return [text.format(**{**words, **form, "properties": properties}) for form in forms]


def queries():
    """Every query that only reads, of every module of the product."""
    texts = {text for module in modules() if module is not online
             for value in vars(module).values() for text in texts_in(value)
             if text.lstrip().startswith(("MATCH (", "UNWIND $")) and " RETURN " in " ".join(text.split())}
    facts = {query for name, text in online._QUERIES.items() for query in written(text, online._stored(name))}
    return sorted(facts | {query for text in texts if not WRITES.search(text) for query in written(text)})


QUERIES = queries()


@st.composite
def tables(draw):
    """Some rows for every table of the schema; what a relationship joins is there. No order is left to chance."""
    def values(table, number):
        drawn = {name: draw(st.sampled_from(VALUES[kind])) for name, kind in table.columns.items()}
        ranked = {"external_id": f"{drawn.get('external_id')}{number}", "score": number / 16, "rank": number}
        return drawn | {name: value for name, value in ranked.items() if drawn.get(name) is not None}

    nodes = {node.name: [values(node, number) | {node.key: key_of(node, number)}
                         for number in range(draw(st.integers(0, 3)))] for node in SCHEMA.nodes}
    links = {link.name: [values(link, 3 * start + end) | {"from": key_of(node_of(link.source), start),
                                                          "to": key_of(node_of(link.target), end)}
                         for start in range(len(nodes[link.source])) for end in range(len(nodes[link.target]))
                         if draw(st.booleans())] for link in SCHEMA.relations}
    return nodes | links


def node_of(name):
    return next(node for node in SCHEMA.nodes if node.name == name)


def key_of(node, number):
    return number if node.columns[node.key] is ColumnType.INT64 else f"{node.name} {'甲乙丙'[number]}"


def arrow(table, rows):
    types = dict(table.columns)
    if hasattr(table, "source"):
        types |= {end: node_of(name).columns[KEYS[name]] for end, name in (("from", table.source),
                                                                          ("to", table.target))}
    return pa.table({name: pa.array([row[name] for row in rows], ARROW_TYPES[kind]) for name, kind in types.items()})


@st.composite
def parameters(draw):
    """A value for every parameter that some query names."""
    def key(name):
        return draw(st.sampled_from([key_of(node_of(name), number) for number in range(3)]))

    word, number = st.sampled_from(WORDS), st.sampled_from([0, 1, 2, 1_514_808_000])
    words = st.lists(word, max_size=3)
    customers = [key_of(node_of("Customer"), number) for number in range(3)]
    return {
        **{name: draw(word) for name in ("after", "text", "kind", "status", "journal", "journals", "prefix", "called",
                                      "word", "body", "fingerprint")},
        **{name: draw(number) for name in ("as_of", "known_at", "number", "expected", "known")},
        "numbers": draw(st.lists(number, max_size=3)),
        **{name: draw(words) for name in ("statuses", "reviewed", "states", "names", "bodies")},
        "id": key("KnowledgeItem"), "key": key("Customer"), "asked": key("Customer"), "one": key("Customer"),
        "several": draw(st.lists(st.sampled_from(customers), unique=True)), "name": key("State"),
        "run_id": key("Run"), "decision_id": key("Decision"), "most": draw(st.integers(1, 3)),
        "ids": [key("KnowledgeItem"), key("Decision")], "first": key("Customer"), "last": key("Customer"),
    }


@pytest.fixture
def engine():
    return "neo4j"


@pytest.fixture
def both(tmp_path, graph_place):
    """A graph of each engine."""
    with ExitStack() as stack:
        yield {"embedded": stack.enter_context(closing(LadybugGraph(tmp_path / "graph", SCHEMA))),
               "neo4j": stack.enter_context(closing(Neo4jGraph(graph_place, SCHEMA)))}


def plain(value):
    """What a record says; a property that is unknown and one that is not there are the same."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items() if part is not None and not name.startswith("_")}
    return value


def answer(graph, query, asked):
    """The rows in the order that was asked for; where only their number was, how many there are."""
    rows = graph.read(query, **{name: asked[name] for name in named_in(query)})
    told = [{name: plain(part) for name, part in row.items()} for row in rows]
    if "ORDER BY" in query:
        return told
    return len(told) if "LIMIT" in query else sorted(told, key=repr)


def named_in(query):
    return re.findall(r"\$(\w+)", query)


def test_the_queries_of_the_product_are_found():
    assert len(QUERIES) > 70


@pytest.mark.timeout(900)  # each query is planned once in a new namespace
@given(held=tables(), asked=parameters())
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_random_knowledge_base_gives_the_same_answers_on_both_engines(both, held, asked):
    for graph in both.values():
        graph.write(Statement(f"MATCH (n:{node.name}) DETACH DELETE n") for node in SCHEMA.nodes)
        for table in (*SCHEMA.nodes, *SCHEMA.relations):
            if held[table.name]:
                graph.bulk_load(table.name, arrow(table, held[table.name]))
    for query in QUERIES:
        embedded, neo4j = (answer(graph, query, asked) for graph in both.values())
        assert embedded == neo4j, query
