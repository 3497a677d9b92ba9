"""Leaves as rules that a person can keep in mind."""

from dataclasses import replace

import numpy as np
import pytest

from kb.model.pattern import Period, Population
from mining.learning.features import Feature, FeatureFrame
from mining.learning.problem import LabelledSample
from mining.learning.short_rules import MOST_NUMBERS, short_rules
from mining.learning.trees import Leaf, SplitBound, grow_tree
from ontology.text import Text
from ontology.vocabulary import FactName

FEATURES = tuple(Feature(fact=FactName.CUSTOMER, reads=name, labels=Text(zh=name, en=name)) for name in "abcd")
A, B, C, D = FEATURES
POPULATION = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1)


def sample(chances, size=4_000):
    """Members with four random values, of which ``chances`` makes how likely each is a yes."""
    drawn = np.random.default_rng(5)
    values = drawn.random((size, 4))
    frame = FeatureFrame(keys=tuple(f"c{n}" for n in range(size)), features=FEATURES, values=values)
    return LabelledSample(frame=frame, labels=drawn.random(size) < chances(values), population=POPULATION)


def low(feature, end=0.5):
    return SplitBound(feature=feature, high=end)


def high(feature, end=0.5):
    return SplitBound(feature=feature, low=end)


@pytest.fixture(scope="module")
def both():
    """Half of those with a low ``a`` and a low ``b`` say yes, a twentieth of the others."""
    return sample(lambda values: np.where((values[:, :2] < 0.5).all(axis=1), 0.5, 0.05))


def subjects(leaves, given, least=0.2):
    return [leaf.subject for leaf in short_rules(leaves, given, least=least)]


def test_a_bound_that_adds_little_is_spared(both):
    leaf = Leaf(bounds=(low(A), low(B), high(C)))
    assert subjects([leaf], both) == [Leaf(bounds=(low(A), low(B))).subject]


def test_two_leaves_of_one_idea_are_one_rule(both):
    leaves = [Leaf(bounds=(low(A), low(B), high(C))), Leaf(bounds=(low(A), low(B), low(C)))]
    assert subjects(leaves, both) == [Leaf(bounds=(low(A), low(B))).subject]


def test_a_leaf_in_which_yes_is_not_frequent_is_none(both):
    assert subjects([Leaf(bounds=(high(A), high(B)))], both) == []


def test_no_rule_has_more_numbers_than_a_person_keeps_in_mind():
    every = sample(lambda values: 0.9 * (values < 0.6).all(axis=1) + 0.02)
    grown = grow_tree(every.frame, every.labels, seed=7, least=30)
    told = short_rules(grown.leaves, every, least=1.3 * every.rate)
    assert told
    assert max(sum(bound.numbers for bound in leaf.bounds) for leaf in told) <= MOST_NUMBERS
    assert min(float(every.labels[leaf.members(every.frame)].mean()) for leaf in told) >= 1.3 * every.rate


def test_a_rule_whose_members_another_has_already_is_left_out(both):
    leaves = [Leaf(bounds=(low(A), low(B))), Leaf(bounds=(low(A, 0.4), low(B, 0.4)))]
    assert subjects(leaves, both) == [leaves[0].subject]


@pytest.mark.parametrize(("bound", "sign"), [
    (low(A), "a low"), (high(A), "a high"), (SplitBound(feature=A, low=0.2, high=0.4), "a in the middle"),
    (high(replace(A, value="gold")), "a “gold”"), (high(replace(A, some=Text.same("an a")), 1.0), "an a"),
    (low(replace(A, none=Text.same("no a")), 1.0), "no a"),
])
def test_signs_say_no_number(bound, sign):
    assert bound.sign.en == sign
