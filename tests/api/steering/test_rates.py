"""Rates that are learned from outcomes: proposed or taken within bounds, decided under, named and replayed."""

import json
from dataclasses import replace

import pytest

from kb.errors import Conflict, NotFound
from kb.model.action import Holdout
from kb.model.rates import RatesMode, RatesPolicy
from ontology.vocabulary import ActionFamily, Channel
from rules.packs.pack import load_pack

PEOPLE = [str(number) for number in range(40)]
DAY = 86_400
AT_ONCE = RatesPolicy(mode=RatesMode.PROPOSE, window_days=0)


def decided(service, people=PEOPLE, **more):
    return service.deciding.decide(people, Channel.PHONE, {}, **more)["decisions"]


def answer(service, decisions, *outcomes, action="survey", at=None):
    for decision in decisions:
        for outcome in outcomes:
            service.recording.record_outcome(decision["decision_id"], action, outcome, "li", at=at)


def survey_of(decision):
    return next(action["factors"]["propensity"] for action in decision["actions"] if action["action_id"] == "survey")


@pytest.fixture
def taught(service):
    """Thirty of forty were shown the survey, and twenty of them took part; the policy proposes.

    The first decision is of one of the others: who was shown a survey is not asked again soon.
    """
    decisions = decided(service)
    answer(service, decisions[10:], "shown")
    answer(service, decisions[10:30], "accepted")
    service.learning.set_policy(AT_ONCE, "li")
    return decisions


def test_nothing_is_learned_and_nothing_named_before_a_manager_says_so(service):
    assert service.learning.listed()["policy"]["mode"] == "off"
    with pytest.raises(Conflict, match="learning from outcomes is off"):
        service.learning.learn("li")
    answered = service.deciding.decide(["1"], Channel.PHONE, {})
    assert (answered["rates"], answered["decisions"][0]["rates"]) == (None, None)


def test_a_proposed_state_waits_until_somebody_takes_it_and_is_named_and_replayed_then(service, taught):
    before = survey_of(taught[0])
    state = service.learning.learn("li")
    assert (state["number"], state["in_use"]) == (1, False)
    assert survey_of(decided(service)[0]) == before
    service.learning.use(1, "wang")
    [after] = decided(service, ["0"])
    told = survey_of(after)
    assert (after["rates"], told["source"], told["rates"], told["before"]) == (1, "measured", 1, before["value"])
    weight = state["policy"]["prior_weight"]
    measured = (weight * before["value"] + 20) / (weight + 30)
    assert told["value"] == pytest.approx(min(measured, 2 * before["value"]))
    for one in (after, taught[0]):
        assert service.deciding.replay(one["decision_id"])["equal"]


def test_within_bounds_a_state_is_taken_by_itself_and_what_the_bounds_cut_is_told(service, taught):
    prior = survey_of(taught[0])["value"]
    service.learning.set_policy(RatesPolicy(mode=RatesMode.WITHIN_BOUNDS, window_days=0, most_factor=1.1,
                                            prior_weight=1.0), "li")
    state = service.learning.learn("li")
    assert state["in_use"]
    assert [(rate["subject"], rate["cut"]) for rate in state["rates"]] == [("action", True), ("rule", True)]
    assert state["rates"][0]["value"] == pytest.approx(1.1 * prior)
    assert survey_of(decided(service)[0])["value"] == pytest.approx(1.1 * prior)


@pytest.mark.usefixtures("taught")
def test_a_decision_replays_under_its_own_rates_when_others_are_in_use_and_when_none_are(service):
    service.learning.learn("li")
    service.learning.use(1, "li")
    [first] = decided(service, ["0"])
    answer(service, decided(service, PEOPLE[1:9]), "shown")
    assert service.learning.learn("li")["number"] == 2
    service.learning.use(2, "li")
    [second] = decided(service, ["0"])
    assert survey_of(first)["value"] > survey_of(second)["value"]
    service.learning.set_policy(RatesPolicy(), "li", "a pause")
    [third] = decided(service, ["0"])
    assert [one["rates"] for one in (first, second, third)] == [1, 2, None]
    assert survey_of(third)["source"] == "prior"
    for one in (first, second, third):
        assert service.deciding.replay(one["decision_id"])["equal"]
    assert [(use["number"], use["by"]) for use in service.learning.listed()["uses"]] == [
        (1, "li"), (2, "li"), (0, "li")]


@pytest.mark.usefixtures("taught")
def test_until_their_window_is_over_showings_wait_and_the_refusal_says_how_many(service):
    service.learning.set_policy(RatesPolicy(mode=RatesMode.PROPOSE), "li")
    with pytest.raises(Conflict, match="of 30 the window of 14 days is not over"):
        service.learning.learn("li")
    state = service.learning.learn("li", service.base.description.moment.as_of + 15 * DAY)
    assert (state["waiting"], state["rates"][0]["accepted"], state["rates"][0]["ignored"]) == (0, 20, 10)


def test_an_answer_to_a_card_that_nobody_showed_is_told_and_not_counted(service):
    service.learning.set_policy(AT_ONCE, "li")
    decisions = decided(service)
    answer(service, decisions, "accepted")
    with pytest.raises(Conflict, match="of 40 cards an answer is on record but no showing"):
        service.learning.learn("li")


@pytest.mark.usefixtures("taught")
def test_why_not_decides_under_the_rates_in_use(service):
    service.learning.learn("li")
    service.learning.use(1, "li")
    [answered] = decided(service, ["1"])
    found = service.deciding.why_not("1", "survey")
    ranked = [action["action_id"] for action in answered["actions"]]
    assert found["place"] == ranked.index("survey") + 1
    assert [ahead["score"] for ahead in found["ahead"]] == [
        action["score"] for action in answered["actions"][:found["place"] - 1]]


