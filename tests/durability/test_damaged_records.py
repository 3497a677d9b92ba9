"""A base that holds a record which cannot be read opens, serves, says so, and is mended."""

import json
import sqlite3
from contextlib import closing

import httpx
import pytest

from kb.errors import DamagedRecord, InvalidInput
from kb.graph.state import put_state
from kb.model.action import Levers
from kb.model.codec import to_json
from ontology.vocabulary import ActionFamily, Channel, OutcomeKind

CALLS = ("decide m1", "doctor", "export {}/out", "backup {}/out.zhike", "erase m3")


def overflowed(body):
    """The decision as it was stored where a lever of 1e308 stood."""
    plain = json.loads(body)
    for action in plain["actions"]:
        action["factors"]["lever"] = 1e308
        action["score"] = None
    return json.dumps(plain)


def write_old_way(home, change, table="decisions", name="decision_id"):
    """Put another record, changed, behind the last one, straight into the file; its id."""
    with closing(sqlite3.connect(home / "journal.db")) as connection, connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute(f"SELECT * FROM {table} ORDER BY sequence DESC LIMIT 1").fetchone())  # noqa: S608
        connection.execute("UPDATE counter SET last = last + 1")
        [number] = connection.execute("SELECT last FROM counter").fetchone()
        row |= {"sequence": number, name: "poison", "body": change(row["body"].replace(row[name], "poison"))}
        places = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {table} VALUES ({places})", tuple(row.values()))  # noqa: S608
    return "poison"


@pytest.fixture
def poisoned(home, open_service_of):
    """A base with a decision whose score is null, and a good one on each side of it."""
    with open_service_of(home) as service:
        service.deciding.decide(["m1"], Channel.PHONE, {})
    write_old_way(home, overflowed)
    with open_service_of(home) as service:
        service.deciding.decide(["m2"], Channel.PHONE, {})
    return home


def checks(service):
    return {check["check"]: check for check in service.checking.checkup()}


def test_one_record_that_cannot_be_read_is_set_aside_and_the_others_follow(poisoned, open_service_of):
    with open_service_of(poisoned) as service:
        state = service.health.readiness()["follower"]
        known = service.base.graph.read("MATCH (d:Decision) RETURN count(d) AS n")[0]["n"]
        records = checks(service)["records"]

    assert (state["ready"], state["behind"], state["set_aside"]) == (True, 0, 1)
    assert known == 2
    assert records["first"] == ["Decision poison: $.actions[0].score"]


def test_reading_and_replaying_it_says_in_both_languages_what_is_wrong_and_what_to_do(poisoned, open_service_of):
    with open_service_of(poisoned) as service:
        for call in (service.deciding.decision, service.deciding.replay):
            with pytest.raises(DamagedRecord) as refused:
                call("poison")
            assert "is stored, but cannot be read" in refused.value.message_text.en
            assert "无法读取" in refused.value.message_text.zh
            assert "doctor --mend" in refused.value.hint


def test_mending_makes_it_readable_keeps_what_stood_there_and_lets_the_graph_know(poisoned, open_service_of):
    with open_service_of(poisoned) as service:
        mended = service.checking.mend("li")
        again = service.checking.mend("li")
        read = service.deciding.decision("poison")
        assert service.deciding.replay("poison")["equal"] is not None
        service.base.projector.catch_up(30.0)
        known = {row["id"] for row in service.base.graph.read("MATCH (d:Decision) RETURN d.decision_id AS id")}
        proposed = service.base.graph.read("MATCH (d:Decision)-[p:PROPOSED_ACTION]->() RETURN d.decision_id AS d,"
                                            " p.rank AS rank, count(p) AS n")
        records, state = checks(service)["records"], service.health.readiness()["follower"]
    with closing(sqlite3.connect(poisoned / "journal.db")) as connection:
        kept = connection.execute("SELECT record_id, body FROM replaced").fetchall()

    assert mended["repaired"] == [{"kind": "Decision", "id": "poison", "why": "$.actions[0].score"}]
    assert again == {"repaired": [], "taken_out": [], "levers": {}}
    factors = read["actions"][0]["factors"]
    assert factors["lever"] == 100.0
    assert read["actions"][0]["score"] == pytest.approx(
        100 * factors["propensity"]["value"] * factors["value"]["value"])
    assert "poison" in known
    assert len(known) == 3
    assert all(row["n"] == 1 for row in proposed)
    assert (records["wrong"], state["set_aside"]) == (0, 0)
    assert [name for name, _ in kept] == ["poison"]
    assert json.loads(kept[0][1])["actions"][0]["score"] is None


@pytest.mark.parametrize(("table", "name", "change"), [
    ("decisions", "decision_id", lambda _: '{"half of'), ("notes", "note_id", lambda _: '["no object"]'),
    ("interactions", "interaction_id", lambda body: body.replace('"complaint"', '"love_letter"')),
    ("interactions", "interaction_id", lambda body: body.replace('"amount":3.0', '"amount":1e308')),
], ids=["no JSON", "no object", "unknown kind", "out of bounds"])
def test_whatever_is_wrong_with_a_record_the_base_opens_tells_and_is_mended(home, open_service_of, table, name, change):
    with open_service_of(home) as service:
        service.deciding.decide(["m1"], Channel.PHONE, {})
        service.recording.add_note("m1", "a note", "li")
        service.recording.record_interaction(
            {"interaction_id": "i1", "customer_id": "m1", "kind": "complaint", "amount": 3.0}, "li")
    write_old_way(home, change, table, name)
    with open_service_of(home) as service:
        assert service.deciding.decide(["m1"], Channel.PHONE, {})["decisions"]
        assert service.customers.knowledge_map("m1")
        assert checks(service)["records"]["wrong"] == 1
        mended = service.checking.mend("li")
        assert [one["id"] for one in (*mended["repaired"], *mended["taken_out"])] == ["poison"]
        found = checks(service)
        assert {name: check["wrong"] for name, check in found.items() if check["wrong"]} == {}
        erased = service.erasing.erase("m1")
    with closing(sqlite3.connect(home / "journal.db")) as connection:
        assert connection.execute("SELECT count(*) FROM replaced").fetchall() == [(0,)]
    assert erased["journal"] >= 3


