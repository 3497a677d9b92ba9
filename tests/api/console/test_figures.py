"""What pages show of values and measures, at the edges."""

from api.console.figures import FIRST, figure, measure_rows
from api.console.labels import spoken_value
from kb.knowledge_map.entry import ValueWords
from ontology.schema import load_schema


def test_an_amount_is_followed_by_its_currency():
    words = ValueWords(load_schema(), {})
    assert spoken_value(words, {"value": 4318.62, "unit": "currency"}, "USD", "zh") == "4,318.62 USD"


def test_a_truth_value_is_told_in_the_readers_language():
    assert (figure(True, "zh"), figure(False, "en")) == ("是", "no")


def test_a_measure_that_only_the_later_period_has_stands_alone():
    [row] = measure_rows({"later_lift": 1.25})
    assert (row.name, row.earlier, row.later) == ("lift", None, "1.25")


def test_both_ends_of_an_interval_stand_in_the_row_of_their_measure():
    [row] = measure_rows({"later_rate": 0.25, "rate_low": 0.2, "rate_high": 0.31})
    assert (row.name, row.later, row.expected) == ("rate", "25%", "20%–31%")
    [skill] = measure_rows({"later_skill": 0.02, "later_skill_low": -0.011, "later_skill_high": 0.052})
    assert skill.expected == "-1.1%–5.2%"


def test_no_measures_make_no_rows():
    assert measure_rows({}) == []


def test_the_measures_that_are_told_first_are_measures_of_the_ontology():
    assert set(FIRST) <= set(load_schema().vocabularies["measure_name"])
