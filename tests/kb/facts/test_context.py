import pytest

from kb.errors import InvalidInput
from kb.facts.context import CategoryNames, moment_rows
from ontology.text import Text

PRODUCTS = [
    {"product_id": "p1", "name": "Whole milk", "category": "FLUID MILK"},
    {"product_id": "p2", "name": "Rye", "category": "BREAD"},
    {"product_id": "p3", "name": "Powder", "category": "MILK BY-PRODUCTS"},
    {"product_id": "p4", "name": "Gift", "category": "BREAD"},
    {"product_id": "p5", "name": "Gift", "category": "FLUID MILK"},
    {"product_id": "p6", "name": "Bag", "category": None},
]
LABELS = {"FLUID MILK": Text(zh="鲜牛奶", en="Fresh milk"), "BREAD": Text(zh="面包", en="Bread")}
MONDAY = "2018-01-01T07:30:00"


@pytest.fixture(scope="module")
def names(source):
    return CategoryNames.of(source(products=PRODUCTS), LABELS)


@pytest.fixture
def heard(names, at):
    """The rows of a context, without those of the clock, as (signal, value, category, number)."""
    def read(context, channel=None):
        rows = moment_rows(context, at(MONDAY), channel=channel, names=names)
        told = [row.values for row in rows if row.values["signal"] not in {"hour", "weekday"}]
        return [(t["signal"], t["value"], t.get("category"), t.get("number")) for t in told]
    return read


@pytest.mark.parametrize(("name", "category"), [
    ("FLUID MILK", "FLUID MILK"), ("fluid milk ", "FLUID MILK"), ("鲜牛奶", "FLUID MILK"), ("Whole Milk", "FLUID MILK"),
    ("p2", "BREAD"), ("bread", "BREAD"), ("Gift", None), ("Bag", None), ("p6", None), ("tea", None),
])
def test_a_name_means_its_category_by_any_of_its_words_if_they_are_of_one_only(names, name, category):
    assert names.meant_by(name) == category


def test_a_cart_tells_each_name_once_with_how_often_it_is_in_it(heard):
    assert heard({"cart": ["Rye", "Rye", "tea"]}) == [("cart", "Rye", "BREAD", 2), ("cart", "tea", None, 1)]


def test_a_search_tells_every_category_that_holds_the_words(heard):
    assert heard({"search": "milk"}) == [("search", "milk", "FLUID MILK", None),
                                         ("search", "milk", "MILK BY-PRODUCTS", None)]
    assert heard({"search": "牛奶"}) == [("search", "牛奶", "FLUID MILK", None)]
    assert heard({"search": "tea"}) == [("search", "tea", None, None)]


def test_a_page_means_one_category_exactly(heard):
    assert heard({"page": "milk"}) == [("page", "milk", None, None)]
    assert heard({"page": "Bread"}) == [("page", "Bread", "BREAD", None)]


def test_channel_hour_and_weekday_are_told_in_local_time(names, at):
    rows = moment_rows({}, at(MONDAY), channel="phone", names=names)
    assert [dict(row.values) for row in rows] == [
        {"signal": "channel", "value": "phone"},
        {"signal": "hour", "value": "7", "number": 7},
        {"signal": "weekday", "value": "1", "number": 1},
    ]


def test_what_is_no_signal_is_no_fact(heard):
    assert heard({"direction": "outbound", "cart": [" "]}) == []


def test_rows_of_one_moment_have_keys_of_their_own(names, at):
    """Two products of one category, and one product that is both searched and in the cart."""
    rows = moment_rows({"cart": ["Rye", "Bread"], "search": "Rye"}, at(MONDAY), channel="web", names=names)
    assert len({row.key for row in rows}) == len(rows)


@pytest.mark.parametrize("cart", [7, ["milk", 7], {"milk": 1}, None])
def test_a_context_of_another_shape_is_refused_by_name(names, at, cart):
    with pytest.raises(InvalidInput, match="context 'cart' must be a name or a list of names"):
        moment_rows({"cart": cart}, at(MONDAY), channel=None, names=names)
