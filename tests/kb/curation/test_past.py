"""Knowledge on both axes: what is true of a moment, and when we knew it. Retired and corrected knowledge is kept."""

from datetime import UTC, datetime

import pytest

from kb.curation.listing import ItemQuery
from kb.facts.moment import Moment
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind

PROPOSED, APPROVED, PUBLISHED, REJECTED, RETIRED = (
    KnowledgeStatus.PROPOSED, KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED, KnowledgeStatus.REJECTED,
    KnowledgeStatus.RETIRED)


def day(month, of_month=15, year=2017):
    """Noon of a day."""
    return int(datetime(year, month, of_month, 12, tzinfo=UTC).timestamp())


NOW = Moment(as_of=day(12), zone="UTC")


def past(as_of=None, known_at=None):
    return NOW.back_to(as_of, known_at, clock=day(12))


@pytest.fixture
def told(curation, clock, item_of, catalogue):
    """Recorded in May about March, approved and published in June, retired in July, corrected in August.

    The correction says that it had been true from April to June, with other numbers.
    """
    clock.time = day(5)
    curation.propose([item_of("early", valid_from=day(3), recorded_at=day(5), measures={"lift": 2.0})])
    clock.time = day(6)
    curation.approve("early", "li")
    clock.time = day(6, 20)
    curation.publish("li", *catalogue, check=lambda _: None)
    clock.time = day(7)
    curation.retire("early", "wang", "no longer believed")
    clock.time = day(7, 20)
    curation.publish("li", *catalogue, check=lambda _: None)
    clock.time = day(8)
    curation.propose([item_of("corrected", valid_from=day(4), valid_to=day(6, 30), recorded_at=day(8), strength=0.4,
                              measures={"lift": 1.4})])
    clock.time = day(9)
    curation.propose([item_of("corrected", valid_from=day(4), valid_to=day(6, 30), recorded_at=day(9), strength=0.4,
                              measures={"lift": 1.3})])
    return curation


def standing(curation, moment):
    return {item.id: item.status for item in curation.items(past=moment).items}


@pytest.mark.parametrize(("known", "expected"), [
    (day(4), {}), (day(5) - 1, {}), (day(5), {"early": PROPOSED}), (day(6), {"early": APPROVED}),
    (day(6, 20) - 1, {"early": APPROVED}), (day(6, 20), {"early": PUBLISHED}), (day(7) - 1, {"early": PUBLISHED}),
    (day(7), {"early": RETIRED}), (day(8) - 1, {"early": RETIRED}),
    (day(8), {"early": RETIRED, "corrected": PROPOSED}),
])
def test_an_item_has_the_status_it_had_then(told, known, expected):
    assert standing(told, past(day(5, 20), known)) == expected


@pytest.mark.parametrize(("true_at", "expected"), [
    (day(2), set()), (day(3), {"early"}), (day(4), {"early", "corrected"}), (day(6, 30) - 1, {"early", "corrected"}),
    (day(6, 30), {"early"}),
])
def test_what_we_know_in_september_of_earlier_months(told, true_at, expected):
    assert set(standing(told, past(true_at, day(9)))) == expected


def test_one_day_asks_for_both_axes(told):
    """In April nothing was known of March; by the end of May it was."""
    assert standing(told, past(day(4))) == {}
    assert standing(told, past(day(5, 31))) == {"early": PROPOSED}


def test_knowledge_that_ended_is_not_told_of_a_later_moment(told):
    assert standing(told, past(known_at=day(9))) == {"early": RETIRED}


@pytest.mark.parametrize(("known", "lift"), [(day(8), 1.4), (day(9) - 1, 1.4), (day(9), 1.3)])
def test_numbers_are_those_that_were_known_then(told, known, lift):
    assert told.items_known(known)["corrected"].measures == {"lift": lift}


def test_several_changes_in_one_second_are_one_state(curation, clock, item_of):
    curation.propose([item_of()])
    curation.approve("assoc-1", "li")
    assert curation.items_known(clock.time)["assoc-1"].status is APPROVED


def test_a_verdict_of_later_does_not_change_what_was_known_before(curation, clock, item_of):
    curation.propose([item_of()])
    clock.time += 10
    curation.reject("assoc-1", "li", "not plausible")
    assert curation.items_known(clock.time - 1)["assoc-1"].reason is None
    assert curation.items_known(clock.time)["assoc-1"].status is REJECTED


def test_after_a_rollback_the_item_is_approved_and_no_longer_published(curation, clock, item_of, catalogue):
    curation.propose([item_of("one")])
    curation.approve("one", "li")
    clock.time += 10
    curation.publish("li", *catalogue, check=lambda _: None)
    curation.propose([item_of("two")])
    curation.approve("two", "li")
    clock.time += 10
    curation.publish("li", *catalogue, check=lambda _: None)
    clock.time += 10
    curation.rollback(1, "li")
    known = {ago: {item.id: item.status for item in curation.items_known(clock.time - ago).values()}
             for ago in (20, 10, 0)}
    assert known == {20: {"one": PUBLISHED, "two": APPROVED}, 10: {"one": PUBLISHED, "two": PUBLISHED},
                     0: {"one": PUBLISHED, "two": APPROVED}}
    assert [curation.live_number_at(clock.time - ago) for ago in (31, 20, 10, 0)] == [None, 1, 2, 1]


def test_what_is_listed_of_now_is_what_is_listed_of_a_past_that_has_just_begun(told):
    now = told.items().items
    assert told.items(past=Moment(as_of=day(5), zone="UTC", known_at=day(12))).items == now


def test_filters_pages_and_counts_speak_of_the_past(curation, item_of):
    curation.propose([item_of(f"assoc-{n}", strength=n % 3 / 10) for n in range(7)])
    moment = Moment(as_of=600, zone="UTC", known_at=1_000)
    seen, cursor = [], ""
    while True:
        page = curation.items(cursor=cursor, limit=2, past=moment)
        seen += [item.id for item in page.items]
        cursor = page.next
        if not cursor:
            break
    assert seen == [item.id for item in curation.items().items]
    for asked in (ItemQuery(q="MILK"), ItemQuery(q="（assoc-3）"), ItemQuery(q=" "), ItemQuery(status=APPROVED),
                  ItemQuery(q="nothing"),
                  ItemQuery(kind=PatternKind.ASSOCIATION, q="assoc-2"), ItemQuery(kind=PatternKind.SEGMENT)):
        assert curation.items(asked, past=moment) == curation.items(asked)


def test_words_are_found_in_what_was_said_then(curation, clock, item_of):
    curation.propose([item_of(statement=Text(zh="旧", en="old words"))])
    clock.time += 10
    curation.propose([item_of(statement=Text(zh="新", en="new words"))])
    before = Moment(as_of=600, zone="UTC", known_at=clock.time - 1)
    assert [len(curation.items(ItemQuery(q=word), past=before).items) for word in ("old", "new")] == [1, 0]
