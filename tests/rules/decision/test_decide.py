from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.model.action import Cap, ContactPolicy, Levers
from kb.model.codec import from_json, to_json
from kb.model.decision import Decision
from kb.model.rule import Recommend
from ontology.vocabulary import ActionFamily, DecisionStatus
from rules.decision.decide import decide
from rules.decision.replay import replay
from rules.engine.pool import EngineAnswer
from rules.interpreter import fire

DAY = 86_400
COMPLAINT = {"kind": "complaint", "days_ago": 1, "resolved": False}
OPEN_CAMPAIGN = {"source": "campaign", "campaign_id": "13", "open": True, "responded": False, "days_ago": 10}
SILENT = {"silence_ratio": 5.0, "recency_days": 35, "order_count": 40}
PASTA_EATER = [{"category": "PASTA", "orders_90d": 4}]


@pytest.fixture
def answer(compiled, customer, ask):
    """Decide for a customer made of plain values."""
    def decided(request=None, *, under=compiled, **known):
        return decide(request or ask(), customer(**known), under, decision_id="d1")
    return decided


def in_cart(*categories):
    return [{"signal": "cart", "value": name, "category": name} for name in categories]


def ids(decision):
    return [action.action_id for action in decision.actions]


@pytest.mark.parametrize(("known", "expected"), [
    ({"interaction": [COMPLAINT]}, ["service_recovery"]),
    ({"interaction": [{"kind": "fault", "days_ago": 2}]}, ["service_recovery"]),
    ({"contact": [OPEN_CAMPAIGN]}, ["campaign_invitation"]),
    (SILENT, ["win_back"]),
    ({"order_count": 2, "loyalty": 0.95, "monetary_yearly": 4000.0}, ["care_best"]),
    ({"joined_days_ago": 3}, ["greeting"]),
    ({"order_count": 30, "recency_days": 4}, ["survey"]),
    ({"spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 8}, ["retention_offer", "survey"]),
    ({"spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 2}, ["ask_profile"]),
    ({"subscription": [{"active": False, "ended_by": "customer", "ended_days_ago": 20}]}, ["win_back"]),
    ({"purchase": PASTA_EATER}, ["cross_sell"]),
    ({"purchase": PASTA_EATER, "interaction": [COMPLAINT]}, ["service_recovery"]),
    ({"contact": [OPEN_CAMPAIGN], **SILENT}, ["campaign_invitation"]),
    ({}, ["ask_profile"]),
])
def test_who_gets_what(answer, known, expected):
    assert ids(answer(**known)) == expected


def test_a_complaint_changes_the_first_action(answer):
    before = answer(order_count=30, recency_days=4, purchase=PASTA_EATER)
    after = answer(order_count=30, recency_days=4, purchase=PASTA_EATER, interaction=[COMPLAINT])
    assert ids(before)[0] == "cross_sell"
    assert ids(after)[0] == "service_recovery"
    assert "cross_sell" not in ids(after)


def test_the_order_of_rows_rules_and_actions_does_not_matter(compiled, serve, release, customer, ask):
    rows = [{"category": "PASTA", "orders_90d": 4}, {"category": "BREAD", "orders_90d": 2}]
    turned = serve(rules=release.rules[::-1], actions=release.actions[::-1], items=release.items[::-1])
    one = decide(ask(), customer(purchase=rows, order_count=9, recency_days=1), compiled, decision_id="d1")
    other = decide(ask(), customer(purchase=rows[::-1], recency_days=1, order_count=9), turned, decision_id="d1")
    assert one.actions == other.actions
    assert one.ask_next == other.ask_next


def test_several_rules_for_one_action_and_argument_are_one_card_with_several_reasons(answer, ask):
    decision = answer(ask(limit=5), purchase=[
        *PASTA_EATER, {"category": "BREAD", "orders_90d": 1}, {"category": "SAUCE", "orders_90d": 1}])
    cheese, = (action for action in decision.actions if action.arguments == {"category": "CHEESE"})
    assert [reason.rule_id for reason in cheese.reasons] == ["rule-assoc-BREAD-CHEESE", "rule-assoc-PASTA-CHEESE"]
    assert cheese.factors.propensity == 0.25


def test_rules_that_agree_on_the_parameters_make_one_card_whatever_else_they_tell(serve, release, answer):
    contact = next(rule for rule in release.rules if rule.id == "campaign-open")
    plain = Recommend(action="campaign_invitation", arguments={"campaign_id": contact.then.arguments["campaign_id"]})
    mined = replace(contact, id="mined", propensity=0.4, then=plain)
    card, = answer(under=serve(rules=(*release.rules, mined)), contact=[{**OPEN_CAMPAIGN, "category": "WINE"}]).actions
    assert [reason.rule_id for reason in card.reasons] == ["mined", "campaign-open"]
    assert card.arguments == {"campaign_id": "13", "category": "WINE"}


def test_an_action_is_one_card_with_its_best_arguments(answer):
    """An outcome names a decision and an action: two cards of one action could not be told apart."""
    known = {"purchase": [*PASTA_EATER, {"category": "BREAD", "orders_90d": 1}], "order_count": 30, "recency_days": 4}
    decision = answer(**known)
    assert ids(decision) == ["cross_sell", "survey"]
    assert decision.actions[0].arguments["category"] == "SAUCE"


def test_the_limit_is_kept(answer, ask):
    assert len(answer(ask(limit=1), purchase=PASTA_EATER).actions) == 1


def test_the_score_is_the_product_of_factors_in_expected_net_money(answer, compiled):
    card = answer(purchase=PASTA_EATER).actions[0]
    action = compiled.actions["cross_sell"]
    assert card.factors.propensity == 0.3
    assert card.factors.context == card.factors.lever == 1.0
    assert card.score == pytest.approx(0.3 * action.value - action.cost)
    assert card.score == card.factors.score


def test_without_a_measure_the_prior_of_the_action_stands(answer, compiled):
    assert answer(**SILENT).actions[0].factors.propensity == compiled.actions["win_back"].prior


def test_the_missing_item_of_the_basket_comes_first(answer, ask):
    card = answer(ask("web"), moment=in_cart("BREAD"), order_count=30, recency_days=4).actions[0]
    assert (card.action_id, card.arguments) == ("cross_sell", {"category": "CHEESE"})
    assert card.factors.context == 2.0


def test_what_is_in_the_cart_already_is_not_recommended_again(answer, ask):
    decision = answer(ask("web", limit=9), moment=in_cart("SAUCE"), purchase=PASTA_EATER)
    assert {"category": "SAUCE"} not in [card.arguments for card in decision.actions]


def test_what_is_searched_for_weighs_more(answer, ask):
    searched = [{"signal": "search", "value": "cheese", "category": "CHEESE"}]
    card = answer(ask("web"), moment=searched, purchase=PASTA_EATER).actions[0]
    assert card.arguments == {"category": "CHEESE"}
    assert card.factors.context == 2.0


def test_a_lever_moves_its_family(serve, answer):
    weighted = serve(levers=Levers(by_family={ActionFamily.SURVEY: 10.0}))
    card = answer(under=weighted, order_count=30, recency_days=4, purchase=PASTA_EATER).actions[0]
    assert (card.action_id, card.factors.lever) == ("survey", 10.0)


def test_contents_and_reasons_name_categories_in_the_words_of_each_language(answer):
    card = answer(purchase=PASTA_EATER).actions[0]
    assert "意面酱" in card.content.zh
    assert "pasta sauce" in card.content.en
    assert "SAUCE" not in card.content.zh + card.reasons[0].sentence.zh


def test_a_mined_reason_walks_on_to_the_item_its_numbers_its_run_and_its_data(answer):
    evidence = answer(purchase=PASTA_EATER).actions[0].reasons[0].knowledge[0]
    assert evidence.id == "assoc-PASTA-SAUCE"
    assert evidence.measures["lift"] == 2.5
    assert (evidence.run_id, evidence.dataset) == ("run-1", "sha256:00")


def test_a_reason_shows_the_facts_it_read(answer):
    reason = answer(interaction=[{**COMPLAINT, "key": "i7"}]).actions[0].reasons[0]
    assert ("interaction", "i7", "kind", "complaint") in [(f.fact, f.key, f.property, f.value) for f in reason.facts]


def test_a_campaign_card_expires_with_its_campaign(answer):
    card = answer(contact=[{**OPEN_CAMPAIGN, "ends_in_days": 2}]).actions[0]
    assert card.expires_at - answer().as_of == 3 * DAY
    assert "13" in card.content.en


def test_unknown_consent_holds_marketing_back_where_we_start_and_says_so(answer, ask):
    decision = answer(ask("sms"), **SILENT)
    assert decision.status is DecisionStatus.NO_ACTION
    assert decision.why_none.zh.startswith("有可推荐的行动，但暂不宜提出。挽回流失客户：客户意愿")
    assert decision.ask_next[0].property == "consent_marketing"


def test_refused_marketing_leaves_service_alone(answer):
    decision = answer(consent_marketing=False, order_count=30, recency_days=4, purchase=PASTA_EATER)
    assert ids(decision) == ["survey"]


def test_a_full_cap_is_told_as_the_reason_for_no_action(serve, answer):
    strict = serve(policy=ContactPolicy(caps=(Cap(days=7, most=1),)))
    decision = answer(under=strict, purchase=PASTA_EATER, contact=[{"source": "campaign", "days_ago": 1}])
    assert decision.status is DecisionStatus.NO_ACTION
    assert "quiet until 7 January because of 1 contact in the last 7 days" in decision.why_none.en


def test_an_action_that_costs_more_than_it_brings_is_held_back_by_its_value(serve, release, answer):
    dear = tuple(replace(action, cost=50.0) if action.id == "win_back" else action for action in release.actions)
    decision = answer(under=serve(actions=dear), **SILENT)
    assert decision.status is DecisionStatus.NO_ACTION
    assert "价值" in decision.why_none.zh


def test_a_requirement_over_rows_that_cannot_be_decided_fails_safe(answer, ask):
    unsure = {"source": "campaign", "campaign_id": "9", "open": True, "days_ago": 3}
    decision = answer(ask(limit=9), contact=[unsure], **SILENT)
    assert "win_back" not in ids(decision)


def test_nothing_known_gives_the_fallback_with_its_reason_and_questions(answer):
    decision = answer()
    assert decision.status is DecisionStatus.FALLBACK
    assert decision.actions[0].reasons[0].sentence.zh.startswith("目前没有适合这位客户的行动")
    assert [question.property for question in decision.ask_next] == [
        "consent_marketing", "preferred_channel", "preferred_category"]


def test_the_fallback_tells_which_actions_did_not_meet_their_requirements(answer):
    told = answer(spend_trend=-0.7, order_gap_mean=9.0, recency_days=10, order_count=2).actions[0].reasons[0].sentence
    assert told.zh.endswith("挽留优惠：未满足前提：至少有 3 次购买，或有生效中的合约。")


def test_protected_attributes_are_asked_last(answer):
    known = {"consent_marketing": True, "preferred_channel": "phone", "preferred_category": "PASTA",
             "preferred_store": "1", "city": "Nanjing", "monthly_income": 9000.0}
    assert [question.property for question in answer(**known).ask_next] == ["occupation", "age", "gender"]


def test_a_band_answers_the_question_for_its_value(answer):
    asked = [question.property for question in answer(age_low=30, consent_marketing=True).ask_next]
    assert "age" not in asked


def test_nobody_is_contacted_only_to_fill_in_a_profile(answer, ask):
    decision = answer(ask("phone", direction="outbound"))
    assert (decision.status, decision.actions) == (DecisionStatus.NO_ACTION, ())
    assert "不打扰" in decision.why_none.zh


def test_another_reading_of_the_prepared_facts_gives_the_same_answer(compiled, customer, ask):
    facts, request = customer(purchase=PASTA_EATER, moment=in_cart("BREAD")), ask("web")
    fired, readings = fire(compiled.ruleset, compiled.prepare(facts)), ("durable_rules", "python")
    found = EngineAnswer(rule_ids=fired.rule_ids, conclusions=fired.conclusions, readings=readings)
    again = decide(request, facts, compiled, found, decision_id="d1")
    assert (again.engine, again.readings) == ("durable_rules", readings)
    assert replace(again, engine="python", readings=("python",)) == decide(request, facts, compiled, decision_id="d1")


def test_a_decision_is_made_of_what_the_reading_that_decides_says_fires(compiled, customer, ask):
    """Whatever the rules would say here: only what was found recommends."""
    facts, request = customer(purchase=PASTA_EATER), ask("web")
    nothing = EngineAnswer(rule_ids=frozenset(), conclusions=frozenset(), readings=("durable_rules", "python"))
    assert decide(request, facts, compiled, decision_id="d1").status == "recommended"
    assert decide(request, facts, compiled, nothing, decision_id="d1").status != "recommended"


def test_a_decision_keeps_no_more_of_a_customer_than_it_read(answer):
    decision = answer(purchase=[*PASTA_EATER, {"category": "UNHEARD OF", "orders_90d": 1, "spend_7d": 3.0}],
                      basket_mean=12.5)
    assert [row.values for row in decision.facts.related["purchase"]] == [{"category": "PASTA", "orders_90d": 4}]
    assert "basket_mean" not in decision.facts.customer


KNOWN = st.fixed_dictionaries({}, optional={
    "silence_ratio": st.sampled_from([1.0, 3.0, 5.0]), "recency_days": st.integers(0, 90),
    "order_count": st.integers(0, 40), "spend_trend": st.sampled_from([-0.9, -0.5, 0.2]),
    "loyalty": st.sampled_from([0.2, 1.0]), "monetary_yearly": st.sampled_from([10.0, 9000.0]),
    "consent_marketing": st.booleans(), "consent_sms": st.booleans(), "joined_days_ago": st.integers(0, 60),
    "interaction": st.lists(st.fixed_dictionaries({"kind": st.sampled_from(["complaint", "fault", "survey"]),
                                                   "days_ago": st.integers(0, 60)},
                                                  optional={"resolved": st.booleans()}), max_size=3),
    "contact": st.lists(st.fixed_dictionaries({"source": st.just("campaign"), "days_ago": st.integers(0, 40)},
                                              optional={"open": st.booleans(), "responded": st.booleans(),
                                                        "campaign_id": st.sampled_from(["1", "2"])}), max_size=3),
    "purchase": st.lists(st.fixed_dictionaries({"category": st.sampled_from(["PASTA", "BREAD", "CHEESE"]),
                                                "orders_90d": st.integers(0, 3)}), max_size=3,
                         unique_by=lambda row: row["category"]),
    "moment": st.lists(st.sampled_from(["PASTA", "BREAD", "WINE"]), max_size=2, unique=True).map(
        lambda names: [row for name in names for row in in_cart(name)]),
})


@given(known=KNOWN, channel=st.sampled_from(["phone", "web", "sms"]))
def test_no_answer_is_empty_without_saying_why_and_each_replays(compiled, customer, ask, known, channel):
    decision = decide(ask(channel), customer(**known), compiled, decision_id="d1")
    assert bool(decision.actions) is (decision.status is not DecisionStatus.NO_ACTION)
    assert (decision.why_none is not None) is (decision.status is DecisionStatus.NO_ACTION)
    assert all(card.reasons and card.content is not None for card in decision.actions)
    assert [card.score for card in decision.actions] == sorted((card.score for card in decision.actions), reverse=True)
    assert replay(from_json(to_json(decision), Decision), compiled).differences == ()
