"""A complaint holds thanks and marketing back until it is resolved: by call, on the page, by command and by import."""

import json

import pytest

from api.composition import open_use_cases
from api.settings import Settings
from api.startup import create_for, open_service
from kb.home import Home
from ontology.vocabulary import Channel
from tests.homes import copy_home, open_base

MAPPING = """
[base]
name = { zh = "小店", en = "Corner shop" }
zone = "Asia/Shanghai"
currency = "CNY"
clock = "data"

[sources.sales]
format = "csv"
file = "SALES"

[sources.contacts]
format = "csv"
file = "CONTACTS"

[tables.order_lines]
source = "sales"

[tables.order_lines.columns]
customer_id = "member"
order_id = "order"
product_id = "product"
ordered_at = { column = "at", format = "%Y-%m-%d %H:%M" }
quantity = { constant = "1" }
amount = "amount"

[tables.interactions]
source = "contacts"

[tables.interactions.columns]
interaction_id = "id"
customer_id = "member"
kind = "kind"
at = { column = "at", format = "%Y-%m-%d %H:%M" }
case_id = "case"
resolved_at = { column = "resolved", format = "%Y-%m-%d %H:%M" }
"""
CONTACTS = "id,member,kind,at,case,resolved\n"
OPEN = """\
old,m1,complaint,2022-01-05 10:00,K-7,
long-ago,m3,visit,2020-01-05 10:00,,
closed,m2,complaint,2024-05-05 10:00,,2024-05-06 10:00
"""


def write(folder, contacts):
    """A shop of three members who stay away after thirty weeks, and what they said."""
    sales = folder / "sales.csv"
    lines = [f"m{member},{member}-{week},tea,2023-{1 + week // 4:02}-{1 + 7 * (week % 4):02} 10:30,40"
             for member in (1, 2, 3) for week in range(30)]
    sales.write_text("\n".join(["member,order,product,at,amount", *lines, "m3,last,tea,2024-06-30 18:00,40"]))
    (folder / "contacts.csv").write_text(CONTACTS + contacts)
    mapping = folder / "shop.toml"
    mapping.write_text(MAPPING.replace("SALES", str(sales)).replace("CONTACTS", str(folder / "contacts.csv")))
    return str(mapping)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cases")
    settings = Settings(home=folder / "home", engine_workers=0)
    mapping = write(folder, OPEN)
    create_for(settings, mapping)
    with open_service(settings) as service:
        service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
        service.rules.adopt_shipped("wang")
        service.publishing.publish("li")
    return settings.home


@pytest.fixture
def home(made, tmp_path):
    return copy_home(made, tmp_path / "home")


@pytest.fixture
def service(home):
    with open_use_cases(open_base(Home(home))) as opened:
        yield opened


NOW = 1_719_741_600  # 30 June 2024, 18:00 in Shanghai


def families(service, member):
    decided = service.deciding.decide([member], Channel.PHONE, {})["decisions"][0]
    return [action["family"] for action in decided["actions"]]


def test_an_old_complaint_holds_back_until_it_is_resolved_and_again_when_it_is_opened(service):
    assert families(service, "m1") == ["service_recovery"]
    assert "win_back" in families(service, "m2")

    told = service.recording.change_case("old", resolved=True, author="li", reason="refunded")

    assert told == {"case_id": "K-7", "customer_ids": ["m1"], "resolved": True, "recorded": True, "author": "li",
                    "at": "2024-06-30T10:00:00Z", "reason": "refunded"}
    assert "win_back" in families(service, "m1")
    assert service.recording.change_case("K-7", resolved=True, author="another")["recorded"] is False
    service.recording.change_case("K-7", resolved=False, author="li")
    assert families(service, "m1") == ["service_recovery"]


def test_a_decision_is_replayed_under_the_state_it_saw(service):
    before = service.deciding.decide(["m1"], Channel.PHONE, {})["decisions"][0]
    service.recording.change_case("K-7", resolved=True, author="li")
    assert service.deciding.replay(before["decision_id"])["equal"]


def test_the_map_shows_the_old_complaint_and_the_map_of_the_day_before_shows_it_open(service):
    def complaint(**past):
        return next(entry for entry in service.customers.knowledge_map("m1", **past)["operational"]
                    if entry["id"] == "interaction.old")

    assert (complaint()["case_id"], complaint()["resolved"]) == ("K-7", False)
    service.recording.change_case("K-7", resolved=True, author="li")
    assert complaint(as_of="2024-06-29")["resolved"] is False
    assert "interaction.old" not in [entry["id"] for entry in service.customers.knowledge_map("m1")["operational"]]


