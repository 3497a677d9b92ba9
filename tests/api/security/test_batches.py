"""Several customers at once: each has an answer or a fault of its own, and nobody is taken to have called."""

import json

import pytest

from kb.home import Home
from ontology.vocabulary import Purpose
from rules.packs.pack import load_pack

DECISIONS = "/v1/decisions"
MARKETING = {action.family.value for action in load_pack().actions if action.purpose is Purpose.MARKETING}


def asked(agent, ids, **more):
    answer = agent.post(DECISIONS, json={"customer_ids": ids, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("ids", [
    ["m1", "nobody", "m7"], ["nobody", "m1"], ["m1", "", "m7", "  "], ["m7", "nobody", "m1", "nobody", "m7"],
    ["nobody", "nobody else"], ["m1", "m7"]])
def test_each_customer_has_an_answer_or_a_fault_in_the_order_asked(agent, ids):
    """Who is named twice is answered once."""
    answer = asked(agent, ids)
    known = [one for one in dict.fromkeys(ids) if one.startswith("m")]
    assert [decision["customer_id"] for decision in answer["decisions"]] == known
    unknown = [one for one in dict.fromkeys(ids) if one not in known]
    assert [fault["customer_id"] for fault in answer["faults"]] == unknown
    assert all(fault["kind"] == "NotFound" and fault["detail"] and fault["hint"] for fault in answer["faults"])


def test_one_unknown_customer_alone_is_not_found(agent):
    assert agent.post(DECISIONS, json={"customer_ids": ["nobody"]}).status_code == 404


def test_the_answers_of_a_batch_are_kept_although_one_is_unknown(agent):
    for decision in asked(agent, ["m1", "nobody", "m7"])["decisions"]:
        assert agent.get(f"{DECISIONS}/{decision['decision_id']}").json()["customer_id"] == decision["customer_id"]


def test_the_command_prints_what_is_known_names_the_unknown_and_fails(zhike, shop_copy, shop_server):
    for home in (shop_copy, shop_server.home):  # by itself, and through a service
        told = zhike(home, "decide", "m1", "nobody", "m7")
        assert told.returncode == 1
        assert "m1: " in told.stdout
        assert "m7: " in told.stdout
        assert "unknown customer 'nobody'" in told.stderr
    answer = json.loads(zhike(shop_copy, "decide", "m1", "nobody", "--json").stdout)
    assert [fault["customer_id"] for fault in answer["faults"]] == ["nobody"]


def families(summary):
    return {row["first action"] for row in summary["families"]}


def test_a_batch_addresses_the_customers_and_sends_no_marketing_without_their_consent(manager):
    """Nobody of this shop has said whether marketing is welcome."""
    summary = manager.post("/v1/decisions/all", params={"channel": "phone"}).json()
    assert summary["request"]["context"] == {"direction": "outbound"}
    assert not families(summary) & MARKETING
    called = manager.post("/v1/decisions/all", params={"channel": "phone", "direction": "inbound"}).json()
    assert called["request"]["context"] == {"direction": "inbound"}


def test_the_command_for_everybody_says_who_addresses_whom(zhike, shop_copy):
    assert "we address each of them" in zhike(shop_copy, "decide", "--all").stdout
    assert "as if each of them came to us" in zhike(shop_copy, "decide", "--all", "--direction", "inbound").stdout


def test_a_simulation_of_everybody_addresses_them_unless_it_says_otherwise(manager):
    for said, direction in (({}, "outbound"), ({"direction": "inbound"}, "inbound")):
        made = manager.post("/v1/simulations", json={"drafts": [{"levers": {"survey": 2}}], **said}).json()
        assert made["simulations"][0]["request"]["context"] == {"direction": direction}


def test_why_not_can_be_asked_about_a_contact_that_we_begin(agent):
    """What is welcome when the customer calls may not be when we do."""
    action = next(action.id for action in load_pack().actions if action.purpose is Purpose.MARKETING)
    blocks = {}
    for direction in ("inbound", "outbound"):
        asked_about = {"action_id": action, "direction": direction}
        told = agent.get("/v1/customers/m1/why-not", params=asked_about).json()
        blocks[direction] = {block["kind"] for block in told["blocks"]}
    assert "consent" in blocks["outbound"] - blocks["inbound"]


def test_who_is_erased_while_everybody_is_decided_for_does_not_stop_the_others(zhike, shop_copy):
    assert zhike(shop_copy, "erase", "m3").returncode == 0
    assert Home(shop_copy).erased()
    assert "239 customers" in zhike(shop_copy, "decide", "--all").stdout
