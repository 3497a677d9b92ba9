"""The contact policy in force, and what holding customers out shows, for whoever asks."""

import json
from dataclasses import replace

import pytest

from kb.model.action import Holdout
from ontology.vocabulary import ActionFamily, Channel
from rules.packs.pack import load_pack

PEOPLE = [str(number) for number in range(40)]
SPRING = Holdout(name="spring", share=0.5, families=(ActionFamily.SURVEY,))


@pytest.fixture
def held(service):
    """A live release that holds half of the customers out of surveys, and has decided for all."""
    pack = load_pack()
    service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(SPRING,)),
                                   check=service.releases.try_out)
    return service.deciding.decide(PEOPLE, Channel.PHONE, {})["decisions"]


def report(service):
    told = service.steering.holdout_report()
    assert told["left_out"] is None
    [found] = told["holdouts"]
    return found, {line["effect"]: line for line in found["figures"]}


def test_the_sides_are_those_whom_the_decisions_record_as_held_out_and_all_others(service, held):
    drawn = sum(answer["holdouts"] == ["spring"] for answer in held)
    found, lines = report(service)
    assert (found["name"], found["share"], found["families"], found["in_force"]) == ("spring", 0.5, ["survey"], True)
    assert (lines["conversion"]["held_out"]["customers"], lines["conversion"]["offered"]["customers"]) == (
        drawn, len(PEOPLE) - drawn)


def test_a_reported_conversion_counts_once_on_its_side(service, held):
    one = next(answer for answer in held if not answer["holdouts"])
    for action in one["actions"]:
        service.recording.record_outcome(one["decision_id"], action["action_id"], "converted", "eve")
    _, lines = report(service)
    assert (lines["conversion"]["offered"]["hits"], lines["conversion"]["held_out"]["hits"]) == (1, 0)


@pytest.mark.usefixtures("held")
def test_the_report_of_a_holdout_stays_when_it_is_no_longer_in_force(service):
    service.publishing.rollback(1, "eve")
    assert not report(service)[0]["in_force"]


def test_without_a_holdout_there_is_nothing_to_report(service):
    assert service.steering.holdout_report() == {"left_out": None, "holdouts": []}


def test_the_policy_in_force_is_that_of_the_live_release(service):
    policy = service.steering.contact_policy()
    assert policy["release"] == 1
    assert policy["live"] == policy["next"]
    assert {"days": 7, "most": 2, "family": None, "channel": "sms"} in policy["live"]["caps"]
    assert (policy["live"]["quiet_from"], policy["live"]["quiet_to"]) == (21, 8)


def test_whoever_has_a_key_may_read_both(server):
    for holder in ("agent", "system", "manager"):
        assert server.client(holder).get("/v1/contact-policy").json()["release"] == 1
        assert server.client(holder).get("/v1/holdouts/report").json() == {"left_out": None, "holdouts": []}
    assert server.client(None).get("/v1/holdouts/report").status_code == 401


def test_the_command_says_who_is_held_out(home, zhike, opened):
    assert "nobody is held out" in zhike(home.path, "holdouts").stdout
    with opened() as service:
        pack = load_pack()
        service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(SPRING,)),
                                       check=service.releases.try_out)
        service.deciding.decide(PEOPLE, Channel.PHONE, {})
    told = zhike(home.path, "holdouts").stdout
    assert "holdout spring: 50% of customers are offered nothing of survey; in force" in told
    assert "too few to tell" in told
    assert json.loads(zhike(home.path, "holdouts", "--json").stdout)["holdouts"][0]["customers"] == len(PEOPLE)
