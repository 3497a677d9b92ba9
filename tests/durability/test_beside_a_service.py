"""Imports, erasures and another moment go through a service that holds the base, which goes on answering."""

import json
import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from api.security.keys import owner_name
from bench.bases.corner_shop import write_mapping, write_sales
from kb.facts.refresh import FactTables
from tests.conftest import ZHIKE
from tests.documented import documented_client

_MOST_POLLS = 3_000


@pytest.fixture
def served(home, serve_home):
    with serve_home(home) as server:
        yield server


@pytest.fixture
def grown(tmp_path):
    """The mapping of the shop whose file goes a year back."""
    folder = tmp_path / "files"
    folder.mkdir()
    return write_mapping(folder, write_sales(folder / "sales.csv", weeks=52))


def owners(server):
    """A client that sends the owner's key, as the commands do."""
    said = json.loads((server.home / "service").read_text(encoding="utf-8"))
    return server.kept(documented_client(base_url=said["url"], headers={"Authorization": f"Bearer {said['key']}"},
                                         timeout=120))


def orders(client, customer="m0"):
    return client.get("/v1/customers", params={"q": customer}).json()["customers"][0]["summary"]["en"]


@contextmanager
def deciding(server):
    """Somebody asks for decisions without a pause meanwhile; statuses and seconds."""
    done, seen = threading.Event(), []

    def ask():
        with server.client("system") as client:
            while not done.is_set():
                begun = time.perf_counter()
                answer = client.post("/v1/decisions", json={"customer_ids": ["m0", "m1"]})
                seen.append((answer.status_code, time.perf_counter() - begun))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield seen
    finally:
        done.set()
        asking.join()


def test_an_import_goes_through_the_service_which_goes_on_deciding(served, grown, zhike):
    with served.client("manager") as manager:
        assert orders(manager).startswith("26 orders")
        with deciding(served) as seen:
            finished = zhike(served.home, "import", str(grown), "--json")
        assert finished.returncode == 0, finished.stderr
        assert orders(manager).startswith("52 orders")
    assert "facts are in the graph" in finished.stderr
    assert {row["table"] for row in json.loads(finished.stdout)["tables"]} == {"order_lines", "products", "customers"}
    assert len(seen) > 1
    assert {status for status, _ in seen} == {200}


def test_the_options_of_an_import_go_with_it_and_its_faults_come_back_in_plain_words(served, grown, zhike, tmp_path):
    few = write_sales(tmp_path / "few.csv", members=20)
    refused = zhike(served.home, "import", str(grown), "--file", f"sales={few}")
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    assert "Traceback" not in refused.stderr
    missing = zhike(served.home, "import", str(grown), "--file", "sales=nowhere.csv")
    assert missing.returncode == 1
    assert "there is no file" in missing.stderr
    with served.client("manager") as manager:
        assert orders(manager).startswith("26 orders")
        assert zhike(served.home, "import", str(grown), "--file", f"sales={few}", "--replace").returncode == 0
        assert len(manager.get("/v1/customers", params={"q": "m1"}).json()["customers"]) > 1


