"""From pattern to knowledge and rule: the numbers are in the words, and the id is in the content."""

import re
from dataclasses import replace

import pytest

from kb.model.condition import Exists, Op, Ref, Test
from kb.model.figures import score_of
from kb.model.pattern import Pattern, Period, Population
from kb.model.rule import Example, Require
from mining.churn import of_one_risk
from mining.gate import GateVerdict
from mining.kinds import ASSUMED_MARGIN, YEARLY_SPEND, mined_id
from mining.promote import Promotion, draft_rule, item_id, promote, refuse
from mining.value.spend_miner import SpendLimits
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Level, PatternKind, Standing
from rules.interpreter import trace
from rules.interpreter.examples import example_facts
from rules.packs.pack import load_pack

POPULATION = Population(what=Text.same("all"), level="order", period=Period(start=0, end=1), size=1)
CATEGORIES = {"MILK": Text(zh="牛奶", en="milk"), "BREAD": Text(zh="面包", en="bread")}
RUN = Promotion(schema=load_schema(), categories=CATEGORIES, run_id="run-1", as_of=100, now=200, datasets=())
CONDITION = Test(property="recency_days", op=Op.GE, operand=14)

ASSOCIATION = Pattern(
    kind=PatternKind.ASSOCIATION, subject="BREAD -> MILK", antecedent=("BREAD",), consequent=("MILK",),
    measures={"support": 0.02, "confidence": 0.4, "lift": 2.0, "adjusted_lift": 1.5, "later_support": 0.021,
              "later_confidence": 0.41, "later_lift": 2.1, "later_adjusted_lift": 1.2, "take_rate": 0.3,
              "base_rate": 0.1}, population=POPULATION, condition=CONDITION)
RATES = {"rate": 0.4, "base_rate": 0.1, "ratio": 4.0, "members": 100.0, "later_rate": 0.3, "later_base_rate": 0.1,
         "later_ratio": 3.0, "later_members": 1_234.0}
WORDS = {"outcome_words": Text(zh="不再下单", en="stop ordering"),
         "tested": Text(zh="在后来的数据上", en="on later data")}
LEAF = Pattern(kind=PatternKind.CHURN_RULE, subject="lapsed: x", measures=RATES, population=POPULATION,
               condition=CONDITION,
               details={"bounds": Text(zh="消费低于 5", en="spend below 5"),
                        "signs": Text(zh="消费偏低", en="spend low"), "outcome": "lapsed", **WORDS})
ANSWER = replace(LEAF, kind=PatternKind.RESPONSE_RULE, subject="responded: x",
                 details={**LEAF.details, "outcome": "responded"})
SEGMENT = Pattern(kind=PatternKind.SEGMENT, subject="spend high", population=POPULATION,
                  measures={"share": 0.25, "members": 50.0, "silhouette": 0.3, "stability": 0.9,
                            "later_stability": 0.8},
                  details={"name": Text(zh="消费高", en="spend high"), "words": Text(zh="消费高", en="spend high"),
                           "profile": {"spend": {"mean": 3.0}},
                           "bar": Text(zh="年均消费不低于 900", en="spends 900 a year or more"),
                           "best": {"property": "monetary_yearly", "at_least": 900.0, "orders": 2}})
MODEL = Pattern(kind=PatternKind.CHURN_MODEL, subject="lapsed", population=POPULATION,
                measures={"later_auc": 0.85, "later_rate": 0.2, "later_skill": 0.125, "later_base_skill": 0.3},
                details={"model_words": Text(zh="逻辑回归", en="logistic regression"),
                         "plain_words": Text(zh="订单数", en="orders"),
                         "back_words": Text(zh="，其中 57% 又下单", en="; 57% came back"), **WORDS})
