"""The loop on a business without orders: contracts, why they end, and whom to keep."""

import re

import pytest

pytestmark = pytest.mark.shared_data
LEFT = 1_869


@pytest.fixture(scope="module")
def loop(close_the_loop, shared_data, tmp_path_factory):
    home = tmp_path_factory.mktemp("telco") / "home"
    with close_the_loop(home, "telco", customers=shared_data / "telco_churn.csv") as loop:
        yield loop


@pytest.fixture(scope="module")
def at_risk(loop):
    """Somebody whom a mined rule of leaving holds for."""
    rules = [item for item in loop.items if item["pattern_kind"] == "churn_rule"]
    return loop.holders(max(rules, key=lambda item: item["measures"]["later_rate"])["id"])[0]


def entries(loop, customer_id):
    shown = loop.service.customers.knowledge_map(customer_id)
    return {entry["id"]: entry for kind in ("information", "operational", "hidden") for entry in shown[kind]}


def test_every_customer_gets_an_answer_and_none_is_empty_without_a_word(loop):
    assert loop.summary["customers"] == 7_043
    assert loop.summary["unexplained"] == 0
    assert len(loop.families) >= 4


def test_all_who_ended_their_contract_are_won_back_and_nobody_else_is(loop):
    assert loop.families["win_back"] == LEFT


def test_those_at_risk_get_a_retention_offer_with_the_mined_reason_first(loop, at_risk):
    first = loop.decide(at_risk)["actions"][0]
    assert first["action_id"] == "retention_offer"
    assert first["reasons"][0]["knowledge"][0]["measures"]["later_ratio"] > 1.3
    assert loop.families["retention"] > 500


def test_nobody_sees_what_must_never_be_seen(loop):
    found = loop.service.harms.of_next()
    assert (found["customers"], found["findings"]) == (7_043, [])


def test_keeping_a_contract_is_worth_what_it_pays_times_the_customers_own_risk(loop, at_risk):
    value = loop.decide(at_risk)["actions"][0]["factors"]["value"]
    model, = (item["id"] for item in loop.items if item["pattern_kind"] == "churn_model")
    risk = entries(loop, at_risk)[f"item.{model}"]["score"]
    assert value["source"] == "model"
    offers = 1.5 / 0.15  # what the offers cost that it takes to keep one
    assert 150 < (value["value"] + offers) / risk < 250  # three average monthly amounts of some 61


def test_who_left_is_offered_nothing_that_keeps_a_contract(loop):
    gone = loop.decide("3668-QPYBK")
    assert {action["family"] for action in gone["actions"]} == {"win_back"}
    why = loop.service.deciding.why_not("3668-QPYBK", "retention_offer")
    assert any("生效中的合约" in block["sentence"]["zh"] for block in why["blocks"])


def test_churn_factors_name_the_contract_and_the_way_to_pay(loop):
    told = " ".join(item["statement"]["zh"] for item in loop.items if item["pattern_kind"] == "churn_factor")
    assert "合同类型为“按月续约”" in told
    assert "在约天数低" in told
    assert "老年" not in told
    assert "性别" not in told


def test_the_map_says_the_words_of_the_mapping(loop):
    known = entries(loop, "7590-VHVEG")
    assert known["customer.contract"]["statement"]["zh"] == "合同类型：按月续约"
    assert known["customer.payment_method"]["statement"] == {"zh": "付款方式：电子支票",
                                                             "en": "payment method: electronic cheque"}
    assert known["customer.gender"]["statement"]["zh"] == "性别：女"
    assert known["customer.monthly_charges"]["statement"]["zh"] == "月费：29.85 美元/月"


def test_no_chinese_sentence_holds_a_value_as_the_file_writes_it(loop, at_risk):
    rules = [loop.service.reviewing.item(item["id"])["rule"] for item in loop.items
             if item["pattern_kind"] == "churn_rule"]
    said = [rule["sentence"]["zh"] for rule in rules] + [item["statement"]["zh"] for item in loop.items]
    said += [entry["statement"]["zh"] for entry in entries(loop, at_risk).values()]
    written = re.compile("Month-to-month|Fiber optic|Electronic check|retention_offer|Yes|No ")
    assert [sentence for sentence in said if written.search(sentence)] == []


def test_nothing_is_asked_or_said_of_orders(loop):
    rules = [rule["rule_id"] for rule in loop.service.deciding.why_not("7590-VHVEG", "win_back")["rules"]]
    assert rules == ["contract-ended"]
    asked = {ask["property"] for ask in loop.decide("7590-VHVEG")["ask_next"]}
    assert asked.isdisjoint({"preferred_category", "preferred_store"})


def test_an_age_group_is_protected(loop):
    customer = loop.service.base.ontology.schema.facts["customer"]
    assert customer.properties["senior_citizen"].protected
    assert not customer.properties["contract"].protected


def test_what_people_who_live_on_contracts_believe_is_put_to_the_data(loop):
    """Its source says the monthly amount twice; the belief finds it under the name that stays."""
    standing = {item["id"]: item["standing"] for item in loop.items if item["pattern_kind"] == "belief"}
    assert standing == {"belief-new-contracts-end": "holds", "belief-dear-contracts-end": "holds"}
