"""Drafts of rules over HTTP, on pages and in a terminal: listed, compared, judged, published; nothing is dropped."""

import json
import re
from dataclasses import replace

import httpx
import pytest

from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import ChangedMeanwhile, Conflict, InvalidInput
from kb.model.action import Levers
from ontology.text import Text
from rules.packs.pack import load_pack
from tests.homes import take_in_file

RULE = next(rule for rule in load_pack().rules if rule.id == "new-customer")
CHANGED = replace(RULE, name=Text(zh="欢迎新客户（改）", en="Welcome, changed"))
FORM = {"hx-request": "true"}


def ids(changes, part, kind):
    return [one["id"] for one in changes[part][kind]]


def test_a_draft_of_a_live_rule_is_listed_compared_approved_and_changes_the_next_release(service, rule_file):
    before = {rule["id"] for rule in service.rules.listed()["rules"]}
    take_in_file(service.rules, rule_file(CHANGED), "chen")
    listed = service.rules.listed()
    assert ({rule["id"] for rule in listed["rules"]}, listed["waiting"]) == (before, 1)
    found = service.rules.one(RULE.id)
    assert (found["status"], found["name"]["en"], found["draft"]["author"]) == ("published", RULE.name.en, "chen")
    marked = [(line["mark"], line["text"]) for line in found["difference"]["zh"] if line["mark"] != "same"]
    assert ("added", f'名称：中文 "{CHANGED.name.zh}"；英文 "{CHANGED.name.en}"。') in marked
    with pytest.raises(InvalidInput, match="names the digest"):
        service.rules.review(RULE.id, "approve", "", "li")
    assert service.rules.review(RULE.id, "approve", "", "li", read=found["digest"])["status"] == "approved"
    changes = service.publishing.next()["changes"]
    assert (ids(changes, "rules", "changed"), ids(changes, "rules", "removed")) == ([RULE.id], [])
    assert service.publishing.publish("eve")["rules"] == len(before)


def test_publishing_with_a_draft_waiting_drops_no_live_rule(service, rule_file):
    """What happened once: the draft took the rule's place, and the next release was without either."""
    take_in_file(service.rules, rule_file(CHANGED), "chen")
    changes = service.publishing.next()["changes"]
    assert (ids(changes, "rules", "added"), ids(changes, "rules", "removed")) == ([], [])
    assert service.publishing.publish("eve")["rules"] == service.publishing.one(1)["rules"]


def test_a_live_rule_goes_only_where_that_is_confirmed_by_its_id(service):
    found = service.rules.one(RULE.id)
    service.rules.review(RULE.id, "retire", "no longer done", "li", read=found["digest"])
    planned = service.publishing.next()
    assert ids(planned["changes"], "rules", "removed") == [RULE.id]
    for confirmed in (Confirmed(), Confirmed(removes=("another",)), Confirmed(digest=planned["digest"])):
        with pytest.raises(Conflict, match=f"would remove live rules: .*{RULE.id}"):
            service.publishing.publish("eve", confirmed=confirmed)
    assert service.describing.describe()["release"] == 1
    service.publishing.publish("eve", confirmed=Confirmed(digest=planned["digest"], removes=(RULE.id,)))
    assert RULE.id not in {rule["id"] for rule in service.rules.listed()["rules"]}


def test_what_changed_after_it_was_shown_is_not_published(service, rule_file):
    planned = service.publishing.next()
    take_in_file(service.rules, rule_file(CHANGED), "chen", "li")
    with pytest.raises(ChangedMeanwhile, match="no longer what was shown") as told:
        service.publishing.publish("eve", confirmed=Confirmed(digest=planned["digest"]))
    assert service.publishing.publish("eve", confirmed=Confirmed(digest=told.value.digest))["number"] == 3


