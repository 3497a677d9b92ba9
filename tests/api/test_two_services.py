"""Two services with homes of their own share one base on one Neo4j: what one does, the other knows."""

import threading
from contextlib import ExitStack

import pytest

from api.settings import Settings
from api.startup import open_service
from bench.bases.corner_shop import write_mapping, write_sales
from tests.at_once import at_once
from tests.neo4j.namespaces import drop

pytestmark = pytest.mark.timeout(1_200)  # a server, an import and two services are made before the first test
NAMESPACE = "two-services"
SOON = 100  # looks, a tenth of a second apart


def soon(found):
    """What ``found`` gives once it gives anything; other services see what one did within a second or so."""
    pause = threading.Event()
    for _ in range(SOON):
        if answer := found():
            return answer
        pause.wait(0.1)
    return found()


@pytest.fixture(scope="module")
def sites(neo4j_server, tmp_path_factory, serve_home, zhike):
    """Two running services; the data was imported by the first, and the second joined with its secret."""
    folder = tmp_path_factory.mktemp("two")
    mapping = write_mapping(folder, write_sales(folder / "sales.csv", members=6))
    with pytest.MonkeyPatch.context() as environment, ExitStack() as running:
        for name, value in {"GRAPH": f"{neo4j_server.url}?namespace={NAMESPACE}", "GRAPH_USER": neo4j_server.user,
                            "GRAPH_PASSWORD": neo4j_server.password, "ENGINE_WORKERS": "0"}.items():
            environment.setenv(f"ZHIKE_{name}", value)
        drop(neo4j_server, NAMESPACE)
        done = zhike(folder / "a", "import", str(mapping))
        assert done.returncode == 0, done.stderr
        with open_service(Settings(home=folder / "a")) as service:
            service.rules.adopt_shipped("wang")
            service.publishing.publish("li")
        joined = zhike(folder / "b", "init", ZHIKE_SECRET_FILE=str(folder / "a" / "secret"))
        assert joined.returncode == 0, joined.stderr
        yield [running.enter_context(serve_home(folder / name)) for name in ("a", "b")]
    drop(neo4j_server, NAMESPACE)


@pytest.fixture
def here(sites):
    with sites[0].client("manager") as client:
        yield client


@pytest.fixture
def there(sites):
    with sites[1].client("manager") as client:
        yield client


def decide(client, member):
    answer = client.post("/v1/decisions", json={"customer_ids": [member], "include": ["facts"]})
    assert answer.status_code == 200, answer.text
    return answer.json() | {"decision": answer.json()["decisions"][0]}


def test_the_second_service_decides_as_the_first(here, there):
    one, other = decide(here, "m5"), decide(there, "m5")

    assert one["release"] == other["release"] == 1
    assert one["as_of"] == other["as_of"]
    assert one["decision"]["actions"] == other["decision"]["actions"]
    assert one["decision"]["facts"]["customer"] == other["decision"]["facts"]["customer"]
    assert one["decision"]["facts"]["customer"]["order_count"] == 6  # every fifth week of half a year


def test_an_outcome_may_be_sent_to_the_service_that_did_not_decide(here, there):
    decided = decide(here, "m4")["decision"]
    told = {"decision_id": decided["decision_id"], "action_id": decided["actions"][0]["action_id"]}

    shown = there.post("/v1/outcomes", json=told | {"outcome": "shown"})
    key = f"{told['decision_id']}/{told['action_id']}"
    seen = soon(lambda: [row for row in decide(here, "m4")["decision"]["facts"]["related"].get("contact", ())
                         if row["key"] == key])

    assert (shown.status_code, shown.json().get("recorded")) == (200, True), shown.text
    assert [row["values"]["channel"] for row in seen] == ["phone"]
    assert here.post("/v1/outcomes", json=told | {"outcome": "shown"}).json()["recorded"] is False


def test_an_outcome_of_a_decision_that_nobody_made_is_refused(there):
    answer = there.post("/v1/outcomes", json={"decision_id": "d-none", "action_id": "care", "outcome": "shown"})

    assert (answer.status_code, answer.json()["detail"]) == (404, "no decision has the id 'd-none'")


def test_the_facts_of_a_decision_are_asked_of_the_service_that_made_it(here, there):
    decided = decide(here, "m3")["decision"]["decision_id"]
    answer = soon(lambda: (found := there.get(f"/v1/decisions/{decided}")).status_code == 404
                  and "another service" in found.json()["detail"] and found)

    assert "ask that service" in answer.json()["hint"]


