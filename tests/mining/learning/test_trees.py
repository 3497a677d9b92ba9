"""Leaves as conditions: what a leaf says, what it selects and what the rule language will select are one."""

from math import inf

import numpy as np
import pytest

from kb.model.condition import And, Exists, Op, Test
from mining.learning.features import Feature, FeatureFrame
from mining.learning.trees import MOST_LEAVES, Leaf, SplitBound, grow_tree, readable
from ontology.text import Text
from ontology.vocabulary import FactName

SPEND = Feature(fact=FactName.CUSTOMER, reads="spend", labels=Text(zh="消费", en="spend"))
VISITS = Feature(fact=FactName.CUSTOMER, reads="visits", whole=True, labels=Text(zh="到访", en="visits"))
PLAN = Feature(fact=FactName.CUSTOMER, reads="plan", value="gold", labels=Text(zh="套餐", en="plan"),
               words=Text(zh="金", en="golden"))
PAPERLESS = Feature(fact=FactName.CUSTOMER, reads="paperless", value=True, labels=Text(zh="电子账单", en="paperless"))
TENURE = Feature(fact=FactName.SUBSCRIPTION, reads="tenure_days", whole=True, labels=Text(zh="在约天数", en="tenure"))
ANSWERED = Feature(fact=FactName.CONTACT, counted=Test(property="responded", op=Op.EQ, operand=True), whole=True,
                   labels=Text(zh="响应过的活动数", en="campaigns answered"))
RUNNING = Exists(fact="subscription", alias="contract", where=Test(property="active", op=Op.EQ, operand=True))


def frame(*features, rows):
    return FeatureFrame(keys=tuple(f"c{n}" for n in range(len(rows))), features=features,
                        values=np.array(rows, dtype=float))


@pytest.mark.parametrize(("bound", "tests", "words"), [
    (SplitBound(feature=SPEND, low=1.5), [(Op.GE, 1.5)], "spend at least 1.5"),
    (SplitBound(feature=SPEND, high=1.5), [(Op.LT, 1.5)], "spend below 1.5"),
    (SplitBound(feature=VISITS, low=2, high=5), [(Op.GE, 2), (Op.LT, 5)], "visits at least 2 and below 5"),
    (SplitBound(feature=PLAN, low=0.5), [(Op.EQ, "gold")], "plan “golden”"),
    (SplitBound(feature=PLAN, high=0.5), [(Op.NE, "gold")], "plan not “golden”"),
    (SplitBound(feature=PAPERLESS, low=0.5), [(Op.EQ, True)], "paperless: yes"),
    (SplitBound(feature=PAPERLESS, high=0.5), [(Op.EQ, False)], "paperless: no"),
])
def test_a_bound_is_told_alike_to_engine_and_people(bound, tests, words):
    assert [(test.op, test.operand) for test in bound.tests] == tests
    assert bound.words.en == words


def test_a_whole_number_is_tested_with_a_whole_number():
    assert all(type(test.operand) is int for test in SplitBound(feature=VISITS, low=2.0, high=5.0).tests)


def test_the_unknown_lies_in_no_bound():
    assert SplitBound(feature=SPEND, high=inf, low=-inf).holds(np.array([np.nan, 1.0])).tolist() == [False, True]


def test_bounds_on_a_contract_go_into_its_existence_test():
    leaf = Leaf(bounds=(SplitBound(feature=TENURE, high=90), SplitBound(feature=SPEND, low=1.0)))
    contract, spend = leaf.condition((RUNNING,)).parts
    assert contract == Exists(fact="subscription", alias="contract", where=And(parts=(
        Test(property="active", op=Op.EQ, operand=True), Test(property="tenure_days", op=Op.LT, operand=90))))
    assert spend == Test(property="spend", op=Op.GE, operand=1.0)


@pytest.mark.parametrize(("bound", "least", "most"), [
    (SplitBound(feature=ANSWERED, low=1), 1, None), (SplitBound(feature=ANSWERED, high=3), 0, 2),
    (SplitBound(feature=ANSWERED, low=1, high=3), 1, 2),
])
def test_a_bound_on_a_count_is_a_counted_existence(bound, least, most):
    exists = Leaf(bounds=(bound,)).condition(()).parts[0]
    assert (exists.fact, exists.at_least, exists.at_most) == ("contact", least, most)


@pytest.mark.parametrize(("threshold", "feature", "expected"), [
    (2.5, VISITS, 3.0), (-0.004567, SPEND, -0.00457), (0.0, SPEND, 0.0), (99.96, SPEND, 100.0), (0.5, PLAN, 0.5),
])
def test_thresholds_are_written_as_people_write_them(threshold, feature, expected):
    assert readable(threshold, feature) == expected


@pytest.fixture(scope="module")
def grown():
    chance = np.random.default_rng(1)
    rows = np.column_stack([chance.gamma(2, 50, 3_000), chance.integers(0, 20, 3_000)])
    labels = chance.random(3_000) < np.where((rows[:, 0] < 60) & (rows[:, 1] > 10), 0.7, 0.1)
    given = frame(SPEND, VISITS, rows=rows)
    return given, labels, grow_tree(given, labels, seed=1, least=50)


def test_a_tree_finds_the_corner_in_which_everybody_leaves(grown):
    given, labels, tree = grown
    worst = max(tree.leaves, key=lambda leaf: labels[leaf.members(given)].mean())
    assert labels[worst.members(given)].mean() > 0.6
    assert {bound.feature.name for bound in worst.bounds} == {"spend", "visits"}


def test_leaves_divide_the_members_among_them(grown):
    given, _, tree = grown
    memberships = np.sum([leaf.members(given) for leaf in tree.leaves], axis=0)
    assert (memberships == 1).all()


def test_a_tree_stays_readable():
    chance = np.random.default_rng(1)
    rows = chance.random((4_000, 2))
    labels = np.sin(rows[:, 0] * 40) + np.cos(rows[:, 1] * 40) > 0
    assert len(grow_tree(frame(SPEND, VISITS, rows=rows), labels, seed=1, least=10).leaves) <= MOST_LEAVES


def test_a_useless_split_is_pruned_away():
    chance = np.random.default_rng(1)
    tree = grow_tree(frame(SPEND, rows=chance.random((2_000, 1))), np.zeros(2_000, dtype=bool), seed=1, least=10)
    assert tree.leaves == ()


def test_a_column_nobody_knows_is_no_obstacle():
    chance = np.random.default_rng(1)
    rows = np.column_stack([np.full(500, np.nan), chance.random(500)])
    tree = grow_tree(frame(SPEND, VISITS, rows=rows), rows[:, 1] > 0.5, seed=1, least=10)
    assert {bound.feature.name for leaf in tree.leaves for bound in leaf.bounds} == {"visits"}
