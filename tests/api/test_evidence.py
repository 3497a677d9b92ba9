"""Whoever has the files and a published item can compute its figures again, and walk from an answer to the files."""

import hashlib
import json

import duckdb
import pytest

BASKETS = """
    CREATE OR REPLACE TEMP TABLE baskets AS
    SELECT t.basket_id, list(DISTINCT p.product_category) AS categories
    FROM read_parquet('{folder}/transactions.parquet') t JOIN read_parquet('{folder}/products.parquet') p
    USING (product_id)
    WHERE t.quantity > 0 AND p.product_category IS NOT NULL
      AND t.transaction_timestamp >= CAST(? AS TIMESTAMP) AND t.transaction_timestamp < CAST(? AS TIMESTAMP)
    GROUP BY t.basket_id"""
MEASURES = """
    WITH counted AS (
        SELECT count(*) AS orders,
               count(*) FILTER (list_has_all(categories, $left)) AS antecedent,
               count(*) FILTER (list_has_all(categories, $right)) AS consequent,
               count(*) FILTER (list_has_all(categories, $left || $right)) AS meeting
        FROM baskets)
    SELECT orders, CAST(meeting AS DOUBLE) / orders, CAST(meeting AS DOUBLE) / antecedent,
           CAST(meeting * orders AS DOUBLE) / (antecedent * consequent)
    FROM counted"""


@pytest.fixture(scope="module")
def associations(published):
    return [item for item in published.values() if item["pattern_kind"] == "association"]


@pytest.fixture
def files(complete_journey):
    """The raw files as SQL tables; knows nothing of Zhike."""
    with duckdb.connect() as connection:
        def counted_in(population):
            start, end = (population[end].removesuffix("Z") for end in ("from", "to"))
            connection.execute(BASKETS.format(folder=complete_journey), [start, end])
            return lambda item: connection.execute(
                MEASURES, {"left": item["antecedent"], "right": item["consequent"]}).fetchone()

        yield counted_in


@pytest.mark.parametrize(("population", "prefix"), [("population", ""), ("later_population", "later_")])
def test_the_figures_of_every_published_association_equal_plain_sql_over_the_files(
        associations, files, population, prefix):
    """Its own population says which orders to count: so many that they are grouped, to read the files once each."""
    assert len(associations) >= 10
    periods = {json.dumps(item[population], sort_keys=True) for item in associations}
    for period in periods:
        measured = files(json.loads(period))
        for item in associations:
            if json.dumps(item[population], sort_keys=True) == period:
                told = [item[population]["size"],
                        *(item["measures"][prefix + name] for name in ("support", "confidence", "lift"))]
                assert told == list(measured(item)), item["subject"]


def test_an_association_speaks_of_orders_with_a_line_of_positive_quantity_and_a_category(associations):
    """The words of the population are what the SQL above does."""
    assert {item["population"]["level"] for item in associations} == {"order"}
    assert {item["population"]["what"]["en"] for item in associations} == {
        "orders, anonymous ones among them, with at least one line of positive quantity whose product has a category"}


@pytest.fixture(scope="module")
def mined_reason(http, published):
    """An action of some answer, with a reason that rests on mined knowledge."""
    agent = http("agent")
    found = agent.get("/v1/customers", params={"q": "", "limit": 100}).json()["customers"]
    ids = [customer["customer_id"] for customer in found]
    answers = agent.post("/v1/decisions", json={"customer_ids": ids}).json()["decisions"]
    return next(reason for answer in answers for action in answer["actions"] for reason in action["reasons"]
                for evidence in reason["knowledge"] if published[evidence["id"]]["pattern_kind"] == "offer")


def test_a_recommendation_walks_to_rule_pattern_run_and_the_bytes_it_was_mined_from(
        mined_reason, agent, shared_server):
    [evidence] = mined_reason["knowledge"]
    walked = agent.get(f"/v1/knowledge/{evidence['id']}").json()
    assert mined_reason["rule_id"] in {rule["id"] for rule in walked["rules"]}
    assert walked["item"]["statement"] == evidence["statement"]
    assert evidence["measures"].items() <= walked["item"]["measures"].items()
    assert {"later_rate", "later_base_rate", "later_popularity_rate"} <= evidence["measures"].keys()
    assert walked["run"]["run_id"] == evidence["run_id"] == walked["item"]["run_id"]
    assert evidence["dataset"] in {dataset["digest"] for dataset in walked["run"]["datasets"]}
    for dataset in walked["run"]["datasets"]:
        digits = dataset["digest"].removeprefix("sha256:")
        snapshot = shared_server.home / "snapshots" / dataset["name"] / f"{digits[:12]}.parquet"
        assert hashlib.sha256(snapshot.read_bytes()).hexdigest() == digits


def test_the_snapshot_walks_on_to_the_digest_of_the_file_it_was_made_from(mined_reason, shared_server,
                                                                        complete_journey):
    catalog = json.loads((shared_server.home / "catalog.json").read_text())
    [record] = [record for record in catalog["imports"]
                if mined_reason["knowledge"][0]["dataset"] in json.dumps(record["tables"])]
    digests = {source["name"]: source["digest"] for source in record["sources"]}
    raw = (complete_journey / "transactions.parquet").read_bytes()
    assert digests["transactions"] == "sha256:" + hashlib.sha256(raw).hexdigest()


def test_a_segment_lists_its_members_page_by_page(published, agent):
    segment = next(item for item in published.values() if item["pattern_kind"] == "segment")
    met, cursor = [], ""
    while cursor is not None:
        page = agent.get(f"/v1/segments/{segment['id']}/customers", params={"cursor": cursor, "limit": 250}).json()
        met += [customer["customer_id"] for customer in page["customers"]]
        cursor = page["next"]
    assert len(met) == len(set(met)) == segment["measures"]["members"]
