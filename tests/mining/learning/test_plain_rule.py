"""The rates of one column by tenth: unknown values have a rate of their own, small parts draw towards everybody."""

import numpy as np
import pytest

from kb.model.pattern import Period, Population
from mining.learning.features import Feature, FeatureFrame
from mining.learning.plain_rule import PlainRule, skill
from mining.learning.problem import LabelledSample
from ontology.text import Text
from ontology.vocabulary import FactName

POPULATION = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1)


def sample(columns, labels):
    features = tuple(Feature(fact=FactName.CUSTOMER, reads=f"x{n}", labels=Text.same(f"x{n}"))
                     for n in range(len(columns)))
    frame = FeatureFrame(keys=tuple(map(str, range(len(labels)))), features=features,
                         values=np.column_stack([np.array(column, dtype=float) for column in columns]))
    return LabelledSample(frame=frame, labels=np.array(labels, dtype=bool), population=POPULATION)


def test_each_tenth_has_its_own_rate_drawn_a_little_towards_that_of_all():
    column = np.arange(1_000)
    rule = PlainRule.of_column(sample([column], column >= 900), 0)
    assert len(rule.ends) == 9
    chances = rule.probability(np.array([[0.0], [450.0], [950.0], [5_000.0]]))
    assert chances == pytest.approx([1 / 110, 1 / 110, 101 / 110, 101 / 110])


def test_what_is_not_known_is_a_part_of_its_own():
    column = [1.0] * 50 + [np.nan] * 50
    rule = PlainRule.of_column(sample([column], [False] * 50 + [True] * 50), 0)
    assert rule.probability(np.array([[np.nan], [1.0]])) == pytest.approx([55 / 60, 5 / 60])


def test_a_column_of_which_nothing_is_known_tells_the_rate_of_all():
    rule = PlainRule.of_column(sample([[np.nan] * 4], [True, False, False, False]), 0)
    assert rule.probability(np.array([[np.nan], [3.0]])) == pytest.approx([0.25, 0.25])


def test_the_best_column_is_the_one_nearest_to_what_came():
    chance = np.random.default_rng(1)
    told = chance.normal(size=2_000)
    both = sample([chance.normal(size=2_000), told], chance.random(2_000) < 1 / (1 + np.exp(-2 * told)))
    assert PlainRule.best(both, both).column == 1


def test_an_error_as_great_as_the_reference_is_no_skill_and_a_greater_one_less_than_none():
    assert (skill(0.2, 0.2), skill(0.3, 0.2), skill(0.3, 0.0)) == (0.0, pytest.approx(-0.5), 0.0)