FACTOR = Pattern(kind=PatternKind.CHURN_FACTOR, subject="lapsed: plan=gold", population=POPULATION,
                 measures={"ratio": 2.0, "later_ratio": 2.5, "weight": 0.05, "later_upper_rate": 0.4,
                           "later_lower_rate": 0.1},
                 details={"label": Text(zh="套餐", en="plan"), "value": "gold",
                          "value_words": Text(zh="金", en="golden"), "direction": "higher", **WORDS})


@pytest.mark.parametrize(("pattern", "said"), [
    (ASSOCIATION, {"zh": ("牛奶", "面包", "1.2 倍", "30%"), "en": ("milk", "bread", "1.2 times")}),
    (LEAF, {"zh": ("消费低于 5", "30%", "后来"), "en": ("spend below 5", "stop ordering", "later data")}),
    (ANSWER, {"zh": ("消费低于 5", "30%"), "en": ("spend below 5", "30%")}),
    (SEGMENT, {"zh": ("消费高", "25%", "50 位"), "en": ("spend high", "50 customers")}),
    (MODEL, {"zh": ("不再下单，其中 57% 又下单", "比只看“订单数”小 12.5%", "比只看发生率小 30%"),
             "en": ("stop ordering; 57% came back", "12.5% less than “orders”",
                    "30% less error")}),
    (FACTOR, {"zh": ("套餐为“金”", "40%", "10%"), "en": ("plan being “golden”", "40%", "10%")}),
])
def test_the_statement_carries_its_numbers_in_both_languages(pattern, said):
    statement = promote(pattern, RUN).statement
    for language, words in said.items():
        assert [word for word in words if word not in statement.say(language)] == []


def test_no_sentence_says_the_lift_that_nothing_was_judged_by():
    """Raw lift is 2.0 and 2.1 here; the gate, the order and the strength go by 1.5 and 1.2."""
    rule = draft_rule(ASSOCIATION, RUN)
    for said in (promote(ASSOCIATION, RUN).statement, rule.sentence, rule.name):
        assert not {"2.00", "2.10"} & set(re.findall(r"[0-9.]+(?![0-9.]|%)", said.zh + " " + said.en))
    assert "1.2 倍" in promote(ASSOCIATION, RUN).statement.zh


@pytest.mark.parametrize(("pattern", "strength"), [
    (ASSOCIATION, 1.2 / 1.5), (LEAF, 3 / 4), (SEGMENT, 0.8), (MODEL, 0.7), (FACTOR, 2 / 2.5),
])
def test_strength_is_what_its_table_says(pattern, strength):
    assert promote(pattern, RUN).strength == pytest.approx(strength)


@pytest.mark.parametrize(("pattern", "kind"), [
    (ASSOCIATION, "hidden"), (SEGMENT, "operational"), (LEAF, "hidden"), (MODEL, "hidden"), (FACTOR, "hidden"),
])
def test_the_kind_of_knowledge_is_the_ontologys(pattern, kind):
    assert promote(pattern, RUN).kind == kind


def test_the_id_stays_when_the_numbers_change():
    changed = replace(ASSOCIATION, measures={**ASSOCIATION.measures, "lift": 9.0})
    assert item_id(changed) == item_id(ASSOCIATION)
    assert item_id(replace(ASSOCIATION, subject="MILK -> BREAD")) != item_id(ASSOCIATION)


def test_details_become_plain_values():
    details = promote(SEGMENT, RUN).details
    assert details["name"] == {"zh": "消费高", "en": "spend high"}
    assert details["profile"] == {"spend": {"mean": 3.0}}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_measure_that_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="not finite: lift"):
        promote(replace(ASSOCIATION, measures={**ASSOCIATION.measures, "lift": value}), RUN)


def test_an_association_offers_the_missing_category_with_its_take_rate():
    rule = draft_rule(ASSOCIATION, RUN)
    assert (rule.then.action, dict(rule.then.arguments), rule.propensity) == ("cross_sell", {"category": "MILK"}, 0.3)
    assert rule.when == CONDITION
    assert rule.rests_on == (item_id(ASSOCIATION),)
    assert rule.status == "proposed"
    assert "牛奶" in rule.sentence.zh
    assert "milk" in rule.name.en


