"""A manager's levers stand with the base, weigh in the next release, and leave the live one alone."""

import json

import pytest

from kb.errors import InvalidInput
from ontology.vocabulary import ActionFamily, Channel


def test_a_lever_changes_no_answer_before_the_next_release_and_weighs_in_it(service):
    service.publishing.rollback(2, "eve")
    [before] = service.deciding.decide(["1"], Channel.PHONE, {})["decisions"]
    service.steering.set_levers({ActionFamily.SURVEY: 1.0, ActionFamily.GREETING: 2.0}, "li")
    [meanwhile] = service.deciding.decide(["1"], Channel.PHONE, {})["decisions"]
    assert meanwhile["actions"] == before["actions"]
    assert service.steering.levers()["live"] == {"survey": 100.0}
    assert service.publishing.publish("eve")["levers"] == {"greeting": 2.0}
    [after] = service.deciding.decide(["1"], Channel.PHONE, {})["decisions"]
    assert [(action["action_id"], action["factors"]["lever"]) for action in after["actions"]] == [
        ("greeting", 2.0), ("survey", 1.0)]
    assert service.deciding.replay(before["decision_id"])["equal"]


def test_who_set_a_lever_is_told(service):
    assert [(change["family"], change["weight"], change["by"]) for change in service.steering.levers()["history"]] == [
        ("survey", 100.0, "li")]


def test_a_negative_lever_is_refused(service):
    with pytest.raises(InvalidInput, match="survey=-1"):
        service.steering.set_levers({ActionFamily.SURVEY: -1.0}, "li")


def test_why_a_lever_was_set_is_told(service):
    service.steering.set_levers({ActionFamily.CARE: 2.0}, "wang", "a quarter of care")
    assert [(change["by"], change["reason"]) for change in service.steering.levers()["history"]] == [
        ("li", ""), ("wang", "a quarter of care")]


def test_a_share_of_exploration_draws_from_the_next_release_on_and_replays(service):
    people = [str(number) for number in range(40)]
    before = service.deciding.decide(people, Channel.PHONE, {}, 1)["decisions"]
    service.steering.set_levers({}, "li", exploration={ActionFamily.GREETING: 0.2, ActionFamily.SURVEY: 0.2})
    meanwhile = service.deciding.decide(people, Channel.PHONE, {}, 1)["decisions"]
    assert {action["shown_probability"] for one in before + meanwhile for action in one["actions"]} == {1.0}
    assert service.publishing.publish("eve")["exploration"] == {"greeting": 0.2, "survey": 0.2}
    after = service.deciding.decide(people, Channel.PHONE, {}, 1)["decisions"]
    drawn = [one for one in after if one["actions"][0]["explored"]]
    assert 0 < len(drawn) < len(people)
    assert min(action["shown_probability"] for one in drawn for action in one["actions"]) == pytest.approx(0.2)
    for one in (*before[:2], *drawn):
        assert service.deciding.replay(one["decision_id"])["equal"]


def test_the_calls_of_the_surface_and_who_may_use_them(server):
    manager, agent = server.client("manager"), server.client("agent")
    assert agent.post("/v1/levers", json={"levers": {"care": 2}}).status_code == 403
    assert manager.post("/v1/levers", json={"levers": {"care": 2}}).json()["next"] == {"care": 2.0, "survey": 100.0}
    assert agent.get("/v1/levers").json()["live"] == {}
    told = manager.post("/v1/levers", json={"exploration": {"care": 0.1}}).json()
    assert told["exploration"] == {"live": {}, "next": {"care": 0.1}}
    assert manager.post("/v1/levers", json={"exploration": {"care": 0.21}}).status_code == 422
    for wrong in ({"care": -1}, {"luck": 1}, {}):
        assert manager.post("/v1/levers", json={"levers": wrong}).status_code == 422


def test_the_commands_set_and_show(home, zhike):
    told = zhike(home.path, "levers", "set", "care=1.2", "survey=1", "--by", "wang")
    assert "next release: care 1.2" in told.stdout, told.stderr
    shown = json.loads(zhike(home.path, "levers", "show", "--json").stdout)
    assert (shown["live"], shown["next"], shown["history"][-1]["by"]) == ({}, {"care": 1.2}, "wang")
    assert zhike(home.path, "levers", "set", "luck=2").returncode == 2
    told = zhike(home.path, "levers", "set", "--explore", "care=0.1", "--by", "wang")
    assert "next release: care 1.2; explored: care 10%" in told.stdout, told.stderr
