"""A mapping that says something impossible is refused by file, key and expectation; the shipped ones are sound."""

import pytest

from kb.errors import InvalidMapping
from kb.ingestion.mapping import load_mapping, shipped_mappings
from kb.ingestion.mapping.declaration import Column, Sign

ATTRIBUTED = """
[sources.people]
format = "csv"

[tables.customers]
source = "people"

[tables.customers.columns]
customer_id = "id"
tea_lover = "tea"

[attributes.tea_lover]
type = "boolean"
labels = { zh = "爱喝茶", en = "Tea lover" }
"""


@pytest.mark.parametrize("name", ["complete-journey", "online-retail", "telco"])
def test_the_shipped_mappings_load_by_name(name):
    assert load_mapping(name).name == name
    assert name in shipped_mappings()


def test_a_mapping_is_read_as_it_is_written(shop):
    mapping = shop.load(shop.mapping)
    table = mapping.tables["order_lines"]
    assert (mapping.name, mapping.base.zone, mapping.base.currency) == ("shop", "Asia/Shanghai", "CNY")
    assert table.columns["amount"] == Column(column="paid")
    assert table.checks[0].when == {"quantity": Sign.ZERO}


@pytest.mark.parametrize(("old", "new", "told"), [
    ('currency = "CNY"', "", "shop.toml: base.currency must be a string, got nothing"),
    ('zone = "Asia/Shanghai"', 'zone = "Shanghai"', "base.zone must be an IANA time zone"),
    ('format = "csv"', 'format = "cvs"', "sources.lines.format must be one of csv, parquet, xlsx, got 'cvs'"),
    ("[tables.order_lines]", "[tables.orders]", "unknown table 'tables.orders'"),
    ('source = "lines"', 'source = "line"', "tables.order_lines.source must be one of the sources lines, got 'line'"),
    ('amount = "paid"', "", "tables.order_lines.columns.amount must be filled, it is required"),
    ('amount = "paid"', 'amount = "paid"\ncolour = "c"', "got 'colour'"),
    ('amount = "paid"', 'amount = { colum = "paid" }', "columns.amount.column must be a string, got nothing"),
    ('amount = "paid"', 'amount = { column = "paid", unit = "year" }',
     "unknown key 'tables.order_lines.columns.amount.unit'"),
    ('amount = "paid"', 'amount = { column = "paid", bound = "middle" }', "bound must be one of low, high"),
    ('quantity = "zero"', 'quantity = "odd"', "must be one of zero, negative, positive, unknown, got 'odd'"),
    ("[base]", '[base]\nas_of = "soon"', "base.as_of must be a day such as 2018-01-01, got 'soon'"),
    ("[base]", "[bass]", "base must be a table, got nothing"),
    ("[base]", "[base", "expected TOML in UTF-8"),
])
def test_an_impossible_mapping_is_refused_by_file_key_and_expectation(shop, old, new, told):
    with pytest.raises(InvalidMapping) as fault:
        shop.load(shop.mapping.replace(old, new, 1))
    assert told in fault.value.message
    assert "shop.toml" in fault.value.message
    assert fault.value.hint


def test_a_misspelt_key_is_not_taken_for_an_absent_one(shop):
    with pytest.raises(InvalidMapping, match=r"unknown key 'sources\.lines\.delimeter'") as fault:
        shop.load(shop.mapping.replace('format = "csv"', 'format = "csv"\ndelimeter = ";"'))
    assert fault.value.hint == "did you mean 'delimiter'?"


@pytest.mark.parametrize(("old", "new", "told", "hint"), [
    ('format = "csv"', 'format = "csv"\nshet = "Sales"', "unknown key 'sources.lines.shet'", "did you mean 'sheet'?"),
    ('amount = "paid"', 'amount = { columm = "paid" }', "columns.amount.column must be a string, got nothing",
     "there is 'columm': did you mean 'column'?"),
    ('source = "lines"', 'source = "lines"\none_per = ["piece"]',
     "tables.order_lines.one_per must be canonical columns", "correct 'tables.order_lines.one_per' in shop.toml"),
    ('source = "lines"', 'source = "lines"\nlenient = ["piece"]',
     "tables.order_lines.lenient must be canonical columns", "correct 'tables.order_lines.lenient' in shop.toml"),
    ('{ quantity = "zero" }', '{ pieces = "zero" }', "tables.order_lines.refuse.when must be canonical columns",
     "correct 'tables.order_lines.refuse.when' in shop.toml"),
])
def test_what_is_misspelt_is_blamed_where_it_stands(shop, old, new, told, hint):
    with pytest.raises(InvalidMapping) as fault:
        shop.load(shop.mapping.replace(old, new, 1))
    assert told in fault.value.message
    assert fault.value.hint == hint


@pytest.mark.parametrize("kind", ["money", "instant", "colour"])
def test_the_types_that_an_attribute_may_have_are_the_ones_that_are_told(shop, kind):
    with pytest.raises(InvalidMapping, match=f"one of string, integer, number, boolean, got '{kind}'"):
        shop.load(shop.base + ATTRIBUTED.replace('"boolean"', f'"{kind}"'))


def test_an_unknown_mapping_names_the_shipped_ones():
    with pytest.raises(InvalidMapping, match="complete-journey, online-retail, telco"):
        load_mapping("no-such-mapping")


@pytest.mark.parametrize("name", ["religion", "health_score", "ethnicity"])
def test_faith_health_and_the_like_are_refused_without_a_reason(shop, name):
    with pytest.raises(InvalidMapping, match="sensitive") as fault:
        shop.load(shop.base + ATTRIBUTED.replace("tea_lover", name))
    assert "sensitive = true" in fault.value.hint


def test_a_sensitive_attribute_is_taken_with_its_reason(shop):
    stated = ATTRIBUTED.replace("tea_lover", "religion") + 'sensitive = true\nwhy = "funerals differ by faith"\n'
    assert shop.load(shop.base + stated).attributes["religion"].sensitive


def test_an_attribute_that_no_column_fills_is_refused(shop):
    with pytest.raises(InvalidMapping, match=r"attributes\.tea_lover must be filled"):
        shop.load(shop.base + ATTRIBUTED.replace('tea_lover = "tea"', ""))


def test_an_attribute_may_not_take_the_name_of_a_canonical_column(shop):
    with pytest.raises(InvalidMapping, match="that no canonical column has, got 'gender'"):
        shop.load(shop.base + ATTRIBUTED.replace("tea_lover", "gender"))


def test_a_category_that_is_not_offered_says_why(shop):
    with pytest.raises(InvalidMapping, match=r"categories\.gin\.why must be a reason"):
        shop.load(shop.mapping + '\n[categories.gin]\nzh = "金酒"\nen = "Gin"\noffer = false\n')


@pytest.mark.parametrize("name", ["complete-journey", "online-retail"])
def test_category_labels_are_different_words_in_both_languages(name):
    categories = load_mapping(name).categories.values()
    assert len({category.labels.zh for category in categories}) == len(categories)
    assert len({category.labels.en for category in categories}) == len(categories)
    assert not [c.name for c in categories if c.labels.en.isupper() and len(c.labels.en) > 3]
