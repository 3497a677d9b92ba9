"""A card's propensity and value: the customer's own before what was measured, and that before the catalogue."""

from dataclasses import replace

import pytest

from kb.model.codec import from_json, to_json
from kb.model.condition import ALWAYS, And, Exists, Op, Test
from kb.model.decision import Decision, Origin
from kb.model.figures import CustomerFigure, CustomerProduct, score_of
from kb.model.rule import Recommend, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import FigureSource
from rules.batch import tables_of
from rules.decision.decide import decide
from rules.decision.replay import replay
from rules.simulation import simulate

ITEM, RISK, SPEND = "assoc-PASTA-SAUCE", "assoc-PASTA-CHEESE", "assoc-PASTA-WINE"
AT_STAKE = CustomerProduct(share=0.2, figures=(
    CustomerFigure(property="score", item=RISK), CustomerFigure(property="amount", item=SPEND)))
OWN = [{"key": ITEM, "item": ITEM, "score": 0.4, "run_id": "run-9"},
       {"key": RISK, "item": RISK, "score": 0.5, "run_id": "run-7"},
       {"key": SPEND, "item": SPEND, "score": 0.9, "amount": 300.0, "run_id": "run-8"}]
MODEL_9 = Origin(source=FigureSource.MODEL, run_id="run-9")
LIKELY = Text(zh="很可能会买。", en="Likely to want it.")
MEASURED, PRIOR = Origin(source=FigureSource.MEASURED), Origin(source=FigureSource.PRIOR)


def rule(rule_id="r", **more):
    return Rule(id=rule_id, name=Text.same(rule_id), author="eve", when=ALWAYS, then=Recommend(action="survey"), **more)


@pytest.fixture
def card(serve, customer, ask):
    """The card of a customer for whom ``rules`` fire."""
    def dealt(*rules, **known):
        answer = decide(ask(), customer(**known), serve(rules=rules), decision_id="d1")
        return answer.actions[0] if answer.actions else None
    return dealt


def test_the_customers_own_score_goes_before_the_measured_rate_and_that_before_the_prior(card, compiled):
    told = rule(propensity=0.3, own_propensity=score_of(ITEM))
    own = card(told, knowledge=OWN).factors
    assert (own.propensity, own.propensity_from) == (0.4, MODEL_9)
    assert (own.value_from, own.score) == (PRIOR, pytest.approx(0.4 * own.value))
    measured, prior = card(told).factors, card(rule(own_propensity=score_of(ITEM))).factors
    assert (measured.propensity, measured.propensity_from) == (0.3, MEASURED)
    assert (prior.propensity, prior.propensity_from) == (compiled.actions["survey"].prior, PRIOR)


def test_a_value_is_a_share_of_what_is_at_risk_with_this_customer(card, compiled):
    factors = card(rule(own_value=AT_STAKE, propensity=1.0), knowledge=OWN).factors
    assert factors.value == pytest.approx(0.2 * 0.5 * 300.0 - compiled.actions["survey"].cost)
    assert factors.value_from == Origin(source=FigureSource.MODEL, run_id="run-7")


def test_a_value_of_the_customers_own_facts_is_measured(card, compiled):
    spend = CustomerProduct(share=0.1, figures=(CustomerFigure(property="monetary_90d"),))
    told = rule(own_value=spend, value=7.0, propensity=1.0)
    factors = card(told, monetary_90d=500).factors
    assert (factors.value, factors.value_from) == (50.0 - compiled.actions["survey"].cost, MEASURED)
    unknown = card(told).factors
    assert (unknown.value, unknown.value_from) == (7.0 - compiled.actions["survey"].cost, PRIOR)
    assert card(replace(told, rests_on=(ITEM,))).factors.value_from == MEASURED


def test_a_product_is_unknown_where_one_of_its_numbers_is(card):
    factors = card(rule(own_value=AT_STAKE), knowledge=OWN[:2]).factors
    assert factors.value_from == PRIOR
    assert card(rule(own_propensity=score_of(ITEM)), knowledge=[{"item": ITEM}]).factors.propensity_from == PRIOR


def test_no_product_of_scores_is_more_than_certain(card):
    sure = [{"item": ITEM, "score": 7.0}]
    assert card(rule(own_propensity=score_of(ITEM)), knowledge=sure).factors.propensity == 1.0


def test_of_rules_for_one_card_that_with_the_customers_own_figure_leads(card):
    rules = [rule("a", propensity=0.9), rule("b", own_propensity=score_of(ITEM)), rule("c")]
    led = card(*rules, knowledge=OWN)
    assert [reason.rule_id for reason in led.reasons] == ["b", "a", "c"]
    assert led.factors.propensity == 0.4


def test_a_value_that_a_returning_customer_would_cost_is_not_offered(card):
    spend = CustomerProduct(figures=(CustomerFigure(property="monetary_90d"),))
    assert card(rule(own_value=spend), monetary_90d=-20.0) is None


