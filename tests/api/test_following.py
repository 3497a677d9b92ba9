"""What the service and the commands decided stands in the graph soon after, and answers do not wait for it."""

import json
import threading

from kb.home import Home
from tests.homes import open_graph

DECIDED = "MATCH (c:Customer {external_id: '1'})<-[:DECIDED_FOR]-(d:Decision) RETURN d.decision_id AS id"


def in_graph(home):
    graph = open_graph(Home(home))
    try:
        return {record["id"] for record in graph.read(DECIDED)}
    finally:
        graph.close()


def waiting(client):
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("zhike_follower_behind "))


def test_what_a_command_decided_is_in_the_graph_when_it_ends(demo_copy, zhike):
    told = zhike(demo_copy, "decide", "1", "--json")

    assert told.returncode == 0, told.stderr
    decided = json.loads(told.stdout)["decisions"][0]["decision_id"]
    assert decided in in_graph(demo_copy)


def test_a_service_says_how_far_the_graph_is_behind_and_it_catches_up(demo_copy, serve_home):
    with serve_home(demo_copy) as server, server.client() as agent:
        decided = agent.post("/v1/decisions", json={"customer_ids": ["1"]}).json()["decisions"][0]["decision_id"]
        part = agent.get("/readyz").json()["parts"]["follower"]
        pause = threading.Event()
        caught_up = any(waiting(agent) == 0 or pause.wait(0.1) for _ in range(100))

    assert part["ready"]
    assert part["fault"] is None
    assert caught_up
    assert decided in in_graph(demo_copy)
