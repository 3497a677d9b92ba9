"""An import that would bring in nothing, or take away what an earlier one brought, is refused unless asked for."""

import pytest

from kb.errors import Conflict, InvalidSource
from kb.home import key_of
from kb.tables.catalog import read_catalog

PRODUCTS = """
[tables.products]
source = "lines"
one_per = ["product_id"]
[tables.products.columns]
product_id = "product"
"""


def lines_of(numbers):
    return "".join(f"anna,{n},tea,2024-03-01 09:30:00,1,{n}.5\n" for n in numbers)


@pytest.fixture
def state(shop):
    """All that a base holds: every file with its bytes."""
    return lambda: {path: path.read_bytes() for path in shop.home.rglob("*") if path.is_file()}


def test_a_file_whose_rows_are_all_refused_is_refused_with_each_reason_its_count_and_a_line(shop, state):
    shop.take()
    before = state()
    with pytest.raises(InvalidSource, match=r"all 3 rows of order_lines were refused") as fault:
        shop.take(shop.header + "ben,4,cup,2024-03-02 11:00:00,0,30\nben,5,,2024-03-02 11:00:00,1,3\n"
                  "ben,6,,2024-03-02 11:00:00,1,3\n")
    assert "1: a quantity of zero (zero_quantity, for example line 2)" in fault.value.message
    assert "2: product_id is missing (product_id_missing, for example line 3)" in fault.value.message
    assert "全部被拒" in fault.value.message_text.zh
    assert state() == before


def test_not_even_who_asks_to_replace_may_empty_a_table_by_a_file_of_refused_rows(shop, state):
    shop.take()
    before = state()
    with pytest.raises(InvalidSource, match="all 1 rows"):
        shop.take(shop.header + "ben,4,cup,2024-03-02 11:00:00,0,30\n", replacing=True)
    assert state() == before


def test_the_first_import_of_a_base_is_refused_too_where_nothing_of_a_table_is_kept(shop):
    with pytest.raises(InvalidSource, match="all 1 rows of order_lines"):
        shop.take(shop.header + "ben,4,cup,2024-03-02 11:00:00,0,30\n")
    assert read_catalog(shop.home) is None


def test_a_second_delivery_does_not_take_the_place_of_the_first_in_silence(shop, state):
    shop.take(shop.header + lines_of(range(100)))
    before = state()
    with pytest.raises(Conflict, match="100 rows stand, 3 of them would remain, 97 others are new") as no:
        shop.take(shop.header + lines_of(range(97, 197)))
    assert "--replace" in no.value.hint
    assert "现有 100 行" in no.value.message_text.zh
    assert state() == before


def test_who_asks_for_it_replaces_and_is_told_how_much_went(shop):
    shop.take(shop.header + lines_of(range(100)))
    report = shop.take(shop.header + lines_of(range(97, 197)), replacing=True)
    assert (report.tables["order_lines"].kept, report.tables["order_lines"].removed) == (100, 97)


@pytest.mark.parametrize(("stand", "gone", "is_refused"), [(100, 5, False), (100, 6, True), (20, 1, False),
                                                           (19, 1, True), (3, 1, True), (3, 0, False)])
def test_five_in_a_hundred_rows_may_go_and_of_fewer_than_twenty_none(shop, stand, gone, is_refused):
    shop.take(shop.header + lines_of(range(stand)))
    fewer = shop.header + lines_of(range(gone, stand))
    if is_refused:
        with pytest.raises(Conflict, match=f"{stand} rows stand, {stand - gone} of them would remain"):
            shop.take(fewer)
    else:
        assert shop.take(fewer).tables["order_lines"].removed == gone


def test_a_row_that_was_corrected_is_not_one_that_went(shop):
    """An amount, a time or a customer may change; the line of the order is the same."""
    shop.take(shop.header + lines_of(range(30)))
    report = shop.take((shop.header + lines_of(range(30))).replace(".5", ".25").replace("09:30", "10:30"))
    assert (report.tables["order_lines"].removed, report.unchanged) == (0, False)


def test_rows_that_are_known_by_the_same_are_counted(shop):
    same = "".join(f"anna,1,tea,2024-03-01 09:30:00,1,{n}\n" for n in range(1, 41))
    shop.take(shop.header + same)
    with pytest.raises(Conflict, match="40 rows stand, 20 of them would remain"):
        shop.take(shop.header + same[: same.index("anna,1,tea,2024-03-01 09:30:00,1,21\n")])


def test_a_table_that_the_mapping_no_longer_fills_does_not_vanish_in_silence(shop, state):
    shop.take(mapping=shop.mapping + PRODUCTS)
    before = state()
    with pytest.raises(Conflict, match="of products 2 rows stand, 0 of them would remain"):
        shop.take()
    assert state() == before
    report = shop.take(replacing=True)
    assert (dict(report.dropped), report.unchanged) == ({"products": 2}, False)


def test_another_mapping_for_the_same_table_takes_nothing_of_the_first_away(shop):
    shop.take(shop.header + lines_of(range(100)))
    shop.take(shop.header + lines_of(range(200, 203)), mapping_name="other")
    assert len(shop.rows("order_lines")) == 103
    with pytest.raises(Conflict, match="the mapping other brought before: of order_lines 3 rows stand, 0 of them"):
        shop.take(shop.header + lines_of(range(300, 303)), mapping_name="other")


def test_rows_of_erased_persons_are_no_fault_of_the_file(shop):
    """Else the file of one customer could never be imported again once she was erased."""
    report = shop.take(shop.header + lines_of(range(3)), erased=frozenset({key_of("anna", b"secret")}))
    assert report.tables["order_lines"].quarantined == {"erased": 3}
