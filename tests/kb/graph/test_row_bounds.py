"""Bulk relationships are checked by the shapes of the ontology, all rows at once."""

import pyarrow as pa
import pytest

from kb.errors import ShapeViolation
from kb.graph.row_bounds import check_rows

LINK = {"from": "c1", "to": "item", "score": 0.5, "since": 10, "valid_from": 10, "recorded_at": 20}
PURCHASE = {"from": "c1", "to": "MILK", "orders_7d": 0, "orders_30d": 1, "orders_90d": 2, "orders_365d": 5,
            "orders_all": 5, "first_days_ago": 300, "last_days_ago": 12, "share": 0.25}


@pytest.mark.parametrize(("table", "row"), [("HOLDS_A", LINK), ("HOLDS_B", LINK), ("PURCHASED", PURCHASE)])
def test_rows_within_the_bounds_pass_ends_included(table, row):
    check_rows(table, pa.Table.from_pylist([row, row | ({"score": 1.0} if "score" in row else {"share": 0.0})]))


@pytest.mark.parametrize(("table", "row", "wrong", "said"), [
    ("HOLDS_A", LINK, {"score": 1.01}, r"score must lie in \[0, 1\], got 1.01; 1 of 2 rows"),
    ("HOLDS_B", LINK, {"score": -0.1}, "score must lie in"),
    ("HOLDS_A", LINK, {"score": None}, "score must lie in .* got None"),
    ("HOLDS_A", LINK, {"since": None}, "since must be an instant"),
    ("PURCHASED", PURCHASE, {"share": 1.5}, "share must lie in"),
    ("PURCHASED", {"orders_all": 3}, {"orders_all": 0}, "orders_all must be at least 1"),
    ("PURCHASED", PURCHASE, {"orders_30d": 3}, "orders_30d must not be more than orders_90d"),
    ("PURCHASED", PURCHASE, {"last_days_ago": 301}, "last_days_ago must be at least 0 and not more than"),
])
def test_a_row_beyond_a_bound_is_named_with_its_value_and_the_count(table, row, wrong, said):
    with pytest.raises(ShapeViolation, match=said):
        check_rows(table, pa.Table.from_pylist([row, row | wrong]))


def test_an_unknown_value_breaks_no_bound_but_that_of_being_required():
    check_rows("PURCHASED", pa.Table.from_pylist([PURCHASE | {"share": None, "orders_7d": None}]))


def test_no_row_at_all_passes():
    check_rows("HOLDS_A", pa.Table.from_pylist([LINK]).slice(0, 0))
