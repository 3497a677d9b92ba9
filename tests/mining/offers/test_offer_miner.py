"""The miner of offers: proposed where they beat base rate and popularity, else nothing, with figures or a reason."""

import re
from collections import Counter

import numpy as np
import pytest

from kb.model.condition import And, Exists, Op, Test
from kb.model.figures import score_of
from kb.model.rule import Recommend
from mining.context import MiningContext
from mining.gate import judge
from mining.offers.offer_miner import OfferLimits, finish, mine
from mining.promote import Promotion, draft_rule, item_id, promote
from ontology.vocabulary import FactName, PatternKind

LIMITS = OfferLimits()
BOTH_FIGURES = r"of \d+ customers [\d.]+% bought the model's first offer within 30 days, [\d.]+% the most popular"


def asked(context: MiningContext, limits: OfferLimits = LIMITS):
    """The verdicts, and the lines of the plan."""
    found = mine(context, limits)
    verdicts = judge(found.trials, rate=limits.rate, labels={}) if found.trials else ()
    return verdicts, [line.en for line in found.plan]


def passed(verdicts):
    return [verdict.pattern for verdict in verdicts if verdict.reason is None]


@pytest.fixture(scope="module")
def shop(context, tastes):
    return context(**tastes())


@pytest.fixture(scope="module")
def verdicts(shop):
    return asked(shop)


@pytest.fixture(scope="module")
def offers(verdicts):
    return passed(verdicts[0])


@pytest.fixture
def run(shop):
    return Promotion(schema=shop.schema, categories=shop.tables.category_labels, run_id="run-1", as_of=0, now=0,
                     datasets=())


def test_what_is_to_a_taste_is_offered_and_held_against_base_rate_and_popularity(offers, verdicts):
    assert len(offers) >= 20
    assert {offer.kind for offer in offers} == {PatternKind.OFFER}
    for offer in offers:
        measures = offer.measures
        assert measures["later_rate"] > measures["later_base_rate"]
        assert measures["later_rate"] >= measures["later_popularity_rate"]
        assert measures["later_base_skill"] == pytest.approx(1 - measures["later_brier"] / measures["later_base_brier"])
        assert measures["later_brier"] < measures["later_base_brier"]
        assert measures["q_value"] <= LIMITS.rate
    assert re.search(BOTH_FIGURES, verdicts[1][0])


def test_offers_are_made_to_those_of_the_taste(offers):
    """Both tell their taste by their number: by chance it is a third, and of ten half are all that is left to offer."""
    to_taste = [int(key[1:]) % 3 == int(offer.subject[1:]) % 3 for offer in offers for key in offer.scores]
    assert np.mean(to_taste) > 0.45


def test_each_customers_chance_is_their_own_and_about_what_happens(offers):
    chances = [chance for offer in offers for chance in offer.scores.values()]
    assert min(chances) > 0
    assert max(chances) < 1
    assert len(set(chances)) > 0.9 * len(chances)
    assert np.mean(chances) == pytest.approx(np.mean([offer.measures["later_rate"] for offer in offers]), abs=0.03)


def test_a_customer_is_offered_ten_categories_at_most_none_of_them_bought_lately(offers, shop):
    assert max(Counter(key for offer in offers for key in offer.scores).values()) <= LIMITS.each
    sales = shop.sales
    lately = sales.at > shop.moment.as_of + 1 - 90 * 86_400
    bought = {(sales.customers[who], sales.categories[what])
              for who, what in zip(sales.customer[lately], sales.category[lately], strict=True)}
    assert not bought & {(key, offer.subject) for offer in offers for key in offer.scores}


def test_the_statement_has_four_numbers_and_few_words(offers, run):
    item = promote(offers[0], run)
    assert item.kind == "hidden"
    for said in (item.statement.en, draft_rule(offers[0], run).sentence.en):
        assert len(said.split()) <= 35
        assert len(re.findall(r"[\d.,]*\d", said)) <= 5  # the made-up category is called by a number too
    assert 0.6 < item.strength <= 1


def test_the_draft_offers_it_by_the_own_chance_to_those_for_whom_it_holds_and_who_still_lack_it(offers, run):
    rule = draft_rule(offers[0], run)
    assert (rule.own_propensity, rule.propensity) == (score_of(item_id(offers[0])), offers[0].measures["later_rate"])
    assert rule.then == Recommend(action="cross_sell", arguments={"category": offers[0].subject})
    likely, lacking = rule.when.parts
    assert likely == Exists(fact=FactName.KNOWLEDGE, alias="offer",
                            where=Test(property="item", op=Op.EQ, operand=item_id(offers[0])))
    assert isinstance(lacking, And)
    assert [(part.fact, part.at_most) for part in lacking.parts] == [(FactName.PURCHASE, 0), (FactName.MOMENT, 0)]


