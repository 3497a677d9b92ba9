"""Archives and backups as a person makes them, with a service in the way and without, and the base made from one."""

import json
import stat
import threading

import pytest

from api.security.keys import AccessKeys
from kb.home import Home
from ontology.vocabulary import Role

CUSTOMERS = ("m1", "m2", "m7")


@pytest.fixture(scope="module")
def home(new_shop, tmp_path_factory):
    """The shop's base, for the tests of this module to read."""
    return new_shop(tmp_path_factory.mktemp("kept") / "home")


@pytest.fixture(scope="module")
def served(home, serve_home):
    with serve_home(home) as server:
        yield server


@pytest.fixture(scope="module")
def told(served):
    """What the base answers while its service runs: decisions, outcomes, maps and releases."""
    with served.client() as agent:
        asked = {"customer_ids": CUSTOMERS, "channel": "phone"}
        decisions = agent.post("/v1/decisions", json=asked).json()["decisions"]
        first = next(decision for decision in decisions if decision["actions"])
        agent.post("/v1/outcomes", json={"decision_id": first["decision_id"], "outcome": "accepted",
                                         "action_id": first["actions"][0]["action_id"]}).raise_for_status()
        return answers(agent, [decision["decision_id"] for decision in decisions])


def answers(agent, decision_ids):
    releases = agent.get("/v1/releases").json()["releases"]
    return {"decisions": {one: agent.get(f"/v1/decisions/{one}").json() for one in decision_ids},
            "maps": [agent.get(f"/v1/customers/{customer}/knowledge-map").json() for customer in CUSTOMERS],
            "releases": [(release["number"], release["fingerprint"], release["live"]) for release in releases]}


@pytest.fixture(scope="module")
def keeper(home):
    """A key that was made before the backup."""
    return AccessKeys(Home(home).access_path).issue("keeper", Role.SYSTEM)


@pytest.fixture(scope="module")
def backup(home, told, keeper, zhike, tmp_path_factory):
    """A backup taken while the service holds the base."""
    file = tmp_path_factory.mktemp("backups") / "base.zhike"
    assert told["releases"]
    assert keeper
    finished = zhike(home, "backup", str(file))
    assert finished.returncode == 0, finished.stderr
    assert "the service that holds the base" in finished.stderr
    return file


@pytest.fixture(scope="module")
def restored(backup, zhike, tmp_path_factory):
    new = tmp_path_factory.mktemp("restored") / "home"
    finished = zhike(new, "restore", str(backup))
    assert finished.returncode == 0, finished.stderr
    return new


def test_a_restored_base_answers_as_the_one_that_was_backed_up(told, restored, serve_home):
    """Decisions with their outcomes, knowledge maps and release fingerprints; each decision replays to itself."""
    with serve_home(restored) as server, server.client() as agent:
        assert answers(agent, list(told["decisions"])) == told
        replayed = [agent.post(f"/v1/decisions/{one}/replay").json()["equal"] for one in told["decisions"]]
    assert replayed == [True] * len(CUSTOMERS)


def test_keys_of_the_base_still_open_the_restored_one(keeper, restored):
    """They are stored hashed, and nobody needs a new one after a restore."""
    assert AccessKeys(Home(restored).access_path).holder(keeper).name == "keeper"


def test_a_backup_is_one_file_for_its_owner_alone(backup):
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]


def test_a_backup_never_takes_the_place_of_another(home, backup, zhike):
    before = backup.read_bytes()
    finished = zhike(home, "backup", str(backup))
    assert finished.returncode == 1
    assert "is there already" in finished.stderr
    assert backup.read_bytes() == before