def test_a_draft_that_could_not_stand_beside_the_approved_rules_is_not_approved(service, rule_file):
    pack = {rule.id: rule for rule in load_pack().rules}
    concludes = replace(pack["attitude-unhappy"], id="mood", then=replace(pack["attitude-unhappy"].then, kind="mood"))
    tests = replace(pack["calm-before-campaign"], id="calm-mood", examples=(),
                    when=replace(pack["calm-before-campaign"].when,
                                 part=replace(pack["calm-before-campaign"].when.part, kind="mood")))
    take_in_file(service.rules, rule_file(concludes, tests), "chen")
    for name, is_sound in (("calm-mood", False), ("mood", True), ("calm-mood", True)):
        read = service.rules.one(name)["digest"]
        if is_sound:
            assert service.rules.review(name, "approve", "", "li", read=read)["status"] == "approved"
        else:
            with pytest.raises(InvalidInput, match="no rule concludes 'mood'"):
                service.rules.review(name, "approve", "", "li", read=read)


def test_the_findings_are_of_the_approved_rules_and_of_those_with_the_drafts(service, rule_file):
    before = service.rules.findings()
    useless = replace(RULE, id="welcome-again", examples=())
    take_in_file(service.rules, rule_file(useless), "chen")
    found = service.rules.findings()
    assert [finding for finding in before if finding not in found] == []
    assert {finding["rule_id"] for finding in found if finding not in before} & {"welcome-again", RULE.id}


def test_a_draft_is_tried_as_approved_in_what_if(service, rule_file):
    from api.use_cases.simulation.drafting import ReleaseDraft, draft_release

    take_in_file(service.rules, rule_file(CHANGED), "chen")
    tried = draft_release(ReleaseDraft(include=(RULE.id,)), service.base.curation, Levers(),
                          service.base.ontology.schema)
    assert next(rule for rule in tried.rules if rule.id == RULE.id).name == CHANGED.name


# Over HTTP, beside a running service

@pytest.fixture
def manager(server):
    with server.client("manager") as client:
        yield client


@pytest.fixture
def agent(server):
    with server.client("agent") as client:
        yield client


@pytest.fixture
def second(server):
    with server.client("second-manager") as client:
        yield client


def page_of(server, holder, language):
    return server.kept(httpx.Client(base_url=server.url, headers={"accept": "text/html"}, timeout=60,
                                    cookies={"zhike_key": server.keys[holder], "zhike_language": language}))


def brought(client, path):
    answer = client.post("/v1/rules/imports", params={"name": path.name}, content=path.read_bytes(),
                         headers={"content-type": "application/octet-stream"})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_the_calls_of_the_surface_and_who_may_use_them(agent, manager, second, rule_file):
    assert brought(manager, rule_file(CHANGED))["changed"] == [RULE.id]
    assert brought(manager, rule_file(CHANGED))["waiting"] == [RULE.id]
    assert [rule["id"] for rule in agent.get("/v1/rules", params={"status": "proposed"}).json()["rules"]] == [RULE.id]
    found = agent.get(f"/v1/rules/{RULE.id}").json()
    said = {"verdict": "approve", "digest": found["digest"]}
    assert agent.post(f"/v1/rules/{RULE.id}/review", json=said).status_code == 403
    assert manager.post(f"/v1/rules/{RULE.id}/review", json=said).status_code == 403, "their own"
    assert second.post(f"/v1/rules/{RULE.id}/review", json={"verdict": "approve"}).status_code == 422
    stale = second.post(f"/v1/rules/{RULE.id}/review", json=said | {"digest": "read-something-else"})
    assert (stale.status_code, stale.json()["digest"]) == (409, found["digest"])
    assert second.post(f"/v1/rules/{RULE.id}/review", json={"verdict": "reject"}).status_code == 422
    assert second.post(f"/v1/rules/{RULE.id}/review", json=said).json()["draft"] is None
    assert second.post(f"/v1/rules/{RULE.id}/review", json=said).status_code == 404
    assert agent.get("/v1/rules/no-such-rule").status_code == 404
    assert agent.get("/v1/rules/findings").json()["findings"] is not None
    wrong = manager.post("/v1/rules/imports", params={"name": "rules.txt"}, content=b"\xff\xfe",
                         headers={"content-type": "application/octet-stream"})
    assert (wrong.status_code, "rules.txt" in wrong.json()["detail"]) == (422, True)
    released = second.post("/v1/releases").json()
    assert (released["number"], released["live"]) == (3, True)
    same = second.post("/v1/releases")
    assert (same.status_code, "nothing to publish" in same.json()["detail"]) == (409, True)
    assert second.post("/v1/releases", json={"remove": []}).status_code == 422