def test_what_too_many_complain_of_is_noted_and_becomes_no_rule(context, tastes, offers, run):
    complaints = [{"interaction_id": f"i{n}", "customer_key": f"c{n:04}", "at": 390 * 86_400, "kind": "complaint",
                   "product_id": f"P{offers[0].subject[1:]}"} for n in range(60)]
    given = context(**tastes(), interactions=complaints)
    assert given.complained_of == {offers[0].subject}
    noted, other = finish(given, tuple(offers[:2]))
    assert (draft_rule(noted, run), other) == (None, offers[1])


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_baskets_propose_nothing_and_the_plan_has_both_figures(context, tastes, seed):
    found, plan = asked(context(**tastes(seed=seed, shuffled=seed)))
    assert passed(found) == []
    assert re.search(BOTH_FIGURES, plan[0])


@pytest.mark.parametrize("seed", range(5))
def test_a_past_that_is_shuffled_proposes_nothing_though_the_tested_days_are_intact(context, tastes, seed):
    rows = tastes(seed=seed)
    past = [row for row in rows["order_lines"] if row["ordered_at"] < 370 * 86_400]
    bought = np.random.default_rng(seed).permutation([row["product_id"] for row in past])
    for row, product in zip(past, bought.tolist(), strict=True):
        row["product_id"] = product
    assert passed(asked(context(**rows))[0]) == []


def test_nothing_is_proposed_where_the_first_offer_is_no_better_than_popularity(context, tastes):
    found, plan = asked(context(**tastes(shuffled=1)))
    assert found == ()
    assert "95% interval -" in plan[0]
    assert plan[1] == "offers: that does not show the model to be better than popularity: nothing proposed"


def test_a_category_offered_to_few_is_not_tried_and_that_is_told(shop):
    found, plan = asked(shop, OfferLimits(min_customers=10_000))
    assert found == ()
    assert plan[1] == "offers: 30 categories would have been offered to fewer than 10000 customers and are not tried"


def test_what_must_not_be_offered_is_not(context, tastes, monkeypatch):
    shop = context(**tastes())
    monkeypatch.setattr(type(shop.tables), "offerable", frozenset(f"C{n:02}" for n in range(20)))
    found, _ = asked(shop)
    assert {pattern.subject for pattern in passed(found)} <= {f"C{n:02}" for n in range(20)}
    assert passed(found)


@pytest.mark.parametrize(("rows", "words"), [
    ([], "no orders of known customers"),
    ([(None, 1, "P1"), (None, 300, "P1")], "no orders of known customers"),
    ([(1, 250, "P1"), (1, 390, "P1")], "spans 150 days, and 181 are needed"),
    ([(1, 1, "P1"), (1, 390, "P1")], "nothing to learn"),
])
def test_what_cannot_be_said_is_told_with_its_reason(context, line, rows, words):
    lines = [line(who, day, product) for who, day, product in rows]
    found, plan = asked(context(order_lines=lines, products=[{"product_id": "P1", "category": "C1"}]))
    assert (found, len(plan)) == ((), 1 + (words == "nothing to learn"))  # of what is new, and of what is due again
    assert words in plan[0]


def test_nothing_after_the_moment_is_read(context, tastes, line, offers):
    rows = tastes()
    future = [line(n, 401 + n % 30, f"P{n % 30:02}") for n in range(400)]
    again = passed(asked(context(**{**rows, "order_lines": rows["order_lines"] + future}))[0])
    assert [(one.subject, one.measures, one.scores) for one in again] == [
        (one.subject, one.measures, one.scores) for one in offers]


def test_keys_do_not_decide_figures(context, tastes, offers):
    """Keys are random in each base: two bases of the same data must still find the same."""
    rows = tastes()
    for row in rows["order_lines"]:
        row["customer_key"] = row["customer_key"][::-1]
    again = passed(asked(context(**rows))[0])
    assert [one.subject for one in again] == [one.subject for one in offers]
    for one, other in zip(again, offers, strict=True):
        assert one.measures == other.measures
        assert {key[::-1]: chance for key, chance in one.scores.items()} == pytest.approx(other.scores, abs=2e-6)


def test_of_a_large_base_some_are_learned_from_and_all_are_made_offers(shop, offers):
    """Here 300 of 400 stand for a large base: the figures are of some of them, the chances of as many as ever."""
    verdicts, plan = asked(shop, OfferLimits(customers_learned=300))
    found = passed(verdicts)
    assert any(re.search(BOTH_FIGURES, line) for line in plan)
    assert len(found) >= 15
    assert max(offer.population.size for offer in found) <= 300 < max(offer.population.size for offer in offers)
    reached = {key for offer in found for key in offer.scores}
    assert len(reached) > 300
