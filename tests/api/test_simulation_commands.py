"""The commands `zhike simulate` and `zhike simulations`, on the base itself and through the service that holds it."""

import json

import pytest

from tests.homes import copy_home


@pytest.fixture(scope="module")
def home(demo_home, tmp_path_factory):
    return copy_home(demo_home, tmp_path_factory.mktemp("simulated") / "home")


@pytest.fixture
def run(zhike, home):
    def succeed(*arguments, base=home):
        finished = zhike(base, *arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout
    return succeed


def test_drafts_are_tried_kept_listed_shown_and_compared(run, home):
    drafts = home / "drafts.json"
    drafts.write_text(json.dumps([{"name": "no greetings", "levers": {"greeting": 0}}]), encoding="utf-8")
    told = run("simulate", "--lever", "greeting=3", "--name", "greet first", "--drafts", str(drafts), "--by", "wang")
    assert "greet first: against release 1" in told
    assert "2. no greetings" in told
    kept = json.loads(run("simulations", "--json"))
    assert {one["name"]: one["author"] for one in kept} == {"greet first": "wang", "no greetings": "wang"}
    ids = [one["simulation_id"] for one in kept]
    assert "in none" in run("simulations", ids[0]) or "segment" in run("simulations", ids[0])
    assert len(json.loads(run("simulations", *ids, "--json"))["simulations"]) == 2
    assert "greet first" in run("simulations")


@pytest.mark.parametrize(("arguments", "word"), [
    (("simulate", "--lever", "greetings=1"), "did you mean 'greeting'?"),
    (("simulate", "--include", "nothing"), "status=proposed"),
    (("simulations", "sim-none"), "zhike simulations"),
    (("simulate", "--drafts", "/nowhere.json"), "include"),
])
def test_a_fault_says_what_was_wrong_and_what_to_try(zhike, home, arguments, word):
    finished = zhike(home, *arguments)
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "Traceback" not in finished.stderr
    assert word in finished.stderr.splitlines()[-1]


def test_while_a_service_holds_the_base_it_simulates(run, shared_server):
    told = run("simulate", "--lever", "greeting=2", "--json", base=shared_server.home)
    (one,) = json.loads(told)["simulations"]
    assert one["author"].startswith("owner-")
    assert json.loads(run("simulations", one["simulation_id"], "--json", base=shared_server.home)) == one
    assert one["simulation_id"] in run("simulations", base=shared_server.home)
