"""A challenger in shadow is never served, on a share serves its own customers, and is compared with the live one."""

import threading
from dataclasses import replace

import pytest

from api.use_cases import shadow
from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import Conflict, InvalidInput, NotFound
from kb.experiments.challenge import ChallengeMode
from kb.graph.port import Statement
from kb.model.action import Cap, Holdout
from kb.model.condition import Exists, Op, Test
from kb.model.knowledge import KnowledgeItem
from kb.model.rule import Recommend, Rule
from ontology.text import Text
from ontology.vocabulary import (
    ActionFamily,
    Channel,
    KnowledgeStatus,
    OutcomeKind,
    PatternKind,
)
from rules.decision.decide import decide
from rules.packs.pack import load_pack

PEOPLE = [str(number) for number in range(40)]
SHADOW, SHARE = ChallengeMode.SHADOW, ChallengeMode.SHARE


def decided(service, people=PEOPLE):
    return service.deciding.decide(people, Channel.PHONE, {})["decisions"]


def plain(decisions):
    """The answers without their ids."""
    return [{name: value for name, value in answer.items() if name != "decision_id"} for answer in decisions]


def firsts(decisions):
    return {answer["customer_id"]: answer["actions"][0]["action_id"] for answer in decisions}


def report(service, answer, action_id, *outcomes):
    for outcome in outcomes:
        service.recording.record_outcome(answer["decision_id"], action_id, OutcomeKind(outcome), "li")


def line(told, family=None, measure="acceptance", basis="shown"):
    found, = (figure for figure in told["figures"]
              if (figure["family"], figure["measure"], figure["basis"]) == (family, measure, basis))
    return found


def sides(figure):
    return [(figure[side]["hits"], figure[side]["customers"]) for side in ("live", "challenger")]


# In shadow

def test_the_answers_are_the_same_with_a_shadow_and_without(service):
    before = plain(decided(service))
    service.challenging.start(2, SHADOW, 0.0, "li")
    assert plain(decided(service)) == before


def test_the_shadow_stands_beside_the_decision_and_can_be_replayed(service):
    service.challenging.start(2, SHADOW, 0.0, "li")
    [answer] = decided(service, ["1"])
    assert service.challenging.report()["followed"] == {"decisions": 1, "first_alike": 0}
    [beside] = service.deciding.decision(answer["decision_id"])["shadows"]
    assert (beside["release"], beside["actions"]) == (2, ["survey", "greeting"])
    assert [action["action_id"] for action in answer["actions"]] == ["greeting", "survey"]
    assert service.deciding.replay(beside["decision_id"]) == {
        "decision_id": beside["decision_id"], "release": 2, "equal": True, "differences": []}


def test_a_challenger_that_fails_fails_no_answer(service, monkeypatch, caplog):
    def fail(*_, **__):
        msg = "a fault of the challenger"
        raise RuntimeError(msg)

    monkeypatch.setattr(shadow, "decide", fail)
    service.challenging.start(2, SHADOW, 0.0, "li")
    assert len(decided(service)) == len(PEOPLE)
    assert service.challenging.report()["followed"]["decisions"] == 0
    assert "shadow failed" in caplog.text
    assert "a fault of the challenger" in caplog.text


def test_more_than_can_wait_is_not_followed_and_nobody_waits(service, monkeypatch):
    """The first request is followed however many it asks for; the thread that follows waits until all were asked."""
    asked = threading.Event()
    monkeypatch.setattr(shadow, "_MOST_WAITING", 3)
    monkeypatch.setattr(shadow, "decide", lambda *given, **named: asked.wait(30) and decide(*given, **named))
    service.challenging.start(2, SHADOW, 0.0, "li")
    assert [len(decided(service, people)) for people in (PEOPLE[:4], PEOPLE[4:5], PEOPLE[5:7])] == [4, 1, 2]
    asked.set()
    assert service.challenging.report()["followed"]["decisions"] == 4
    decided(service, PEOPLE[:1])
    assert service.challenging.report()["followed"]["decisions"] == 5


def test_what_waits_in_shadow_is_finished_when_the_service_ends(opened):
    with opened() as service:
        service.challenging.start(2, SHADOW, 0.0, "li")
        decided(service)
    with opened() as service:
        assert service.challenging.report()["followed"]["decisions"] == len(PEOPLE)