@pytest.mark.parametrize("take_rate", [0.1, 0.05])
def test_what_others_take_as_often_is_not_offered(take_rate):
    assert draft_rule(replace(ASSOCIATION, measures={**ASSOCIATION.measures, "take_rate": take_rate}), RUN) is None


def test_what_too_many_complain_of_is_not_offered_though_the_pattern_holds():
    noted = replace(ASSOCIATION, details={**ASSOCIATION.details, "is_complained_of": True})
    assert draft_rule(noted, RUN) is None
    assert promote(noted, RUN).statement == promote(ASSOCIATION, RUN).statement


def test_those_at_risk_are_retained_and_those_gone_are_won_back():
    gone = replace(LEAF, details={**LEAF.details, "is_gone": True})
    assert [draft_rule(p, RUN).then.action for p in (LEAF, gone)] == ["retention_offer", "win_back"]


def test_at_stake_is_the_risk_times_a_share_of_what_the_customer_is_expected_to_spend():
    at_stake = draft_rule(LEAF, RUN).own_value
    assert at_stake.items == (mined_id(PatternKind.CHURN_MODEL, "lapsed"),
                              mined_id(PatternKind.SPEND_FORECAST, YEARLY_SPEND))
    assert [figure.property for figure in at_stake.figures] == ["score", "amount"]
    assert draft_rule(replace(LEAF, details={**LEAF.details, "is_gone": True}), RUN).own_value is None
    earned = replace(LEAF, details={**LEAF.details, "margin": 0.4})
    assert (at_stake.share, draft_rule(earned, RUN).own_value.share) == (ASSUMED_MARGIN, 0.4)


def test_all_gifts_stand_by_one_risk_of_leaving_whatever_outcome_a_rule_is_about():
    model = replace(MODEL, details={**MODEL.details, "outcome": "lapsed"})
    leaf = replace(LEAF, details={**LEAF.details, "outcome": "silent"})
    ranked = of_one_risk((model, leaf))[1]
    assert draft_rule(ranked, RUN).own_value.items[0] == mined_id(PatternKind.CHURN_MODEL, "lapsed")
    alone = of_one_risk((replace(model, details={**model.details, "outcome": "silent"}), LEAF))[1]
    assert draft_rule(alone, RUN).own_value.items[0] == mined_id(PatternKind.CHURN_MODEL, "silent")


def test_without_a_model_or_by_contract_each_rule_keeps_the_risk_of_its_outcome():
    contract = replace(LEAF, details={**LEAF.details, "outcome": "ended"})
    assert of_one_risk((LEAF, contract)) == (LEAF, contract)
    model = replace(MODEL, details={**MODEL.details, "outcome": "lapsed"})
    assert of_one_risk((model, contract))[1] == contract


def test_where_it_is_known_what_keeping_one_is_worth_the_risk_is_taken_times_that():
    rule = draft_rule(replace(LEAF, details={**LEAF.details, "worth": 400.0}), RUN)
    assert rule.value == rule.own_value.share == 400.0
    assert rule.own_value.items == (mined_id(PatternKind.CHURN_MODEL, "lapsed"),)


def test_an_invitation_has_the_figure_of_the_model_before_the_rate_of_such_customers():
    rule = draft_rule(ANSWER, RUN)
    assert rule.own_propensity == score_of(mined_id(PatternKind.RESPONSE_MODEL, "responded"))
    assert rule.propensity == 0.3


def test_shipped_rules_take_figures_of_knowledge_that_is_mined_under_these_ids():
    named = {item for rule in load_pack().rules for product in rule.own_figures for item in product.items}
    assert named == {mined_id(kind, subject) for kind, subject in (
        (PatternKind.CHURN_MODEL, "lapsed"), (PatternKind.RESPONSE_MODEL, "responded"),
        (PatternKind.SPEND_FORECAST, YEARLY_SPEND))}
    assert YEARLY_SPEND in {f"spend_{days}d" for days in SpendLimits().horizons}


