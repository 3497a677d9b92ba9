"""One whole run: what it brings, that it brings the same again, and what it says it left out."""

from collections import Counter
from dataclasses import replace

import pytest

from kb.errors import InvalidInput
from kb.model.canonical import digest
from kb.model.condition import And
from mining.beliefs import load_pack
from mining.run import MINERS, mine

BELIEFS = (*load_pack("grocery").beliefs, *load_pack("retail").beliefs)


def run(tables, moment, **given):
    return mine(tables, moment, now=1_000, progress=lambda _: None, **given)


@pytest.fixture(scope="module")
def tables(shelf, shop_rows):
    return shelf(**shop_rows())


@pytest.fixture(scope="module")
def found(tables, now):
    return run(tables, now, beliefs=BELIEFS)


def test_a_shop_whose_customers_fade_yields_churn_knowledge_and_retention(found):
    kinds = Counter(str(item.pattern_kind) for item in found.items)
    assert kinds["churn_model"] >= 1
    assert kinds["churn_factor"] == 0, "they fade, and nothing but that says who leaves"
    assert kinds["churn_rule"] >= 1
    assert {rule.then.action for rule in found.rules} & {"retention_offer", "win_back"}


def test_the_same_data_moment_and_seed_bring_the_same(tables, now, found):
    again = run(tables, now, beliefs=BELIEFS)
    for part in ("items", "rules", "refusals", "scores"):
        assert digest(getattr(again, part)) == digest(getattr(found, part))
    assert again.run.run_id == found.run.run_id


def test_another_seed_is_another_run(tables, now, found):
    assert run(tables, now, seed=8, miners=["baskets"]).run.run_id != found.run.run_id


def test_who_a_customer_is_changes_nothing_that_is_said(shelf, shop_rows, now, found):
    """Keys are random in each base: two bases of the same data must still find the same."""
    rows = shop_rows()
    for row in (*rows["order_lines"], *rows["customers"]):
        row["customer_key"] = row["customer_key"][::-1]
    other = run(shelf(**rows), now, beliefs=BELIEFS)
    assert [(i.id, i.statement) for i in other.items] == [(i.id, i.statement) for i in found.items]


@pytest.fixture(scope="module")
def of_tastes(shelf, tastes, now):
    """A run that finds associations and offers, and one of associations alone."""
    tables = shelf(**tastes())
    return run(tables, now, miners=["baskets", "offers"]), run(tables, now, miners=["baskets"])


def test_where_a_model_of_offers_holds_associations_speak_of_the_cart_alone(of_tastes):
    both, alone = ({rule.id: rule for rule in found.rules if rule.rests_on[0].startswith("association")}
                   for found in of_tastes)
    assert any(item.pattern_kind == "offer" for item in of_tastes[0].items)
    confidences = {item.id: item.measures.get("later_confidence") for item in of_tastes[0].items}
    assert both
    assert both.keys() == alone.keys()
    for name, rule in both.items():
        has, *lacks = alone[name].when.parts
        assert rule == replace(alone[name], when=And(parts=(*has.parts[1].parts, *lacks)), author=rule.author,
                               propensity=confidences[rule.rests_on[0]])
        assert {part.fact for part in has.parts[1].parts} == {"moment"}


def test_every_rule_rests_on_an_item_of_the_run(found):
    ids = {item.id for item in found.items}
    assert all(set(rule.rests_on) <= ids for rule in found.rules)


def test_every_score_belongs_to_an_item_and_a_known_customer(found):
    assert found.scores.keys() <= {item.id for item in found.items}
    assert all(key.startswith("c") for scores in found.scores.values() for key in scores)


def test_the_plan_says_what_was_left_out_and_why(found):
    plan = " ".join(line.en for line in found.run.plan)
    assert "churn by contract: there are none" in plan
    assert "campaign response: 0 contacts" in plan


def test_the_run_records_what_makes_it_repeatable(found, now):
    assert found.run.as_of == now.as_of
    assert set(MINERS) <= set(found.run.parameters)
    assert found.run.datasets
    assert "+" in found.run.code_version
    assert {"python", "numpy", "duckdb"} <= found.run.libraries.keys()
    assert found.run.mappings


def test_another_mapping_of_the_same_tables_is_another_run(shelf, shop_rows, now):
    first, second = shelf(**shop_rows(customers=20)), shelf(**shop_rows(customers=20))
    second.mapping = f"sha256:{1:064d}"
    assert run(first, now, miners=["segments"]).run.run_id != run(second, now, miners=["segments"]).run.run_id


def test_refusals_say_why_in_both_languages(found):
    assert found.refusals
    assert all(refusal.reason.zh and refusal.reason.en for refusal in found.refusals)


def test_what_is_known_already_is_confirmed_and_no_news(tables, now, found):
    known = found.items[0].id
    again = run(tables, now, beliefs=BELIEFS, known=[known])
    assert [item.id for item in again.confirmed] == [known]
    assert known not in {item.id for item in again.items}
    assert len(again.items) == len(found.items) - 1


def test_a_refusal_of_knowledge_is_told_however_many_others_there_are(tables, now, found, monkeypatch):
    last = found.refusals[-1].item_id
    monkeypatch.setattr("mining.run.REFUSALS_LISTED", 0)
    assert run(tables, now).refusals == ()
    assert [refusal.item_id for refusal in run(tables, now, known=[last]).refusals] == [last]


def test_only_the_miners_asked_for_run(tables, now):
    some = run(tables, now, miners=["baskets"])
    assert not [item for item in some.items if item.pattern_kind != "association"]
    assert "churn: not asked for" in [line.en for line in some.run.plan]


def test_an_unknown_miner_is_named_with_those_there_are(tables, now):
    with pytest.raises(InvalidInput, match="unknown miner 'entrails'") as fault:
        run(tables, now, miners=["entrails"])
    assert "baskets" in fault.value.hint


def test_an_empty_base_brings_nothing_and_says_why(shelf, now):
    nothing = run(shelf(), now)
    assert (nothing.items, nothing.rules, nothing.refusals) == ((), (), ())
    assert len(nothing.run.plan) >= 4


def test_nothing_after_the_moment_is_read(shelf, shop_rows, line, now):
    rows = shop_rows(customers=120)
    future = [line(n, 401 + n % 30, f"P{n % 4}", 999.0) for n in range(100)]
    given = [run(shelf(**{**rows, "order_lines": rows["order_lines"] + extra}), now) for extra in ([], future)]
    assert digest([[i.id, i.measures] for i in given[0].items]) == digest([[i.id, i.measures] for i in given[1].items])
