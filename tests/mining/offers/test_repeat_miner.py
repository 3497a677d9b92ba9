"""What is due again: proposed where chances tell more than activity and popularity do, else nothing, with a reason."""

import re
from dataclasses import replace

import numpy as np
import pytest

from kb.model.condition import Exists
from kb.model.facts import Facts, Row
from kb.model.figures import score_of
from kb.model.rule import Recommend, Rule
from mining.gate import judge
from mining.offers.history import LATE_BY, LEAST_BUYS, history_of
from mining.offers.offer_miner import OfferLimits, finish, mine
from mining.offers.repeat_miner import RepeatLimits, is_due
from mining.promote import Promotion, draft_rule, item_id, promote
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import FactName, PatternKind
from rules.interpreter import compile_rules, fire

LIMITS = OfferLimits(repeat=RepeatLimits(min_customers=30))
GAPS = np.array([6, 15, 45])


@pytest.fixture(scope="module")
def rhythms(line):
    """600 customers, of six categories each buys some every 6, 15 or 45 days, two times of three, until they stop."""
    def make(seed=1, *, shuffled=None):
        chance = np.random.default_rng(seed)
        buys, gap = chance.random((600, 6)) < 0.5, chance.choice(GAPS, (600, 6))
        ends = np.where(chance.random((600, 6)) < 0.4, chance.integers(250, 500, (600, 6)), 500)
        rows = [(who, day, what) for who, what in zip(*np.nonzero(buys), strict=True)
                for day in range(int(chance.integers(gap[who, what])), 400, gap[who, what])
                if day < ends[who, what] and chance.random() < 2 / 3]
        what = np.array([row[2] for row in rows])
        if shuffled is not None:
            what = np.random.default_rng(shuffled).permutation(what)
        lines = [line(int(who), int(day) + 0.5, f"P{number}")
                 for (who, day, _), number in zip(rows, what.tolist(), strict=True)]
        return {"order_lines": lines, "products": [{"product_id": f"P{n}", "category": f"C{n}"} for n in range(6)]}

    return make


def asked(context):
    """What passed of what is due again, and the lines of the plan."""
    found = mine(context, LIMITS)
    verdicts = judge(found.trials, rate=LIMITS.rate, labels={}) if found.trials else ()
    patterns = [one.pattern for one in verdicts if one.reason is None]
    return [one for one in patterns if one.kind is PatternKind.REPEAT_OFFER], [line.en for line in found.plan]


@pytest.fixture(scope="module")
def shop(context, rhythms):
    return context(**rhythms())


@pytest.fixture(scope="module")
def found(shop):
    return asked(shop)


@pytest.fixture(scope="module")
def due(found):
    return found[0]


@pytest.fixture
def run(shop):
    return Promotion(schema=shop.schema, categories=shop.tables.category_labels, run_id="run-1", as_of=0, now=0,
                     datasets=())


def test_a_category_is_one_item_whose_chances_err_less_than_both_plain_rules(due, found):
    assert len(due) >= 3
    assert all(one.details["advantage"]["low"] > 0 for one in due)
    assert len({one.subject for one in due}) == len(due)
    for one in due:
        measures = one.measures
        assert measures["later_brier"] < min(measures["later_base_brier"], measures["later_plain_brier"])
        assert measures["q_value"] <= LIMITS.rate
        assert one.details["first_offers"]["gain"]["low"] <= one.details["first_offers"]["gain"]["high"]
    assert any(re.search(r"\d% less squared error than by the rate of those late alone", line) for line in found[1])


def test_each_chance_is_the_customers_own_and_about_what_happens(due):
    chances = [chance for one in due for chance in one.scores.values()]
    assert 0 < min(chances) < max(chances) < 1
    assert len(set(chances)) > 0.9 * len(chances)
    assert np.mean(chances) == pytest.approx(np.mean([one.measures["later_rate"] for one in due]), abs=0.1)


def test_only_those_are_scored_who_are_late_by_half_and_bought_nothing_of_it_for_a_week(due, shop):
    history = now_known(shop)
    rows = {(shop.sales.customers[history.customer[row]], shop.sales.categories[history.item[row]]): row
            for row in range(len(history.item))}
    for one in due:
        for key in one.scores:
            row = rows[key, one.subject]
            assert history.orders[row] >= LEAST_BUYS
            assert history.last_age[row] >= max(7, LATE_BY * history.usual_gap[row])


def now_known(shop):
    return history_of(shop.sales, np.full(len(shop.sales.customers), shop.moment.as_of + 1))


