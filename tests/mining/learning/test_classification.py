"""What is said of an outcome: found where it depends on something, silence where it does not."""

import numpy as np
import pytest

from kb.model.pattern import Period, Population
from mining.gate import judge
from mining.learning.classification import Floors, classify
from mining.learning.factors import FeatureContrast, groups, thirds
from mining.learning.features import Feature, FeatureFrame
from mining.learning.models import fit_model
from mining.learning.problem import CHURN, LATER, LabelledSample, Problem, beside
from ontology.text import Text
from ontology.vocabulary import FactName

FEATURES = tuple(Feature(fact=FactName.CUSTOMER, reads=name, labels=Text.same(name)) for name in ("risk", "a", "b"))
POPULATION = Population(what=Text.same("all"), level="customer", period=Period(start=0, end=1), size=1)


def sample(seed, size=1_500, strength=2.0):
    chance = np.random.default_rng(seed)
    values = chance.normal(size=(size, 3))
    values[chance.random((size, 3)) < 0.05] = np.nan
    odds = strength * np.nan_to_num(values[:, 0]) - 2
    labels = chance.random(size) < 1 / (1 + np.exp(-odds))
    frame = FeatureFrame(keys=tuple(f"c{n}" for n in range(size)), features=FEATURES, values=values)
    return LabelledSample(frame=frame, labels=labels, population=POPULATION)


def problem(train, later, **more):
    return Problem(label="lapsed", outcome=Text.same("leave"), tested=LATER, train=train, later=later,
                   present=later.frame, who=(), kinds=CHURN, **more)


def passed(asked, seed=7):
    trials = classify(asked, Floors(), seed=seed).trials
    return [v.pattern for v in judge(trials, rate=Floors().rate, labels={}) if v.reason is None]


@pytest.fixture(scope="module")
def found():
    return {pattern.subject: pattern for pattern in passed(problem(sample(1), sample(2)))}


def test_what_leaving_depends_on_is_the_factor_that_passes(found):
    assert {s for s, p in found.items() if p.kind == "churn_factor"} == {"lapsed: risk"}
    assert found["lapsed: risk"].details["direction"] == "higher"
    assert found["lapsed: risk"].measures["weight"] > 0.1


def both_matter(seed, *, is_copied):
    """The outcome goes with ``risk`` and ``a``; where copied, ``a`` is ``risk`` with noise and adds nothing."""
    made = sample(seed, size=4_000, strength=0.0)
    values = np.nan_to_num(made.frame.values, copy=False)
    chance = np.random.default_rng(seed + 100)
    if is_copied:
        values[:, 1] = values[:, 0] + chance.normal(scale=0.3, size=4_000)
    odds = 1.5 * values[:, 0] + (0.0 if is_copied else values[:, 1]) - 2
    made.labels[:] = chance.random(4_000) < 1 / (1 + np.exp(-odds))
    return made


@pytest.mark.parametrize(("is_copied", "factors"), [(False, {"lapsed: a"}), (True, set())])
def test_a_factor_adds_to_what_restates_the_outcome(is_copied, factors):
    parts = [both_matter(seed, is_copied=is_copied) for seed in (1, 2)]
    asked = problem(*parts, restating=frozenset({"risk"}))
    found = {p.subject: p for p in passed(asked) if p.kind == "churn_factor"}
    assert set(found) == factors
    assert all(p.measures["later_added_skill"] > 0.01 for p in found.values())
    assert "risk say the same in other words" in classify(asked, Floors(), seed=7).plan[1].en


def test_a_leaf_of_many_leavers_becomes_a_rule_with_a_condition(found):
    rules = [p for p in found.values() if p.kind == "churn_rule"]
    assert rules
    assert all(p.condition is not None and p.measures["later_ratio"] >= 1.3 for p in rules)


def test_the_model_says_how_well_it_foretold_later_data(found):
    measures = found["lapsed"].measures
    assert measures["later_auc"] > 0.8
    assert measures["later_brier"] < 0.2
    assert {"later_auc_logistic", "later_auc_boosting"} <= measures.keys()


def test_the_model_says_what_the_rate_and_the_best_column_alone_would_have_missed(found):
    told = found["lapsed"]
    measures = told.measures
    assert measures["later_brier"] < measures["later_plain_brier"] < measures["later_base_brier"]
    assert measures["later_skill"] == pytest.approx(1 - measures["later_brier"] / measures["later_plain_brier"])
    assert told.details["plain_words"] == Text.same("risk")


