"""A thread of the service that fails is told by readiness and metrics, works again, and loses nothing."""

import threading

import pytest

from api.composition import open_use_cases
from kb import supervision
from kb.home import Home
from tests.answering import answering
from tests.homes import open_base

LOOKS = 600  # a twentieth of a second apart


class Faulty:
    """A graph whose writes fail for a while, in whatever way."""

    def __init__(self, graph):
        self._graph = graph
        self.fault = None

    def write(self, statements):
        if self.fault is not None:
            raise self.fault
        return self._graph.write(statements)

    def __getattr__(self, name):
        return getattr(self._graph, name)


def until(found):
    """What ``found`` gives once it gives anything."""
    pause = threading.Event()
    for _ in range(LOOKS):
        if answer := found():
            return answer
        pause.wait(0.05)
    pytest.fail("waited in vain")


def metric(client, name):
    lines = client.get("/metrics").text.splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name + " "))


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.2)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("fault", [RuntimeError("of the engine"), MemoryError()], ids=lambda one: type(one).__name__)
def test_a_follower_that_fails_makes_the_service_not_ready_and_says_so_until_it_follows(home, fault):
    with open_use_cases(open_base(Home(home))) as service, answering(service, home) as client:
        graph = service.base.graph = Faulty(service.base.graph)
        service.start()
        assert until(lambda: client.get("/readyz").status_code == 200)
        graph.fault = fault
        decided = client.post("/v1/decisions", json={"customer_ids": ["m1"]})
        refused = until(lambda: (answer := client.get("/readyz")).status_code == 503 and answer).json()
        told = {worker["name"]: worker for worker in refused["parts"]["workers"]["each"]}
        up = metric(client, 'zhike_worker_up{worker="follower"}')
        graph.fault = None
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: metric(client, "zhike_follower_behind") == 0)
        restarts = metric(client, 'zhike_worker_restarts_total{worker="follower"}')
        decision = decided.json()["decisions"][0]["decision_id"]
        known = graph.read("MATCH (d:Decision {decision_id: $id}) RETURN d.decision_id AS id", id=decision)

    assert decided.status_code == 200
    assert refused["detail"].startswith("not ready: follower: failed ")
    assert type(fault).__name__ in refused["detail"]
    assert refused["parts"]["graph"]["ready"]
    assert "连续失败" in told["follower"]["trouble"]["zh"]
    assert told["journal-writer"]["trouble"] is None
    assert up == 0
    assert restarts >= 1
    assert known == [{"id": decision}]


def test_a_part_that_fails_in_an_unexpected_way_is_not_ready_instead_of_a_fault_of_readiness(home):
    def fail():
        msg = "of the driver"
        raise RuntimeError(msg)

    base = open_base(Home(home))
    base.graph = Faulty(base.graph)
    base.graph.ready = fail
    with open_use_cases(base) as service, answering(service, home) as client:
        refused = client.get("/readyz")

    assert refused.status_code == 503
    assert "graph: a defect (RuntimeError)" in refused.json()["detail"]


def test_a_base_whose_graph_refuses_everything_that_follows_opens_all_the_same(home):
    with open_use_cases(open_base(Home(home))) as service:
        graph = service.base.graph = Faulty(service.base.graph)
        graph.fault = RuntimeError("of the engine")
        service.recording.add_note("m1", "waits", "li")
        assert service.base.projector.catch_up(1.0).behind

    with open_use_cases(open_base(Home(home))) as service:
        assert service.base.projector.state().behind == 0


def test_asking_for_releases_that_are_not_there_leaves_nothing_behind(home):
    with open_use_cases(open_base(Home(home))) as service, answering(service, home) as client:
        for number in range(100, 150):
            assert client.get("/v1/decisions/none").status_code == 404
            with pytest.raises(Exception, match=str(number)):
                service.releases.of(number)
        assert set(service.releases._used) <= {1}
