"""The command line on a demo base: every command works, speaks JSON when asked, and faults end in a hint.

With a service in the way, the same commands speak to it.
"""

import json
import sys
from subprocess import CompletedProcess

import pytest

from api.cli import main as cli
from kb.home import Home
from tests.homes import copy_home


@pytest.fixture(scope="module")
def home(demo_home, tmp_path_factory):
    """A copy that the tests of this module share; they add to it and do not contradict each other."""
    return copy_home(demo_home, tmp_path_factory.mktemp("cli") / "home")


@pytest.fixture
def here(monkeypatch, capsys):
    """A command as ``zhike`` runs it, in this process: it need not wait for the imports of a new one."""
    def run(home, *arguments, **environment):
        settings = {"ZHIKE_HOME": str(home), "ZHIKE_ENGINE_WORKERS": "0", **environment}
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["zhike", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        printed = capsys.readouterr()
        return CompletedProcess(arguments, ended.value.code or 0, printed.out, printed.err)

    return run


@pytest.fixture
def run(here, home):
    """A command that succeeds: what it printed."""
    def succeed(*arguments):
        finished = here(home, *arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    return succeed


def fault_of(finished):
    """A fault: exit code 1, a message and a hint on standard error, no traceback, nothing on standard output."""
    assert finished.returncode == 1
    assert "Traceback" not in finished.stderr
    assert finished.stdout == ""
    message, hint = finished.stderr.strip().splitlines()[-2:]
    assert message.startswith("zhike: ")
    assert hint.startswith("  try: ")
    return message


def test_decide_tells_the_actions_and_why_and_its_json_is_the_answer_of_the_api(run):
    told = run("decide", "1", "7")
    answer = json.loads(run("decide", "1", "7", "--json"))
    assert [decision["customer_id"] for decision in answer["decisions"]] == ["1", "7"]
    for decision in answer["decisions"]:
        assert decision["actions"][0]["name"]["en"] in told
        assert decision["actions"][0]["reasons"][0]["sentence"]["en"] in told


def test_decide_all_prints_the_share_with_a_mined_reason_and_the_table_by_family(run):
    told = run("decide", "--all")
    assert "2469 customers" in told
    assert "empty without saying why: 0" in told
    assert "first action" in told


def test_why_not_says_it_in_words_and_in_json(run):
    assert "no complaint on record" in run("why-not", "1", "service_recovery")
    answer = json.loads(run("why-not", "1", "service_recovery", "--json"))
    assert answer["rules"]
    assert [change["kind"] for change in answer["changes"]] == ["add_row"]
    assert answer["changes"][0]["values"]["kind"] == "complaint"
    assert answer["change"]["en"].endswith(answer["changes"][0]["sentence"]["en"])


def test_the_rules_of_the_demo_are_checked_and_have_no_errors(run):
    assert "0 errors" in run("check")
    assert {finding["severity"] for finding in json.loads(run("check", "--json"))} <= {"warning"}


def test_an_item_is_listed_shown_approved_and_published_and_a_release_rolled_back(run):
    """The manager's way, by two persons."""
    listed = json.loads(run("knowledge", "list", "--status", "proposed", "--kind", "offer", "--json"))
    first, second = (item["id"] for item in listed["items"][:2])
    shown = run("knowledge", "show", first)
    assert "lift" in shown
    assert "sha256:" in shown
    assert json.loads(run("knowledge", "show", first, "--json"))["run"]["run_id"] in shown
    digest = json.loads(run("knowledge", "show", first, "--json"))["digest"]
    assert f"digest: {digest}" in shown
    run("knowledge", "approve", first, "--digest", digest, "--by", "wang")
    run("knowledge", "reject", second, "--reason", "everybody knows", "--by", "wang")
    assert "release 2 is live" in run("publish", "--by", "li")
    releases = json.loads(run("releases", "--json"))
    assert [(release["number"], release["live"]) for release in releases] == [(2, True), (1, False)]
    assert "release 1 is live" in run("rollback", "1", "--by", "li")


def test_a_person_who_is_erased_is_gone_and_the_others_stay(run):
    assert "erased:" in run("erase", "1459")
    assert json.loads(run("decide", "1", "--json"))["decisions"]


def test_shipped_rules_that_are_here_are_not_adopted_twice(run):
    assert "already" in run("rules", "adopt", "--by", "wang")


def test_a_decision_is_replayed_and_equal(run):
    decision = json.loads(run("decide", "1", "--json"))["decisions"][0]["decision_id"]
    assert run("replay", decision).strip() == "equal"
    assert json.loads(run("replay", decision, "--json"))["equal"]


def test_listings_for_people_are_tables(run):
    assert "statement" in run("knowledge", "list")
    assert "fingerprint" in run("releases")
    assert "engine" in run("doctor")
    assert json.loads(run("doctor", "--json"))["parts"]["graph"]["ready"]
    assert json.loads(run("indicators", "--json"))
    assert run("key", "zhang", "--role", "agent").startswith("zk_agent_")


def test_init_leaves_an_existing_base_alone(run, home):
    before = (home / "base.json").read_bytes()
    assert "already" in run("init")
    assert (home / "base.json").read_bytes() == before


@pytest.mark.parametrize("arguments", [
    ("decide", "nobody-here"), ("why-not", "nobody-here", "cross_sell"), ("why-not", "1", "win_a_car"),
    ("knowledge", "show", "item-nobody"), ("knowledge", "approve", "item-nobody"), ("replay", "d-nobody"),
    ("rollback", "99"), ("import", "no-such-mapping"), ("import", "/no/such/mapping.toml"),
    ("import", "complete_journey", "--file", "transactions=/no/such/file.parquet"),
    ("import", "complete_journey", "--file", "receipts=/etc/hostname")])
def test_a_fault_says_what_was_wrong_and_what_to_try(here, home, arguments):
    fault_of(here(home, *arguments))


def test_where_there_is_no_base_the_hint_is_to_make_one(here, tmp_path):
    for command in (("decide", "1"), ("releases",), ("serve",), ("key", "x", "--role", "agent")):
        finished = here(tmp_path / "none", *command)
        assert "no knowledge base" in fault_of(finished)
        assert "zhike init" in finished.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("name", "value"), [
    ("ZHIKE_GRAPH", "bolt://127.0.0.1:7687"), ("ZHIKE_TABLES", "spark")])
def test_a_setting_that_is_not_served_is_refused_by_name(here, home, name, value):
    assert value in fault_of(here(home, "releases", **{name: value}))


def test_before_the_first_release_decide_says_what_is_missing(here, tmp_path):
    assert here(tmp_path, "init").returncode == 0
    assert "no release" in fault_of(here(tmp_path, "decide", "1"))


def test_a_second_process_is_told_who_holds_the_base(here, home):
    with Home(home).own():
        message = fault_of(here(home, "releases"))
    assert "is held by process" in message


@pytest.fixture(scope="module")
def while_serving(serve_home, demo_home, tmp_path_factory):
    held = copy_home(demo_home, tmp_path_factory.mktemp("held") / "home")
    with serve_home(held) as server:
        yield server


def test_while_a_service_holds_the_base_the_commands_speak_to_it(here, while_serving):
    """With the owner's key, so that every act has an author."""
    def ask(*arguments):
        finished = here(while_serving.home, *arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    proposed = json.loads(ask("knowledge", "list", "--status", "proposed", "--json"))["items"]
    assert "fingerprint" in ask("releases")
    assert "no complaint on record" in ask("why-not", "1", "service_recovery")
    decision = json.loads(ask("decide", "1", "--json"))["decisions"][0]["decision_id"]
    assert ask("replay", decision).strip() == "equal"
    assert json.loads(ask("doctor", "--json"))["parts"]["graph"]["ready"]
    first = proposed[0]["id"]
    ask("knowledge", "approve", first, "--digest", json.loads(ask("knowledge", "show", first, "--json"))["digest"])
    with while_serving.client("manager") as manager:
        item = manager.get(f"/v1/knowledge/{proposed[0]['id']}").json()["item"]
    assert item["approver"].startswith("owner-")
    assert "release 2 is live" in ask("publish")

    assert "already" in ask("rules", "adopt")

    fault_of(here(while_serving.home, "decide", "nobody-here"))
    elsewise = here(while_serving.home, "rollback", "1", "--by", "somebody-else")
    assert "not somebody-else" in fault_of(elsewise)
    assert "order_lines" in ask("import", "complete_journey")
    assert "it stays" in ask("moment", "set", "2017-12-01")


def test_the_installed_command_ends_a_fault_with_1_and_no_traceback(zhike, home):
    fault_of(zhike(home, "decide", "nobody-here"))
    assert json.loads(zhike(home, "releases", "--json").stdout)


def test_a_second_service_is_told_who_holds_the_base(zhike, while_serving):
    assert f"is held by process {while_serving.process.pid}" in fault_of(zhike(while_serving.home, "serve"))


def test_a_port_that_is_taken_is_a_fault_that_names_the_setting(here, while_serving, home):
    finished = here(home, "serve", ZHIKE_PORT=while_serving.url.rpartition(":")[2])
    assert "cannot listen" in fault_of(finished)
    assert "ZHIKE_PORT" in finished.stderr