def test_in_shadow_cards_of_both_are_compared_with_cards_of_the_live_release_alone(service):
    """Both releases recommend the same cards here, in another order: every card counts for the challenger."""
    service.challenging.start(2, SHADOW, 0.0, "li")
    for number, answer in enumerate(decided(service)):
        report(service, answer, "survey", "shown", *(["accepted"] if number < 10 else []))
    told = service.challenging.report()
    assert sides(line(told, "survey")) == [(0, 0), (10, 40)]
    assert line(told, "survey")["verdict"]["en"] == "too few to tell: each side needs 30 customers"


# On a share

def test_on_a_share_the_same_customers_are_the_challengers_after_a_restart_too(opened):
    with opened() as service:
        service.challenging.start(2, SHARE, 0.5, "li")
        before = decided(service)
    with opened() as service:
        assert plain(decided(service)) == plain(before)
    releases = {answer["customer_id"]: answer["release"] for answer in before}
    assert set(releases.values()) == {1, 2}
    assert {name: "survey" if releases[name] == 2 or int(name) % 2 == 0 else "greeting"
            for name in PEOPLE} == firsts(before)


def test_a_decision_of_the_challenger_replays_under_its_release(service):
    service.challenging.start(2, SHARE, 0.5, "li")
    for answer in decided(service):
        replayed = service.deciding.replay(answer["decision_id"])
        assert (replayed["release"], replayed["differences"]) == (answer["release"], [])


def test_decisions_of_before_a_challenge_replay_and_do_not_count(service):
    [before] = decided(service, ["1"])
    report(service, before, "survey", "accepted")
    service.challenging.start(2, SHARE, 0.5, "li")
    assert service.deciding.replay(before["decision_id"])["equal"]
    told = service.challenging.report()
    assert told["decided"] == [{"release": number, "decisions": 0, "customers": 0} for number in (1, 2)]
    assert sides(line(told)) == [(0, 0), (0, 0)]


def test_the_report_counts_customers_per_release_and_family(service):
    service.challenging.start(2, SHARE, 0.5, "li")
    answers = decided(service) + decided(service, PEOPLE[:3])
    by_release = {number: [answer for answer in answers[:40] if answer["release"] == number] for number in (1, 2)}
    for number, accepting in ((1, 2), (2, 5)):
        for answer in by_release[number]:
            report(service, answer, "survey", "shown")
        for answer in by_release[number][:accepting]:
            report(service, answer, "survey", "accepted", "converted")
    told = service.challenging.report()
    sizes = [len(by_release[number]) for number in (1, 2)]
    assert [(row["release"], row["customers"]) for row in told["decided"]] == [(1, sizes[0]), (2, sizes[1])]
    assert sum(row["decisions"] for row in told["decided"]) == 43
    for measure in ("acceptance", "conversion"):
        for found in (line(told, "survey", measure), line(told, None, measure), line(told, None, measure, "decided")):
            assert sides(found) == [(2, sizes[0]), (5, sizes[1])]
            assert found["difference"] == pytest.approx(5 / sizes[1] - 2 / sizes[0])
            assert found["interval"][0] < found["difference"] < found["interval"][1]


def test_why_not_speaks_of_the_release_that_decides_for_the_customer(service):
    service.challenging.start(2, SHARE, 0.5, "li")
    for answer in decided(service, PEOPLE[:6]):
        assert service.deciding.why_not(answer["customer_id"], "win_back")["release"] == answer["release"]


# Knowledge that only the challenger has

@pytest.fixture
def insight(service):
    """A segment that holds for everybody, with a rule; release 3, kept aside, has them and the live one has not."""
    base = service.base
    item = KnowledgeItem(
        id="seg-1", kind=base.ontology.schema.kinds[PatternKind.SEGMENT], pattern_kind=PatternKind.SEGMENT,
        status=KnowledgeStatus.PROPOSED, statement=Text(zh="常客", en="regulars"), strength=0.5,
        valid_from=0, recorded_at=0, author="li")
    rule = Rule(id="regulars", name=item.statement, rests_on=("seg-1",), author="li", propensity=1.0, value=9_999.0,
                when=Exists(fact="knowledge", alias="k", where=Test(property="item", op=Op.EQ, operand="seg-1")),
                then=Recommend(action="care_best"))
    base.curation.propose([item], [rule])
    base.graph.write([Statement("MATCH (c:Customer), (i:KnowledgeItem) CREATE (c)-[:HOLDS "
                                "{score: 1.0, since: 0}]->(i)", {})])
    base.curation.approve("seg-1", "wang", "seen")
    return service.publishing.publish("eve", aside=True)


