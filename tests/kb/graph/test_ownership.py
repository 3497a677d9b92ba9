"""A graph belongs to one base, which its secret tells from all others."""

from dataclasses import replace

import pytest

from kb.errors import Conflict
from kb.graph.ownership import belonging_of, claim_graph, describe_graph
from kb.graph.port import Statement
from kb.home import Base
from ontology.text import Text

SHOP = Base(name=Text(zh="小店", en="shop"), zone="Asia/Shanghai", currency="CNY", graph="bolt://db")
ALL = "MATCH (s:State) RETURN s.name AS name, s.value AS value"


def test_a_graph_that_is_nobodys_becomes_the_bases_own(graph):
    assert belonging_of(graph) is None
    claim_graph(graph, SHOP, b"secret")
    assert belonging_of(graph).base == replace(SHOP, graph="ladybug:")
    claim_graph(graph, SHOP, b"secret")


def test_another_bases_graph_is_refused_and_left_as_it_was(graph):
    claim_graph(graph, SHOP, b"secret")
    before = graph.read(ALL)
    with pytest.raises(Conflict, match="another base, 'shop'"):
        claim_graph(graph, SHOP, b"other secret")
    assert graph.read(ALL) == before


def test_the_secret_itself_is_not_in_the_graph(graph):
    claim_graph(graph, SHOP, b"very secret")
    assert "secret" not in str(graph.read(ALL))


def test_what_is_there_already_stays_when_a_second_service_joins(graph):
    claim_graph(graph, SHOP, b"secret")
    graph.write([Statement("MERGE (s:State {name: 'live_release'}) SET s.value = '3'")])
    joined = claim_graph(graph, replace(SHOP, zone="UTC"), b"secret")
    assert joined.base.zone == "Asia/Shanghai"
    assert graph.read("MATCH (s:State {name: 'live_release'}) RETURN s.value AS value") == [{"value": "3"}]


def test_a_new_description_reaches_the_graph(graph):
    claim_graph(graph, SHOP, b"secret")
    describe_graph(graph, replace(SHOP, as_of=7), b"secret")
    assert belonging_of(graph).base.as_of == 7
