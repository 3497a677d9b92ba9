"""What passes, what does not, and why."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.model.pattern import Pattern, Period, Population
from mining.gate import GateTrial, judge, permutation_p_value
from ontology.text import Text
from ontology.vocabulary import PatternKind

POPULATION = Population(what=Text.same("all"), level="order", period=Period(start=0, end=1), size=1)


def trial(p_value, subject="s", floors=None, **measures):
    pattern = Pattern(kind=PatternKind.ASSOCIATION, subject=subject, measures=measures, population=POPULATION)
    return GateTrial(pattern=pattern, p_value=p_value, floors=floors or {})


@settings(deadline=None)  # the first one loads scipy
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_a_q_value_is_the_least_rate_at_which_the_pattern_would_pass(p_values):
    """Benjamini and Hochberg as it is defined: of the p-values from its own up, the least of p times tries by rank."""
    ranked = sorted(p_values)
    q_of = {p: min(1.0, *(ranked[k] * len(ranked) / (k + 1) for k in range(ranked.index(p), len(ranked)))
                   ) for p in p_values}
    judged = judge([trial(p) for p in p_values], rate=0.05, labels={})
    assert [verdict.pattern.measures["q_value"] for verdict in judged] == pytest.approx([q_of[p] for p in p_values])


def test_nothing_tried_is_nothing_found():
    assert judge([], rate=0.05, labels={}) == ()


def test_what_would_pass_alone_fails_among_many():
    assert judge([trial(0.01)], rate=0.05, labels={})[0].reason is None
    among_many = judge([trial(0.01), *(trial(0.9) for _ in range(99))], rate=0.05, labels={})
    assert "100 tries" in among_many[0].reason.en
    assert "100" in among_many[0].reason.zh


@pytest.mark.parametrize(("value", "passes"), [(1.2, True), (1.1999, False), (None, False), (float("nan"), False)])
def test_a_floor_must_be_reached(value, passes):
    measures = {} if value is None else {"later_lift": value}
    verdict = judge([trial(0.0, floors={"later_lift": 1.2}, **measures)], rate=0.05, labels={})[0]
    assert (verdict.reason is None) is passes


@pytest.mark.parametrize(("lift", "p_value", "known_floors", "stays"), [
    (1.15, 0.9, {"later_lift": 1.1}, True),   # neither news enough nor sure enough to be believed today
    (1.05, 0.0, {"later_lift": 1.1}, False),  # it no longer holds
    (1.15, 0.0, None, False),                 # of a kind that is judged anew each time
    (1.3, 0.9, None, False),
])
def test_what_is_knowledge_already_stays_as_long_as_its_lower_floors_are_met(lift, p_value, known_floors, stays):
    tried = replace(trial(p_value, floors={"later_lift": 1.25}, later_lift=lift), known_floors=known_floors)
    assert judge([tried], rate=0.05, labels={})[0].reason is not None
    assert (judge([tried], rate=0.05, labels={}, known=lambda _: True)[0].reason is None) is stays


def test_the_reason_names_the_measure_in_both_languages():
    labels = {"later_lift": Text(zh="后来的提升度", en="later lift")}
    reason = judge([trial(0.0, floors={"later_lift": 1.2}, later_lift=0.9)], rate=0.05, labels=labels)[0].reason
    assert reason == Text(zh="后来的提升度为 0.9，低于 1.2", en="later lift is 0.9, below 1.2")


def test_a_judged_pattern_carries_its_p_and_q():
    measures = judge([trial(0.01), trial(0.02)], rate=0.05, labels={})[0].pattern.measures
    assert (measures["p_value"], measures["q_value"]) == (0.01, 0.02)


def test_perfect_scores_beat_every_shuffling():
    labels = np.arange(200) % 2 == 0
    assert permutation_p_value(labels.astype(float), labels, seed=1) == 0.001


def test_scores_that_are_all_equal_beat_none():
    labels = np.arange(200) % 2 == 0
    assert permutation_p_value(np.zeros(200), labels, seed=1) == 1.0


def test_random_scores_are_as_good_as_shufflings():
    chance = np.random.default_rng(1)
    tries = [permutation_p_value(chance.random(100), chance.random(100) < 0.3, seed=n, permutations=99)
             for n in range(100)]
    assert 0.35 < np.mean(tries) < 0.65