def test_a_release_kept_aside_is_not_served(service, insight):
    assert (insight["number"], insight["live"]) == (3, False)
    assert [(release["number"], release["live"]) for release in service.publishing.listed()] == [
        (3, False), (2, False), (1, True)]
    assert {answer["release"] for answer in decided(service)} == {1}
    assert service.publishing.rollback(3, "eve")["live"]
    assert set(firsts(decided(service)).values()) == {"care_best"}


def test_a_challenger_knows_its_own_knowledge_and_the_live_release_none_of_it(service, insight):
    before = decided(service)
    service.challenging.start(insight["number"], SHADOW, 0.0, "li")
    with_shadow = decided(service)
    assert plain(with_shadow) == plain(before)
    service.challenging.report()
    assert {service.deciding.decision(answer["decision_id"])["shadows"][0]["actions"][0] for answer in with_shadow} == {
        "care_best"}
    service.challenging.stop("li")
    service.challenging.start(insight["number"], SHARE, 0.5, "li")
    shared = decided(service)
    assert {(answer["release"], answer["actions"][0]["action_id"] == "care_best") for answer in shared} == {
        (1, False), (3, True)}
    assert all(service.deciding.replay(answer["decision_id"])["equal"] for answer in [*with_shadow, *shared])


# Replays of earlier releases

def test_decisions_replay_under_the_policy_levers_and_holdout_of_their_release(service):
    pack, base = load_pack(), service.base
    held = replace(pack.policy, quiet_from=1, quiet_to=23, caps=(Cap(days=7, most=1, family=ActionFamily.GREETING),),
                   holdouts=(Holdout(name="spring", share=0.5, families=(ActionFamily.SURVEY,)),))
    answers = decided(service)
    service.publishing.rollback(2, "eve")
    answers += decided(service)
    base.curation.publish("eve", pack.actions, held, check=service.releases.try_out)
    for answer in answers[:20]:
        report(service, answer, answer["actions"][0]["action_id"], "shown", "rejected")
    third = decided(service) + service.deciding.decide(PEOPLE, Channel.SMS, {})["decisions"]
    service.publishing.publish("eve")
    replayed = [service.deciding.replay(answer["decision_id"]) for answer in [*answers, *third]]
    assert [one["differences"] for one in replayed] == [[]] * 160
    assert [one["release"] for one in replayed] == [1] * 40 + [2] * 40 + [3] * 80
    assert {tuple(answer["holdouts"]) for answer in third} == {(), ("spring",)}
    assert {name for answer in third if answer["holdouts"] for name in answer["withheld"]} == {"survey"}
    assert any("reason" in action["window"] for answer in third for action in answer["actions"])


# Its life

ENDING = Confirmed(ends_challenger=2)


def test_a_challenger_that_equals_the_live_release_is_refused(service):
    with pytest.raises(Conflict, match="release 1 is the live one"):
        service.challenging.start(1, SHADOW, 0.0, "li")
    again = service.publishing.publish("eve")["number"]  # the lever of release 2
    with pytest.raises(Conflict, match="says the same as the live release 3"):
        service.challenging.start(2, SHADOW, 0.0, "li")
    assert again == 3


@pytest.mark.parametrize(("release", "mode", "share", "fault"), [
    (9, SHADOW, 0.0, NotFound), (2, SHARE, 0.0, InvalidInput), (2, SHADOW, 0.2, InvalidInput),
])
def test_a_challenge_that_cannot_be_is_refused_and_none_runs(service, release, mode, share, fault):
    with pytest.raises(fault):
        service.challenging.start(release, mode, share, "li")
    with pytest.raises(NotFound):
        service.challenging.stop("li")


def test_one_challenge_at_a_time(service):
    service.challenging.start(2, SHARE, 0.1, "li")
    with pytest.raises(Conflict, match="release 2 challenges release 1 already"):
        service.challenging.start(2, SHADOW, 0.0, "li")


