"""The shipped mappings on the real data, against figures counted independently of them."""

import json
from decimal import Decimal

import ibis
import pyarrow.parquet as pq
import pytest

from kb.ingestion.files import FileLimits, read
from kb.ingestion.intake import run_import
from kb.ingestion.mapping import load_mapping
from kb.tables.catalog import read_catalog
from kb.tables.tables import open_tables


def _imported(tmp_path_factory, name, **files):
    home = tmp_path_factory.mktemp(name)
    report = run_import(load_mapping(name), home=home, secret=b"secret", overrides=files, progress=lambda _: None)
    return report, open_tables(home), home


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    report, tables, _ = _imported(tmp_path_factory, "complete-journey")
    yield report, tables
    tables.close()


@pytest.fixture(scope="module")
def retail(tmp_path_factory, shared_data):
    report, tables, home = _imported(tmp_path_factory, "online-retail", lines=shared_data / "online_retail.csv.gz")
    refused = read_catalog(home).contribution("online-retail").quarantine["order_lines"]
    yield report, tables, pq.read_table(home / refused.path).to_pylist()
    tables.close()


@pytest.fixture(scope="module")
def telco(tmp_path_factory, shared_data):
    report, tables, _ = _imported(tmp_path_factory, "telco", customers=shared_data / "telco_churn.csv")
    yield report, tables
    tables.close()


def test_the_grocery_year_keeps_all_lines_but_those_of_quantity_zero(journey):
    lines = journey[0].tables["order_lines"]
    assert (lines.read, lines.kept, lines.quarantined) == (1_469_307, 1_460_438, {"zero_quantity": 8_869})
    assert lines.quarantined_amounts == {"zero_quantity": "12.5200"}


def test_every_household_is_a_customer_and_801_are_described(journey):
    customers = journey[0].tables["customers"]
    assert (customers.read, customers.kept, customers.added) == (801, 2_469, 1_668)
    assert customers.coverage["age_band"] == pytest.approx(801 / 2_469)


def test_the_year_ends_with_its_last_line_read_on_a_utc_clock(journey):
    assert journey[0].last_instant == 1_514_779_280  # 2018-01-01T04:01:20Z, an hour before midnight in New York


def test_lines_of_products_that_nobody_described_are_kept_without_a_category(journey):
    """4,836 lines of the file; all but 32 of them have the quantity 0 and are refused for that."""
    lines, products = journey[1]["order_lines"], journey[1]["products"]
    assert lines.anti_join(products, "product_id").count().execute() == 32


def test_discount_is_the_sum_of_the_three_kinds(journey):
    assert journey[1]["order_lines"].discount.sum().execute() > 0
    assert journey[0].tables["order_lines"].coverage["discount"] == 1.0


def test_mailings_know_who_redeemed(journey):
    contacts = journey[1]["contacts"]
    assert journey[0].tables["campaigns"].kept == 27
    assert contacts.count().execute() == 6_589
    assert contacts.responded.sum().execute() == contacts.responded_at.count().execute() == 792
    assert contacts.filter(contacts.responded_at < contacts.contacted_at).count().execute() == 0


def test_a_campaign_ends_with_its_last_day_and_is_about_its_commonest_category(journey):
    campaigns = {row["campaign_id"]: row for row in journey[1]["campaigns"].to_pyarrow().to_pylist()}
    assert campaigns["1"]["category"] == "CHEESE"
    assert campaigns["1"]["starts_at"] == 1_488_517_200  # 2017-03-03 00:00 in New York
    assert campaigns["1"]["ends_at"] == 1_491_796_800  # 2017-04-10 00:00: the ninth counts
    assert sum(row["ends_at"] > journey[0].last_instant for row in campaigns.values()) == 5


def test_all_categories_of_the_grocer_have_words_in_both_languages(journey):
    tables = journey[1]
    products = tables["products"]
    assert products.category.nunique().execute() == len(tables.category_labels) == 303
    assert tables.category_labels["SOFT DRINKS"].zh == "软饮料"
    assert all(any("一" <= sign <= "鿿" for sign in label.zh) for label in tables.category_labels.values())
    assert not {"CIGARETTES", "BEERS/ALES", "FAMILY PLANNING", "COUPON/MISC ITEMS"} & tables.offerable
    assert {"SOFT DRINKS", "CHEESE"} <= tables.offerable


