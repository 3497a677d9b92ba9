"""Those who are held out beside those who are not, from decisions, outcomes and orders written by hand."""

from dataclasses import replace

import pytest

from kb.experiments.bucketing import is_drawn
from kb.experiments.comparison import FEWEST
from kb.experiments.holdouts import Effect, HoldoutMember, contrasts, watched
from kb.experiments.proportion import Proportion, difference
from kb.graph.port import Statement
from kb.journal.store import Journal
from kb.model.action import Holdout
from kb.model.decision import Outcome
from ontology.vocabulary import OutcomeKind

HALF = Holdout(name="spring", share=0.5)
DAY = 86_400
DRAWN = [key for key in map(str, range(400)) if is_drawn("spring", key, 0.5)]
OTHERS = [key for key in map(str, range(400)) if not is_drawn("spring", key, 0.5)]


def people(keys, did, size, effect=Effect.PURCHASE):
    return [HoldoutMember(customer_key=key, did=frozenset({effect} if n < did else ())) for n,
            key in enumerate(keys[:size])]


def line(found, effect=Effect.PURCHASE):
    return next(one for one in found if one.effect is effect)


def test_the_draw_tells_the_sides_apart():
    found = line(contrasts(HALF, [*people(OTHERS, 3, 50), *people(DRAWN, 2, 40)]))
    assert (found.offered, found.held_out) == (Proportion(hits=3, size=50), Proportion(hits=2, size=40))


def test_the_difference_is_what_offering_adds_with_its_interval():
    found = line(contrasts(HALF, [*people(OTHERS, 90, 150), *people(DRAWN, 45, 150)]))
    assert found.difference == pytest.approx(0.3)
    assert found.interval == difference(Proportion(hits=90, size=150), Proportion(hits=45, size=150))[1]
    assert found.verdict.en == "higher among those who were offered something"


@pytest.mark.parametrize(("offered", "held_out", "verdict"), [
    ((29, FEWEST), (0, FEWEST - 1), "too few to tell: each side needs 30 customers"),
    ((10, 40), (11, 40), "no difference can be told: its 95% interval includes 0"),
    ((0, 100), (20, 100), "lower among those who were offered something"),
])
def test_the_verdict_says_plainly_what_may_be_concluded(offered, held_out, verdict):
    assert line(contrasts(HALF, [*people(OTHERS, *offered), *people(DRAWN, *held_out)])).verdict.en == verdict


def test_nobody_on_a_side_is_no_difference():
    found = line(contrasts(HALF, people(OTHERS, 1, 2)))
    assert (found.difference, found.interval, found.held_out.rate) == (None, None, None)


def test_what_nobody_could_have_seen_yet_counts_on_no_side():
    unseen = HoldoutMember(customer_key=OTHERS[0], unseen=frozenset({Effect.PURCHASE}))
    found = contrasts(HALF, [unseen])
    assert (line(found).offered.size, line(found, Effect.CONVERSION).offered.size) == (0, 1)


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


def test_an_order_counts_from_the_day_after_the_first_decision_and_a_conversion_after_it(graph, journal, decision_of):
    decided = {"early": 10 * DAY, "same-day": 10 * DAY, "late": 20 * DAY, "nothing": 10 * DAY}
    journal.append_decisions([decision_of(f"d-{key}", key, at=at) for key, at in decided.items()])
    journal.append_decisions([replace(decision_of("d-other", "other"), release=9)])
    journal.record_outcome(Outcome(decision_id="d-late", action_id="cross_sell", outcome=OutcomeKind.CONVERTED,
                                   at=20 * DAY, author="li"))
    graph.write([Statement("MERGE (s:State {name: 'facts_as_of'}) SET s.value = $at", {"at": str(20 * DAY)}),
                 *(Statement("CREATE (:Customer {customer_key: $key, external_id: $key, recency_days: $days})",
                             {"key": key, "days": days})
                   for key, days in (("early", 9), ("same-day", 10), ("late", 0)))])
    found = {one.customer_key: one for one in watched(journal, graph, [1], "UTC")}
    assert found == {
        "early": HoldoutMember(customer_key="early", did=frozenset({Effect.PURCHASE})),
        "same-day": HoldoutMember(customer_key="same-day"),
        "late": HoldoutMember(customer_key="late", did=frozenset({Effect.CONVERSION}),
                              unseen=frozenset({Effect.PURCHASE})),
        "nothing": HoldoutMember(customer_key="nothing")}
