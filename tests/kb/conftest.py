"""Real stores in a folder of their own, and nouns made with the values a test cares about."""

import secrets
from types import SimpleNamespace

import pytest

from kb.graph.address import GraphAccess, GraphAddress
from kb.graph.ladybug import LadybugGraph
from kb.graph.neo4j.graph import Neo4jGraph
from kb.model.decision import Decision, Factors, RankedAction, Reason
from kb.model.facts import Facts, Row
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, DecisionStatus
from tests.neo4j.namespaces import drop, empty

POOL = 1 << 27


@pytest.fixture(params=["ladybug", "neo4j"])
def engine(request):
    """Every test that takes a graph runs on each engine and expects the same."""
    return request.param


@pytest.fixture(scope="session")
def free_namespaces(request):
    """Namespaces of the test server that are declared and empty; what this session declared is dropped at its end."""
    made, free = [], []

    def take():
        if not free:
            made.append(f"test-{secrets.token_hex(6)}")
            free.append(made[-1])
        return free.pop()

    yield SimpleNamespace(take=take, give_back=free.append)
    for name in made:
        drop(request.getfixturevalue("neo4j_server"), name)


@pytest.fixture
def graph_place(engine, request):
    """Where this test's graph is."""
    if engine == "ladybug":
        yield GraphAddress()
        return
    server, namespaces = request.getfixturevalue("neo4j_server"), request.getfixturevalue("free_namespaces")
    name = namespaces.take()
    access = GraphAccess(user=server.user, password=server.password)
    yield GraphAddress(server=server.url, namespace=name, access=access)
    empty(server, name)
    namespaces.give_back(name)


@pytest.fixture
def open_graph(graph_place, tmp_path):
    """Open the graph of this test; again after a close it is the same one."""
    opened = []

    def opener(schema=None):
        if graph_place.is_embedded:
            graph = LadybugGraph(tmp_path / "graph", schema or load_schema(), buffer_pool_bytes=POOL)
        else:
            graph = Neo4jGraph(graph_place, schema or load_schema())
        opened.append(graph)
        return graph

    yield opener
    for graph in opened:
        graph.close()


@pytest.fixture
def graph(open_graph):
    return open_graph()


@pytest.fixture
def services(engine, graph, open_graph):
    """The graph as each of two services sees it: on a server the second has a driver and bookmarks of its own."""
    return graph, graph if engine == "ladybug" else open_graph()


def _action(action_id, family=ActionFamily.CROSS_SELL):
    return RankedAction(
        action_id=action_id, name=Text(zh="推荐", en="offer"), family=family, arguments={"category": "牛奶"},
        channel=Channel.PHONE, score=0.5, factors=Factors(propensity=0.5), window=(0, 10), expires_at=10, content=None,
        reasons=(Reason(rule_id="r1", sentence=Text(zh="因为", en="because"), facts=()),))


@pytest.fixture
def decision_of():
    """Make a decision for a customer that recommends ``actions``."""
    def make(decision_id, customer_key="c1", actions=("cross_sell",), at=100):
        facts = Facts(customer_key=customer_key, as_of=at, customer={"age": 30, "city": "北京"},
                      related={"purchase": (Row(key="milk", days_ago=3, values={"orders_90d": 2}),)}, sequence=7)
        return Decision(decision_id=decision_id, customer_key=customer_key, release=1, as_of=at,
                        status=DecisionStatus.RECOMMENDED, actions=tuple(_action(a) for a in actions),
                        request={"channel": "phone", "limit": 3}, facts=facts, engine="python")

    return make