def test_files_are_found_from_where_the_command_is_run(served, zhike, tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    write_sales(folder / "sales.csv", weeks=52)
    mapping = write_mapping(folder, folder / "sales.csv")
    mapping.write_text(mapping.read_text(encoding="utf-8").replace(f"{folder}/", ""), encoding="utf-8")
    monkeypatch.chdir(folder)
    finished = zhike(served.home, "import", "corner_shop.toml")
    assert finished.returncode == 0, finished.stderr


def test_an_erasure_goes_through_the_service_and_no_byte_is_left_while_it_runs(served, zhike):
    key = json.loads(zhike(served.home, "decide", "m7", "--json").stdout)["decisions"][0]["decision_id"]
    with served.client("agent") as agent:
        agent.post("/v1/customers/m7/notes", json={"text": "wants ünheard-of tea"})
        with deciding(served) as seen:
            finished = zhike(served.home, "erase", "m7")
        assert finished.returncode == 0, finished.stderr
        assert "erased:" in finished.stdout
        assert agent.get("/v1/customers/m7/knowledge-map").status_code == 404
        assert agent.get(f"/v1/decisions/{key}").status_code == 404
    assert {status for status, _ in seen} == {200}
    held = [path.name for path in served.home.rglob("*") if path.is_file()
            and "ünheard-of tea".encode() in path.read_bytes()]
    assert held == []
    unknown = zhike(served.home, "erase", "nobody")
    assert unknown.returncode == 1
    assert "unknown customer" in unknown.stderr


def test_another_moment_goes_through_the_service_which_goes_on_deciding(served, zhike):
    with served.client("manager") as manager:
        before = manager.get("/v1/moment").json()
        with deciding(served) as seen:
            finished = zhike(served.home, "moment", "set", "2024-06-10", "--json")
        assert finished.returncode == 0, finished.stderr
        told = json.loads(finished.stdout)
        assert manager.get("/v1/moment").json() == told
    change, = told["changes"]
    assert (change["by"], change["before"], change["stays"]) == (owner_name(), before["as_of"], True)
    assert told["as_of_text"].startswith("2024-06-10 23:59")
    assert {status for status, _ in seen} == {200}
    assert FactTables.open(served.home / "facts").moment.as_of == told["as_of"]
    assert zhike(served.home, "moment", "show", "--json").stdout == finished.stdout
    assert "it follows the data" in zhike(served.home, "moment", "set", "data").stdout


def test_a_manager_sets_the_moment_by_a_call_under_their_own_name_and_nobody_else_does(served):
    for holder, status in (("agent", 403), ("system", 403), (None, 401)):
        with served.client(holder) as client:
            assert client.post("/v1/moment", json={"moment": "2024-06-10"}).status_code == status
    with served.client("manager") as manager:
        assert manager.get("/v1/moment").json()["changes"] == []
        told = manager.post("/v1/moment", json={"moment": "2024-06-10"}).json()
        assert [change["by"] for change in told["changes"]] == ["manager"]


@pytest.mark.parametrize(("told", "why"), [("2099-01-01", "is to come"), ("soon", "is not an instant")])
def test_a_moment_that_is_none_is_refused_by_the_service_in_plain_words(served, zhike, told, why):
    refused = zhike(served.home, "moment", "set", told)
    assert refused.returncode == 1
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "it follows the data" in zhike(served.home, "moment", "show").stdout


def test_beside_a_service_nobody_sets_the_moment_in_the_name_of_another(served, zhike):
    refused = zhike(served.home, "moment", "set", "2024-06-10", "--by", "somebody-else")
    assert refused.returncode == 1
    assert "not somebody-else" in refused.stderr


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/v1/imports", {"mapping": "/etc/passwd"}), ("GET", "/v1/imports/i-1", None),
    ("DELETE", "/v1/imports/i-1", None), ("POST", "/v1/erasures", {"customer_id": "m1"}),
])
def test_only_the_owner_of_the_folder_may_name_paths_and_erase(served, method, path, body):
    for holder, status in (("agent", 403), ("manager", 403), ("system", 403), (None, 401)):
        with served.client(holder) as client:
            assert client.request(method, path, json=body).status_code == status


def test_a_request_that_names_a_relative_path_or_an_unknown_member_is_refused(served):
    with owners(served) as owner:
        for body in ({"mapping": "online_retail", "files": {"lines": "a.csv"}}, {"mapping": "x", "filse": {}}):
            assert owner.post("/v1/imports", json=body).status_code == 422
        assert owner.get("/v1/imports/i-none").status_code == 404


def test_a_second_import_waits_for_the_first_and_an_erasure_too(served, grown):
    with owners(served) as owner:
        first = owner.post("/v1/imports", json={"mapping": str(grown)})
        assert first.status_code == 202
        second = owner.post("/v1/imports", json={"mapping": str(grown)})
        assert (second.status_code, "under way" in second.json()["detail"]) == (503, True)
        ended = until_ended(owner, first.headers["location"])
        assert ended["state"] == "finished"


def until_ended(client, place):
    for _ in range(_MOST_POLLS):
        told = client.get(place).json()
        if told["state"] not in {"running", "loading"}:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_an_interrupt_stops_an_import_that_has_changed_nothing_and_says_so(served, grown):
    environment = {**os.environ, "ZHIKE_HOME": str(served.home)}
    with subprocess.Popen([ZHIKE, "import", str(grown)], env=environment, stderr=subprocess.PIPE, text=True) as command:  # noqa: S603
        next(line for line in iter(command.stderr.readline, "") if line.startswith("opening"))
        command.send_signal(signal.SIGINT)
        rest = command.stderr.read()
        code = command.wait(timeout=120)
    with served.client("manager") as manager:
        if code == 0:  # it was done before the signal came
            assert orders(manager).startswith("52 orders")
        elif "nothing was changed" in rest:
            assert orders(manager).startswith("26 orders")
        else:
            assert "being finished by the service" in rest or "has ended" in rest


def test_a_service_that_is_stopped_leaves_an_import_done_or_not_begun(home, grown, serve_home, zhike):
    with serve_home(home) as server, owners(server) as owner:
        assert owner.post("/v1/imports", json={"mapping": str(grown)}).status_code == 202
    assert server.process.returncode in {0, -signal.SIGTERM}
    finished = zhike(home, "import", str(grown), "--json")
    assert finished.returncode == 0, finished.stderr


def test_the_name_of_the_owners_key_is_given_to_nobody_else(home, zhike):
    refused = zhike(home, "key", owner_name(), "--role", "agent")
    assert refused.returncode == 1
    assert "owner of the base's folder" in refused.stderr
