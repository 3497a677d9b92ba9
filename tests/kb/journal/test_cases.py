"""A case is resolved and opened again, once each, wherever its interactions were recorded."""

import threading

import pyarrow as pa
import pytest

from kb.errors import Conflict, InvalidInput, NotFound
from kb.journal.case_index import CaseIndex
from kb.journal.cases import CaseStep
from kb.journal.events import Interaction
from kb.journal.peer_journals import PeerJournals, together
from kb.journal.projector import Projector
from kb.journal.store import Journal
from ontology.validation import validate
from ontology.vocabulary import InteractionKind

NOW = 1_000


class Site:
    """One service's journal on the shared graph."""

    def __init__(self, path, graph):
        self.journal = Journal(path)
        self.graph = graph
        self.projector = Projector(self.journal, lambda: graph)

    def post(self, interaction_id="i1", kind=InteractionKind.COMPLAINT, **told):
        return self.journal.record_interaction(Interaction(
            interaction_id=interaction_id, kind=kind, author="agent", **({"customer_key": "c1", "at": 100} | told)))

    def change(self, case_id="i1", *, resolved=True, author="li", **told):
        case = CaseIndex(self.graph, self.journal).find(case_id)
        return self.journal.change_case(case, CaseStep(resolved=resolved, author=author, now=NOW, **told))

    def follow(self):
        while self.projector.step():
            pass

    def changes(self, key="c1"):
        events = together(self.journal.events_since([key]),
                          PeerJournals(self.graph, self.journal.id).events([key]))[key]
        return [(change.case_id, change.resolved, change.author) for change in
                sorted(events.cases, key=lambda change: change.order)]


@pytest.fixture
def base(graph):
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"], "external_id": ["1", "2"]}))
    graph.bulk_load("Interaction", pa.table({
        "interaction_id": ["a1", "a2", "a3", "a4"], "kind": ["fault", "repair", "complaint", "visit"],
        "case_id": ["A", "A", None, "V"], "at": [10, 20, 30, 40], "resolved_at": [None, None, 35, None]}))
    graph.bulk_load("HAD", pa.table({"from": ["c1", "c1", "c2", "c1"], "to": ["a1", "a2", "a3", "a4"]}))
    return graph


@pytest.fixture
def sites(base, tmp_path):
    opened = [Site(tmp_path / name, base) for name in ("a.db", "b.db")]
    yield opened
    for site in opened:
        site.journal.close()


@pytest.fixture
def here(sites):
    return sites[0]


def test_a_case_is_resolved_and_opened_again_with_author_time_and_reason(here):
    here.post()

    (change,) = here.change(at=200, author="wang", reason="refunded")

    assert (change.case_id, change.customer_key, change.resolved) == ("i1", "c1", True)
    assert (change.at, change.author, change.reason) == (200, "wang", "refunded")
    assert here.change(resolved=False)
    assert here.changes() == [("i1", True, "wang"), ("i1", False, "li")]


def test_resolving_what_is_resolved_and_opening_what_is_open_changes_nothing(here):
    here.post()

    assert not here.change(resolved=False)
    assert here.change()
    assert not here.change(author="another")
    assert here.changes() == [("i1", True, "li")]


def test_an_imported_case_is_found_by_its_id_and_by_that_of_any_of_its_interactions(here):
    (change,) = here.change("a2")

    assert change.case_id == "A"
    assert not here.change("A")
    assert here.change("a1", resolved=False)


def test_what_its_source_calls_resolved_is_resolved_until_it_is_opened_again(here):
    assert not here.change("a3")
    assert here.change("a3", resolved=False)
    assert here.change("a3")


def test_a_case_that_nobody_knows_is_not_found(here):
    with pytest.raises(NotFound, match="no case and no interaction with the id 'i9'") as fault:
        here.change("i9")
    assert "i9" in fault.value.message_text.zh


def test_what_is_never_open_cannot_be_resolved(here):
    with pytest.raises(InvalidInput, match="case 'V' holds visit only"):
        here.change("a4")


@pytest.mark.parametrize(("at", "fault"), [(99, Conflict), (NOW + 1, InvalidInput)])
def test_a_case_cannot_change_before_what_happened_last_nor_in_the_time_to_come(here, at, fault):
    here.post()
    with pytest.raises(fault):
        here.change(at=at)
    assert here.journal.changes_of_case("i1") == ()


def test_of_many_who_resolve_a_case_at_once_one_does(here):
    here.post()
    start, done = threading.Barrier(8), []

    def resolve(author):
        start.wait()
        done.append(here.change(author=author))

    threads = [threading.Thread(target=resolve, args=(f"agent-{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(map(len, done)) == 1
    assert len(here.journal.changes_of_case("i1")) == 1


def test_posting_a_contact_again_as_resolved_resolves_it_and_an_older_copy_does_not_open_it(here):
    assert here.post()
    assert here.post(resolved=True)
    assert not here.post(resolved=True)
    assert not here.post()
    assert here.change(resolved=False)
    assert not here.post(resolved=True)  # sent once more, it says nothing new
    assert here.changes()[-1] == ("i1", False, "li")


def test_a_contact_of_any_kind_that_says_so_resolves_the_case_it_names(here):
    here.post("i7", InteractionKind.FOLLOW_UP, at=300, case_id="A", resolved=True)
    assert here.changes() == [("A", True, "agent")]
    assert not here.change("A")


def test_another_service_resolves_what_it_was_not_told_of(sites):
    here, there = sites
    here.post()
    here.follow()

    assert there.change(author="wang")
    there.follow()

    assert here.changes() == there.changes() == [("i1", True, "wang")]
    assert not here.change()
    assert here.change(resolved=False)  # at the same instant of a base whose moment stands still
    here.follow()
    assert there.changes()[-1] == ("i1", False, "li")


def test_where_two_services_change_a_case_at_once_both_leave_it_open(sites):
    here, there = sites
    for site in sites:
        site.post("i1")
    here.change()
    here.follow()
    for site in sites:
        site.change(resolved=site is there)  # one opens it while the other, too, believes it resolved
    here.follow()
    there.follow()

    assert here.changes() == there.changes()
    assert here.changes()[-1][1] is False


def test_a_change_fits_its_shape_and_follows_once(here, base):
    here.post()
    here.change(reason="ok")
    (row,) = here.journal.records_after(0, 10).rows["CaseChange"]
    validate({name: value for name, value in row.items() if name != "customer_key"} | {"journal": here.journal.id},
             "CaseChange")

    here.follow()
    here.follow()

    found = base.read("MATCH (c:Customer)-[:CASE_CHANGED]->(k:CaseChange)"
                      " RETURN c.customer_key AS key, k.reason AS why")
    assert found == [{"key": "c1", "why": "ok"}]


def test_the_changes_of_a_person_are_erased(here):
    here.post()
    here.change(reason="my secret words")
    here.journal.erase("c1")
    assert here.journal.changes_of_case("i1") == ()
    assert here.journal.customers_with_events() == ()