def test_after_the_end_the_live_release_decides_for_all_and_the_report_stays(service):
    service.challenging.start(2, SHARE, 0.5, "li")
    first = decided(service)
    assert not service.challenging.stop("wang")["running"]
    assert {answer["release"] for answer in decided(service)} == {1}
    report(service, first[0], "survey", "accepted")
    told = service.challenging.report()
    assert (told["ended_by"], told["ended_why"]["zh"]) == ("wang", "由 wang 停止")
    assert sum(row["decisions"] for row in told["decided"]) == len(PEOPLE)
    assert sum(hits for hits, _ in sides(line(told, "survey"))) == 1


@pytest.mark.parametrize(("act", "word"), [
    (lambda service: service.publishing.rollback(2, "wang", ENDING), "release 2, the challenger, is live now"),
    (lambda service: service.publishing.publish("wang", confirmed=ENDING),
     "release 3 is live now: the comparison of challenger 2 with 1 has ended"),
])
def test_another_live_release_ends_the_challenge_with_a_word(service, act, word):
    service.challenging.start(2, SHARE, 0.5, "li")
    assert word in act(service)["challenger_ended"]["en"]
    told = service.challenging.report()
    assert (told["running"], told["ended_by"]) == (False, "wang")
    assert word in told["ended_why"]["en"]
    assert len({answer["release"] for answer in decided(service)}) == 1


def test_serving_the_live_release_again_ends_nothing(service):
    service.challenging.start(2, SHADOW, 0.0, "li")
    assert "challenger_ended" not in service.publishing.rollback(1, "wang")
    assert service.challenging.report()["running"]


def test_a_challenge_that_a_kill_left_open_is_ended_when_it_is_read(service):
    service.challenging.start(2, SHARE, 0.5, "li")
    service.base.curation.rollback(2, "wang")
    assert {answer["release"] for answer in decided(service)} == {2}
    assert not service.challenging.report()["running"]


# The surface

def test_the_calls_of_the_surface_and_who_may_use_them(server):
    manager, agent = server.client("manager"), server.client("agent")
    body = {"release": 2, "mode": "share", "share": 0.5}
    assert agent.post("/v1/challengers", json=body).status_code == 403
    assert agent.get("/v1/challengers/report").status_code == 404
    begun = manager.post("/v1/challengers", json=body)
    assert (begun.status_code, begun.json()["running"], begun.json()["started_by"]) == (201, True, "manager")
    assert manager.post("/v1/challengers", json=body).status_code == 409
    answers = agent.post("/v1/decisions", json={"customer_ids": PEOPLE}).json()["decisions"]
    assert {answer["release"] for answer in answers} == {1, 2}
    told = agent.get("/v1/challengers/report").json()
    assert sum(row["decisions"] for row in told["decided"]) == len(PEOPLE)
    assert agent.delete("/v1/challengers").status_code == 403
    assert manager.delete("/v1/challengers").json()["ended_why"]["en"] == "stopped by manager"
    assert manager.delete("/v1/challengers").status_code == 404


def test_a_body_that_makes_no_challenge_is_invalid(server):
    manager = server.client("manager")
    for body in ({"release": 2}, {"release": 2, "mode": "share"}, {"release": 2, "mode": "share", "share": 1.0},
                 {"release": 2, "mode": "shadow", "share": 0.1}, {"release": 0, "mode": "shadow"},
                 {"release": 2, "mode": "duel"}):
        assert manager.post("/v1/challengers", json=body).status_code == 422


def test_the_commands_tell_the_same(home, zhike):
    begun = zhike(home.path, "challenger", "start", "2", "--share", "0.25", "--by", "li")
    assert "release 2 challenges release 1 on 25% of customers" in begun.stdout, begun.stderr
    assert "too few to tell" in zhike(home.path, "challenger", "report").stdout
    assert "the comparison has ended" in zhike(home.path, "rollback", "2", "--by", "li", "--yes").stdout
    assert "no release challenges" in zhike(home.path, "challenger", "stop").stderr
    assert zhike(home.path, "challenger", "start", "2").returncode == 2


def test_the_commands_speak_to_the_service_that_holds_the_base(server, zhike):
    begun = zhike(server.home, "challenger", "start", "2", "--shadow")
    assert "release 2 challenges release 1 in shadow" in begun.stdout, begun.stderr
    assert "release 1 is live" in zhike(server.home, "rollback", "1").stdout
    assert "followed: 0 decisions" in zhike(server.home, "challenger", "report").stdout
    assert "stopped by" in zhike(server.home, "challenger", "stop").stdout
    assert "next release: survey 100" in zhike(server.home, "levers", "set", "care=1").stdout
