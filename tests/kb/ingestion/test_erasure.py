"""An erased customer is in no file of the warehouse, and provenance knows what took a file's place."""

import pyarrow.parquet as pq
import pytest

from kb.home import key_of
from kb.tables.catalog import read_catalog
from kb.tables.erasure import Person, erase_rows

ANNA, BEN = (key_of(name, b"secret") for name in ("anna", "ben"))


@pytest.fixture
def erased(shop):
    """A base of two imports, so that superseded snapshots are there too, and a refused row of Ben's."""
    shop.take()
    shop.take(shop.lines + "ben,4,cup,2024-03-02 11:00:00,0,30\n" + "ben,5,cup,2024-03-02 11:00:00,1,30\n")
    return erase_rows(shop.home, Person(key=BEN, secret=b"secret"), now=7)


@pytest.mark.usefixtures("erased")
def test_no_file_names_the_erased_customer(shop):
    everything = [pq.read_table(path).to_pylist() for path in shop.home.rglob("*.parquet")]
    assert BEN not in str(everything)
    assert ANNA in str(everything)


@pytest.mark.usefixtures("erased")
def test_the_tables_go_on_without_the_customer(shop):
    assert [row["customer_key"] for row in shop.rows("customers")] == [ANNA]
    assert [row["order_id"] for row in shop.rows("order_lines")] == ["1", "2"]
    assert shop.quarantine("order_lines") == []


def test_each_file_that_changed_has_a_successor_on_record(shop, erased):
    assert read_catalog(shop.home).successions == erased
    assert all((shop.home / one.after.path).is_file() and one.recorded_at == 7 for one in erased)
    assert not any((shop.home / one.before.path).exists() for one in erased)


@pytest.mark.usefixtures("erased")
def test_the_next_import_respects_the_erasure(shop):
    shop.take(erased=frozenset({BEN}))
    assert [row["customer_key"] for row in shop.rows("customers")] == [ANNA]


def test_erasing_somebody_unknown_changes_nothing(shop):
    shop.take()
    before = sorted(shop.home.rglob("*"))
    assert erase_rows(shop.home, Person(key=key_of("zoe", b"secret"), secret=b"secret")) == ()
    assert sorted(shop.home.rglob("*")) == before
