"""What came of an action is recorded once, and what contradicts the record is refused."""

import pytest


@pytest.fixture
def decided(agent):
    """A decision that recommends something; each test asks anew and so has a decision of its own."""
    answer = agent.post("/v1/decisions", json={"customer_ids": ["1"]}).json()
    return answer["decisions"][0]


@pytest.fixture
def report(agent, decided):
    def post(outcome, **changed):
        first = decided["actions"][0]
        return agent.post("/v1/outcomes", json={"decision_id": decided["decision_id"],
                                                "action_id": first["action_id"], "outcome": outcome, **changed})

    return post


def test_an_outcome_is_recorded_once_and_acknowledged_every_time(report):
    answers = [report("accepted") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json()["recorded"] for answer in answers] == [True, False, False]


def test_converted_and_then_rejected_is_a_contradiction(report):
    assert report("converted").status_code == 200
    refused = report("rejected")
    assert refused.status_code == 409
    assert "converted" in refused.json()["detail"]


def test_a_decision_tells_what_came_of_it_and_who_said_so(report, decided, agent):
    report("shown")
    report("accepted")
    stored = agent.get(f"/v1/decisions/{decided['decision_id']}").json()
    assert [(told["outcome"], told["author"]) for told in stored["outcomes"]] == [
        ("shown", "agent"), ("accepted", "agent")]
    assert stored["customer_id"] == "1"
    assert stored["actions"] == decided["actions"]


@pytest.mark.parametrize("changed", [{"decision_id": "d-nobody"}, {"action_id": "win_a_car"}])
def test_an_outcome_of_what_was_never_recommended_is_not_found(report, changed):
    assert report("accepted", **changed).status_code == 404


def test_an_unknown_outcome_is_invalid_and_the_known_ones_are_named(report):
    refused = report("delighted")
    assert refused.status_code == 422
    assert "accepted" in refused.json()["detail"]
