"""No row is dropped silently, nothing is written twice, and what an import did can be read in its report."""

from decimal import Decimal

import pytest

from kb.errors import Conflict, StoreFailure
from kb.home import key_of
from kb.ingestion.intake import run_import
from kb.tables.catalog import read_catalog

ANNA, BEN = (key_of(name, b"secret") for name in ("anna", "ben"))

PEOPLE = """
[sources.people]
format = "csv"

[tables.customers]
source = "people"

[tables.customers.columns]
customer_id = "id"
name = "name"
phone = "phone"
city = "city"
birth_year = "born"
"""
ROSTER = "id,name,phone,city,born\nanna,Anna Li,555,Wuhan,1990\nben,Ben Wu,,Xian,\n"


def test_rows_become_the_canonical_table(shop):
    shop.take()
    assert shop.rows("order_lines") == [
        {"customer_key": ANNA, "order_id": "1", "product_id": "tea", "ordered_at": 1709256600, "quantity": 2.0,
         "amount": Decimal("19.9000")},
        {"order_id": "2", "product_id": "tea", "ordered_at": 1709258400, "quantity": 1.0, "amount": Decimal("9.9500")},
        {"customer_key": BEN, "order_id": "3", "product_id": "cup", "ordered_at": 1709348400, "quantity": -1.0,
         "amount": Decimal("-30.0000")}]


def test_the_same_file_twice_writes_nothing(shop):
    first = shop.take()
    before = {path: path.stat().st_mtime_ns for path in shop.home.rglob("*") if path.is_file()}
    again = shop.take()
    after = {path: path.stat().st_mtime_ns for path in shop.home.rglob("*") if path.is_file()}
    assert (first.unchanged, again.unchanged) == (False, True)
    assert after == before


def test_the_order_of_the_rows_does_not_change_the_digest(shop):
    first = shop.take()
    header, *rows = shop.lines.splitlines(keepends=True)
    again = shop.take(header + "".join(reversed(rows)))
    assert again.tables["order_lines"].digest == first.tables["order_lines"].digest


def test_another_file_replaces_what_the_mapping_brought_where_that_is_asked_for(shop):
    shop.take()
    report = shop.take(shop.header + "anna,9,tea,2024-04-01 09:30:00,1,9.95\n", replacing=True)
    assert not report.unchanged
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["9"]
    assert len(read_catalog(shop.home).imports) == 2


REFUSED = {
    "a check of the mapping": ("ben,4,cup,2024-03-02 11:00:00,0,30\n", "zero_quantity"),
    "an exact copy": ("anna,1,tea,2024-03-01 09:30:00,2,19.90\n", "duplicate"),
    "a required value is blank": ("ben,4,,2024-03-02 11:00:00,1,30\n", "product_id_missing"),
}