def test_the_statement_and_the_agents_sentence_are_short(due, run):
    item, rule = promote(due[0], run), draft_rule(worth_a_reminder(due), run)
    assert item.kind == "hidden"
    assert len(re.findall(r"[\d.,]*\d", item.statement.en)) <= 5  # the made-up category is called by a number too
    assert len(item.statement.en.split()) <= 35
    assert len(rule.sentence.en.split()) <= 25
    assert "节奏" in rule.sentence.zh


def worth_a_reminder(due):
    return next(one for one in due if one.measures["later_rate"] < one.measures["later_on_time_rate"])


def test_the_draft_reminds_by_the_own_chance_those_who_were_scored_and_are_still_late(due, run):
    one = worth_a_reminder(due)
    rule = draft_rule(one, run)
    assert rule.then == Recommend(action="repeat_reminder", arguments={"category": one.subject})
    assert (rule.own_propensity, rule.propensity) == (score_of(item_id(one)), one.measures["later_rate"])
    scored, late = rule.when.parts
    assert isinstance(scored, Exists)
    assert (scored.fact, late) == (FactName.KNOWLEDGE, is_due(one.subject))


def test_where_those_who_are_late_buy_no_less_there_is_nothing_to_remind_of(due, run):
    one = worth_a_reminder(due)
    bought_anyway = replace(one, measures={**one.measures, "later_on_time_rate": one.measures["later_rate"]})
    assert draft_rule(bought_anyway, run) is None


def test_what_too_many_complain_of_becomes_no_reminder(context, rhythms, due, run):
    one = worth_a_reminder(due)
    complaints = [{"interaction_id": f"i{n}", "customer_key": f"c{n:04}", "at": 390 * 86_400, "kind": "complaint",
                   "product_id": f"P{one.subject[1:]}"} for n in range(200)]
    given = context(**rhythms(), interactions=complaints)
    assert given.complained_of == {one.subject}
    [noted] = finish(given, (one,))
    assert draft_rule(noted, run) is None


@pytest.mark.parametrize("seed", range(5))
def test_purchases_that_are_dealt_out_anew_are_due_to_nobody(context, rhythms, seed):
    """Who comes often still buys more of everything: that alone is no knowledge of a category."""
    patterns, plan = asked(context(**rhythms(seed=seed, shuffled=seed)))
    assert patterns == []
    assert any("due again" in line for line in plan)


def test_keys_do_not_decide_figures(context, rhythms, due):
    """Keys are random in each base: two bases of the same data must still find the same."""
    rows = rhythms()
    for row in rows["order_lines"]:
        row["customer_key"] = row["customer_key"][::-1]
    again, _ = asked(context(**rows))
    assert [(one.subject, one.measures, one.details) for one in again] == [
        (one.subject, one.measures, one.details) for one in due]
    for one, other in zip(again, due, strict=True):
        assert {key[::-1]: chance for key, chance in one.scores.items()} == pytest.approx(other.scores, abs=2e-6)


def test_nothing_after_the_moment_is_read(context, rhythms, line, due):
    rows = rhythms()
    future = [line(n % 600, 401 + n % 30, f"P{n % 6}") for n in range(3_000)]
    again, _ = asked(context(**{**rows, "order_lines": rows["order_lines"] + future}))
    assert [(one.subject, one.measures, one.scores) for one in again] == [
        (one.subject, one.measures, one.scores) for one in due]


@pytest.mark.parametrize(("bought", "cart", "is_late"), [
    ({}, (), True),
    ({"orders_all": 3}, (), False),
    ({"gap_ratio": 1.4}, (), False),          # within its own rhythm, or hardly beyond
    ({"last_days_ago": 6}, (), False),        # this week, however quick the rhythm
    ({"last_days_ago": 90}, (), False),       # given up: what they do not buy now is another question
    ({"category": "SOAP"}, (), False),
    ({}, ("TEA",), False),
])
def test_the_condition_holds_for_those_who_are_late_at_the_moment_of_the_card(bought, cart, is_late):
    row = {"category": "TEA", "orders_all": 14, "gap_ratio": 1.5, "last_days_ago": 42} | bought
    moment = tuple(Row(key=f"cart.{name}", values={"signal": "cart", "category": name}) for name in cart)
    facts = Facts(customer_key="c1", as_of=0, customer={},
                  related={"purchase": (Row(key="TEA", values=row),), "moment": moment})
    rule = Rule(id="r", name=Text.same("r"), author="eve", when=is_due("TEA"), then=Recommend(action="repeat_reminder"))
    assert bool(fire(compile_rules([rule], load_schema()), facts).rule_ids) is is_late


def test_before_anybody_can_be_late_the_plan_says_so(context, line):
    lines = [line(who, day, "P1") for who in range(5) for day in (1, 390)]
    patterns, plan = asked(context(order_lines=lines, products=[{"product_id": "P1", "category": "C1"}]))
    assert patterns == []
    assert "due again: nobody was late then" in plan[-1]
