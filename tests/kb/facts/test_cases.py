"""What is open is among the facts however old it is, what was resolved is not, in every reading alike."""

from dataclasses import replace

import ibis
import pyarrow as pa
import pytest

from kb.facts.load import load_facts, load_persons
from kb.facts.online import read_facts
from kb.facts.point_in_time import facts_then
from kb.facts.refresh import refresh
from kb.facts.whole_base import open_everyone
from kb.journal.case_index import CaseIndex
from kb.journal.cases import CaseStep
from kb.journal.events import Interaction
from kb.journal.store import Journal
from ontology.vocabulary import InteractionKind
from rules.batch import stored_tables

DAY = 86_400


@pytest.fixture
def tables(source, local):
    def one(interaction_id, kind, when, *, resolved=None, case=None):
        return {"interaction_id": interaction_id, "customer_key": "c1", "kind": kind, "at": local(when),
                "case_id": case, "resolved_at": local(resolved) if resolved else None}

    return source(customers=[{"customer_key": "c1"}, {"customer_key": "c2"}], interactions=[
        one("ancient-open", "complaint", "2014-03-01"),
        one("ancient-closed", "complaint", "2014-04-01", resolved="2014-05-01"),
        one("ancient-visit", "visit", "2014-04-01"),
        one("fault", "fault", "2017-11-01", case="A"),
        one("repair", "repair", "2017-11-05", resolved="2017-11-06", case="A"),
        one("again", "fault", "2017-12-01", case="A"),
        one("later", "complaint", "2017-12-10", resolved="2018-02-01"),
    ])


@pytest.fixture
def base(graph, tables, at, tmp_path):
    made = refresh(tables, at("2018-01-01T12:00"), tmp_path / "facts", lambda _: None)
    load_persons(graph, pa.table({"customer_key": ["c1", "c2"], "external_id": ["1", "2"], "name": ["王芳", None],
                                  "phone": [None, None], "address": [None, None]}))
    load_facts(graph, made, tables, {})
    journal = Journal(tmp_path / "journal.db")
    yield Base(graph, journal, made, tables)
    journal.close()


class Base:
    """A loaded graph, a journal and the refresh that the graph was loaded from."""

    def __init__(self, graph, journal, made, tables):
        self.graph, self.journal, self.made, self.tables = graph, journal, made, tables
        self.moment = made.moment

    def change(self, case_id, *, resolved):
        case = CaseIndex(self.graph, self.journal).find(case_id)
        return self.journal.change_case(case, CaseStep(resolved=resolved, author="li", now=self.moment.as_of))

    def online(self, moment=None):
        facts = read_facts(self.graph, self.journal, ["c1"], moment or self.moment)["c1"]
        return {row.key: row.values.get("resolved") for row in facts.related["interaction"]}

    def everyone(self, moment=None):
        with open_everyone(self.made, self.graph, self.journal, moment or self.moment) as tables:
            rows = tables["interaction"].to_pyarrow().to_pylist()
        return {row["_key"]: row["resolved"] for row in rows if row["customer_key"] == "c1"}

    def past(self, moment=None):
        facts = facts_then(self.tables, self.journal, "c1", moment or self.moment)
        return {row.key: row.values.get("resolved") for row in facts.related["interaction"]}

    def seen(self, moment=None):
        """What all readings agree on."""
        found = self.online(moment)
        assert self.everyone(moment) == found
        return found


AT_FIRST = {"ancient-open": False, "fault": True, "repair": True, "again": False, "later": False}


def test_the_open_stays_among_the_facts_whatever_its_age_and_a_case_is_resolved_as_a_whole(base):
    assert base.seen() == base.past() == AT_FIRST


def test_the_stored_tables_hold_no_more_than_the_facts(base):
    rows = stored_tables(base.made, ibis.duckdb.connect())["interaction"].to_pyarrow().to_pylist()
    assert {row["_key"]: row["resolved"] for row in rows} == AT_FIRST


def test_what_is_resolved_now_leaves_the_facts_when_it_is_old_and_comes_back_when_it_is_opened_again(base):
    base.change("ancient-open", resolved=True)
    assert base.seen() == {key: value for key, value in AT_FIRST.items() if key != "ancient-open"}

    base.change("ancient-open", resolved=False)
    assert base.seen() == AT_FIRST


def test_what_a_source_resolved_years_ago_can_be_opened_again(base):
    base.change("ancient-closed", resolved=False)
    assert base.seen() == base.past() == AT_FIRST | {"ancient-closed": False}


def test_resolving_a_case_resolves_all_that_is_open_of_it(base):
    base.change("again", resolved=True)
    assert base.seen() == AT_FIRST | {"again": True}

    base.change("A", resolved=False)
    assert base.seen() == AT_FIRST | {"fault": False, "repair": False, "again": False}


def test_before_a_case_was_resolved_it_shows_open(base, at):
    base.change("again", resolved=True)
    assert base.past(at("2017-12-31T12:00"))["again"] is False
    assert base.past(at("2017-11-03T12:00"))["fault"] is False


def test_what_was_posted_is_resolved_and_stays_open_however_old(base):
    for key, when in (("posted", base.moment.as_of), ("posted-long-ago", base.moment.as_of - 900 * DAY)):
        base.journal.record_interaction(Interaction(interaction_id=key, customer_key="c1", author="agent", at=when,
                                                    kind=InteractionKind.FAULT))
    assert base.seen() == AT_FIRST | {"posted": False, "posted-long-ago": False}

    base.change("posted", resolved=True)
    base.change("posted-long-ago", resolved=True)
    assert base.seen() == AT_FIRST | {"posted": True}


def test_a_score_that_is_posted_is_the_latest_one_in_every_reading(base):
    def scores(rows):
        return {row["_key"]: (row["latest_score"], row["score_share"]) for row in rows if row["score"] is not None}

    for key, score, at in (("s1", 2.0, base.moment.as_of - 900 * DAY), ("s2", 9.0, base.moment.as_of - 500 * DAY)):
        base.journal.record_interaction(Interaction(interaction_id=key, customer_key="c1", author="agent", at=at,
                                                    kind=InteractionKind.SURVEY, score=score, score_max=10.0))
    with open_everyone(base.made, base.graph, base.journal, base.moment) as tables:
        assert scores(tables["interaction"].to_pyarrow().to_pylist()) == {"s2": (True, 0.9)}
    assert base.seen() == AT_FIRST | {"s2": None}


def test_years_later_only_what_is_open_is_left(base):
    later = replace(base.moment, as_of=base.moment.as_of + 800 * DAY)
    base.journal.record_interaction(Interaction(interaction_id="posted", customer_key="c2", author="agent", at=1,
                                                kind=InteractionKind.VISIT))
    assert base.online(later) == base.everyone(later) == {"ancient-open": False, "again": False, "later": False}