def test_what_is_acknowledged_while_a_backup_is_taken_hangs_together(served, home, zhike, tmp_path, told):
    """No outcome without its decision, no decision without its release, however much is decided meanwhile."""
    assert told["releases"]
    stop, made = threading.Event(), []

    def decide():
        with served.client() as agent:
            while not stop.is_set():
                [decision] = agent.post("/v1/decisions", json={
                    "customer_ids": ["m1"], "channel": "phone"}).json()["decisions"]
                agent.post("/v1/outcomes", json={"decision_id": decision["decision_id"], "outcome": "shown",
                                                 "action_id": decision["actions"][0]["action_id"]})
                made.append(decision["decision_id"])

    caller = threading.Thread(target=decide)
    caller.start()
    try:
        assert zhike(home, "backup", str(tmp_path / "busy.zhike")).returncode == 0
    finally:
        stop.set()
        caller.join()
    assert made
    assert zhike(tmp_path / "home", "restore", str(tmp_path / "busy.zhike")).returncode == 0
    finished = zhike(tmp_path / "home", "doctor", "--json")
    assert finished.returncode == 0, finished.stdout


@pytest.mark.usefixtures("served")
def test_an_archive_over_a_service_lands_where_the_command_was_run(home, zhike, tmp_path, monkeypatch):
    """The service has another working folder; the path of the command is made absolute."""
    monkeypatch.chdir(tmp_path)
    finished = zhike(home, "export", "archive", "--json")
    assert json.loads(finished.stdout)["graph"]["Customer"] == 30
    assert (tmp_path / "archive" / "manifest.json").is_file()


@pytest.mark.parametrize("holder", ["manager", "agent", "system"])
def test_nobody_but_the_owner_of_the_folder_has_the_base_archived(served, tmp_path, holder):
    """The archive holds the secret and every person."""
    with served.client(holder) as caller:
        answer = caller.post("/v1/archives", json={"path": str(tmp_path / "stolen"), "form": "folder"})
    assert answer.status_code == 403
    assert not (tmp_path / "stolen").exists()


def test_a_home_with_a_base_is_not_restored_over(restored, backup, zhike):
    finished = zhike(restored, "restore", str(backup))
    assert finished.returncode == 1
    assert "there is a base in" in finished.stderr
    assert "try: " in finished.stderr


@pytest.fixture
def embedded_shop(new_shop, tmp_path, monkeypatch):
    """A base whose graph lies in its folder, so that the folder can be kept aside."""
    monkeypatch.setenv("ZHIKE_GRAPH", "ladybug:")
    return new_shop(tmp_path / "home")


def test_a_forced_restore_keeps_the_old_base_aside(embedded_shop, backup, zhike):
    before = Home(embedded_shop).base()
    (embedded_shop / "mark").write_text("old", encoding="utf-8")
    finished = zhike(embedded_shop, "restore", str(backup), "--force")
    assert finished.returncode == 0, finished.stderr
    [aside] = embedded_shop.parent.glob("home.before-*")
    assert ((aside / "mark").read_text(encoding="utf-8"), Home(aside).base()) == ("old", before)
    assert not (embedded_shop / "mark").exists()
    assert Home(embedded_shop).exists()


def test_a_forced_restore_of_a_damaged_backup_changes_nothing(embedded_shop, backup, zhike, tmp_path):
    damaged = bytearray(backup.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged").write_bytes(damaged)
    before = sorted(path.name for path in embedded_shop.iterdir())
    finished = zhike(embedded_shop, "restore", str(tmp_path / "damaged"), "--force")
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert sorted(path.name for path in embedded_shop.iterdir()) == before
    assert list(embedded_shop.parent.glob("home.before-*")) == []


@pytest.mark.usefixtures("served")
def test_a_base_that_a_service_holds_is_not_replaced(home, backup, zhike):
    finished = zhike(home, "restore", str(backup), "--force")
    assert finished.returncode == 1
    assert "is held by process" in finished.stderr


@pytest.mark.parametrize(("content", "word"), [(None, "there is no file"), (b"no tar", "is no backup")])
def test_what_is_no_backup_is_named(tmp_path, zhike, content, word):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    finished = zhike(tmp_path / "home", "restore", str(tmp_path / "file"))
    assert finished.returncode == 1
    assert word in finished.stderr
    assert not (tmp_path / "home").exists()