def test_a_model_that_knows_no_more_than_one_column_is_refused_with_both_figures():
    parts = [sample(seed, size=4_000, strength=0.0) for seed in (1, 2)]
    for part in parts:
        np.nan_to_num(part.frame.values, copy=False)
        part.labels[:] = np.random.default_rng(3).random(4_000) < np.where(part.frame.values[:, 0] > 0, 0.3, 0.1)
    trials = classify(problem(*parts), Floors(), seed=7).trials
    [verdict] = judge(trials, rate=Floors().rate, labels={})
    assert verdict.reason is not None
    assert "later_skill is" in verdict.reason.en
    assert verdict.pattern.measures["later_auc"] > Floors().min_auc
    assert verdict.pattern.measures["later_base_skill"] > 0
    assert verdict.pattern.measures["later_plain_brier"] <= verdict.pattern.measures["later_brier"] * 1.001


def test_every_present_member_has_a_probability(found):
    assert len(found["lapsed"].scores) == 1_500
    assert all(0 <= score <= 1 for score in found["lapsed"].scores.values())


def test_only_those_it_pushes_up_are_joined_to_a_factor(found):
    present = sample(2).frame
    risk = dict(zip(present.keys, present.values[:, 0], strict=True))
    assert found["lapsed: risk"].scores
    assert min(risk[key] for key in found["lapsed: risk"].scores) > np.nanmedian(list(risk.values())) - 0.5


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_proposed_of_shuffled_labels(seed):
    chance = np.random.default_rng(seed)
    parts = [sample(seed * 2 + n, size=2_300) for n in (0, 1)]
    for part in parts:
        chance.shuffle(part.labels)
    assert passed(problem(*parts), seed=seed) == []


def test_a_relation_that_is_gone_later_is_not_proposed():
    later = sample(2)
    np.random.default_rng(1).shuffle(later.labels)
    assert passed(problem(sample(1), later)) == []


def test_too_few_cases_are_not_learned_from():
    mined = classify(problem(sample(1, size=100), sample(2)), Floors(), seed=7)
    assert mined.trials == ()
    assert "nothing mined" in mined.plan[0].en


def test_probabilities_are_calibrated():
    train, later = sample(1, size=6_000), sample(2, size=6_000)
    chances = fit_model(train.frame.values, train.labels, seed=1).probability(later.frame.values)
    for low, high in ((0.0, 0.1), (0.1, 0.3), (0.3, 0.6), (0.6, 1.0)):
        within = (chances >= low) & (chances < high)
        assert later.labels[within].mean() == pytest.approx(chances[within].mean(), abs=0.06)


def test_the_same_seed_gives_the_same_model():
    part = sample(1)
    one, two = (fit_model(part.frame.values, part.labels, seed=3).probability(part.frame.values) for _ in range(2))
    assert (one == two).all()


@pytest.mark.parametrize(("values", "expected"), [
    ([0.0, 1.0, 1.0], (0.0, 1.0)),
    ([np.nan, np.nan], (0.0, 1.0)),
    ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (3.0, 4.0)),
])
def test_thirds_by_hand(values, expected):
    assert thirds(np.array(values)) == expected


def test_a_constant_has_no_upper_third():
    low, high = thirds(np.full(9, 5.0))
    assert low == 5.0 < high


def test_a_contrast_with_nobody_in_it_says_nothing():
    nobody = FeatureContrast(lower=0, lower_yes=0, upper=0, upper_yes=0)
    assert (nobody.lower_rate, nobody.upper_rate, nobody.p_value(higher=True)) == (0.0, 0.0, 1.0)
    assert nobody.measures(higher=True)["ratio"] == 0.0


def test_a_ratio_to_none_at_all_stays_finite():
    assert FeatureContrast(lower=10, lower_yes=0, upper=10,
                           upper_yes=4).measures(higher=True)["ratio"] == pytest.approx(8.0)


def test_columns_of_one_property_are_weighed_together():
    plans = [Feature(fact=FactName.CUSTOMER, reads="plan", value=v, labels=Text.same("plan")) for v in ("x", "y")]
    assert list(groups([plans[0], FEATURES[0], plans[1]])) == [[0, 2], [1]]


def test_a_row_beside_an_unknown_customer_is_unknown():
    own = Feature(fact=FactName.CONTACT, reads="kind", value="A", labels=Text.same("kind"))
    known = FeatureFrame(keys=("c1",), features=FEATURES[:1], values=np.array([[4.0]]))
    both = beside(known, ["c1", "c2", "c1"], [own], [np.array([1.0, 0.0, 0.0])])
    assert np.array_equal(both.values, [[4.0, 1.0], [np.nan, 0.0], [4.0, 0.0]], equal_nan=True)
