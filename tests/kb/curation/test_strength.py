"""Strength fades with age until a run finds the knowledge again, and orders listings by that alone."""

from dataclasses import replace

import pytest

from kb.curation.listing import ItemQuery
from kb.model.bounds import DAY_SECONDS
from kb.model.measurement import Measurement
from kb.model.strength import HALF_LIFE_DAYS, effective_strength
from ontology.vocabulary import MeasurementVerdict

NOW = 1_500_000_000


def days(number):
    return number * DAY_SECONDS


@pytest.mark.parametrize(("age", "expected"), [(0, 0.8), (HALF_LIFE_DAYS, 0.4), (2 * HALF_LIFE_DAYS, 0.2), (-5, 0.8)])
def test_strength_halves_with_every_half_life_since_a_run_found_it(item_of, age, expected):
    assert effective_strength(item_of(strength=0.8, valid_from=NOW - days(age)), NOW) == pytest.approx(expected)


def test_measured_again_it_has_the_strength_that_was_measured(item_of):
    old = item_of(strength=0.8, valid_from=NOW - days(360))
    found = Measurement(item=old.id, run_id="run-2", as_of=NOW, recorded_at=NOW, verdict=MeasurementVerdict.CONFIRMED,
                        strength=0.7)
    assert effective_strength(replace(old, measured=found), NOW) == 0.7


def test_a_listing_is_in_the_order_of_faded_strength_page_by_page(curation, item_of):
    """What was strong a year ago comes after what is fairly strong today."""
    ages = {"old": 400, "new": 0, "mid": 100}
    curation.propose([item_of(name, strength=0.9 if name == "old" else 0.5, valid_from=NOW - days(age))
                      for name, age in ages.items()])
    found, cursor = [], ""
    for _ in ages:
        page = curation.items(ItemQuery(), cursor=cursor, limit=1)
        found += [item.id for item in page.items]
        cursor = page.next
    assert (found, cursor) == (["new", "mid", "old"], "")
