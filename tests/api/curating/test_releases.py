"""What publishing and rolling back change and end is said before; nothing new is no release."""

import re

import httpx
import pytest

from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import ChangedMeanwhile, Conflict
from kb.experiments.challenge import ChallengeMode
from ontology.vocabulary import ActionFamily


def test_publishing_without_a_change_is_refused_and_makes_no_release(service):
    service.publishing.publish("eve")  # the lever that release 2 has and the live release has not
    for is_aside in (False, True):
        with pytest.raises(Conflict, match="the live release 3 holds all that is approved") as told:
            service.publishing.publish("eve", aside=is_aside)
        assert "没有可发布的改动" in told.value.message_text.zh
    assert [release["number"] for release in service.publishing.listed()] == [3, 2, 1]
    assert service.publishing.next()["changes"]["none"]


def test_a_release_that_is_kept_aside_already_is_not_made_again(service):
    with pytest.raises(Conflict, match="release 2 is kept aside and says the same"):
        service.publishing.publish("eve", aside=True)
    service.steering.set_levers({ActionFamily.SURVEY: 2.0}, "li")
    assert service.publishing.publish("eve", aside=True)["number"] == 3


def test_what_a_rollback_changes_and_ends_is_told_before_and_confirmed(service):
    service.challenging.start(2, ChallengeMode.SHADOW, 0.0, "li")
    told = service.publishing.one(2)
    assert told["changes"]["levers"]
    assert told["ends_challenger"]["release"] == 2
    assert "挑战版本 2" in told["ends_challenger"]["says"]["zh"]
    for confirmed in (Confirmed(), Confirmed(ends_challenger=7), Confirmed(digest=told["digest"])):
        with pytest.raises(Conflict, match="would end a comparison that runs: challenger 2 with release 1"):
            service.publishing.rollback(2, "eve", confirmed)
    assert service.challenging.report()["running"]
    ended = service.publishing.rollback(2, "eve", Confirmed(digest=told["digest"], ends_challenger=2))
    assert "challenger_ended" in ended


def test_publishing_ends_a_challenge_only_where_that_is_confirmed(service):
    service.challenging.start(2, ChallengeMode.SHADOW, 0.0, "li")
    assert service.publishing.next()["ends_challenger"]["release"] == 2
    with pytest.raises(Conflict, match="would end a comparison"):
        service.publishing.publish("eve")
    assert (service.describing.describe()["release"], service.challenging.report()["running"]) == (1, True)
    service.publishing.publish("eve", confirmed=Confirmed(ends_challenger=2))
    assert not service.challenging.report()["running"]


def test_a_rollback_that_was_shown_against_another_live_release_is_refused(service):
    shown = service.publishing.one(2)["digest"]
    service.publishing.publish("wang")
    with pytest.raises(ChangedMeanwhile):
        service.publishing.rollback(2, "eve", Confirmed(digest=shown))
    assert service.describing.describe()["release"] == 3


def test_the_calls_tell_before_and_take_the_confirmation(server):
    with server.client("manager") as manager, server.client("agent") as agent:
        manager.post("/v1/challengers", json={"release": 2, "mode": "shadow"}).raise_for_status()
        planned = agent.get("/v1/releases/2").json()
        refused = manager.post("/v1/releases/2/rollback")
        assert (refused.status_code, "ends_challenger 2" in refused.json()["hint"]) == (409, True)
        assert agent.get("/v1/releases/9").status_code == 404
        assert manager.post("/v1/releases/2/rollback", json={"ends": 2}).status_code == 422
        done = manager.post("/v1/releases/2/rollback", json={"ends_challenger": 2, "digest": planned["digest"]})
        assert "the challenger, is live now" in done.json()["challenger_ended"]["en"]


def test_the_commands_say_what_changes_and_ask_with_yes(home, zhike):
    def told(*arguments, code=0):
        done = zhike(home.path, *arguments)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    told("challenger", "start", "2", "--shadow", "--by", "li")
    refused = told("rollback", "2", "--by", "eve", code=1)
    assert "the levers change" in refused
    assert "would end a comparison" in refused
    assert "--yes" in refused
    assert "the comparison has ended" in told("rollback", "2", "--by", "eve", "--yes")
    assert "there is nothing to publish" in told("publish", "--by", "eve", code=1)


@pytest.mark.parametrize(("language", "ends", "empty"), [
    ("zh", "这样会结束进行中的比较", "没有已批准而未发布的条目"),
    ("en", "would end a comparison that runs", "Nothing is approved and unpublished")])
def test_the_page_of_a_release_says_what_going_back_to_it_ends(server, language, ends, empty):
    with server.client("manager") as manager, httpx.Client(
            base_url=server.url, headers={"accept": "text/html"}, timeout=60,
            cookies={"zhike_key": server.keys["manager"], "zhike_language": language}) as reader:
        manager.post("/v1/challengers", json={"release": 2, "mode": "shadow"}).raise_for_status()
        page = reader.get("/releases/2").text
        assert ends in page
        digest = re.search(r'name="digest" value="([^"]+)"', page)[1]
        refused = reader.post("/releases/2/rollback", data={"digest": digest})
        assert (refused.status_code, ends in refused.text) == (409, True)
        said = {"digest": digest, "ends_challenger": "2"}
        assert reader.post("/releases/2/rollback", data=said).status_code == 303
        assert empty in reader.get("/releases").text
        assert 'action="/releases"' not in reader.get("/releases").text
