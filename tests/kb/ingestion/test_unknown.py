"""Unknown stays unknown, and is counted: what varies is no attribute, a placeholder is nothing, a day has no time."""

import pytest

from kb.facts.moment import Moment
from kb.facts.refresh import refresh
from kb.home import key_of
from kb.tables.tables import open_tables

ZONE = "Asia/Shanghai"
BASE = """
[base]
name = { zh = "小店", en = "A small shop" }
zone = "Asia/Shanghai"
currency = "CNY"

[sources.lines]
format = "csv"
"""
LINES = """
[tables.order_lines]
source = "lines"

[tables.order_lines.columns]
customer_id = "customer"
order_id = "order"
product_id = "product"
ordered_at = "at"
quantity = { constant = "1" }
amount = "paid"
"""
PEOPLE = """
[tables.customers]
source = "lines"
one_per = ["customer_id"]

[tables.customers.columns]
customer_id = "customer"
name = "name"
city = "city"
region = "region"
birth_year = "born"
joined_at = "joined"
"""
HEADER = "customer,order,product,at,paid,name,city,region,born,joined\n"


def row(customer, order, *, at="2024-03-01 09:30:00", name="", city="", region="", born="", joined=""):  # noqa: PLR0913 - the columns
    return f"{customer},{order},tea,{at},10,{name},{city},{region},{born},{joined}\n"


@pytest.fixture
def take(shop):
    def taken(*rows, mapping=BASE + LINES + PEOPLE):
        return shop.take(HEADER + "".join(rows), mapping=mapping)
    return taken


def customers(shop, *ids):
    rows = {one["customer_key"]: one for one in shop.rows("customers")}
    return [{name: value for name, value in rows[key_of(who, b"secret")].items() if name != "customer_key"}
            for who in ids]


def test_where_a_customers_rows_differ_the_attribute_is_unknown_and_counted(shop, take):
    report = take(row("anna", 1, city="武汉", region="湖北", name="Anna"),
                  row("anna", 2, city="西安", region="湖北", name="Anna"), row("anna", 3, city="西安", name="Ana"),
                  row("ben", 4, city="西安"), row("ben", 5))

    assert customers(shop, "anna", "ben") == [{"region": "湖北"}, {"city": "西安"}]
    assert report.tables["customers"].varying == {"city": 1}
    assert report.persons.column("name").to_pylist().count("Anna") == 1  # a name may be spelt in several ways


@pytest.mark.parametrize("nobody", ["0", "NULL", "n/a", "NaN", "None", "unknown", "匿名"])
def test_an_id_that_names_nobody_is_no_customer(shop, take, nobody):
    report = take(row(nobody, 1), row("anna", 2), mapping=BASE + LINES)

    assert [("customer_key" in line) for line in shop.rows("order_lines")].count(False) == 1
    assert report.tables["order_lines"].placeholders == {"customer_id": 1}
    assert len(shop.rows("customers")) == 1


@pytest.mark.parametrize("born", ["0", "1900", "9999"])
def test_a_year_that_says_nothing_is_no_year_of_birth(shop, take, born):
    report = take(row("anna", 1, born=born), row("ben", 2, born="1990"))
    assert customers(shop, "anna", "ben") == [{}, {"birth_year": 1990}]
    assert report.tables["customers"].placeholders == {"birth_year": 1}


@pytest.mark.parametrize("joined", ["1900-01-01", "1970-01-01 00:00:00", "0001-01-01", "1899-12-30"])
def test_a_day_that_says_nothing_is_no_day(shop, take, joined):
    report = take(row("anna", 1, joined=joined), row("ben", 2, joined="2020-05-01"))
    assert "joined_at" not in customers(shop, "anna")[0]
    assert "joined_at" in customers(shop, "ben")[0]
    assert report.tables["customers"].placeholders == {"joined_at": 1}


def test_an_order_on_a_day_that_says_nothing_goes_into_quarantine(take):
    report = take(row("anna", 1, at="1900-01-01 00:00:00"), row("anna", 2), mapping=BASE + LINES)
    assert report.tables["order_lines"].quarantined == {"ordered_at_missing": 1}


def facts_of(shop, tmp_path, fact="customer"):
    with open_tables(shop.home) as tables:
        made = refresh(tables, Moment(as_of=1_717_200_000, zone=ZONE), tmp_path / "facts", lambda _: None)
    return made.read(fact).to_pylist()


@pytest.mark.parametrize(("days", "zone", "hour"), [
    (("2024-03-01", "2024-03-02"), "", None),
    (("2024-03-01 00:00:00", "2024-03-02 00:00:00"), "", None),
    (("2024-03-01", "2024-03-02"), 'zone = "Europe/London"', None),           # a day is a day of the base
    (("2024-03-01 00:00:00", "2024-03-02 00:00:00"), 'zone = "America/New_York"', None),
    (("2024-03-01 01:30:00", "2024-03-02 01:30:00"), 'zone = "Europe/London"', 9),
    (("2024-03-01 00:00:00", "2024-03-02 18:30:00", "2024-03-03 00:00:00"), "", 18),
])
def test_orders_that_have_a_day_only_give_no_preferred_hour(shop, take, tmp_path, days, zone, hour):  # noqa: PLR0913, PLR0917 - a case
    take(*(row("anna", number, at=at) for number, at in enumerate(days)), mapping=BASE + zone + LINES)
    (anna,) = facts_of(shop, tmp_path)
    assert anna["preferred_hour"] == hour
    if hour is None:
        assert anna["preferred_weekday"] == 5  # the first of March was a Friday