def test_a_complaint_and_a_note_are_seen_by_the_other_service(here, there):
    here.post("/v1/interactions", json={"interaction_id": "x1", "customer_id": "m2", "kind": "complaint"})
    here.post("/v1/customers/m2/notes", json={"text": "喜欢电话"})

    facts = soon(lambda: [row for row in decide(there, "m2")["decision"]["facts"]["related"].get("interaction", ())
                          if row["key"] == "x1"])
    shown = soon(lambda: [entry for entry in there.get("/v1/customers/m2/knowledge-map").json()["operational"]
                          if entry["statement"]["zh"] == "喜欢电话"])

    assert facts[0]["values"]["kind"] == "complaint"
    assert shown[0]["unreviewed"]


def test_a_release_and_a_rollback_are_served_by_both_at_once(here, there):
    here.post("/v1/levers", json={"levers": {"survey": 1.3}, "reason": "try"}).raise_for_status()
    published = here.post("/v1/releases").json()["number"]
    served = decide(there, "m1")["release"]
    rolled_back = there.post("/v1/releases/1/rollback").json()["number"]

    assert (published, served) == (2, 2)
    assert rolled_back == decide(here, "m1")["release"] == 1


def test_a_challenger_is_known_to_both(here, there):
    published = max(release["number"] for release in here.get("/v1/releases").json()["releases"])
    if published == 1:
        here.post("/v1/levers", json={"levers": {"survey": 1.4}, "reason": "try"}).raise_for_status()
        published = here.post("/v1/releases", params={"aside": True}).json()["number"]
    here.post("/v1/challengers", json={"release": published, "mode": "shadow"}).raise_for_status()

    told = soon(lambda: (found := there.get("/v1/challengers/report")).status_code == 200 and found.json()["running"]
                and found.json())
    there.delete("/v1/challengers").raise_for_status()

    assert told["release"] == published
    assert soon(lambda: not here.get("/v1/challengers/report").json()["running"])


def test_two_services_cannot_both_start_a_challenger(here, there):
    """Each would have followed its own, and the one that was begun later would have hidden the other."""
    number = min(release["number"] for release in here.get("/v1/releases").json()["releases"] if not release["live"])
    asked = {"release": number, "mode": "shadow"}
    told = at_once(*(lambda client=client: client.post("/v1/challengers", json=asked) for client in (here, there)))
    here.delete("/v1/challengers").raise_for_status()

    [refused] = [answer.json() for answer in told if answer.status_code == 409]
    assert refused["detail"] == f"release {number} challenges release 1 already"
    assert sum(answer.is_success for answer in told) == 1


def test_levers_that_are_set_at_both_at_once_are_all_kept(here, there):
    before = len(here.get("/v1/levers").json()["history"])
    told = at_once(*(lambda client=client, n=n: client.post("/v1/levers", json={
        "levers": {"survey": 1 + n / 10}, "reason": f"try {n}"}) for n, client in enumerate([here, there] * 4)))
    assert {answer.status_code for answer in told} == {200}
    reasons = [change["reason"] for change in there.get("/v1/levers").json()["history"][before:]]
    assert sorted(reasons) == [f"try {n}" for n in range(8)]


def test_what_needs_the_tables_is_refused_by_the_service_that_has_none(there):
    answer = there.post("/v1/simulations", json={"drafts": [{"levers": {"survey": 1.1}}]})

    assert answer.status_code == 404
    assert answer.json()["detail"] == (
        "another service on this graph imported the data, and the tables are in its home")


def test_figures_say_that_they_leave_out_what_other_services_decided(here, there):
    """Each service counts in its own journal: a figure that did not say so would pass for the whole."""
    for client in (here, there):
        decide(client, "m4")
        said = soon(lambda client=client: client.get("/v1/holdouts/report").json()["left_out"])
        assert "other services" in said["en"]
        assert "其他服务" in said["zh"]


@pytest.mark.usefixtures("sites")
def test_another_secret_may_not_join(tmp_path, zhike, neo4j_server):
    (tmp_path / "secret").write_bytes(b"x" * 32)
    for words in (["init"], ["import", "online_retail"]):
        refused = zhike(tmp_path / "c", *words, ZHIKE_SECRET_FILE=str(tmp_path / "secret"),
                        ZHIKE_GRAPH=f"{neo4j_server.url}?namespace={NAMESPACE}")

        assert refused.returncode == 1
        assert "is not its secret" in refused.stderr
        assert not (tmp_path / "c" / "base.json").exists()


def test_whoever_is_erased_at_one_home_is_erased_at_the_others(sites, there, zhike, tmp_path):
    decided = decide(there, "m0")["decision"]["decision_id"]
    secret = str(sites[0].home / "secret")
    for words in (["init"], ["erase", "m0"]):
        done = zhike(tmp_path / "c", *words, ZHIKE_SECRET_FILE=secret)
        assert done.returncode == 0, done.stderr

    gone = soon(lambda: (found := there.get(f"/v1/decisions/{decided}")).status_code == 404 and found)
    assert "no decision has the id" in gone.json()["detail"]
    assert there.post("/v1/decisions", json={"customer_ids": ["m0"]}).status_code == 404