@pytest.mark.parametrize(("line", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_row_goes_into_quarantine_with_reason_and_line(shop, line, reason):
    report = shop.take(shop.lines + line)
    table = report.tables["order_lines"]
    assert (table.read, table.kept, table.quarantined) == (4, 3, {reason: 1})
    assert report.reasons[reason].zh
    row, = shop.quarantine("order_lines")
    assert (row["source"], row["line"], row["reason"]) == ("lines", 5, reason)


def test_quarantine_holds_the_row_with_the_key_in_place_of_the_person(shop):
    shop.take(shop.lines + "ben,4,cup,2024-03-02 11:00:00,0,30\n")
    assert shop.quarantine("order_lines")[0]["row"] == (
        f'{{"customer_key":"{BEN}","at":"2024-03-02 11:00:00","order":"4","paid":"30","pieces":"0","product":"cup"}}')


def test_the_money_on_refused_rows_is_reported(shop):
    report = shop.take(shop.lines + "ben,4,cup,2024-03-02 11:00:00,0,30\nben,5,cup,2024-03-02 11:00:00,0,0.5\n")
    assert report.tables["order_lines"].quarantined_amounts == {"zero_quantity": "30.5000"}


def test_a_value_outside_its_vocabulary_is_impossible(shop):
    mapping = shop.mapping.replace('amount = "paid"', 'amount = "paid"\nchannel = "product"')
    report = shop.take(shop.lines.replace("tea", "store"), mapping=mapping)
    assert report.tables["order_lines"].quarantined == {"channel_not_in_vocabulary": 1}
    assert "phone" in report.reasons["channel_not_in_vocabulary"].en


def test_a_lenient_column_puts_the_row_into_quarantine_instead_of_refusing_the_file(shop):
    mapping = shop.mapping.replace('source = "lines"', 'source = "lines"\nlenient = ["amount"]')
    report = shop.take(shop.lines.replace("19.90", "cheap"), mapping=mapping)
    assert report.tables["order_lines"].quarantined == {"amount_unreadable": 1}


def test_copies_are_kept_where_the_mapping_says_that_they_are_rows(shop):
    mapping = shop.mapping.replace('source = "lines"', 'source = "lines"\nkeep_duplicates = true')
    report = shop.take(shop.lines + "anna,1,tea,2024-03-01 09:30:00,2,19.90\n", mapping=mapping)
    assert report.tables["order_lines"].kept == 4


def test_an_erased_customer_stays_out_and_nothing_of_the_row_is_kept(shop):
    report = shop.take(erased=frozenset({BEN}))
    assert report.tables["order_lines"].quarantined == {"erased": 1}
    assert [row["customer_key"] for row in shop.rows("customers")] == [ANNA]
    assert report.persons.column("external_id").to_pylist() == ["anna"]
    assert shop.quarantine("order_lines")[0]["row"] is None


def test_everybody_whom_a_table_knows_is_a_customer(shop):
    report = shop.take()
    assert [row["customer_key"] for row in shop.rows("customers")] == sorted([ANNA, BEN])
    assert (report.tables["customers"].read, report.tables["customers"].added) == (0, 2)


def test_described_customers_stand_beside_those_who_only_bought(shop):
    report = shop.take(mapping=shop.mapping + PEOPLE, people=ROSTER.splitlines()[0] + "\nzoe,Zoe,1,Wuhan,1980\n")
    assert len(shop.rows("customers")) == 3
    assert (report.tables["customers"].read, report.tables["customers"].added) == (1, 2)


def test_a_second_row_for_one_customer_is_refused(shop):
    report = shop.take(mapping=shop.mapping + PEOPLE, people=ROSTER + "anna,Anna Lee,777,Wuhan,1991\n")
    assert report.tables["customers"].quarantined == {"repeated_key": 1}


def test_persons_are_handed_over(shop):
    report = shop.take(mapping=shop.mapping + PEOPLE, people=ROSTER)
    by_key = {row.pop("customer_key"): row for row in report.persons.to_pylist()}
    assert by_key == {ANNA: {"external_id": "anna", "name": "Anna Li", "phone": "555", "address": None},
                      BEN: {"external_id": "ben", "name": "Ben Wu", "phone": None, "address": None}}


def test_no_file_of_the_base_holds_a_name_a_phone_or_an_external_id(shop):
    """Every value of snapshots and quarantine is searched, and the catalog."""
    shop.take(shop.lines + "ben,4,cup,2024-03-02 11:00:00,0,30\n", mapping=shop.mapping + PEOPLE,
              people=ROSTER + "anna,Anna Li,556,Wuhan,1990\n")
    values = str([shop.rows(table) for table in ("customers", "order_lines")]) + str(
        [shop.quarantine(table) for table in ("customers", "order_lines")]) + (shop.home / "catalog.json").read_text()
    for secret in ("anna", "Anna Li", "555", "Ben Wu"):
        assert secret not in values.replace(str(shop.folder), "")


def test_coverage_is_the_share_of_rows_on_which_a_column_is_known(shop):
    report = shop.take(mapping=shop.mapping + PEOPLE, people=ROSTER)
    assert report.tables["order_lines"].coverage["customer_key"] == pytest.approx(2 / 3)
    assert report.tables["customers"].coverage == {"customer_key": 1.0, "city": 1.0, "birth_year": 0.5}


def test_one_row_is_made_of_many_by_the_most_frequent_value(shop):
    mapping = shop.mapping + """
[tables.products]
source = "lines"
one_per = ["product_id"]
[tables.products.columns]
product_id = "product"
brand = "order"
"""
    report = shop.take(shop.lines + "anna,2,tea,2024-03-03 10:00:00,1,9.95\n", mapping=mapping)
    assert shop.rows("products") == [{"product_id": "cup", "brand": "3"}, {"product_id": "tea", "brand": "2"}]
    assert (report.tables["products"].read, report.tables["products"].merged) == (4, 2)


def test_rows_of_another_kind_do_not_belong_to_the_table(shop):
    mapping = shop.mapping.replace('source = "lines"', 'source = "lines"\nwhere = { product = ["tea"] }')
    report = shop.take(mapping=mapping)
    assert (report.tables["order_lines"].read, report.tables["order_lines"].kept) == (2, 2)


def test_a_look_up_brings_columns_of_another_source(shop):
    mapping = shop.mapping.replace("[tables.order_lines]", """
[sources.lines.lookup.shops]
on = ["order"]
columns = { branch = "branch" }
pick = "first"
[sources.shops]
format = "csv"
[tables.order_lines]""").replace('amount = "paid"', 'amount = "paid"\nstore = "branch"')
    shop.take(mapping=mapping, shops="order,branch\n1,west\n1,east\n3,north\n")
    assert [row.get("store") for row in shop.rows("order_lines")] == ["east", None, "north"]


def test_an_interaction_without_an_id_is_named_by_its_content(shop):
    mapping = shop.base + """
[sources.lines]
format = "csv"
[tables.interactions]
source = "lines"
[tables.interactions.columns]
customer_id = "customer"
at = "at"
kind = { constant = "visit" }
"""
    shop.take(mapping=mapping)
    first = [row["interaction_id"] for row in shop.rows("interactions")]
    shop.take(shop.lines.replace("tea", "soap"), mapping=mapping)
    assert [row["interaction_id"] for row in shop.rows("interactions")] == first
    assert len(set(first)) == 2


def test_two_mappings_may_fill_one_table(shop):
    shop.take()
    other = shop.mapping.replace("[tables", PEOPLE + "\n[tables", 1)
    shop.take(shop.header + "zoe,7,tea,2024-03-04 10:00:00,1,9.95\n", mapping=other, mapping_name="other",
              people=ROSTER)
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["7", "1", "2", "3"]
    cities = {row["customer_key"]: row.get("city") for row in shop.rows("customers")}
    assert cities == {ANNA: "Wuhan", BEN: "Xian", key_of("zoe", b"secret"): None}


@pytest.mark.parametrize(("old", "new"), [("Asia/Shanghai", "Europe/London"), ("CNY", "GBP")])
def test_a_base_keeps_one_time_zone_and_one_currency(shop, old, new):
    shop.take()
    with pytest.raises(Conflict, match=f"this base keeps .*{old}, the mapping says {new}"):
        shop.take(mapping=shop.mapping.replace(old, new), mapping_name="other")


def test_the_last_moment_is_that_of_the_data_unless_the_mapping_states_one(shop):
    assert shop.take().last_instant == 1709348400
    stated = shop.mapping.replace("[base]", "[base]\nas_of = 2024-05-01")
    assert shop.take(mapping=stated).last_instant == 1714492800


def test_a_failure_while_writing_leaves_the_state_before(shop):
    shop.take()
    before = shop.rows("order_lines"), read_catalog(shop.home)

    def fail(message: str) -> None:
        if message.startswith("customers: writing"):
            raise OSError(message)

    with pytest.raises(StoreFailure, match=r"did not take place.*writing"):
        run_import(shop.load(shop.mapping), home=shop.home, secret=b"secret", progress=fail,
                   overrides={"lines": shop.write("lines.csv", shop.header + "zoe,9,tea,2024-04-01 09:30:00,1,9\n")})
    assert (shop.rows("order_lines"), read_catalog(shop.home)) == before
    assert not list(shop.home.glob(".*"))


def test_a_source_that_tells_of_deliveries_alone_tells_the_status_of_its_orders(shop):
    mapping = shop.mapping.replace('amount = "paid"', 'amount = "paid"\ndelivered_at = "came"')
    shop.take("customer,order,product,at,pieces,paid,came\n"
              "anna,1,tea,2024-03-01 09:30:00,2,19.90,2024-03-03 12:00:00\nanna,2,tea,2024-03-02 09:30:00,2,19.90,\n",
              mapping=mapping)
    assert [row["order_status"] for row in shop.rows("order_lines")] == ["delivered", "placed"]


def test_a_status_of_no_order_goes_into_quarantine(shop):
    mapping = shop.mapping.replace('amount = "paid"', 'amount = "paid"\norder_status = "state"')
    report = shop.take("customer,order,product,at,pieces,paid,state\nanna,1,tea,2024-03-01 09:30:00,2,19.90,lost\n"
                       "anna,2,tea,2024-03-01 09:30:00,2,19.90,shipped\n", mapping=mapping)
    assert report.tables["order_lines"].quarantined == {"order_status_not_in_vocabulary": 1}