def test_a_model_of_leaving_lets_nobody_be_retained_who_leaves_more_rarely_than_all():
    """Whom it does not know it says nothing of: they stand as the other rules say."""
    rule = draft_rule(MODEL, RUN)
    assert (rule.then, rule.level) == (Require(family=ActionFamily.RETENTION), Level.SUITABILITY)
    assert "20%" in rule.sentence.zh
    scores = {"below": {"score": 0.199}, "at": {"score": 0.2}, "unknown": None}
    known = {name: () if said is None else ({"item": item_id(MODEL), "pattern_kind": "churn_model", **said},)
             for name, said in scores.items()}
    fires = {name: trace(rule, example_facts(Example(name=name, related={"knowledge": rows})), frozenset()).truth
             for name, rows in known.items()}
    assert fires == {"below": False, "at": True, "unknown": True}


def test_an_answer_invites_to_the_campaign_that_is_open():
    rule = draft_rule(ANSWER, RUN)
    assert rule.then.arguments == {"campaign_id": Ref(alias="invitation", property="campaign_id")}
    assert rule.propensity == 0.3


def test_only_the_best_of_the_best_segment_are_cared_for_and_by_its_own_id():
    others = {name: value for name, value in SEGMENT.details.items() if name != "best"}
    assert draft_rule(replace(SEGMENT, details=others), RUN) is None
    rule = draft_rule(SEGMENT, RUN)
    assert rule.when.parts == (
        Exists(fact="knowledge", alias="segment", where=Test(property="item", op=Op.EQ, operand=item_id(SEGMENT))),
        Test(property="order_count", op=Op.GE, operand=2),
        Test(property="monetary_yearly", op=Op.GE, operand=900.0))
    assert rule.sentence.en.endswith("spends 900 a year or more.")


def test_where_there_are_no_orders_the_best_pay_most_for_a_contract_that_is_active():
    contract = {**SEGMENT.details, "best": {"property": "monthly_amount", "at_least": 90.0, "orders": 0}}
    (_, paying) = draft_rule(replace(SEGMENT, details=contract), RUN).when.parts
    assert paying.fact == "subscription"
    assert Test(property="monthly_amount", op=Op.GE, operand=90.0) in paying.where.parts


def test_a_factor_asks_nothing_of_anybody():
    assert draft_rule(FACTOR, RUN) is None


def test_a_refusal_keeps_statement_reason_and_numbers():
    bare = {name: value for name, value in ASSOCIATION.measures.items() if name not in {"take_rate", "base_rate"}}
    refusal = refuse(GateVerdict(pattern=replace(ASSOCIATION, measures=bare), reason=Text.same("too weak")), RUN)
    assert (refusal.item_id, refusal.reason.en, refusal.measures) == (item_id(ASSOCIATION), "too weak", bare)
    assert "41%" in refusal.statement.en


def test_what_passed_cannot_be_refused():
    with pytest.raises(ValueError, match="passed"):
        refuse(GateVerdict(pattern=ASSOCIATION, reason=None), RUN)


@pytest.mark.parametrize(("standing", "strength", "said"), [
    ("holds", 1.0, "borne out"), ("contradicted", 1.0, "contradicted"), ("untested", 0.0, "could not be tested"),
])
def test_a_belief_is_told_with_its_standing_under_its_own_id_and_author(standing, strength, said):
    pattern = Pattern(kind=PatternKind.BELIEF, subject="belief-x", measures={}, population=POPULATION, details={
        "standing": standing, "claim": Text.same("beer sells diapers"), "told": Text.same("0.9 times"),
        "author": "the trade"})
    item = promote(pattern, RUN)
    assert (item.id, item.author) == ("belief-x", "the trade")
    assert (item.standing, item.strength) == (Standing(standing), strength)
    assert said in item.statement.en
