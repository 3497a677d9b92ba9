"""Every canonical table is there with its schema; words and offers come from the mapping."""

import hashlib

import pytest

from kb.errors import NotFound, StoreFailure
from kb.tables.canonical import CANONICAL
from kb.tables.tables import open_tables

PRODUCTS = """
[tables.products]
source = "lines"
one_per = ["product_id"]
[tables.products.columns]
product_id = "product"
category = "product"
name = "order"

[categories]
"gin" = { zh = "金酒", en = "Gin", offer = false, why = "alcohol" }
"tea" = { zh = "茶", en = "Tea" }
"""
GIN = "ben,GIN AND TONIC,gin,2024-03-05 11:00:00,1,30\n"
BOWL = "ben,BLUE BOWL,bowl,2024-03-05 11:00:00,1,30\n"


@pytest.fixture
def tables(shop):
    shop.take(shop.lines + GIN + BOWL, mapping=shop.mapping + PRODUCTS)
    with open_tables(shop.home) as opened:
        yield opened


@pytest.mark.parametrize("name", CANONICAL)
def test_every_canonical_table_has_its_schema_with_rows_or_without(tables, name):
    assert tables[name].schema() == CANONICAL[name].schema
    assert tables.has(name) == (tables[name].count().execute() > 0)


def test_an_unknown_table_is_refused(tables):
    with pytest.raises(NotFound, match="unknown table 'orders'"):
        tables["orders"]


def test_nothing_imported_is_said_with_the_way_out(tmp_path):
    with pytest.raises(NotFound) as fault:
        open_tables(tmp_path)
    assert "zhike import" in fault.value.hint


@pytest.mark.usefixtures("tables")
def test_a_damaged_catalog_is_said(shop):
    (shop.home / "catalog.json").write_text('{"zone": 1')
    with pytest.raises(StoreFailure, match=r"catalog\.json is damaged"):
        open_tables(shop.home)


def test_the_digest_of_a_dataset_is_that_of_its_file(shop, tables):
    for dataset in tables.datasets:
        file, = (shop.home / "snapshots" / dataset.name).iterdir()
        assert dataset.digest == "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()
        assert file.stem == dataset.digest.removeprefix("sha256:")[:12]


def test_a_category_is_called_as_the_mapping_says_else_by_its_only_product(tables):
    assert tables.category_labels["tea"].zh == "茶"
    assert tables.category_labels["bowl"].en == "Blue bowl"


def test_what_the_mapping_rules_out_is_not_offered(tables):
    assert tables.offerable == {"tea", "cup", "bowl"}
    assert not tables.ruled_out & tables.offerable


def test_zone_currency_and_last_moment_are_the_base_s(tables):
    assert (tables.zone, tables.currency, tables.last_instant) == ("Asia/Shanghai", "CNY", 1709607600)