def test_bands_carry_bounds_by_the_month(journey):
    customers = journey[1]["customers"]
    row = customers.filter(customers.income_band == "35-49K").limit(1).to_pyarrow().to_pylist()[0]
    assert (row["income_low"], row["income_high"]) == (Decimal("2916.6667"), Decimal("4166.5833"))


@pytest.mark.shared_data
def test_the_wholesaler_s_lines_are_all_accounted_for(retail):
    lines = retail[0].tables["order_lines"]
    assert lines.read == 541_909
    assert lines.quarantined == {"duplicate": 5_268, "negative_price": 2, "stock_correction": 1_336}
    assert lines.kept == 541_909 - 5_268 - 2 - 1_336


@pytest.mark.shared_data
def test_the_wholesaler_s_net_value_is_that_of_kept_and_refused_lines_together(retail):
    """The published 9,747,747.93 counts every line of the file, duplicates among them."""
    kept = retail[1]["order_lines"].amount.sum().execute()
    refused = sum(Decimal(amount) for amount in retail[0].tables["order_lines"].quarantined_amounts.values())
    assert Decimal(str(kept)).quantize(Decimal("0.01")) + refused == Decimal("9747747.93")


@pytest.mark.shared_data
def test_the_wholesaler_s_orders_products_and_customers_are_the_published_ones(retail):
    report, tables, _ = retail
    assert report.tables["products"].kept == 4_070
    assert report.tables["customers"].kept == report.persons.num_rows == 4_372
    assert tables["customers"].customer_key.nunique().execute() == 4_372
    assert "17850" in report.persons.column("external_id").to_pylist()


@pytest.mark.shared_data
def test_returns_are_the_credit_notes_and_nothing_else(retail):
    lines = retail[1]["order_lines"]
    returns = lines.filter(lines.quantity < 0)
    notes = lines.filter(lines.order_id.startswith("C"))
    assert returns.count().execute() == notes.count().execute()
    assert returns.anti_join(notes, "order_id").count().execute() == 0


@pytest.mark.shared_data
def test_lines_of_the_file_are_kept_or_in_quarantine(retail):
    """135,080 without a customer (kept for baskets), 9,288 on credit notes, 25,900 invoices: both parts together."""
    lines = retail[1]["order_lines"]
    kept = lines.select(anonymous=lines.customer_key.isnull(), order_id=lines.order_id).to_pyarrow().to_pylist()
    refused = [json.loads(row["row"]) for row in retail[2]]
    both = [(row["anonymous"], row["order_id"]) for row in kept] + [
        (row["customer_key"] is None, row["InvoiceNo"]) for row in refused]
    assert sum(anonymous for anonymous, _ in both) == 135_080
    assert sum(order.startswith("C") for _, order in both) == 9_288
    assert len({order for _, order in both}) == 25_900


@pytest.mark.shared_data
def test_1454_descriptions_are_missing_and_stay_unknown(shared_data):
    con = ibis.duckdb.connect()
    file = read(con, load_mapping("online-retail").sources["lines"], shared_data / "online_retail.csv.gz", FileLimits())
    assert file.filter(file.Description.isnull()).count().execute() == 1_454
    con.disconnect()


@pytest.mark.shared_data
def test_charges_are_no_offers_and_products_are_called_by_their_description(retail):
    tables = retail[1]
    assert not {"POST", "DOT", "M", "D", "BANK CHARGES", "AMAZONFEE"} & tables.offerable
    assert tables.category_labels["85123A"].zh == "白色心形悬挂烛台"
    assert tables.category_labels["10080"].en == "Groovy cactus inflatable"


@pytest.mark.shared_data
def test_every_telephone_customer_has_a_contract_and_1869_ended_it(telco):
    report, tables = telco
    subscriptions = tables["subscriptions"]
    assert report.tables["subscriptions"].kept == report.tables["customers"].kept == 7_043
    assert subscriptions.ended_at.count().execute() == subscriptions.ended_by.count().execute() == 1_869
    assert subscriptions.filter(subscriptions.ended_at <= subscriptions.started_at).count().execute() == 0
    assert not tables.has("order_lines")


@pytest.mark.shared_data
def test_the_eleven_blank_totals_stay_unknown(telco):
    customers = telco[1]["customers"]
    assert customers.filter(customers.total_charges.isnull()).count().execute() == 11
    assert {attribute.name for attribute in telco[1].attributes} >= {"contract", "payment_method", "internet_service"}
