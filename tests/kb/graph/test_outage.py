"""Neo4j goes away and comes back: callers are told that it may pass, and nothing has to be opened again."""

import shutil

import pytest

from kb.errors import GraphUnavailable
from kb.graph.address import GraphAccess, GraphAddress
from kb.graph.neo4j.graph import Neo4jGraph
from kb.graph.port import Statement
from ontology.schema import load_schema
from tests.neo4j.server import start, stop

WRITE = Statement("MERGE (s:State {name: 'n'}) SET s.value = $value", {"value": "kept"})
READ = "MATCH (s:State {name: 'n'}) RETURN s.value AS value"


@pytest.fixture
def own_server(neo4j_server, tmp_path):
    """A server of this test alone, which it may stop; what the others use goes on."""
    if neo4j_server.pid is None and not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("the server of the environment must not be stopped, and none can be started here")
    server = start(tmp_path / "server")
    started = [server]
    yield started
    stop(started[-1])


@pytest.mark.timeout(600)
def test_while_the_server_is_away_callers_hear_so_and_afterwards_all_goes_on(own_server, tmp_path):
    [server] = own_server
    place = GraphAddress(server=server.url, access=GraphAccess(password=server.password, retry_seconds=0.5))
    graph = Neo4jGraph(place, load_schema())
    graph.write([WRITE])
    stop(server)
    for call in (graph.ready, lambda: graph.read(READ), lambda: graph.write([WRITE])):
        with pytest.raises(GraphUnavailable, match="cannot be reached") as caught:
            call()
        assert caught.value.retryable
    own_server.append(start(tmp_path / "server", port=int(server.url.rpartition(":")[2])))
    graph.ready()
    graph.write([WRITE])
    assert graph.read(READ) == [{"value": "kept"}]
    graph.close()
