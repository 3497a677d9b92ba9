"""The loop on a wholesaler whose data has products and no categories, by its mapping alone."""

import re

import pytest

pytestmark = pytest.mark.shared_data
CHARGES = {"POST", "DOT", "C2", "M", "m", "D", "B", "S", "BANK CHARGES", "AMAZONFEE", "CRUK"}
CAPITALS = re.compile(r"[A-Z]{3,} [A-Z]{3,}")


@pytest.fixture(scope="module")
def loop(close_the_loop, shared_data, tmp_path_factory):
    home = tmp_path_factory.mktemp("retail") / "home"
    with close_the_loop(home, "online_retail", lines=shared_data / "online_retail.csv.gz") as loop:
        yield loop


@pytest.fixture(scope="module")
def associations(loop):
    return [item for item in loop.items if item["pattern_kind"] == "association"]


def test_the_published_figures_of_the_data_are_reported(loop, shared_data):
    again = loop.service.ingestion.import_mapping("online_retail", {"lines": shared_data / "online_retail.csv.gz"},
                                        progress=lambda _: None)
    lines = next(table for table in again["tables"] if table["table"] == "order_lines")
    assert again["unchanged"]
    assert lines["read"] == 541_909
    assert "duplicate 5,268" in lines["quarantined"]
    assert {table["table"]: table["kept"] for table in again["tables"]}["customers"] == 4_372


def test_every_customer_gets_an_answer_and_none_is_empty_without_a_word(loop):
    assert loop.summary["customers"] == 4_372
    assert loop.summary["unexplained"] == 0
    assert {"cross_sell", "win_back", "retention", "care"} <= loop.families.keys()
    assert loop.summary["mined_share"] > 0.3


def test_anonymous_orders_count_in_the_baskets(associations):
    sizes = {item["population"]["size"] + item["later_population"]["size"] for item in associations}
    assert sizes == {20_726}  # of which 18,536 hold a line of a known customer


def test_segments_are_as_many_as_come_back_from_other_customers(loop):
    segments = [item for item in loop.items if item["pattern_kind"] == "segment"]
    assert len(segments) >= 3
    assert all(item["measures"]["later_stability"] >= 0.7 for item in segments)


def test_what_is_no_product_is_never_mined_for(associations):
    assert len(associations) > 100
    assert not {name for item in associations for name in (*item["antecedent"], *item["consequent"])} & CHARGES


def test_products_are_called_by_name_and_nobody_shouts_in_a_sentence(loop, associations):
    said = [item["statement"][language] for item in associations for language in ("zh", "en")]
    rules = [loop.service.reviewing.item(item["id"])["rule"] for item in associations[:20]]
    said += [rule["sentence"][language] for rule in rules if rule for language in ("zh", "en")]
    codes = {name for item in associations for name in (*item["antecedent"], *item["consequent"])}
    assert [sentence for sentence in said if CAPITALS.search(sentence)] == []
    assert [sentence for sentence in said if any(code in sentence for code in codes)] == []


def test_who_has_a_part_of_a_pair_is_offered_the_other_by_name(loop, associations):
    pair = max((item for item in associations if item["status"] == "published" and item["measures"]["take_rate"] > 0),
               key=lambda item: item["measures"]["take_rate"])
    chosen = [action for customer in loop.holders(pair["id"]) for action in loop.decide(customer)["actions"]
              if action["action_id"] == "cross_sell"]
    assert chosen
    for action in chosen:
        code = action["arguments"]["category"]
        assert code not in action["content"]["zh"]
        assert action["reasons"][0]["knowledge"][0]["measures"]["later_adjusted_lift"] >= 1.1


def test_a_product_in_the_cart_brings_what_goes_with_it(loop, associations):
    pair = next(item for item in associations if item["status"] == "published" and len(item["antecedent"]) == 1)
    decision = loop.decide("12347", cart=[pair["antecedent"][0]])
    offered = [action for action in decision["actions"] if action["family"] == "cross_sell"]
    assert offered
    assert offered[0]["factors"]["context"] == 2.0


def test_nobody_sees_what_must_never_be_seen(loop):
    found = loop.service.harms.of_next()
    assert (found["customers"], found["findings"]) == (4_372, [])


def test_a_country_is_told_in_chinese(loop):
    shown = loop.service.customers.knowledge_map("12347")["information"]
    assert "冰岛" in " ".join(entry["statement"]["zh"] for entry in shown)
