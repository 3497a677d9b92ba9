"""The knowledge map of a past: what was true then, as it was known then; what is not known of it is said."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest

from kb.curation.curation import Curation
from kb.errors import NotFound
from kb.facts.load import Scores, load_knowledge_links
from kb.facts.moment import Moment
from kb.facts.past_links import KeptLinks
from kb.graph.double_buffer import DoubleBuffer
from kb.journal.events import Interaction, Note
from kb.journal.store import Journal
from kb.knowledge_map import Archive, past_map
from kb.knowledge_map.entry import ValueWords
from kb.model.action import ContactPolicy
from kb.model.condition import Op, Test
from kb.model.knowledge import KnowledgeItem
from kb.model.rule import Recommend, Rule
from kb.tables.canonical import CANONICAL
from kb.tables.run_scores import scores_table
from kb.tables.tables import open_tables
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import InteractionKind, KnowledgeKind, KnowledgeStatus, PatternKind

DAY = 86_400


def day(month, of_month=15):
    return int(datetime(2017, month, of_month, 12, tzinfo=UTC).timestamp())


class Clock:
    time = 0

    def __call__(self):
        return self.time


class Shop:
    """Canonical tables in memory."""

    attributes = ()
    ruled_out: Collection[str] = ()

    def __init__(self, **rows):
        self._connection = ibis.duckdb.connect()
        self._rows = rows

    def __getitem__(self, name):
        schema = ibis.schema(CANONICAL[name].schema)
        rows = [{column: row.get(column) for column in schema} for row in self._rows.get(name, ())]
        return ibis.memtable(pa.Table.from_pylist(rows, schema=schema.to_pyarrow()), schema=schema)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.disconnect()


def line(at, amount, order):
    return {"customer_key": "c1", "order_id": order, "product_id": "p1", "ordered_at": at, "quantity": 1,
            "amount": amount}


SHOP = {
    "customers": [{"customer_key": "c1", "birth_year": 1987}, {"customer_key": "c2"}],
    "products": [{"product_id": "p1", "category": "MILK"}],
    "order_lines": [line(day(3), 5, "o1"), line(day(6), 7, "o2"), line(day(10), 11, "o3")],
    "interactions": [{"customer_key": "c1", "interaction_id": "i1", "at": day(4), "kind": "complaint",
                      "resolved_at": day(5)}],
    "campaigns": [{"campaign_id": "k1", "starts_at": day(5), "ends_at": day(7)}],
    "contacts": [{"customer_key": "c1", "campaign_id": "k1", "contacted_at": day(5), "responded_at": day(6)}],
}


def item(item_id, valid_from, **more):
    return KnowledgeItem(
        id=item_id, kind=KnowledgeKind.HIDDEN, pattern_kind=PatternKind.ASSOCIATION, status=KnowledgeStatus.PROPOSED,
        strength=0.5, statement=Text(zh=item_id, en=item_id), consequent=("MILK",), valid_from=valid_from,
        recorded_at=valid_from, author="wang", **more)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def archive(graph, tmp_path, clock):
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"], "external_id": ["42", "43"]}))
    journal = Journal(tmp_path / "journal.db")
    yield Archive(graph=graph, journal=journal, curation=Curation(graph, clock), links=KeptLinks(tmp_path / "links"),
                  tables=lambda: Shop(**SHOP))
    journal.close()


@pytest.fixture
def told(archive, clock, graph):
    """May: *a* is found to hold. June: it is approved and published. August: a run finds that *b* holds instead."""
    buffer = DoubleBuffer(graph)

    def run(month, *items):
        clock.time = day(month)
        archive.curation.propose([item(name, day(month)) for name in items],
                                 [Rule(id=f"rule-{name}", name=Text.same(name), author="wang", rests_on=(name,),
                                       when=Test(property="age", op=Op.GE, operand=1),
                                       then=Recommend(action="offer")) for name in items])
        rows = scores_table({name: {"c1": month / 10} for name in items})
        load_knowledge_links(buffer, Scores(rows=rows, run_id=f"run-{month}", as_of=day(month), now=day(month)),
                             history=archive.links)

    run(5, "a")
    clock.time = day(6)
    archive.curation.approve("a", "li")
    clock.time = day(6, 20)
    archive.curation.publish("li", (), ContactPolicy(), check=lambda _: None)
    run(8, "b")
    archive.curation.approve("b", "li")
    return archive


def ask(archive, as_of, known_at=None, key="c1"):
    moment = Moment(as_of=as_of, zone="UTC", known_at=as_of if known_at is None else known_at)
    return past_map(archive, key, ValueWords(load_schema(), {}), moment)


def ids(entries):
    return [entry["id"] for entry in entries]


def valued(entries):
    return {entry["id"]: entry["value"] for entry in entries if "value" in entry}


@pytest.mark.parametrize(("at", "total", "orders"), [(day(4), 5, 1), (day(7), 12, 2), (day(11), 23, 3)])
def test_indicators_and_purchases_are_those_of_then(archive, at, total, orders):
    shown = valued(ask(archive, at)["operational"])
    assert (shown["customer.monetary_total"], shown["customer.order_count"]) == (total, orders)
    assert shown["purchase.MILK"] == orders


def test_what_happened_after_we_knew_is_not_seen_even_of_a_later_moment(archive):
    """In April we knew of one order; of July we could say that it lay some three months back."""
    shown = valued(ask(archive, day(7), known_at=day(4))["operational"])
    assert (shown["customer.order_count"], shown["customer.recency_days"]) == (1, 122)


@pytest.mark.parametrize(("at", "words"), [(day(4), "unresolved"), (day(5), "resolved")])
def test_a_complaint_is_as_open_as_it_was(archive, at, words):
    told = {entry["id"]: entry for entry in ask(archive, at)["operational"]}["interaction.i1"]
    assert told["statement"]["en"].endswith(f", {words}")


@pytest.mark.parametrize(("at", "answer"), [(day(5), "no response"), (day(6), "responded")])
def test_a_contact_is_as_answered_as_it_was(archive, at, answer):
    told = {entry["id"]: entry for entry in ask(archive, at)["operational"]}["contact.k1"]
    assert told["statement"]["en"].endswith(answer)


def test_what_the_journal_recorded_later_is_not_on_the_map(archive):
    archive.journal.add_note(Note(note_id="n1", customer_key="c1", text="later", author="li", at=day(9)))
    archive.journal.record_interaction(Interaction(
        interaction_id="i9", customer_key="c1", kind=InteractionKind.ENQUIRY, at=day(9), author="li"))
    assert {"note.n1", "interaction.i9"} <= set(ids(ask(archive, day(9))["operational"]))
    assert not {"note.n1", "interaction.i9"} & set(ids(ask(archive, day(8))["operational"]))
    assert not {"note.n1", "interaction.i9"} & set(ids(ask(archive, day(9), known_at=day(8))["operational"]))


@pytest.mark.parametrize(("as_of", "known_at", "expected"), [
    (day(4), None, []), (day(5), None, []), (day(6), None, ["item.a"]), (day(7), None, ["item.a"]),
    (day(8), None, ["item.b"]), (day(7), day(9), ["item.a"]), (day(9), day(7), ["item.a"]),
    (day(5), day(6), ["item.a"]), (day(4), day(9), []),
])
def test_knowledge_is_what_held_then_as_far_as_it_was_known_and_reviewed(told, as_of, known_at, expected):
    assert ids(ask(told, as_of, known_at)["hidden"]) == expected


def test_a_link_has_the_score_of_the_run_that_was_last_known(told):
    assert ask(told, day(7))["hidden"][0]["score"] == 0.5


def test_retired_knowledge_is_on_the_map_of_when_it_was_known(told, clock):
    clock.time = day(9)
    told.curation.retire("b", "li", "outdated")
    assert ids(ask(told, day(8))["hidden"]) == ["item.b"]
    assert ask(told, day(9))["hidden"] == []
    assert ids(ask(told, day(8), known_at=day(9))["hidden"]) == []


def test_release_and_rules_are_those_that_were_live(told):
    shown = ask(told, day(7))
    assert shown["release"] == 1
    assert {("item.a", "rule-a"), ("rule-a", "offer")} <= {(link["source"], link["target"]) for link in shown["links"]}
    assert ask(told, day(6))["release"] is None


def gaps(shown):
    return {gap["part"] for gap in shown["gaps"]}


def test_the_map_says_what_is_not_known_of_then(told):
    assert gaps(ask(told, day(7))) == {"attributes"}
    assert gaps(ask(told, day(4))) == {"attributes", "runs", "release"}
    assert all(gap["zh"] and gap["en"] for gap in ask(told, day(4))["gaps"])


def test_where_nothing_was_imported_the_rest_of_the_map_stands(told, tmp_path):
    empty = replace(told, tables=lambda: open_tables(tmp_path / "elsewhere"))
    shown = ask(empty, day(7))
    assert "records" in gaps(shown)
    assert ids(shown["hidden"]) == ["item.a"]


def test_the_same_run_recorded_again_is_the_one_that_counts(archive):
    def links(score):
        return pa.table({"from": ["c1"], "to": ["a"], "score": [score], "since": [1], "run_id": ["run-1"],
                         "as_of": [10]})

    archive.links.keep(links(0.1), as_of=10, recorded_at=20)
    archive.links.keep(links(0.2), as_of=10, recorded_at=30)
    archive.links.keep(links(0.3), as_of=5, recorded_at=40)
    scores = [archive.links.of("c1", Moment(as_of=10, zone="UTC", known_at=known)) for known in (19, 20, 30, 40)]
    assert [found and found[0]["score"] for found in scores] == [None, 0.1, 0.2, 0.2]
    assert archive.links.of("c2", Moment(as_of=10, zone="UTC", known_at=40)) == []


def test_a_stranger_is_not_found(archive):
    with pytest.raises(NotFound, match="c9"):
        ask(archive, day(4), key="c9")
