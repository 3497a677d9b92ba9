"""Figures from outcomes written by hand."""

import pytest

from kb.experiments.challenge import Challenge, ChallengeMode
from kb.experiments.comparison import FEWEST, Basis, Measure, compare
from kb.experiments.proportion import Proportion, difference
from kb.journal.events import Shown
from ontology.vocabulary import ActionFamily, OutcomeKind

SHARE = Challenge(release=2, against=1, mode=ChallengeMode.SHARE, share=0.5, since=0, started_at=0, started_by="li")
SHADOW = Challenge(release=2, against=1, mode=ChallengeMode.SHADOW, since=0, started_at=0, started_by="li")
DECIDED = {1: 40, 2: 50}


def told(customer, outcome, release=1, *, family="survey", alike=None):
    return Shown(customer_key=customer, action_id=family, outcome=OutcomeKind(outcome), family=ActionFamily(family),
                 release=release, alike=None if alike is None else frozenset({family} if alike else ()))


def figure(figures, measure=Measure.ACCEPTANCE, family=None, basis=Basis.SHOWN):
    found, = (one for one in figures if (one.measure, one.family, one.basis) == (measure, family, basis))
    return found


def sides(one):
    return (one.live.hits, one.live.size), (one.challenger.hits, one.challenger.size)


def many(hits, size, release):
    return [told(f"{release}-{n}", "shown", release) for n in range(size)] + [
        told(f"{release}-{n}", "converted", release) for n in range(hits)]


def test_on_a_share_the_sides_are_the_releases_and_a_customer_counts_once():
    figures = compare(SHARE, [told("a", "shown"), told("a", "accepted"), told("a", "shown", family="care"),
                              told("b", "shown"), told("c", "shown", 2), told("c", "converted", 2),
                              told("d", "accepted", 2), told("e", "rejected", 2)], DECIDED)
    assert sides(figure(figures)) == ((1, 2), (2, 3))
    assert sides(figure(figures, Measure.CONVERSION)) == ((0, 2), (1, 3))
    assert sides(figure(figures, family=ActionFamily.CARE)) == ((0, 1), (0, 0))
    assert sides(figure(figures, basis=Basis.DECIDED)) == ((1, 40), (2, 50))


def test_outcomes_of_other_releases_do_not_count():
    assert sides(figure(compare(SHARE, [told("a", "accepted", 7)], DECIDED))) == ((0, 0), (0, 0))


def test_in_shadow_the_sides_are_the_cards_that_both_recommend_and_those_of_the_live_release_alone():
    figures = compare(SHADOW, [told("a", "accepted", alike=True), told("b", "shown", alike=True),
                               told("c", "shown", alike=False), told("d", "accepted", alike=None)], DECIDED)
    assert sides(figure(figures)) == ((0, 1), (1, 2))
    assert all(one.basis is Basis.SHOWN for one in figures)


def test_in_shadow_a_customer_stands_on_the_side_of_the_first_card_shown():
    figures = compare(SHADOW, [told("a", "shown", alike=False), told("a", "accepted", alike=True)], {})
    assert sides(figure(figures)) == ((0, 1), (0, 0))


def test_the_difference_is_the_challengers_rate_less_the_live_one_with_its_interval():
    found = figure(compare(SHARE, [*many(480, 800, 1), *many(560, 700, 2)], {1: 800, 2: 700}))
    assert found.difference == pytest.approx(0.2)
    assert found.interval == difference(Proportion(hits=560, size=700), Proportion(hits=480, size=800))[1]
    assert found.verdict.en == "higher under the challenger"


@pytest.mark.parametrize(("live", "challenger", "verdict"), [
    ((10, FEWEST), (29, FEWEST - 1), "too few to tell: each side needs 30 customers"),
    ((0, 0), (0, 0), "too few to tell: each side needs 30 customers"),
    ((10, 40), (11, 40), "no difference can be told: its 95% interval includes 0"),
    ((0, 100), (20, 100), "higher under the challenger"),
    ((20, 100), (0, 100), "lower under the challenger"),
])
def test_the_verdict_says_plainly_what_may_be_concluded(live, challenger, verdict):
    found = figure(compare(SHARE, [*many(*live, 1), *many(*challenger, 2)], {1: live[1], 2: challenger[1]}))
    assert found.verdict.en == verdict
    assert found.live == Proportion(hits=live[0], size=live[1])
