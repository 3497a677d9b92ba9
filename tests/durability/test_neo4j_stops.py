"""Neo4j killed and started again under load: the service answers 503 meanwhile, says why, and recovers by itself."""

import shutil

import pytest

from bench.kills.rounds import Proof


@pytest.fixture
def proof(neo4j_server, tmp_path):
    """A shop on a server of its own, which may be killed; what the other tests use goes on."""
    if neo4j_server.pid is None and not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("the server of the environment must not be killed, and none can be started here")
    with Proof(tmp_path, seed=5, on_neo4j=True, longest=1.0) as made:
        yield made


@pytest.mark.timeout(900)
def test_a_service_outlives_its_killed_graph_and_loses_nothing_acknowledged(proof):
    said = proof.kill_once("neo4j")
    assert proof.wrong == [], said
    assert proof.told.decisions
    assert proof.told.refused
    assert proof.check_all() == []
