"""How numbers read: cut to what matters, alike everywhere, as the locales of both languages have them."""

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from ontology.quantities import digits, measure_units, number, percent, quantity, weekday
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import Unit


@pytest.mark.parametrize(("value", "expected"), [
    (0, "0"), (0.0, "0"), (-3, "-3"), (-0.5, "-0.5"), (1e-12, "1.0 × 10⁻¹²"), (-2e-7, "-2.0 × 10⁻⁷"), (1.0, "1"),
    (123456.789, "123,456.79"), (0.99999, "1"), (0.00012345, "0.00012"), (0.7594, "0.76"), (float("inf"), "∞"),
])
def test_a_number_is_cut_to_what_matters(value, expected):
    assert number(value) == expected


@pytest.mark.parametrize(("share", "expected"), [
    (0.0, "0%"), (1.0, "100%"), (-0.05, "-5%"), (0.99999, "100%"), (0.12345, "12.3%"), (12.345, "1,234%"),
])
def test_a_share_is_told_in_percent_with_three_digits(share, expected):
    assert percent(share) == expected


@pytest.mark.parametrize(("value", "unit", "expected"), [
    (0.12345, Unit.SHARE, "12.345%"), (1234567.5, None, "1,234,567.5"), (0.1, Unit.RATIO, "0.1"),
    (0.07, Unit.CHANGE, "+7%"), (30, Unit.CURRENCY, "30"), (452.125, Unit.CURRENCY, "452.125"),
])
def test_the_constant_of_a_rule_keeps_all_its_digits(value, unit, expected):
    assert digits(value, unit, exact=True) == expected


@pytest.mark.parametrize("locale", ["zh", "en"])
@given(value=st.floats(min_value=-1e12, max_value=1e12).filter(lambda value: abs(value) >= 1))
def test_numbers_are_written_as_the_locales_of_both_languages_have_them(locale, value):
    pattern = "#,##0.##"
    assert number(value) == format_decimal(f"{value:.2f}", format=pattern, locale=locale)


def test_a_day_of_the_week_has_one_name_in_each_language():
    assert weekday(1) == Text(zh="星期一", en="Monday")
    assert quantity(7, Unit.WEEKDAY) == Text(zh="星期日", en="Sunday")


def test_an_unknown_unit_of_a_mapping_is_said_after_the_number():
    assert quantity(12.5, "minutes", Text(zh="分钟", en="minutes")) == Text(zh="12.5 分钟", en="12.5 minutes")


def test_every_measure_has_a_unit_that_the_ontology_knows():
    assert set(measure_units()) == set(load_schema().vocabularies["measure_name"])
    assert set(measure_units().values()) <= set(Unit)
