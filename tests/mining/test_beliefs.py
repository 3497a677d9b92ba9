"""Beliefs of the trade, put to data that bears them out, refutes them or cannot tell."""

from dataclasses import replace

import numpy as np
import pytest

from kb.errors import InvalidInput
from kb.model.belief import Belief, FactorClaim, TogetherClaim
from mining.beliefs import BeliefEstimate, beliefs_about, load_pack, rate_ratio
from mining.beliefs import test_beliefs as put_to_the_data
from mining.learning.problem import LabelledSample
from ontology.text import Text


def belief(claim):
    return Belief(id="belief-x", statement=Text(zh="说法", en="the saying"), claim=claim, author="somebody")


def together(*antecedent, consequent):
    return belief(TogetherClaim(antecedent=antecedent, consequent=consequent))


def lines_of(lists, line):
    return [line(None, 1 + n * 0.01, f"p{item}") for n, order in enumerate(lists) for item in order]


@pytest.fixture(scope="module")
def market(context, shopping, line):
    """Items 10 and 12 meet on purpose; 20 and 21 never do."""
    lists = shopping(1, 6_000, together=[(10, 12)])
    apart = [[item for item in order if not (item == 21 and 20 in order)] for order in lists]
    products = [{"product_id": f"p{n}", "category": f"C{n}"} for n in range(60)]
    return context(order_lines=lines_of(apart, line), products=products)


@pytest.mark.parametrize(("claim", "standing"), [
    (together("C10", consequent="C12"), "holds"),
    (together("C20", consequent="C21"), "contradicted"),
    (together("C10", consequent="nowhere sold"), "untested"),
])
def test_a_saying_about_things_bought_together(market, claim, standing):
    pattern, = put_to_the_data([claim], market, [])
    assert pattern.details["standing"] == standing


def test_a_corner_shop_cannot_tell(context, shopping, line):
    products = [{"product_id": f"p{n}", "category": f"C{n}"} for n in range(60)]
    few = context(order_lines=lines_of(shopping(1, 150), line), products=products)
    pattern, = put_to_the_data([together("C10", consequent="C12")], few, [])
    assert pattern.details["standing"] == "inconclusive"
    assert pattern.measures["low"] < 1 < pattern.measures["high"]


def test_the_numbers_behind_a_standing_are_told(market):
    pattern, = put_to_the_data([together("C10", consequent="C12")], market, [])
    assert pattern.measures["low"] < pattern.measures["adjusted_lift"] < pattern.measures["high"]
    assert f"{pattern.measures['adjusted_lift']:.2f}" in pattern.details["told"].en
    assert "lift" not in pattern.details["told"].en  # raw lift is what nothing was judged by
    assert pattern.population.size == 6_000


def test_the_more_beliefs_the_wider_each_interval(market):
    claim = together("C10", consequent="C12")
    alone, = put_to_the_data([claim], market, [])
    among, *_ = put_to_the_data([claim] * 20, market, [])
    assert among.measures["low"] < alone.measures["low"]


@pytest.mark.parametrize(("higher", "standing"), [(True, "holds"), (False, "contradicted")])
def test_a_saying_about_a_factor_is_tested_in_its_direction(market, outcome, higher, standing):
    claim = belief(FactorClaim(label="lapsed", feature="risk", higher=higher))
    pattern, = put_to_the_data([claim], market, [outcome])
    assert pattern.details["standing"] == standing


@pytest.mark.parametrize("claim", [FactorClaim(label="lapsed", feature="nobody asked", higher=True),
                                   FactorClaim(label="cancelled", feature="risk", higher=True)])
def test_a_saying_about_what_was_not_recorded_is_untested(market, outcome, claim):
    pattern, = put_to_the_data([belief(claim)], market, [outcome])
    assert pattern.details["standing"] == "untested"
    assert pattern.measures == {}


def test_where_everybody_is_alike_a_saying_about_more_and_less_is_untested(market, outcome):
    """All pay one price: nobody is in the highest third, and a ratio to nobody would have no end."""
    frame = replace(outcome.later.frame, values=np.full((3_000, 1), 9.0))
    alike = replace(outcome, train=replace(outcome.train, frame=frame), later=replace(outcome.later, frame=frame))
    claim = belief(FactorClaim(label="lapsed", feature="risk", higher=True))
    pattern, = put_to_the_data([claim], market, [alike])
    assert (pattern.details["standing"], pattern.measures) == ("untested", {})


