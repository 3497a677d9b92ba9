"""A mining run is asked for, followed, cancelled, killed: the base is as before, or has all of it."""

import json
import os
import shutil
import signal
import time

import pytest

from api.composition import open_use_cases
from kb.curation.listing import ItemQuery
from kb.errors import Conflict, NotFound, RunUnderWay
from kb.home import Home
from kb.model.run import RunState
from kb.tables.run_store import RunStore
from tests.homes import open_base

ENDED = {"finished", "failed", "cancelled"}


def opened(home):
    return open_use_cases(open_base(Home(home)))


@pytest.fixture
def service(home):
    with opened(home) as made:
        yield made


def until(look, holds):
    """What is seen once it ``holds``; a test that waits in vain ends by its own time limit."""
    while not holds(seen := look()):
        time.sleep(0.01)
    return seen


def ended(service, run_id):
    return until(lambda: service.runs.one(run_id), lambda run: run["state"] in ENDED)


def mined(service):
    run = ended(service, service.runs.start(as_of=None, seed=7, by="li")["id"])
    assert run["state"] == "finished", run["fault"]
    return run


def knowledge(service):
    return {item["id"] for item in service.reviewing.items(ItemQuery(), limit=500)["items"]}


def held_by(service, item_id):
    return len(service.reviewing.customers_of(item_id, cursor="", limit=1_000)["customers"])


def miner_of(service):
    """The number of the miners' process, once it has begun with its first miner."""
    run = service.runs.start(as_of=None, seed=7, by="li")
    until(lambda: service.runs.one(run["id"]), lambda seen: seen["stage"]["name"] != "starting")
    return run["id"], service.runs._going.miner.pid


def test_a_run_answers_at_once_and_tells_its_stages_and_its_result(service):
    begun = service.runs.start(as_of=None, seed=7, by="li")
    assert (begun["state"], begun["stage"]["name"], begun["share"], begun["result"]) == ("running", "starting", 0, None)
    seen = []
    run = until(lambda: service.runs.one(begun["id"]), lambda now: seen.append(now) or now["state"] in ENDED)
    shares = [one["share"] for one in seen]
    assert shares == sorted(shares)
    assert len({one["stage"]["name"] for one in seen}) > 2
    assert (run["state"], run["share"], run["requested_by"], run["fault"]) == ("finished", 1, "li", None)
    assert run["result"]["run"]["seed"] == 7
    assert run["result"]["proposed"] == len(knowledge(service))
    assert all(line["zh"] and line["en"] for line in run["plan"])
    assert any("nothing mined" in line["en"] for line in run["plan"])


def test_a_run_lists_with_the_earlier_ones_and_is_there_after_the_base_is_opened_again(home):
    with opened(home) as service:
        first, second = mined(service), mined(service)
    with opened(home) as service:
        assert {run["id"] for run in service.runs.listed()} == {first["id"], second["id"]}
        assert service.runs.one(first["id"])["result"] == first["result"]


def test_nobody_finds_a_run_that_was_never_asked_for(service):
    for name in ("m-none", "../m-none", ".."):
        with pytest.raises(NotFound):
            service.runs.one(name)


def test_a_second_run_is_refused_with_the_id_of_the_first(service):
    first = service.runs.start(as_of=None, seed=7, by="li")
    with pytest.raises(RunUnderWay) as refused:
        service.runs.start(as_of=None, seed=8, by="li")
    assert refused.value.run_id == first["id"]
    assert ended(service, first["id"])["state"] == "finished"


def test_a_cancelled_run_leaves_the_base_as_it_was_and_makes_room_for_the_next(service):
    before = knowledge(service)
    run_id, pid = miner_of(service)
    cancelled = service.runs.cancel(run_id, "wang")
    assert (cancelled["state"], cancelled["fault"]["message"]) == ("cancelled", "cancelled by wang")
    assert not os.path.exists(f"/proc/{pid}")  # noqa: PTH110  # no file, a process
    assert knowledge(service) == before
    with pytest.raises(Conflict, match="cancelled already"):
        service.runs.cancel(run_id, "wang")
    assert mined(service)["result"]["linked"] > 0


