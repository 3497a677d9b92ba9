"""Answers decided again from the log: what else could have been shown, and what another policy would have shown."""

from dataclasses import replace

import pytest

from kb.experiments.off_policy import RewardKind, estimate, support
from kb.model.action import ContactPolicy, Exclusion, Levers
from kb.model.codec import from_json, to_json
from kb.model.decision import Decision
from ontology.vocabulary import ActionFamily
from rules.decision.decide import decide
from rules.simulation.logged_answers import DecidedAgain, RankingPolicy, unknown_reads

CROSS_SELL, SURVEY, RETENTION = ActionFamily.CROSS_SELL, ActionFamily.SURVEY, ActionFamily.RETENTION
KNOWN = {"purchase": [{"category": "PASTA", "orders_90d": 2}, {"category": "BREAD", "orders_90d": 1}],
         "spend_trend": -0.7, "order_gap_mean": 9.0, "recency_days": 10, "order_count": 8}


@pytest.fixture
def served(compiled):
    """The shipped release with levers, shares of exploration and a contact policy."""
    def of(levers=Levers(), policy=ContactPolicy()):  # noqa: B008 - frozen
        return replace(compiled, release=replace(compiled.release, levers=levers, policy=policy))
    return of


@pytest.fixture
def logged(customer, ask):
    """Answers to customers who differ in nothing but their key, as the journal gives them back."""
    def given(release, people=1, limit=1):
        facts = customer(**KNOWN)
        return [from_json(to_json(decide(ask(limit=limit), replace(facts, customer_key=f"c{number}"), release,
                                         decision_id=f"d{number}")), Decision) for number in range(people)]
    return given


def names(cards):
    return [action for action, _ in cards]


def test_what_usually_is_shown_is_what_was_shown_where_nothing_is_drawn(served, logged):
    release = served()
    [answer] = logged(release, limit=3)
    again = DecidedAgain.of(answer, release)
    told = again.beside((), set())
    assert told.usual == tuple(card.card for card in told.shown)
    assert (again.is_drawn, again.drawn_share) == (False, 0.0)


def test_without_levers_the_answer_is_that_of_the_release_without_them(served, logged):
    weighed, plain = served(Levers(by_family={SURVEY: 100.0})), served()
    for limit in (1, 2, 3):
        [answer] = logged(weighed, limit=limit)
        [expected] = logged(plain, limit=limit)
        again = DecidedAgain.of(answer, weighed)
        assert names(again.ranked(RankingPolicy.WITHOUT_LEVERS)) == [action.action_id for action in expected.actions]
        assert again.under(plain) == again.ranked(RankingPolicy.WITHOUT_LEVERS)


def test_by_propensity_alone_the_likeliest_comes_first(served, logged):
    release = served()
    [answer] = logged(release, limit=9)
    propensities = {action.action_id: action.factors.propensity for action in answer.actions}
    found = names(DecidedAgain.of(answer, release).ranked(RankingPolicy.PROPENSITY_ALONE))
    assert found == sorted(found, key=lambda action: -propensities.get(action, 0.0))
    assert set(found) == set(propensities)


def test_what_excludes_each_other_is_never_shown_together(served, logged):
    release = served(policy=ContactPolicy(exclusions=(Exclusion(families=(RETENTION, CROSS_SELL)),)))
    [answer] = logged(release, limit=9)
    for policy in RankingPolicy:
        found = set(names(DecidedAgain.of(answer, release).ranked(policy)))
        assert not {"cross_sell", "retention_offer"} <= found


def test_the_share_of_answers_that_draw_is_that_of_the_families_that_can(served, logged):
    release = served(Levers(exploration={CROSS_SELL: 0.2, SURVEY: 0.1, ActionFamily.WIN_BACK: 0.2}))
    again = [DecidedAgain.of(answer, release) for answer in logged(release, 1_500)]
    assert {round(one.drawn_share, 9) for one in again} == {0.3}
    assert sum(one.is_drawn for one in again) / 1_500 == pytest.approx(0.3, abs=0.05)


def test_a_card_of_a_family_that_nobody_draws_could_not_have_been_shown(served, logged):
    release = served(Levers(exploration={SURVEY: 0.2}))
    [answer] = logged(release)
    again = DecidedAgain.of(answer, release)
    [usual] = again.beside((), set()).usual
    assert usual[0] != "survey"
    survey = next(card for card in DecidedAgain.of(logged(release, limit=9)[0], release).ranked(
        RankingPolicy.PROPENSITY_ALONE) if card[0] == "survey")
    assert again.beside((usual, survey, ("gift", "[]")), set()).unsupported == 1
    assert DecidedAgain.of(logged(served())[0], served()).beside((survey,), set()).unsupported == 1


def test_what_another_ranking_would_bring_is_found_from_answers_that_were_really_drawn(served, logged):
    """Whoever is shown a survey answers it, nobody else buys: a lever that puts the survey first brings 1 an answer."""
    release, first = served(Levers(exploration={CROSS_SELL: 0.1, SURVEY: 0.2})), served(Levers(by_family={SURVEY: 1e2}))
    again = [DecidedAgain.of(answer, release) for answer in logged(release, 3_000)]
    log = [one.beside(one.under(first), {"survey"}) for one in again]
    assert {names(answer.policy)[0] for answer in log} == {"survey"}
    assert support(log).is_enough
    found = estimate(log, RewardKind.CONVERSION)
    assert (found.doubly_robust, found.snips) == (pytest.approx(1.0, abs=0.15), pytest.approx(1.0))
    assert found.recommended == pytest.approx(0.0, abs=0.05)
    assert found.difference_interval[0] > 0.5


def test_a_draft_that_reads_what_was_not_kept_is_found_out_by_name(compiled, serve):
    def of(wanted):
        return serve(rules=tuple(filter(wanted, compiled.release.rules))).reads

    unmined, sauce = of(lambda rule: not rule.rests_on), of(lambda rule: rule.id == "rule-assoc-PASTA-SAUCE")
    cheese = of(lambda rule: rule.id == "rule-assoc-PASTA-CHEESE")
    assert list(unknown_reads(compiled.reads, unmined)) == ["purchase"]
    assert list(unknown_reads(cheese, sauce)) == ["purchase.category=CHEESE"]
    assert "spend_trend" in unknown_reads(compiled.reads, sauce)
    assert not list(unknown_reads(sauce, compiled.reads))
