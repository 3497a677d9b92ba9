"""A marketplace of which many customers are unhappy: none of them is thanked or courted, whatever rules say."""

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest

from api.settings import Settings
from api.startup import create_for, open_service
from api.use_cases.knowledge.publishing import Confirmed
from kb.errors import Conflict
from ontology.vocabulary import Channel
from tests.homes import take_in_file

HERE = Path(__file__).parent
COURTING = {"care", "win_back", "retention", "greeting", "cross_sell", "campaign"}
FILES = {"customers": "customers", "orders": "orders", "items": "order_items", "reviews": "order_reviews",
         "products": "products"}
ASKED_TOGETHER = 500


@pytest.fixture(scope="module")
def marketplace(shared_data):
    return shared_data / "marketplace"


def rows_of(folder, name):
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def people(marketplace):
    """What the files say of each person, read without the product: statuses of orders, and the last score."""
    person = {row["customer_id"]: row["customer_unique_id"] for row in rows_of(marketplace, "customers")}
    orders = {row["order_id"]: row for row in rows_of(marketplace, "orders")}
    statuses, scores = defaultdict(set), {}
    for row in orders.values():
        came = row["order_delivered_customer_date"] or row["order_status"] == "delivered"
        statuses[person[row["customer_id"]]].add(bool(came))
    for row in rows_of(marketplace, "order_reviews"):
        who = person[orders[row["order_id"]]["customer_id"]]
        said = (row["review_answer_timestamp"], -int(row["review_score"]))
        scores[who] = max(scores.get(who, said), said)
    return {who: (False in came, -scores[who][1] if who in scores else None) for who, came in statuses.items()}


@pytest.fixture(scope="module")
def service(marketplace, tmp_path_factory):
    """Both mappings in, the pack adopted, and rules that would thank and court everybody, approved."""
    settings = Settings(home=tmp_path_factory.mktemp("marketplace") / "home", engine_workers=0)
    files = {name: marketplace / f"{file}.csv.gz" for name, file in FILES.items()}
    create_for(settings, str(HERE / "marketplace.toml"))
    with open_service(settings) as opened:
        opened.ingestion.import_mapping(str(HERE / "marketplace.toml"), files, progress=lambda _: None)
        opened.ingestion.import_mapping(
            str(HERE / "unfilled.toml"), {name: files[name] for name in ("customers", "orders")},
            progress=lambda _: None)
        opened.rules.adopt_shipped("wang")
        take_in_file(opened.rules, HERE / "thanks_for_all.toml", "eager", "li")
        opened.publishing.publish("wang")
        yield opened


def decided(service, people):
    """The families recommended to each, by person."""
    found = {}
    for start in range(0, len(people), ASKED_TOGETHER):
        answer = service.deciding.decide(people[start:start + ASKED_TOGETHER], Channel.PHONE, {}, 20)
        found |= {one["customer_id"]: {action["family"] for action in one["actions"]} for one in answer["decisions"]}
    return found


def test_nobody_is_thanked_or_courted_whose_last_score_is_low_or_whose_last_order_failed(service, people):
    low = [who for who, (_, score) in people.items() if score is not None and score <= 2]
    assert len(low) > 2_500
    families = decided(service, low)
    assert len(families) == len(low)
    assert {who: sorted(said & COURTING) for who, said in families.items() if said & COURTING} == {}


def test_nobody_is_thanked_of_whom_an_order_was_not_delivered_nor_courted_where_none_was(service, people):
    waiting = [who for who, (is_waiting, _) in people.items() if is_waiting]
    assert len(waiting) > 2_500
    families = decided(service, waiting)
    assert [who for who, said in families.items() if "care" in said] == []
    courted = [who for who, said in families.items() if said & COURTING]
    assert len(courted) / len(waiting) < 0.02  # something was delivered to them since


def test_the_harm_table_finds_nothing_of_what_eager_rules_would_say(service):
    found = service.harms.of_next()
    assert (found["customers"], found["findings"]) == (8_016, [])


def test_the_contented_are_thanked_but_those_whose_spend_has_halved(service, people):
    contented = [who for who, (is_waiting, score) in people.items() if not is_waiting and score == 5][:200]
    families = decided(service, contented)
    others = [who for who, said in families.items() if "care" not in said]
    held = [service.deciding.why_not(who, "care_best")["blocks"] for who in others]
    assert len(others) < len(contented) / 3  # a quarter bought three to six months ago, and not since
    assert all("之前三个月" in block["sentence"]["zh"] for blocks in held for block in blocks[:1])


def test_texts_with_line_breaks_come_in_whole(service, marketplace):
    broken = next(row for row in rows_of(marketplace, "order_reviews") if "\n" in row["review_comment_message"])
    with service.base.tables.open() as tables:
        texts = tables["interactions"].text.to_pyarrow().to_pylist()
    assert broken["review_comment_message"].strip().replace("\r\n", "\n") in {
        (text or "").replace("\r\n", "\n") for text in texts}


def test_without_the_requirements_of_the_pack_it_finds_thousands_and_does_not_publish(service):
    for rule in [row for row in service.base.curation.all_rules() if row.id.startswith("calm-before-")]:
        service.rules.review(rule.id, "retire", "to see what it keeps back", "eve")
    found = {(one["harm_id"], one["action_id"]): one for one in service.harms.of_next()["findings"]}
    assert found["courting-the-unhappy", "win_back"]["customers"] > 2_000
    assert set(found["courting-the-unhappy", "care_best"]["rule_ids"]) >= {"thank-everybody"}
    with pytest.raises(Conflict, match="would remove live rules"):
        service.publishing.publish("eve")
    going = service.publishing.next()["changes"]["rules"]["removed"]
    with pytest.raises(Conflict, match="must never be seen"):
        service.publishing.publish("eve", confirmed=Confirmed(removes=tuple(rule["id"] for rule in going)))
