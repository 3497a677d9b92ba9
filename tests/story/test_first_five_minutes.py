"""The story that the demo prints, over HTTP, in its order: each test is the next page of it.

The tests share one service and must run in the order of the file.
"""

import pytest

COMPLAINT = {"interaction_id": "call-0001", "kind": "complaint", "channel": "phone", "topic": "delivery",
             "text": "送来的牛奶坏了"}


@pytest.fixture(scope="module")
def agent(demo_server):
    with demo_server.client("agent") as client:
        yield client


@pytest.fixture(scope="module")
def manager(demo_server):
    with demo_server.client("manager") as client:
        yield client


@pytest.fixture(scope="module")
def second_manager(demo_server):
    with demo_server.client("second-manager") as client:
        yield client


@pytest.fixture(scope="module")
def told():
    """What earlier pages leave to later ones."""
    return {}


def decide(client, *customer_ids, **asked):
    answer = client.post("/v1/decisions", json={"customer_ids": customer_ids, "channel": "phone", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def cards(decision):
    """An answer without what is new in each: ids and the moment up to which events were read."""
    return [(action["action_id"], action["arguments"], [reason["rule_id"] for reason in action["reasons"]])
            for action in decision["actions"]]


def test_an_agent_opens_a_household_and_sees_why(agent, told):
    [found] = agent.get("/v1/customers", params={"q": "2351", "limit": 1}).json()["customers"]
    answer = decide(agent, found["customer_id"])
    [decision] = answer["decisions"]
    told |= {"customer": found["customer_id"], "first": decision}
    assert answer["release"] == 1
    assert answer["as_of"] == "2018-01-01T04:01:20Z"
    for action in decision["actions"]:
        assert set(action["factors"]) >= {"propensity", "context", "value", "lever"}
        assert all(reason["sentence"]["zh"] and reason["sentence"]["en"] for reason in action["reasons"])


def test_the_map_has_all_three_kinds_of_knowledge(agent, told):
    shown = agent.get(f"/v1/customers/{told['customer']}/knowledge-map").json()
    assert shown["information"]
    assert shown["operational"]
    assert shown["hidden"]


def test_a_service_recovery_is_not_recommended_because_no_complaint_is_on_record(agent, told):
    answer = agent.get(f"/v1/customers/{told['customer']}/why-not", params={"action_id": "service_recovery"}).json()
    assert "no complaint on record" in answer["verdict"]["en"]
    assert "投诉" in answer["verdict"]["zh"]
    assert answer["rules"]
    assert not any(rule["met"] for rule in answer["rules"])


def test_a_complaint_is_recorded_once_however_often_it_is_posted(agent, told):
    posts = [agent.post("/v1/interactions", json={**COMPLAINT, "customer_id": told["customer"]}) for _ in range(3)]
    assert [post.status_code for post in posts] == [200, 200, 200]
    assert [post.json()["recorded"] for post in posts] == [True, False, False]


def test_after_the_complaint_service_recovery_comes_first_and_says_so(agent, told):
    [decision] = decide(agent, told["customer"])["decisions"]
    first = decision["actions"][0]
    assert first["action_id"] == "service_recovery"
    assert "complaint" in first["reasons"][0]["sentence"]["en"]
    assert "投诉" in first["reasons"][0]["sentence"]["zh"]
    assert cards(decision) != cards(told["first"])
    assert decision["last_event"] > told["first"]["last_event"]


def test_the_inbox_holds_at_least_five_patterns_and_what_the_gate_refused(manager, told):
    inbox = manager.get("/v1/knowledge", params={"status": "proposed", "limit": 500}).json()["items"]
    refusals = manager.get("/v1/refusals").json()["refusals"]
    told["pending"] = [item for item in inbox if item["pattern_kind"] == "offer"]
    assert len(inbox) >= 5
    assert refusals
    assert all(refusal["reason"]["zh"] and refusal["reason"]["en"] for refusal in refusals)


def test_a_belief_of_the_trade_that_the_data_refutes_is_shown_as_contradicted(manager):
    beliefs = manager.get("/v1/knowledge", params={"kind": "belief", "limit": 50}).json()["items"]
    assert "contradicted" in {belief["standing"] for belief in beliefs}


def test_an_agent_may_neither_approve_nor_publish(agent, told):
    item = told["pending"][0]["id"]
    assert agent.post(f"/v1/knowledge/{item}/review", json={"verdict": "approve"}).status_code == 403
    assert agent.post("/v1/releases").status_code == 403
    assert agent.post("/v1/releases/1/rollback").status_code == 403


def test_nobody_approves_what_is_their_own(manager, second_manager):
    proposed = manager.post("/v1/knowledge", json={
        "statement_zh": "周末来的顾客愿意试吃", "statement_en": "Weekend customers like to taste"}).json()
    digest = manager.get(f"/v1/knowledge/{proposed['id']}").json()["digest"]
    own = manager.post(f"/v1/knowledge/{proposed['id']}/review", json={"verdict": "approve", "digest": digest})
    other = second_manager.post(f"/v1/knowledge/{proposed['id']}/review",
                                json={"verdict": "reject", "reason": "too general"})
    assert own.status_code == 403
    assert other.json()["status"] == "rejected"


def test_a_manager_approves_and_a_second_one_publishes_the_next_release(manager, second_manager, told):
    for item in told["pending"]:
        digest = manager.get(f"/v1/knowledge/{item['id']}").json()["digest"]
        answer = manager.post(f"/v1/knowledge/{item['id']}/review",
                              json={"verdict": "approve", "reason": "plausible", "digest": digest})
        assert answer.json()["status"] == "approved"
        assert answer.json()["approver"] == "manager"
    release = second_manager.post("/v1/releases").json()
    assert release["number"] == 2
    assert release["publisher"] == "second-manager"
    assert release["live"]
    assert release["rules"] > told.setdefault("releases", manager.get("/v1/releases").json()["releases"])[-1]["rules"]


def test_some_customers_cards_change_with_the_release_and_name_the_new_knowledge(agent, told):
    found = agent.get("/v1/customers", params={"q": "", "limit": 100}).json()["customers"]
    fresh = {item["id"] for item in told["pending"]}
    answers = decide(agent, *(customer["customer_id"] for customer in found))
    named = {evidence["id"] for decision in answers["decisions"] for action in decision["actions"]
             for reason in action["reasons"] for evidence in reason["knowledge"]}
    assert answers["release"] == 2
    assert named & fresh


def test_the_first_decision_replayed_is_equal_under_its_release(agent, told):
    replayed = agent.post(f"/v1/decisions/{told['first']['decision_id']}/replay").json()
    assert replayed["equal"], replayed["differences"]
    assert replayed["release"] == 1


def test_a_rollback_serves_the_first_release_again(manager, agent, told):
    answer = manager.post("/v1/releases/1/rollback").json()
    assert (answer["number"], answer["live"]) == (1, True)
    assert decide(agent, told["customer"])["release"] == 1
    listed = {release["number"]: release["live"] for release in manager.get("/v1/releases").json()["releases"]}
    assert listed == {1: True, 2: False}