def test_a_decision_keeps_the_numbers_that_its_figures_read_and_replays(serve, customer, ask):
    compiled = serve(rules=(rule(own_value=AT_STAKE, own_propensity=score_of(ITEM)),))
    made = decide(ask(), customer(knowledge=OWN, city="Lyon"), compiled, decision_id="d1")
    again = from_json(to_json(made), Decision)
    assert [dict(row.values)["item"] for row in again.facts.related["knowledge"]] == [ITEM, RISK, SPEND]
    assert again.facts.related["knowledge"][2].values["amount"] == 300.0
    assert replay(again, compiled).differences == ()
    earlier = replace(again.actions[0].factors, propensity_from=None, value_from=None)
    assert replay(replace(again, actions=(replace(again.actions[0], factors=earlier),)), compiled).equal


def test_what_the_cards_are_expected_to_bring_is_what_a_simulation_says_to_the_cent(serve, customer, ask):
    people = [replace(customer(knowledge=[{"key": ITEM, "item": ITEM, "score": at / 40}]), customer_key=f"c{at}")
              for at in range(20, 39)]
    live, draft = serve(rules=()), serve(rules=(rule(own_propensity=score_of(ITEM)),))
    cards = [decide(ask(limit=1), one, draft, decision_id="d").actions[0] for one in people]
    found = simulate(live, draft, source=tables_of(people, load_schema()), facts_of=lambda _: people,
                     request=ask(limit=1), as_of=people[0].as_of, segments={})
    gain = found.whole.value.draft.value - found.whole.cost.draft.value
    assert gain == pytest.approx(sum(one.factors.propensity * one.factors.value for one in cards), abs=1e-6)
    assert len({one.factors.propensity for one in cards}) == 19


def test_a_simulation_sees_that_the_knowledge_of_a_figure_is_no_longer_published(serve, release, customer, ask):
    told = rule(own_propensity=score_of(ITEM))
    one = customer(knowledge=OWN)
    without = serve(rules=(told,), items=tuple(item for item in release.items if item.id != ITEM))
    found = simulate(serve(rules=(told,)), without, source=tables_of([one], load_schema()), facts_of=lambda _: [one],
                     request=ask(limit=1), as_of=one.as_of, segments={})
    assert found.differing == 1
    assert found.whole.value.change.value != 0


def test_a_rule_without_figures_of_the_customer_keeps_the_digest_that_it_had(serve):
    plain = serve(rules=(rule(),)).release
    assert plain.fingerprint != replace(plain, rules=(rule(own_propensity=score_of(ITEM)),)).fingerprint
    assert plain.fingerprint == replace(plain, rules=(rule(own_propensity=None),)).fingerprint


def test_the_reason_says_what_of_theirs_the_offer_goes_with_where_the_run_knew_it(card):
    told = rule(rests_on=(ITEM,), own_propensity=score_of(ITEM), sentence=LIKELY)
    with_companion = card(told, knowledge=[OWN[0] | {"goes_with": "MILK"}]).reasons[0].sentence
    assert with_companion.en.startswith("Likely to want it. It goes with ")
    assert with_companion.en.endswith(", which they buy.")
    assert card(told, knowledge=[OWN[0]]).reasons[0].sentence.en == "Likely to want it."


def test_a_companion_of_other_knowledge_is_not_told(card):
    told = rule(rests_on=(RISK,), own_propensity=score_of(ITEM), sentence=LIKELY)
    reason = card(told, knowledge=[OWN[0] | {"goes_with": "MILK"}, OWN[1]]).reasons[0]
    assert reason.sentence.en == "Likely to want it."


LATE = Exists(fact="purchase", alias="due", where=And(parts=(
    Test(property="category", op=Op.EQ, operand="PASTA"), Test(property="gap_ratio", op=Op.GE, operand=1.5),
    Test(property="last_days_ago", op=Op.GE, operand=7))))


def test_the_reason_tells_the_own_rhythm_of_what_the_customer_is_late_with(card):
    """In 25 words and two numbers, both of the customer."""
    told = replace(rule(sentence=Text(zh="该再买了。", en="It is time to buy it again.")), when=LATE)
    bought = {"key": "PASTA", "category": "PASTA", "orders_all": 14, "last_days_ago": 42, "gap_ratio": 1.5}
    sentence = card(told, purchase=[bought]).reasons[0].sentence
    assert sentence == Text(zh="该再买了。平时每 28 天买一次，上次在 42 天前。",
                            en="It is time to buy it again. Usually every 28 days, last 42 days ago.")
    assert card(told, purchase=[bought | {"gap_ratio": 1.4}]).action_id != told.then.action


def test_of_a_rule_that_asks_for_no_rhythm_none_is_told(card):
    lately = Exists(fact="purchase", alias="p", where=Test(property="last_days_ago", op=Op.GE, operand=7))
    bought = {"key": "PASTA", "category": "PASTA", "last_days_ago": 42, "gap_ratio": 1.5}
    told = card(replace(rule(sentence=LIKELY), when=lately), purchase=[bought]).reasons[0].sentence
    assert told == LIKELY
