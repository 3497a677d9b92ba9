"""One month's chance ends nothing; what goes on missing ends by itself with what changed, and comes back when found."""

from dataclasses import replace

import pytest

from kb.curation.measuring import waits_for_decision, what_changed
from kb.facts.moment import Moment
from kb.graph.port import Statement
from kb.model.bounds import DAY_SECONDS
from ontology.vocabulary import KnowledgeStatus, MeasurementVerdict, PatternKind, Standing

CONFIRMED, WEAKER, FAILED, NOT_FOUND = MeasurementVerdict
FIRST = 1_500_000_000
WALL = 1_800_000_000


def day(number):
    """The moment of a run, so many days after the first."""
    return FIRST + number * DAY_SECONDS


@pytest.fixture
def months(curation, clock, item_of, run, refusal_of):
    """What runs say one after another, by day: an approved association, found, refused or not found beside another."""
    def found(number, **changes):
        return item_of(valid_from=day(number), run_id=f"run-{number}", recorded_at=WALL + number * DAY_SECONDS,
                       **changes)

    def tell(said, number, **changes):
        clock.time = WALL + number * DAY_SECONDS
        other = replace(found(number), id="assoc-2")
        items = [other, found(number, **changes)] if said is CONFIRMED else [other]
        refusals = [refusal_of("assoc-1")] if said is FAILED else []
        curation.propose(items, refusals=refusals,
                         run=replace(run, run_id=f"run-{number}", as_of=day(number)))
        return curation.item("assoc-1").item

    tell(CONFIRMED, 0)
    curation.approve("assoc-1", "li")
    return tell


@pytest.mark.parametrize(("said", "ends_on"), [
    ([(30, FAILED), (60, FAILED)], 60),
    ([(30, NOT_FOUND), (60, NOT_FOUND), (90, NOT_FOUND)], 90),
    ([(30, NOT_FOUND), (60, FAILED)], 60),
    ([(30, FAILED), (60, NOT_FOUND), (90, NOT_FOUND)], 90),
    ([(30, FAILED), (31, FAILED), (40, FAILED), (58, FAILED)], 58),
    ([(30, FAILED)], None),
    ([(30, FAILED), (57, FAILED)], None),
    ([(30, NOT_FOUND), (60, NOT_FOUND)], None),
    ([(30, FAILED), (60, CONFIRMED), (90, FAILED)], None),
    ([(30, FAILED), (30, FAILED), (30, FAILED)], None),
])
def test_what_runs_go_on_missing_ends_at_the_moment_of_the_run_that_settles_it(months, said, ends_on):
    for number, verdict in said:
        item = months(verdict, number)
    assert item.valid_to == (None if ends_on is None else day(ends_on))
    assert waits_for_decision(item) is (ends_on is not None)
    assert item.status is KnowledgeStatus.APPROVED


def test_what_ended_says_why_and_what_changed(months):
    months(FAILED, 30)
    item = months(FAILED, 60)
    assert item.lapse.reason.en == "for 30 days no run has found it to hold: did not hold later"
    changed = what_changed(item)
    assert (changed.then.measure, changed.then.value, changed.now) == ("later_confidence", 0.4, None)
    assert item.lapse.measures == {"later_lift": 0.9}


def test_what_is_not_found_tells_the_last_figure_that_was_measured(months):
    months(CONFIRMED, 30, measures={"later_confidence": 0.3})
    for number in (60, 90, 120):
        item = months(NOT_FOUND, number)
    changed = what_changed(item)
    assert (changed.then.value, changed.now.value, changed.as_of) == (0.4, 0.3, day(30))
    assert item.lapse.reason.zh == "60 天来的挖掘都没有再发现它"


def test_what_is_found_again_holds_again_and_the_lapse_is_kept(months):
    months(FAILED, 30)
    months(FAILED, 60)
    item = months(CONFIRMED, 90)
    assert (item.valid_to, item.standing, item.missed, item.missed_since) == (None, Standing.HOLDS, None, None)
    assert [(lapse.since, lapse.until) for lapse in item.lapses] == [(day(60), day(90))]
    assert not waits_for_decision(item)


def test_what_we_knew_on_any_day_stays_as_it_was(months, curation):
    """By the wall clock it ended on day 60, and was found again on day 90: each day knows what it knew."""
    months(FAILED, 30)
    months(FAILED, 60)
    months(CONFIRMED, 90)

    def known(true_at, known_on):
        moment = Moment(as_of=day(true_at), zone="UTC", known_at=WALL + known_on * DAY_SECONDS)
        return "assoc-1" in {item.id for item in curation.items(past=moment).items}

    assert known(70, 59), "nothing had ended yet"
    assert known(59, 60), "it had held before"
    assert not known(60, 60)
    assert not known(70, 89)
    assert not known(70, 90), "what did not hold then is not made to have held by what came later"
    assert known(90, 90)


def test_a_run_of_an_earlier_moment_ends_nothing_and_is_kept_in_the_series(months, curation):
    months(FAILED, 60)
    assert months(FAILED, 10).missed_since == day(60)
    assert months(CONFIRMED, 20).missed_since == day(60)
    assert [(one.as_of, one.verdict) for one in curation.measurements("assoc-1")] == [
        (day(0), CONFIRMED), (day(10), FAILED), (day(20), CONFIRMED), (day(60), FAILED)]


def test_the_series_tells_each_run_once_with_strength_and_verdict(months, curation):
    wide = {"later_confidence": 0.3, "confidence_low": 0.2, "confidence_high": 0.5}
    months(CONFIRMED, 30, strength=0.4, measures=wide)
    months(CONFIRMED, 60, strength=0.3, measures=wide | {"confidence_high": 0.39})
    months(CONFIRMED, 60, strength=0.3, measures=wide | {"confidence_high": 0.39})
    months(NOT_FOUND, 90)
    assert [(one.as_of, one.verdict, one.strength) for one in curation.measurements("assoc-1")] == [
        (day(0), CONFIRMED, 0.5), (day(30), CONFIRMED, 0.4), (day(60), WEAKER, 0.3), (day(90), NOT_FOUND, None)]


def test_what_an_earlier_version_measured_begins_the_series(curation, graph, item_of):
    curation.propose([item_of()])
    graph.write([Statement("MATCH (m:Measurement) DELETE m")])
    assert [(one.run_id, one.strength) for one in curation.measurements("assoc-1")] == [("run-1", 0.5)]


@pytest.mark.usefixtures("months")
def test_a_run_that_could_not_have_shown_it_ends_nothing(curation, item_of, run):
    """Of its kind it brought nothing at all: too little data, or other miners were asked for."""
    for number in (30, 60, 90, 120):
        curation.propose([item_of("seg-1", pattern_kind=PatternKind.SEGMENT, kind="operational", run_id="run-s")],
                         run=replace(run, run_id=f"run-s{number}", as_of=day(number)))
    item = curation.item("assoc-1").item
    assert (item.valid_to, item.missed, item.standing) == (None, None, Standing.HOLDS)


def test_a_persons_experience_is_measured_by_nobody(curation, item_of):
    curation.propose_by_hand([item_of("note-1", pattern_kind=PatternKind.NOTE, kind="operational", run_id=None,
                                      datasets=(), author="li")])
    assert curation.measurements("note-1") == ()