@pytest.mark.parametrize("call", CALLS)
def test_commands_on_such_a_base_end_in_plain_words(poisoned, zhike, tmp_path, call):
    told = zhike(poisoned, *call.format(tmp_path).split())

    assert "Traceback" not in told.stderr + told.stdout
    assert told.returncode == (1 if call == "doctor" else 0), told.stderr
    if call == "doctor":
        assert "Decision poison" in told.stdout
        assert zhike(poisoned, "doctor", "--mend").returncode == 0


def test_a_service_over_such_a_base_answers_tells_and_is_mended_through_the_command(poisoned, serve_home, zhike):
    with serve_home(poisoned) as server, server.client("agent") as agent:
        assert agent.get("/readyz").json()["parts"]["follower"]["set_aside"] == 1
        assert "zhike_follower_set_aside 1.0" in agent.get("/metrics").text
        refused = [agent.get("/v1/decisions/poison"), agent.post("/v1/decisions/poison/replay")]
        assert agent.post("/v1/checkup/mend").status_code == 403
        mended = zhike(poisoned, "doctor", "--mend")
        read = agent.get("/v1/decisions/poison")

    assert {answer.status_code for answer in refused} == {409}
    assert all("cannot be read" in answer.json()["detail"] for answer in refused)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "repaired: Decision poison" in mended.stdout
    assert read.status_code == 200


@pytest.mark.parametrize("weight", [1e308, float("inf"), float("nan"), -1.0, 100.5])
def test_a_lever_out_of_bounds_is_refused_and_nothing_is_set(home, open_service_of, weight):
    with open_service_of(home) as service:
        with pytest.raises(InvalidInput, match="expected a number from 0 to 100") as refused:
            service.steering.set_levers({ActionFamily.CARE: weight}, "li")
        assert "应为" in refused.value.message_text.zh
        assert service.steering.levers()["next"] == {}


def test_a_base_whose_lever_is_out_of_bounds_decides_within_them_and_is_mended(home, open_service_of):
    with open_service_of(home) as service:
        told = [{"family": family, "weight": 1e308, "by": "li", "at": 1, "reason": ""} for family in ActionFamily]
        service.base.graph.write([put_state("lever_changes", json.dumps(told))])
        service.publishing.publish("li")
        first = service.deciding.decide(["m1"], Channel.PHONE, {})["decisions"][0]
        assert service.deciding.replay(first["decision_id"])["equal"]
        assert first["actions"][0]["factors"]["lever"] == 100.0
        assert checks(service)["levers"]["wrong"] == len(ActionFamily)
        assert service.checking.mend("li")["levers"]["care"] == 1e308
        assert service.steering.levers()["next"]["care"] == 100.0
        assert checks(service)["levers"]["wrong"] == 0


def test_a_number_that_is_not_finite_is_not_written_as_unknown():
    with pytest.raises(InvalidInput, match="is not finite"):
        to_json(Levers(by_family={ActionFamily.CARE: float("inf")}))


@pytest.mark.parametrize("at", [0, 253_402_300_799])
def test_an_outcome_before_its_decision_or_to_come_is_refused(home, open_service_of, at):
    with open_service_of(home) as service:
        decided = service.deciding.decide(["m1"], Channel.PHONE, {})["decisions"][0]
        action = decided["actions"][0]["action_id"]
        with pytest.raises(InvalidInput) as refused:
            service.recording.record_outcome(decided["decision_id"], action, OutcomeKind.SHOWN, "li", at=at)
        assert refused.value.message_text.zh != refused.value.message_text.en
        assert service.recording.record_outcome(decided["decision_id"], action, OutcomeKind.SHOWN, "li")["recorded"]


def test_an_outcome_without_an_instant_is_not_before_a_decision_about_a_later_moment(home, open_service_of):
    with open_service_of(home) as service:
        later = service.base.description.moment.as_of + 86_400
        decided = service.deciding.decide(["m1"], Channel.PHONE, {}, moment=str(later))["decisions"][0]
        action = decided["actions"][0]["action_id"]
        told = service.recording.record_outcome(decided["decision_id"], action, OutcomeKind.SHOWN, "li")

    assert told["recorded"]
    assert told["at"] == "2024-07-01T15:30:00Z"


@pytest.mark.parametrize("body", ['{"levers": {"care": 1e308}}', '{"levers": {"care": 1e999}}',
                                  '{"levers": {"care": NaN}}', '{"levers": {"care": Infinity}}'])
def test_a_lever_out_of_bounds_is_refused_over_http(home, serve_home, body):
    with serve_home(home) as server, server.client("manager") as manager:
        answer = manager.post("/v1/levers", content=body, headers={"Content-Type": "application/json"})
        told: httpx.Response = manager.post("/v1/interactions", json={
            "interaction_id": "i1", "customer_id": "m1", "kind": "complaint", "amount": 1e308})
        assert manager.get("/v1/levers").json()["next"] == {}

    assert answer.status_code == 422
    assert told.status_code == 422
