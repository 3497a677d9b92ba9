"""The proof of every miner: each forecast beside plain ways, and a plain word about what could not be tested."""

import pytest

from api.cli.evaluation import print_evaluation
from kb.model.codec import to_plain
from mining.evaluation import QUESTIONS, ForecastEvaluation, evaluate
from mining.value.spend_miner import PLAIN_RULES
from ontology.text import Text
from ontology.vocabulary import PatternKind


def evaluated(tables, moment):
    asked = []
    found = evaluate(tables, moment, seed=7, progress=asked.append)
    return found, asked


@pytest.fixture(scope="module")
def shop(shelf, shop_rows, now):
    return evaluated(shelf(**shop_rows()), now)


def test_who_leaves_and_what_is_spent_stand_beside_what_anybody_would_say(shop):
    found, _ = shop
    leaving, *_ = [one for one in found.forecasts if one.kind is PatternKind.CHURN_MODEL]
    assert [each.method.en for each in leaving.methods][::2] == ["model", "the rate alone"]
    assert leaving.methods[0].error < leaving.methods[-1].error
    assert leaving.coverage is None
    quarter, *_ = [one for one in found.forecasts if one.kind is PatternKind.SPEND_FORECAST]
    assert [each.method for each in quarter.methods[1:]] == list(PLAIN_RULES.values())
    assert 0.8 < quarter.coverage <= 1
    assert all(one.customers > 0 and one.what.zh and one.tested.zh for one in found.forecasts)


def test_what_comes_next_is_told_and_what_could_not_be_tested_has_its_reason(shop):
    found, asked = shop
    assert [what.en for what in asked][-5:-2] == [
        "churn", "response to campaigns", "expected spend"]
    assert "campaign response: 0 contacts" in " ".join(line.en for line in found.left_out)


def test_a_base_without_data_tests_nothing_and_says_why(shelf, now):
    found, _ = evaluated(shelf(), now)
    assert (found.offers, found.basket, found.forecasts) == ((), None, ())
    assert (found.segments, found.intervals) == (None, ())
    assert len(found.left_out) >= 6


def test_a_forecast_that_was_refused_is_told_all_the_same(shelf, line, now):
    """Everybody comes every tenth day with the same amount, so that nothing is to be foretold."""
    rows = [line(who, float(day), "P1") for who in range(200) for day in range(who % 10, 400, 10)]
    found, _ = evaluated(shelf(order_lines=rows, products=[{"product_id": "P1", "category": "C1"}]), now)
    spend = [one for one in found.forecasts if one.kind is PatternKind.SPEND_FORECAST]
    assert spend
    assert all(isinstance(one, ForecastEvaluation) and isinstance(one.what, Text) for one in spend)
    assert min(each.error for each in spend[0].methods[1:]) <= spend[0].methods[0].error


def test_products_are_foretold_apart_where_a_category_holds_several(shelf, tastes, now, capsys):
    rows = tastes()
    several = [product | {"category": f"C{n % 10}"} for n, product in enumerate(rows["products"])]
    found, single = (evaluate(shelf(**rows | {"products": products}), now, seed=7, progress=lambda _: None,
                              is_by_product=True) for products in (several, rows["products"]))
    assert (found.basket.items, found.product_basket.items) == (10, 30)
    assert found.product_basket.methods[0].recall < found.basket.methods[0].recall
    assert (single.basket.items, single.product_basket) == (30, None)
    for language, told in (("en", ("(10 categories;", "(30 products;")), ("zh", ("（10 个品类；", "（30 个商品；"))):
        print_evaluation(to_plain(found), QUESTIONS, language)
        printed = capsys.readouterr().out
        assert all(unit in printed for unit in told)


def test_products_are_foretold_only_when_asked_for(shop):
    assert shop[0].product_basket is None
