"""Figures at their edges."""

import pytest

from api.console.figures import _FIRST, _SHARES, figure, measure_rows, percent, quantity
from ontology.schema import load_schema


@pytest.mark.parametrize(("value", "expected"), [
    (0, "0"), (0.0, "0"), (-3, "-3"), (-0.5, "-0.5"), (1e-12, "1.0 × 10⁻¹²"), (-2e-7, "-2.0 × 10⁻⁷"), (1.0, "1"),
    (123456.789, "123,456.79"), ("", ""),
])
def test_a_figure_is_cut_to_what_matters(value, expected):
    assert figure(value) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.0, "0%"), (1.0, "100%"), (-0.05, "-5%"), (0.99999, "100%")])
def test_a_share_is_told_in_percent(share, expected):
    assert percent(share) == expected


def test_an_amount_is_followed_by_its_currency():
    assert quantity(4318.62, "currency", "zh", unit_name="USD") == "4,318.62 USD"


def test_a_truth_value_is_told_in_the_readers_language():
    assert (quantity(True, None, "zh"), quantity(False, None, "en")) == ("是", "no")


def test_a_measure_that_only_the_later_period_has_stands_alone():
    [row] = measure_rows({"later_lift": 1.25})
    assert (row.name, row.earlier, row.later) == ("lift", None, "1.25")


def test_no_measures_make_no_rows():
    assert measure_rows({}) == []


def test_the_measures_that_are_told_apart_are_measures_of_the_ontology():
    assert _SHARES | set(_FIRST) <= set(load_schema().vocabularies["measure_name"])
