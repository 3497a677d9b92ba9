"""``zhike doctor`` on a sound base and on a broken one, with a service in the way and without."""

import json
import sqlite3
from contextlib import closing

import pytest

from kb.home import Home


@pytest.fixture(scope="module")
def sound(new_shop, tmp_path_factory):
    """The shop's base as it was made."""
    return new_shop(tmp_path_factory.mktemp("sound") / "home")


@pytest.fixture
def broken(shop):
    """A base whose journal lacks two numbers, and whose facts are not there."""
    with closing(sqlite3.connect(Home(shop).journal_path)) as db, db:
        db.execute("DELETE FROM decisions WHERE sequence IN (2, 3)")
    (Home(shop).facts_path / "purchase.parquet").unlink()
    return shop


def test_a_sound_base_is_told_check_by_check_and_the_exit_is_zero(sound, zhike):
    finished = zhike(sound, "doctor", "--json")
    assert finished.returncode == 0, finished.stdout
    told = json.loads(finished.stdout)
    assert told["parts"]["graph"]["ready"]
    assert {check["check"]: check["wrong"] for check in told["checks"]} == dict.fromkeys(
        ("rules", "releases", "pointers", "links", "runs", "decisions", "outcomes", "journal", "records", "levers",
         "rates", "schema", "shapes", "snapshots", "facts"), 0)
    looked_at = {check["check"]: check["looked_at"] for check in told["checks"]}
    assert looked_at["decisions"] == 30
    assert all(looked_at[name] for name in ("rules", "releases", "pointers", "runs", "shapes", "snapshots", "facts"))


def test_findings_are_told_with_what_to_do_and_the_exit_is_not_zero(broken, zhike):
    finished = zhike(broken, "doctor")
    assert finished.returncode == 1
    assert "journal: numbers of the journal have no gap; but:" in finished.stdout
    assert "  2 - 3\n  try: Restore a backup (zhike restore)." in finished.stdout
    assert "  purchase.parquet\n  try: Import the data again" in finished.stdout
    assert "Traceback" not in finished.stderr


def test_a_service_tells_the_same_to_managers_alone(broken, serve_home, zhike):
    with serve_home(broken) as server:
        finished = zhike(broken, "doctor", "--json")
        with server.client("manager") as manager, server.client("agent") as agent:
            assert manager.get("/v1/checkup").json()["checks"] == json.loads(finished.stdout)["checks"]
            assert agent.get("/v1/checkup").status_code == 403
    assert finished.returncode == 1
    [journal] = [check for check in json.loads(finished.stdout)["checks"] if check["check"] == "journal"]
    assert (journal["wrong"], journal["first"]) == (1, ["2 - 3"])
    assert journal["remedy"]["zh"]
