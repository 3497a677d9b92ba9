"""Calls that wait for what another service did hold no thread: everybody else is answered meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from api.peer_wait import Waiting
from kb.graph.port import Statement
from kb.graph.state import put_state
from kb.graph.version import JOURNAL
from tests.answering import answering
from tests.documented import documented_client

CALLS, PLACES = 200, 60  # more than there are threads that answer
LONG = 120.0
ELSEWHERE = """
    MATCH (c:Customer {customer_key: $key}) MATCH (a:Action {id: 'care_best'})
    CREATE (d:Decision {decision_id: 'd-elsewhere', at: $at, release: 1, status: 'recommended', journal: 'another'})
    CREATE (d)-[:DECIDED_FOR]->(c)
    CREATE (d)-[:PROPOSED_ACTION {rank: 1, score: 1.0, channel: 'phone', arguments: '{}'}]->(a)"""


@pytest.fixture
def shared(home, open_service_of):
    """A service whose graph knows of another one's journal."""
    with open_service_of(home) as service:
        service.base.graph.write([put_state(JOURNAL + "another", "0")])
        yield service


def until(is_so):
    pause = threading.Event()
    for _ in range(2_000):
        if is_so():
            return
        pause.wait(0.05)
    pytest.fail("waited in vain")


def told(kind="shown"):
    return {"decision_id": "d-elsewhere", "action_id": "care_best", "outcome": kind}


def test_decisions_are_answered_while_outcomes_wait_for_a_decision_of_another_service(shared, home):
    waiting = Waiting(places=PLACES, seconds=LONG)
    with answering(shared, home, waiting) as client, _many(client) as many, ThreadPoolExecutor(CALLS) as senders:
        sent = [senders.submit(many.post, "/v1/outcomes", json=told()) for _ in range(CALLS)]
        until(lambda: waiting.taken == PLACES and sum(one.done() for one in sent) == CALLS - PLACES)
        answers = [client.get("/healthz"), client.post("/v1/decisions", json={"customer_ids": ["m1"]}),
                   client.get("/readyz"), client.post("/v1/customers/m1/notes", json={"text": "meanwhile"})]
        still_waiting = waiting.taken
        moment, key = shared.base.description.moment.as_of, shared.base.directory.require("m1")
        shared.base.graph.write([Statement(ELSEWHERE, {"key": key, "at": moment})])
        outcomes = [one.result(LONG) for one in sent]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert still_waiting == PLACES
    assert sorted(answer.status_code for answer in outcomes) == [200] * PLACES + [404] * (CALLS - PLACES)
    assert all("retry-after" in answer.headers for answer in outcomes if answer.status_code == 404)
    assert sum(answer.json()["recorded"] for answer in outcomes if answer.status_code == 200) == 1
    assert waiting.taken == 0


def test_beyond_the_places_a_call_is_told_at_once_to_come_again(shared, home):
    with answering(shared, home, Waiting(places=0, seconds=LONG)) as client:
        answer = client.post("/v1/outcomes", json=told())

    assert answer.status_code == 404
    assert answer.headers["retry-after"]
    assert answer.json()["detail"] == "no decision has the id 'd-elsewhere'"
    assert "send it again" in answer.json()["hint"]


def test_who_waits_in_vain_is_told_that_nobody_knows_it(shared, home):
    waiting = Waiting(seconds=0.1)
    with answering(shared, home, waiting) as client:
        answer = client.post("/v1/outcomes", json=told())

    assert (answer.status_code, answer.json()["kind"]) == (404, "NotKnownYet")
    assert waiting.taken == 0


def test_where_no_other_service_is_there_nobody_waits(home, open_service_of):
    with open_service_of(home) as service, answering(service, home, Waiting(seconds=LONG)) as client:
        answer = client.post("/v1/outcomes", json=told())

    assert (answer.status_code, answer.json()["kind"]) == (404, "NotFound")


def _many(client):
    """A client as the other, for many calls at once."""
    return documented_client(base_url=client.base_url, headers=client.headers, timeout=LONG,
                             limits=httpx.Limits(max_connections=None))
