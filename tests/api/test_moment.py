"""``moment`` asks about another instant: days, hour and what is seen are those of then, and a replay is equal."""

from datetime import UTC, datetime

import pytest

DAY = 86_400


@pytest.fixture
def ask(agent):
    def ask(customer, **said):
        return agent.post("/v1/decisions", json={"customer_ids": [customer], "include": ["facts"], **said})

    return ask


def signals(decision):
    return {row["values"]["signal"]: row["values"] for row in decision["facts"]["related"]["moment"]}


def base_moment(agent):
    said = agent.post("/v1/decisions", json={"customer_ids": ["1"]}).json()["as_of"]
    return int(datetime.fromisoformat(said).timestamp())


def told(instant):
    return datetime.fromtimestamp(instant, UTC).isoformat().replace("+00:00", "Z")


def test_hour_weekday_and_days_are_those_of_the_moment(agent, ask):
    now = base_moment(agent)
    first = ask("41").json()["decisions"][0]
    later = ask("41", moment=str(now + 3 * DAY + 3_600)).json()

    decided = later["decisions"][0]
    weekday = (signals(first)["weekday"]["number"] + 3 - 1) % 7 + 1
    assert decided["facts"]["as_of"] == now + 3 * DAY + 3_600
    assert signals(decided)["weekday"]["number"] in {weekday, weekday % 7 + 1}
    assert later["as_of"] == told(now + 3 * DAY + 3_600)


def test_a_decision_about_a_moment_is_computed_again_to_the_same_answer(agent, ask):
    now = base_moment(agent)
    decided = ask("43", moment=now + 5 * DAY).json()["decisions"][0]

    stored = agent.get(f"/v1/decisions/{decided['decision_id']}").json()
    assert stored["request"]["moment"] == now + 5 * DAY
    assert agent.post(f"/v1/decisions/{decided['decision_id']}/replay").json()["equal"]


def test_what_happened_after_the_moment_is_not_seen(agent, ask):
    now = base_moment(agent)
    agent.post("/v1/interactions", json={"interaction_id": "late-1", "customer_id": "47", "kind": "complaint",
                                         "at": now + 2 * DAY}).raise_for_status()

    def seen(moment):
        related = ask("47", moment=moment).json()["decisions"][0]["facts"]["related"]
        return {row["key"]: row["days_ago"] for row in related.get("interaction", ()) if row["key"] == "late-1"}

    assert seen(now + DAY) == {}
    assert seen(now + 3 * DAY) == {"late-1": 1}


@pytest.mark.parametrize("moment", ["9999-01-01T00:00:00Z", "1999-01-01", "-5", "soon", ""])
def test_a_moment_to_come_or_before_the_facts_or_that_is_none_is_refused(ask, moment):
    answer = ask("1", moment=moment)

    assert answer.status_code == 422
    assert "moment" in answer.text or "instant" in answer.text


def test_a_simulation_is_made_for_the_moment_that_is_asked(manager, agent):
    now = base_moment(agent)
    asked = {"drafts": [{"name": "then", "levers": {"survey": 1.1}}], "moment": now + 3 * DAY}
    answer = manager.post("/v1/simulations", json=asked).json()["simulations"][0]

    assert answer["request"]["moment"] == now + 3 * DAY
    assert answer["as_of"] == told(now + 3 * DAY)
