from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import InvalidInput
from kb.journal.events import CardOutcome
from kb.model.action import Action, ContactPolicy
from kb.model.codec import from_json, to_json
from kb.model.condition import ALWAYS
from kb.model.rates import Rates, RatesPolicy, RateSubject
from kb.model.release import Release
from kb.model.rule import Recommend, Rule
from kb.rates.learning import learn
from kb.rates.trials import Trial
from ontology.text import Text
from ontology.vocabulary import ActionFamily, OutcomeKind, Purpose

DAY = 86_400
POLICY = RatesPolicy(prior_weight=10.0, half_life_days=30)
SURVEY = Action(id="survey", name=Text.same("survey"), family=ActionFamily.SURVEY, purpose=Purpose.SERVICE, value=3.0,
                cost=0.0, prior=0.2, contents={})


def rule(rule_id, **more):
    return Rule(id=rule_id, name=Text.same(rule_id), when=ALWAYS, then=Recommend(action="survey"), author="eve", **more)


RELEASE = Release(number=1, published_at=0, publisher="eve", items=(), policy=ContactPolicy(), actions=(SURVEY,),
                  rules=(rule("ask"), rule("known", propensity=0.4), rule("other")))


@pytest.fixture
def trial(told):
    return lambda result, day=100, **card: Trial(card=told("shown", day, **card), closes_at=day * DAY,
                                                 result=OutcomeKind(result))


def rates_of(trials, policy=POLICY):
    return {(rate.subject.value, rate.id, rate.band): rate
            for rate in learn(trials, RELEASE, policy, as_of=100 * DAY)}


def test_a_rate_is_the_posterior_mean_around_the_prior(trial):
    """(10 x 0.2 + 4) / (10 + 10) = 0.3, by hand."""
    found = rates_of([trial("accepted")] * 3 + [trial("converted")] + [trial("ignored")] * 5 + [trial("rejected")])
    action = found["action", "survey", None]
    assert (action.prior, action.showings, action.takings) == (0.2, 10.0, 4.0)
    assert action.measured == action.value == pytest.approx(0.3)
    assert (action.accepted, action.converted, action.rejected, action.ignored) == (3, 1, 1, 5)
    assert action.factor == pytest.approx(1.5)


def test_a_trial_counts_for_half_after_a_half_life_and_for_a_quarter_after_two(trial):
    found = rates_of([trial("accepted", day) for day in (100, 70, 40)])["action", "survey", None]
    assert (found.showings, found.takings, found.accepted) == (1.75, 1.75, 3)


def test_a_rule_without_a_figure_of_its_own_starts_from_what_other_rules_measured_of_its_action(trial):
    """By the first alone the action stands at (2 + 10) / 20 = 0.6; the other, ignored ten times: (6 + 0) / 20 = 0.3."""
    found = rates_of([trial("accepted")] * 10 + [trial("ignored", rule_id="other")] * 10)
    assert found["action", "survey", None].measured == pytest.approx(0.4)
    assert found["rule", "other", None].measured == pytest.approx(0.3)
    assert found["rule", "ask", None].measured == pytest.approx((10 * 0.1 + 10) / 20)


def test_no_trial_counts_twice_where_an_action_has_one_rule(trial):
    found = rates_of([trial("accepted")] * 10)
    assert found["rule", "ask", None].measured == found["action", "survey", None].measured == pytest.approx(12 / 20)


def test_a_rule_with_a_figure_of_its_own_starts_from_that_and_moves_no_prior(trial):
    found = rates_of([trial("ignored", rule_id="known", figure=0.4)] * 10)
    assert list(found) == [("rule", "known", None)]
    assert found["rule", "known", None].measured == pytest.approx(0.2)


def test_a_model_is_measured_band_by_band_against_its_own_mean_figure(trial):
    card = {"rule_id": "known", "is_models": True}
    found = rates_of([trial("accepted", figure=0.06, **card), trial("ignored", figure=0.08, **card),
                      trial("ignored", figure=0.3, **card)])
    low, high = found["band", "survey", 3], found["band", "survey", 5]
    assert (low.prior, low.measured) == (pytest.approx(0.07), pytest.approx((0.7 + 1) / 12))
    assert (high.prior, high.measured) == (pytest.approx(0.3), pytest.approx(3 / 11))
    assert len(found) == 2


@pytest.mark.parametrize(("result", "value"), [("accepted", 0.4), ("ignored", 0.1)])
def test_outcomes_that_say_more_than_the_bounds_are_cut_and_it_is_told(trial, result, value):
    found = rates_of([trial(result)] * 100)["action", "survey", None]
    assert found.is_cut
    assert found.value == pytest.approx(value)


def test_what_the_release_does_not_have_is_left_out(trial):
    assert rates_of([trial("accepted", action_id="gone")]) == {}
    assert set(rates_of([trial("accepted", rule_id="gone"), trial("accepted", rule_id=None)])) == {
        ("action", "survey", None)}


@given(st.lists(st.tuples(st.sampled_from(["accepted", "ignored", "rejected"]), st.floats(0, 1), st.booleans(),
                          st.sampled_from(["ask", "known", "other", None])), max_size=40),
       st.floats(0.01, 1.0), st.floats(1.0, 10.0))
def test_no_rate_ever_leaves_the_bounds_of_its_policy(shown, least, most):
    policy = replace(POLICY, least_factor=least, most_factor=most)
    trials = [Trial(closes_at=100 * DAY, result=OutcomeKind(result), card=CardOutcome(
        customer_key="c1", decision_id="d1", action_id="survey", arguments="{}", outcome=OutcomeKind.SHOWN, at=0,
        rule_id=rule_id, figure=figure, is_models=is_models)) for result, figure, is_models, rule_id in shown]
    for rate in learn(trials, RELEASE, policy, as_of=100 * DAY):
        assert min(1.0, least * rate.prior) - 1e-12 <= rate.value <= min(1.0, most * rate.prior) + 1e-12


@pytest.mark.parametrize("wrong", [{"prior_weight": 0.0}, {"window_days": -1}, {"half_life_days": 0},
                                   {"least_factor": 1.1}, {"most_factor": 0.9}])
def test_a_policy_that_cannot_be_is_refused_by_name(wrong):
    with pytest.raises(InvalidInput, match=next(iter(wrong))):
        RatesPolicy(**wrong)


def test_a_state_is_written_and_read_as_it_was(trial):
    rates = learn([trial("accepted")], RELEASE, POLICY, as_of=100 * DAY)
    state = Rates(number=1, as_of=100 * DAY, made_at=5, by="li", release=1, journal="j", upto=9, policy=POLICY,
                  rates=rates)
    assert from_json(to_json(state), Rates) == state
    assert state.rates[0].subject is RateSubject.ACTION
