"""The whole base at once: everybody gets an answer, and most of them one that rests on mined knowledge."""

import re

import pytest

CUSTOMERS = 2_469


@pytest.fixture(scope="module")
def summary(http):
    """What would be said to each of them if they called."""
    return http("manager").post("/v1/decisions/all", params={"direction": "inbound"}).json()


def test_every_customer_gets_an_answer(summary):
    assert summary["customers"] == CUSTOMERS
    assert sum(row["customers"] for row in summary["statuses"]) == CUSTOMERS


def test_no_answer_is_empty_without_saying_why(summary):
    assert summary["unexplained"] == 0


def test_four_customers_of_five_get_at_least_one_mined_reason(summary):
    assert summary["with_mined_reason"] / CUSTOMERS == summary["mined_share"] >= 0.8


def test_first_actions_come_from_at_least_four_families(summary):
    families = [row["first action"] for row in summary["families"] if row["first action"] != "fallback"]
    assert len(set(families)) >= 4


def test_the_answers_themselves_say_what_the_summary_counts(http, published):
    """A hundred answers read one by one."""
    agent = http("agent")
    found = agent.get("/v1/customers", params={"q": "", "limit": 100}).json()["customers"]
    asked = [customer["customer_id"] for customer in found]
    answers = agent.post("/v1/decisions", json={"customer_ids": asked}).json()["decisions"]
    assert [answer["customer_id"] for answer in answers] == asked
    for answer in answers:
        assert answer["actions"] or answer["why_none"]["zh"]
        assert answer["status"] != "fallback" or answer["ask_next"]
        assert [action["score"] for action in answer["actions"]] == sorted(
            (action["score"] for action in answer["actions"]), reverse=True)
        assert {evidence["id"] for action in answer["actions"] for reason in action["reasons"]
                for evidence in reason["knowledge"]} <= published.keys()


def test_the_demo_prints_the_shares_the_moment_and_the_time_of_each_stage(told_demo):
    printed = told_demo.printed
    assert "2469 customers" in printed
    assert re.search(r"with a mined reason: \d+ \(\d+(\.\d)?%\); empty without saying why: 0", printed)
    for stage in ("import", "mine", "approve and publish", "decide"):
        assert re.search(rf"{stage}: \d+\.\d s", printed)
    assert "2017-12-31 23:01 America/New_York" in printed


def test_the_demo_names_three_customers_worth_opening_and_the_keys_of_this_run(told_demo):
    worth = told_demo.printed.partition("worth opening")[2].partition("The moment")[0]
    assert len(re.findall(r"^\d+ ", worth, re.MULTILINE)) == 3
    assert re.findall(r"zk_(\w+?)_", told_demo.printed) == ["agent", "manager", "manager", "system"]