def test_an_import_that_says_so_resolves_it(service, tmp_path):
    mapping = write(tmp_path, OPEN.replace("K-7,\n", "K-7,2024-06-29 09:00\n"))
    service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
    assert "win_back" in families(service, "m1")


def test_posting_it_again_as_resolved_resolves_it(service):
    told = {"interaction_id": "p1", "customer_id": "m2", "kind": "complaint"}
    assert service.recording.record_interaction(told, "li")["recorded"]
    assert families(service, "m2") == ["service_recovery"]

    assert service.recording.record_interaction(told | {"resolved": True}, "li")["recorded"]

    assert "win_back" in families(service, "m2")
    assert not service.recording.record_interaction(told | {"resolved": True}, "li")["recorded"]


def test_what_is_too_old_for_the_facts_is_counted_by_the_import_and_told_on_the_map(service, tmp_path):
    again = service.ingestion.import_mapping(write(tmp_path, OPEN + "older,m3,visit,2019-01-05 10:00,,\n"), {},
                                   progress=lambda _: None)
    assert again["left_out"] == {"interaction": 2}
    (gap,) = service.customers.knowledge_map("m3")["gaps"]
    assert (gap["part"], gap["zh"]) == ("interactions", "365 天以前的 2 次互动没有列出：都已解决或无需解决。")
    assert service.customers.knowledge_map("m1")["gaps"] == []


def test_facts_of_an_earlier_version_are_computed_anew_when_the_base_is_opened(home):
    manifest = home / "facts" / "facts.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({name: value for name, value in told.items() if name != "form"}))
    (home / "facts" / "interaction.parquet").write_bytes(b"of another form")
    with open_use_cases(open_base(Home(home))) as service:
        assert families(service, "m1") == ["service_recovery"]
    assert json.loads(manifest.read_text()) == told


def test_by_call_by_command_and_on_the_page(home, serve_home, zhike):
    with serve_home(home) as server, server.client("agent") as agent:
        answer = agent.post("/v1/cases/K-7/resolve", json={"reason": "called back"})
        assert (answer.status_code, answer.json()["recorded"], answer.json()["author"]) == (200, True, "agent")
        assert agent.post("/v1/cases/K-7/resolve").json()["recorded"] is False
        assert agent.post("/v1/cases/nothing/reopen").status_code == 404
        assert agent.post("/v1/cases/K-7/reopen", json={"mood": "bad"}).status_code == 422
        visit = {"interaction_id": "v1", "customer_id": "m3", "kind": "visit", "resolved": True}
        assert agent.post("/v1/interactions", json=visit).status_code == 422

        done = zhike(home, "case", "reopen", "K-7", "--reason", "not yet")
        assert (done.returncode, done.stdout.strip()) == (0, "case K-7 is open"), done.stderr
        assert zhike(home, "case", "resolve", "nothing").returncode == 1

        for language, button, said in (("en", "Mark as resolved", "Case K-7 is resolved"),
                                       ("zh", "标为已解决", "工单 K-7 已解决")):
            agent.cookies.update({"zhike_language": language, "zhike_key": server.keys["agent"]})
            page = agent.get("/customers/m1", headers={"accept": "text/html"}).text
            assert ("365 天以前的" if language == "zh" else "Not listed") in agent.get(
                "/customers/m3", headers={"accept": "text/html"}).text
            assert button in page
            changed = agent.post("/customers/m1/cases", data={"case_id": "K-7", "resolved": "true"},
                                 headers={"hx-request": "true", "sec-fetch-site": "same-origin"})
            assert said in changed.text, changed.text
            agent.post("/v1/cases/K-7/reopen")


def test_a_low_score_on_any_scale_holds_back_until_a_better_one_is_told(service):
    def say(key, score, most, **when):
        told = {"interaction_id": key, "customer_id": "m2", "kind": "survey", "score": score, "score_max": most}
        service.recording.record_interaction(told | when, "li")
        return families(service, "m2")

    assert "win_back" in families(service, "m2")
    assert say("1", 4, 10, at=NOW - 30) == ["service_recovery"]
    assert say("2", 9, 10, at=NOW - 30) == ["service_recovery"]  # of two at one instant the lower counts
    assert "win_back" in say("3", 9, 10, at=NOW - 20)
    assert say("4", 1, 5, at=NOW - 10) == ["service_recovery"]