@pytest.fixture(scope="module")
def outcome():
    from kb.model.pattern import Period, Population
    from mining.learning.features import Feature, FeatureFrame
    from mining.learning.problem import CHURN, LATER, Problem
    from ontology.vocabulary import FactName

    chance = np.random.default_rng(1)
    values = chance.normal(size=(3_000, 1))
    feature = Feature(fact=FactName.CUSTOMER, reads="risk", labels=Text.same("risk"))
    frame = FeatureFrame(keys=tuple(f"c{n}" for n in range(3_000)), features=(feature,), values=values)
    everybody = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=3_000)
    part = LabelledSample(frame=frame, labels=chance.random(3_000) < 1 / (1 + np.exp(1.5 - values[:, 0])),
                          population=everybody)
    return Problem(label="lapsed", outcome=Text.same("leave"), tested=LATER, train=part, later=part, present=frame,
                   who=(), kinds=CHURN)


@pytest.mark.parametrize(("ratio", "low", "high", "standing"), [
    (2.0, 1.5, 2.5, "holds"),
    (1.05, 1.02, 1.08, "contradicted"),   # sure, and of no use to anybody
    (0.8, 0.7, 0.9, "contradicted"),
    (1.3, 0.9, 1.8, "inconclusive"),
    (1.05, 1.02, 1.2, "inconclusive"),
])
def test_standings_by_hand(ratio, low, high, standing):
    assert BeliefEstimate(ratio=ratio, low=low, high=high).standing == standing


def test_a_ratio_of_nobody_is_open():
    estimate = rate_ratio(0, 0, 3, 10, width=1.96)
    assert (estimate.low, estimate.standing) == (0.0, "inconclusive")


def test_the_shipped_packs_hold_sayings_of_both_kinds_in_both_languages():
    beliefs = [belief for name in ("grocery", "retail", "subscription") for belief in load_pack(name).beliefs]
    assert len(beliefs) >= 4
    assert {type(b.claim) for b in beliefs} == {TogetherClaim, FactorClaim}
    assert len({b.id for b in beliefs}) == len(beliefs)
    assert all(b.statement.zh != b.statement.en for b in beliefs)


def test_an_unknown_pack_names_those_that_there_are():
    with pytest.raises(InvalidInput, match="no pack of beliefs 'bookshop'") as fault:
        load_pack("bookshop")
    assert "grocery" in fault.value.hint


def test_a_belief_that_lacks_something_is_refused(tmp_path):
    pack = tmp_path / "pack.toml"
    pack.write_text('[[belief]]\nid = "x"\nauthor = "a"\ntogether = { antecedent = ["A"], consequent = "B" }\n')
    with pytest.raises(InvalidInput, match="belief 'x' lacks or misnames 'statement'"):
        load_pack(pack)


@pytest.fixture
def trades(shelf, line):
    """A shop of other things, one that sells what the folklore of grocers names, and one that lives on contracts."""
    own = [{"product_id": "P1", "category": "LAMPS"}]
    grocer = [{"product_id": f"P{n}", "category": name} for n, name in enumerate((
        "BEERS/ALES", "DIAPERS & DISPOSABLES", "DRY NOODLES/PASTA"), start=1)]
    contract = {"subscription_id": "s1", "customer_key": "c1", "started_at": 0, "plan": "fibre", "monthly_amount": 9.0}
    return {"lamps": shelf(order_lines=[line(1, 1.0, "P1")], products=own),
            "grocer": shelf(order_lines=[line(1, 1.0, "P1")], products=grocer),
            "telephone": shelf(subscriptions=[contract])}


@pytest.mark.parametrize(("trade", "believed"), [
    ("lamps", {"belief-bargain-hunters-leave", "belief-big-spenders-redeem"}),
    ("grocer", {"belief-beer-diapers", "belief-bargain-hunters-leave", "belief-big-spenders-redeem"}),
    ("telephone", {"belief-new-contracts-end", "belief-dear-contracts-end"}),
])
def test_beliefs_belong_to_the_trade_of_the_base(trades, trade, believed):
    assert {belief.id for belief in beliefs_about(trades[trade])} == believed