@pytest.mark.usefixtures("taught")
def test_of_each_rule_it_is_told_for_whom_it_fired_and_what_came_of_it(service):
    rules = {one["rule_id"]: one for one in service.learning.rules()["rules"]}
    survey = next(one for one in rules.values() if one["accepted"])
    assert (survey["fired"], survey["shown"], survey["accepted"], survey["ignored"], survey["live"]) == (
        40, 30, 20, 10, True)
    assert survey["control"] is None
    assert all(one["shown"] == 0 for one in rules.values() if one is not survey)


def test_those_held_out_from_a_rule_are_counted_on_their_side(service):
    pack = load_pack()
    holdout = Holdout(name="spring", share=0.5, families=(ActionFamily.SURVEY,))
    service.base.curation.publish("eve", pack.actions, replace(pack.policy, holdouts=(holdout,)),
                                  check=service.releases.try_out)
    decisions = decided(service)
    drawn = [one for one in decisions if one["withheld"]]
    assert 0 < len(drawn) < len(PEOPLE)
    stored = service.base.journal.decision(drawn[0]["decision_id"])
    assert len(stored.withheld_rules) == 1
    assert service.deciding.replay(drawn[0]["decision_id"])["equal"]
    sides = [(one.rule_id, one.is_held_out) for one in service.base.journal.rule_customers()
             if one.rule_id == stored.withheld_rules[0]]
    assert sorted(out for _, out in sides) == sorted(one in drawn for one in decisions)
    [told] = [one for one in service.learning.rules()["rules"] if one["control"] is not None]
    assert (told["rule_id"], told["fired"]) == (stored.withheld_rules[0], len(PEOPLE))
    assert "too few to tell" in told["control"]["verdict"]["en"]


@pytest.mark.usefixtures("taught")
def test_once_a_day_rates_are_learned_by_themselves_where_the_policy_says_so(service):
    assert service.learning.learn_daily()["by"] == "policy"
    assert service.learning.learn_daily() is None
    tomorrow = service.base.description.moment.as_of + DAY
    answer(service, decided(service, PEOPLE[1:9]), "shown", at=tomorrow)
    assert service.learning.learn_daily()["number"] == 2
    service.learning.set_policy(RatesPolicy(), "li")
    assert service.learning.learn_daily() is None


@pytest.mark.usefixtures("taught")
def test_states_that_are_not_there_are_not_found(service):
    with pytest.raises(NotFound, match="no rates 9"):
        service.learning.use(9, "li")
    assert service.learning.listed()["states"] == []


def test_states_survive_the_service(opened):
    with opened() as service:
        decisions = decided(service)
        answer(service, decisions, "shown", "accepted")
        service.learning.set_policy(AT_ONCE, "li")
        service.learning.learn("li")
        service.learning.use(1, "li")
    with opened() as service:
        [again] = decided(service, ["0"])
        assert again["rates"] == 1
        assert [one["in_use"] for one in service.learning.listed()["states"]] == [True]


def test_the_calls_of_the_surface_and_who_may_use_them(server):
    manager, agent = server.client("manager"), server.client("agent")
    assert agent.get("/v1/rates").json()["policy"]["mode"] == "off"
    assert agent.put("/v1/rates/policy", json={"mode": "propose"}).status_code == 403
    assert manager.post("/v1/rates", json={}).status_code == 409
    for wrong in ({"mode": "always"}, {"mode": "propose", "most_factor": 0.5}, {"mode": "propose", "window_days": -1}):
        assert manager.put("/v1/rates/policy", json=wrong).status_code == 422
    assert manager.put("/v1/rates/policy", json={"mode": "within_bounds", "window_days": 0}).status_code == 200
    decisions = agent.post("/v1/decisions", json={"customer_ids": PEOPLE[:3]}).json()
    assert decisions["rates"] is None
    for decision in decisions["decisions"]:
        agent.post("/v1/outcomes", json={"decision_id": decision["decision_id"], "outcome": "shown",
                                         "action_id": decision["actions"][0]["action_id"]})
    made = manager.post("/v1/rates", json={})
    assert (made.status_code, made.json()["in_use"]) == (201, True)
    assert agent.get("/v1/rates/1").json() == made.json()
    assert agent.get("/v1/rates/2").status_code == 404
    assert sum(one["shown"] for one in agent.get("/v1/rates/rules").json()["rules"]) == 3
    assert agent.post("/v1/decisions", json={"customer_ids": ["1"]}).json()["rates"] == 1


def test_the_commands_set_learn_show_and_use(home, opened, zhike):
    with opened() as service:
        answer(service, decided(service), "shown", "accepted")
    told = zhike(home.path, "rates", "policy", "--mode", "propose", "--window-days", "0", "--by", "wang")
    assert "policy: propose; prior weight 50, window 0 days" in told.stdout, told.stderr
    learned = zhike(home.path, "rates", "learn", "--by", "wang")
    assert "not in use: zhike rates use 1" in learned.stdout, learned.stderr
    assert "in use" in zhike(home.path, "rates", "use", "1", "--by", "wang").stdout
    shown = json.loads(zhike(home.path, "rates", "show", "--json").stdout)
    assert (shown["number"], shown["in_use"], shown["rates"][0]["id"]) == (1, True, "survey")
    assert "yes" in zhike(home.path, "rates", "list").stdout
    assert "nobody is held out" in zhike(home.path, "rates", "rules").stdout