def test_the_commands_work_beside_a_running_service_and_record_its_owner(server, zhike, rule_file, tmp_path):
    def told(*arguments, code=0):
        done = zhike(server.home, *arguments)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    path = rule_file(CHANGED, name="rules.xlsx")
    refused = told("rules", "import", str(path), "--approve-by", "li", code=1)
    assert "li approves with a key of their own" in refused
    assert f"changed, proposed: {RULE.id}" in told("rules", "import", str(path))
    assert f"{RULE.id}" in told("rules", "list", "--status", "proposed")
    shown = told("rules", "show", RULE.id, "--language", "zh")
    assert "+ 名称：中文" in shown
    assert "nobody is at the terminal" in told("rules", "approve", RULE.id, code=1)
    own = re.search(r"digest: (\S+)", shown)[1]
    assert "was proposed by 'owner-" in told("rules", "approve", RULE.id, "--digest", own, code=1)
    assert "is rejected" in told("rules", "reject", RULE.id, "--reason", "not now")
    exported = tmp_path / "out.csv"
    assert f"to {exported}" in told("rules", "export", str(exported))
    assert exported.read_bytes()
    assert json.loads(told("rules", "show", RULE.id, "--json"))["history"][0]["reason"] == "not now"
    told("rules", "retire", RULE.id, "--reason", "not done any more")
    refused = told("publish", code=1)
    assert f"this removes 1 live rules: {RULE.id}" in refused
    assert "--yes" in refused
    assert "release 3 is live" in told("publish", "--yes")


@pytest.mark.parametrize(("language", "words"), [
    ("zh", {"tab": "规则草稿", "approved": "已批准，发布后生效", "changed": "审核没有生效",
            "goes": "移除的现行规则（1）", "sure": "确认移除现行规则"}),
    ("en", {"tab": "Draft rules", "approved": "Approved; it takes effect", "changed": "your verdict was not taken",
            "goes": "Live rules that go (1)", "sure": "Yes, remove the live rule"}),
])
def test_the_pages_show_the_draft_take_a_verdict_on_what_was_read_and_confirm_what_goes(
        server, manager, rule_file, language, words):
    with page_of(server, "second-manager", language) as reader:
        assert "zhike rules import" in reader.get("/rules").text, "the empty state says where drafts come from"
        brought(manager, rule_file(CHANGED))
        inbox = reader.get("/knowledge").text
        assert re.search(rf'href="/rules"[^>]*>{words["tab"]} <span class="count">1</span>', inbox)
        shown = reader.get("/rules").text
        assert CHANGED.name.say(language) in shown
        assert "<ins>+ " in shown
        read = re.search(r'name="digest" value="([^"]+)"', shown)[1]
        brought(manager, rule_file(replace(CHANGED, name=Text(zh="再改", en="Changed again"))))
        late = reader.post(f"/rules/{RULE.id}/review", data={"verdict": "approve", "digest": read}, headers=FORM)
        assert late.status_code == 409
        assert words["changed"] in late.text
        assert "Changed again" in late.text
        now = re.search(r'name="digest" value="([^"]+)"', late.text)[1]
        done = reader.post(f"/rules/{RULE.id}/review", data={"verdict": "approve", "digest": now}, headers=FORM)
        assert words["approved"] in done.text
        page = reader.get(f"/rules/{RULE.id}").text
        gone = {"verdict": "retire", "reason": "!", "digest": re.search(r'name="digest" value="([^"]+)"', page)[1]}
        assert reader.post(f"/rules/{RULE.id}/review", data=gone, headers=FORM).status_code == 200
        planned = reader.get("/releases").text
        assert words["goes"] in planned
        assert words["sure"] in planned
        digest = re.search(r'name="digest" value="([^"]+)"', planned)[1]
        assert reader.post("/releases", data={"digest": digest}, headers=FORM).status_code == 409
        confirmed = {"digest": digest, "removes": RULE.id}
        assert reader.post("/releases", data=confirmed, headers=FORM).status_code == 303
