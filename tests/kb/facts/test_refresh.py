import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.errors import NotFound, StoreFailure
from kb.facts.refresh import FactTables, normalise_strings, refresh
from kb.facts.registry import FACTS, build
from ontology.schema import load_schema

NOON = "2017-12-31T12:00:00"
ARROW = {"number": "double", "integer": "int64", "string": "string", "boolean": "bool"}


@pytest.fixture(scope="module")
def shop(source, line):
    return source(customers=[{"customer_key": "c1", "birth_year": 1980}, {"customer_key": "c2"}],
                  products=[{"product_id": "p1", "category": "MILK"}],
                  order_lines=[line("o1", "2017-12-01T10:00:00", 3), line("o2", "2017-12-02T10:00:00", 4)])


@pytest.fixture(scope="module")
def made(shop, at, tmp_path_factory):
    """One refresh of the shop, for those who only read."""
    return refresh(shop, at(NOON), tmp_path_factory.mktemp("facts"), quiet)


def quiet(_):
    """Nobody listens to the progress."""


@pytest.mark.parametrize("name", FACTS)
def test_each_fact_table_has_the_properties_and_types_of_the_ontology(source, at, name):
    """An empty source too: every table is empty, none is missing."""
    table = build(source(), at(NOON), name).to_pyarrow()
    keys = ["customer_key"] if name == "customer" else ["customer_key", "_key", "days_ago"]
    terms = load_schema().facts[name].properties
    assert table.column_names == keys + [term for term in terms if term not in keys]
    assert {term: str(table.schema.field(term).type) for term in terms} == {
        term: ARROW[described.type] for term, described in terms.items()}
    assert table.num_rows == 0


def test_declared_attributes_are_properties_of_the_customer(source, at, rows_of, Declared):  # noqa: N803 - a class
    tables = source(attributes=(Declared("contract", "string"), Declared("lines", "integer")),
                    customers=[{"customer_key": "c1", "contract": "yearly", "lines": 2}])
    (row,) = rows_of(tables, at(NOON), "customer")
    assert (row["contract"], row["lines"]) == ("yearly", 2)


def test_an_unknown_fact_type_is_refused_with_the_known_ones(source, at):
    with pytest.raises(NotFound, match="unknown fact type 'knowledge'; known: customer, purchase"):
        build(source(), at(NOON), "knowledge")


@pytest.mark.parametrize(("joined", "customers"), [
    ("2017-12-31T12:00:00", ["c1"]), ("2017-12-31T12:00:01", []),
])
def test_a_customer_is_known_from_the_day_of_joining(source, at, rows_of, joined, customers):
    tables = source(customers=[{"customer_key": "c1", "joined_at": at(joined).as_of, "city": "Linz"}])
    assert [row["customer_key"] for row in rows_of(tables, at(NOON), "customer")] == customers


def test_a_refresh_writes_every_fact_type_and_tells_how_much_is_known(shop, at, tmp_path):
    told = []
    made = refresh(shop, at(NOON), tmp_path / "facts", told.append)
    assert made.rows == {"customer": 2, "purchase": 1, "interaction": 0, "contact": 0, "subscription": 0, "relation": 0}
    assert {name: made.coverage[name] for name in ("age", "order_count", "recency_days", "loyalty")} == {
        "age": 0.5, "order_count": 1.0, "recency_days": 0.5, "loyalty": 0.0}
    assert told[:2] == ["customer: 2", "purchase: 1"]
    assert made.read("purchase").column("spend_30d").to_pylist() == [4.0]


def test_an_opened_refresh_is_the_one_that_was_written(made):
    assert FactTables.open(made.folder) == made


def test_two_refreshes_write_the_same_bytes(made, shop, at, tmp_path):
    """Provenance by digest needs a fixed order of rows and sums that do not depend on threads."""
    again = refresh(shop, at(NOON), tmp_path, quiet)
    assert all(made.path(name).read_bytes() == again.path(name).read_bytes() for name in made.rows)


def test_a_fact_type_without_a_table_is_refused(made):
    with pytest.raises(NotFound, match="no fact table 'moment'; there are: customer"):
        made.read("moment")


def test_a_folder_without_a_finished_refresh_is_refused(tmp_path):
    with pytest.raises(NotFound, match="no fact tables in"):
        FactTables.open(tmp_path)


def test_a_refresh_that_cannot_write_leaves_the_tables_before(shop, at, tmp_path, monkeypatch):
    made = refresh(shop, at(NOON), tmp_path, quiet)
    before = made.path("customer").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(StoreFailure, match="No space left on device"):
        refresh(shop, at("2018-06-01T12:00:00"), tmp_path, quiet)
    assert made.path("customer").read_bytes() == before
    assert FactTables.open(tmp_path).moment == at(NOON)


def test_strings_are_composed_and_those_too_long_to_be_tested_are_unknown():
    table = pa.table({"name": ["Cafe\u0301", "a" * 2_000, "é" * 1_001, None], "n": [1, 2, 3, 4]})
    assert normalise_strings(table).to_pydict() == {"name": ["Café", "a" * 2_000, None, None], "n": [1, 2, 3, 4]}


@pytest.mark.parametrize(("told", "kept"), [(float("nan"), None), (0.1234567894, 0.123456789), (None, None)])
def test_numbers_have_nine_decimals_and_what_is_none_is_unknown(source, at, rows_of, told, kept):
    happened = {"interaction_id": "i1", "customer_key": "c1", "kind": "view", "score": told,
                "at": at("2017-12-01T10:00:00").as_of}
    (row,) = rows_of(source(interactions=[happened]), at(NOON), "interaction")
    assert row["score"] == kept
