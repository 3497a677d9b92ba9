"""A decision under rates: whose figure the card shows, where it came from, and that it replays under their number."""

from dataclasses import replace

import pytest

from bench.rates import regret, simulated
from kb.errors import Conflict
from kb.model.codec import from_json, to_json
from kb.model.condition import ALWAYS
from kb.model.decision import Decision, Origin
from kb.model.figures import score_of
from kb.model.rates import Rate, Rates, RatesPolicy, RateSubject
from kb.model.rule import Recommend, Rule
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import FigureSource
from rules.batch import tables_of
from rules.decision.decide import decide
from rules.decision.figures import MeasuredRates
from rules.decision.replay import replay
from rules.simulation import simulate

ITEM = "assoc-PASTA-SAUCE"
OWN = [{"key": ITEM, "item": ITEM, "score": 0.3, "run_id": "run-9"}]
MODEL, MEASURED, PRIOR = FigureSource.MODEL, FigureSource.MEASURED, FigureSource.PRIOR


def rule(rule_id="r", **more):
    return Rule(id=rule_id, name=Text.same(rule_id), author="eve", when=ALWAYS, then=Recommend(action="survey"), **more)


def rate(subject, name, prior, value, band=None):
    return Rate(subject=RateSubject(subject), id=name, band=band, prior=prior, showings=9.0, takings=3.0,
                measured=value, value=value, accepted=3, converted=0, rejected=0, ignored=6)


def state(*rates, number=7):
    return MeasuredRates.read(Rates(number=number, as_of=0, made_at=0, by="li", release=1, journal="j", upto=1,
                                    policy=RatesPolicy(), rates=rates))


@pytest.fixture
def propensity(serve, customer, ask):
    """The propensity of the one card under ``rates``, and whose it is."""
    def of(rates, one=rule(), **known):  # noqa: B008 - frozen
        answer = decide(ask(), customer(**known), serve(rules=(one,)).under(rates), decision_id="d1")
        factors = answer.actions[0].factors
        return factors.propensity, factors.propensity_from
    return of


@pytest.fixture
def prior(compiled):
    return compiled.actions["survey"].prior


def test_an_action_without_figures_takes_its_measured_rate_and_says_so(propensity, prior):
    told = Origin(source=MEASURED, rates=7, before=prior)
    assert propensity(state(rate("action", "survey", prior, 0.2))) == (0.2, told)
    assert propensity(state(rate("action", "greeting", 0.9, 0.2))) == (prior, Origin(source=PRIOR))


def test_the_rate_of_the_rule_goes_before_that_of_the_action(propensity, prior):
    rates = state(rate("action", "survey", prior, 0.2), rate("rule", "r", prior, 0.17))
    assert propensity(rates)[0] == 0.17
    assert propensity(rates, rule("other"))[0] == 0.2


def test_a_rule_with_a_figure_of_its_own_is_moved_by_its_own_outcomes_alone(propensity, prior):
    known = rule(propensity=0.4)
    assert propensity(state(rate("action", "survey", prior, 0.2)), known) == (0.4, Origin(source=MEASURED))
    assert propensity(state(rate("rule", "r", 0.4, 0.3)), known) == (
        0.3, Origin(source=MEASURED, rates=7, before=0.4))


def test_the_figure_of_a_model_is_moved_by_its_band_and_stays_the_models(propensity, prior):
    own = rule(own_propensity=score_of(ITEM))
    rates = state(rate("band", "survey", 0.25, 0.2, band=5), rate("action", "survey", prior, 0.9))
    value, origin = propensity(rates, own, knowledge=OWN)
    assert value == pytest.approx(0.3 * 0.8)
    assert origin == Origin(source=MODEL, run_id="run-9", rates=7, before=0.3)
    other = state(rate("band", "survey", 0.25, 0.2, band=4))
    assert propensity(other, own, knowledge=OWN) == (0.3, Origin(source=MODEL, run_id="run-9"))


def test_bounds_hold_around_what_a_later_release_assumes(propensity):
    """The rate was learned around 0.4; the rule now says 0.1."""
    assert propensity(state(rate("rule", "r", 0.4, 0.3)), rule(propensity=0.1))[0] == pytest.approx(0.2)


def test_the_fallback_takes_its_measured_rate_too(serve, customer, ask):
    rates = state(rate("action", "ask_profile", 0.5, 0.31))
    answer = decide(ask(), customer(), serve(rules=()).under(rates), decision_id="d1")
    assert answer.status == "fallback"
    before = serve(rules=()).actions["ask_profile"].prior
    assert answer.actions[0].factors.propensity_from.before == before


def test_a_decision_names_its_rates_and_replays_under_those_and_no_others(compiled, customer, ask, prior):
    rates = state(rate("action", "survey", prior, 1.2 * prior))
    facts = customer(order_count=30, recency_days=4)
    under = compiled.under(rates)
    made = from_json(to_json(decide(ask(), facts, under, decision_id="d1")), Decision)
    assert made.rates == 7
    assert replay(made, under).differences == ()
    for other in (compiled, compiled.under(state(number=8))):
        with pytest.raises(Conflict, match="under rates 7"):
            replay(made, other)
    with pytest.raises(Conflict):
        replay(replace(made, rates=None), under)


def test_a_simulation_decides_under_the_rates_and_its_money_is_that_of_the_cards(serve, customer, ask, prior):
    """The draft asks for more; both releases decide under the same state."""
    rates = state(rate("action", "survey", prior, 1.5 * prior))
    live, draft = (serve(rules=rules).under(rates) for rules in ((), (rule(),)))
    people = [replace(customer(city="Lyon"), customer_key=f"c{number}") for number in range(3)]
    found = simulate(live, draft, source=tables_of(people, load_schema()), facts_of=lambda _: people,
                     request=ask(limit=1), as_of=people[0].as_of, segments={})
    cards = [decide(ask(limit=1), one, draft, decision_id="d").actions[0] for one in people]
    assert {card.factors.propensity for card in cards} == {1.5 * prior}
    gain = found.whole.value.draft.value - found.whole.cost.draft.value
    assert gain == pytest.approx(sum(card.factors.propensity * card.factors.value for card in cards), abs=1e-6)


def test_learned_rates_lose_at_most_a_third_of_what_priors_lose_and_never_leave_the_bounds():
    """One seed of a smaller world than ``python -m bench rates``, which prints what five of 2,000 customers lose."""
    found = regret(simulated(1, 600), 1)
    assert found.learned <= found.priors / 3
    assert found.ranked <= found.priors / 3
    assert 0.5 - 1e-9 <= found.widest[0] < found.widest[1] <= 2.0 + 1e-9