def test_killed_miners_leave_the_base_as_it_was_and_the_run_says_how_they_ended(service):
    before = knowledge(service)
    run_id, pid = miner_of(service)
    os.kill(pid, signal.SIGKILL)
    run = ended(service, run_id)
    assert (run["state"], run["result"]) == ("failed", None)
    assert "SIGKILL" in run["fault"]["message"]
    assert knowledge(service) == before


def test_miners_that_find_no_tables_fail_with_the_reason(home):
    with opened(home) as service:
        shutil.rmtree(home / "snapshots")
        run = ended(service, service.runs.start(as_of=None, seed=7, by="li")["id"])
    assert run["state"] == "failed"
    assert "No files found" in run["fault"]["message"]
    assert "miner.log" in run["fault"]["hint"]


def test_closing_the_base_ends_a_run_that_mines(home):
    with opened(home) as service:
        run_id, pid = miner_of(service)
    assert not os.path.exists(f"/proc/{pid}")  # noqa: PTH110
    with opened(home) as service:
        run = service.runs.one(run_id)
        assert (run["state"], run["fault"]["message"]) == ("failed", "the base was closed while it was mining")


def test_a_run_whose_asker_was_killed_while_mining_has_failed(home):
    with opened(home) as service:
        run = mined(service)
    folder = RunStore(home / "runs").one(run["id"])
    record = folder.record()
    folder.tell(record.ended(RunState.RUNNING, record.since))
    with opened(home) as service:
        again = service.runs.one(run["id"])
        assert (again["state"], again["result"]) == ("failed", None)
        assert "ended while it was mining" in again["fault"]["message"]


def test_results_that_were_cut_off_while_being_taken_up_are_taken_up_when_the_base_is_opened(home, monkeypatch):
    with monkeypatch.context() as patch, opened(home) as service:
        patch.setattr("api.use_cases.mining_runs.load_knowledge_links", _cut_off)
        run_id = service.runs.start(as_of=None, seed=7, by="li")["id"]
        until(lambda: service.runs.one(run_id), lambda run: run["stage"]["name"] == "linking")
    assert RunStore(home / "runs").one(run_id).record().state is RunState.LOADING
    with opened(home) as service:
        run = ended(service, run_id)
        assert run["state"] == "finished"
        assert sum(held_by(service, item) for item in knowledge(service)) == run["result"]["linked"] > 0
    assert not (home / "runs" / run_id / "scores.parquet").exists()


def _cut_off(*_, **__):
    from kb.errors import StoreFailure

    msg = "the graph refused: no space left"
    raise StoreFailure(msg)


def test_the_service_answers_202_with_the_place_to_look_and_409_to_a_second(home, serve_home):
    with serve_home(home) as server, server.client("manager") as manager, server.client("agent") as agent:
        begun = manager.post("/v1/runs", json={"seed": 3})
        assert begun.status_code == 202
        place = begun.headers["location"]
        assert place == f"/v1/runs/{begun.json()['id']}"
        second = manager.post("/v1/runs", json={})
        assert (second.status_code, second.json()["run_id"]) == (409, begun.json()["id"])
        assert agent.delete(place).status_code == 403
        assert agent.get(place).json()["seed"] == 3
        cancelled = manager.delete(place)
        assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
        assert manager.delete(place).status_code == 409
        assert [run["id"] for run in agent.get("/v1/runs").json()["runs"]] == [begun.json()["id"]]
        assert agent.get("/v1/runs/m-none").status_code == 404


def test_the_command_shows_the_stages_and_waits_with_and_without_a_service(home, zhike, serve_home):
    alone = zhike(home, "mine", "--json")
    with serve_home(home):
        beside = zhike(home, "mine", "--json")
        listed = zhike(home, "runs", "list", "--json")
    for finished in (alone, beside):
        assert finished.returncode == 0, finished.stderr
        assert json.loads(finished.stdout)["linked"] > 0
        assert "100% done" in finished.stderr
    assert [run["state"] for run in json.loads(listed.stdout)] == ["finished", "finished"]
    shown = zhike(home, "runs", "show", json.loads(listed.stdout)[0]["id"])
    assert "nothing mined" in shown.stdout
