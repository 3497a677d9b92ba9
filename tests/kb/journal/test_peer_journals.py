"""Two services on one graph know what the other recorded, and count nothing twice."""

import pyarrow as pa
import pytest

from kb.errors import Conflict, NotFound
from kb.graph.version import read_version
from kb.journal.events import Interaction, Note
from kb.journal.peer_journals import PeerJournals, together
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.knowledge_map.profile_entries import notes_about
from kb.model.decision import Outcome
from ontology.vocabulary import Channel, InteractionKind, OutcomeKind


class Site:
    """One service's journal on the shared graph."""

    def __init__(self, path, graph):
        self.journal = Journal(path)
        self.peers = PeerJournals(graph, self.journal.id)
        self.projector = Projector(self.journal, lambda: graph)

    def follow(self):
        while self.projector.step():
            pass

    def tell(self, outcome, *, at=200):
        told = Outcome(decision_id="d1", action_id="cross_sell", outcome=outcome, at=at, author="agent")
        return self.journal.record_outcome(told, self.peers.decision("d1"))

    def events(self, key):
        own = self.journal.events_since([key])
        return together(own, self.peers.events([key])).get(key)


@pytest.fixture
def base(graph):
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"], "external_id": ["1", "2"]}))
    graph.bulk_load("Action", pa.table({"id": ["cross_sell"], "family": ["cross_sell"]}))
    return graph


@pytest.fixture
def sites(base, tmp_path):
    opened = [Site(tmp_path / name, base) for name in ("a.db", "b.db")]
    yield opened
    for site in opened:
        site.journal.close()


@pytest.fixture
def decided(sites, decision_of):
    """A decision of the first service that the second can see."""
    sites[0].journal.append_decisions([decision_of("d1")])
    sites[0].follow()
    return sites


def test_an_outcome_is_taken_by_the_service_that_did_not_decide(decided):
    here, there = decided

    assert there.tell(OutcomeKind.SHOWN)
    there.follow()

    [response] = here.events("c1").responses
    assert (response.outcome.decision_id, response.outcome.outcome) == ("d1", OutcomeKind.SHOWN)
    assert (response.family, response.channel, response.arguments) == ("cross_sell", "phone", {"category": "牛奶"})
    assert response == there.events("c1").responses[0]


def test_an_outcome_that_another_service_recorded_is_not_new(decided):
    here, there = decided
    here.tell(OutcomeKind.SHOWN)
    here.follow()

    assert not there.tell(OutcomeKind.SHOWN)
    assert len(there.events("c1").responses) == 1


def test_an_outcome_that_contradicts_what_another_service_recorded_is_refused(decided):
    here, there = decided
    there.tell(OutcomeKind.CONVERTED)
    there.follow()

    with pytest.raises(Conflict, match="'rejected' contradicts 'converted'"):
        here.tell(OutcomeKind.REJECTED)


def test_an_outcome_of_a_decision_that_no_graph_knows_is_refused(sites):
    with pytest.raises(NotFound, match="no decision has the id 'd1'"):
        sites[1].tell(OutcomeKind.SHOWN)


def test_an_outcome_of_an_action_that_was_not_recommended_elsewhere_is_refused(decided):
    told = Outcome(decision_id="d1", action_id="care", outcome=OutcomeKind.SHOWN, at=1, author="agent")

    with pytest.raises(NotFound, match="did not recommend 'care'; it recommended: cross_sell"):
        decided[1].journal.record_outcome(told, decided[1].peers.decision("d1"))


def test_an_interaction_is_seen_elsewhere_as_it_was_told(sites):
    here, there = sites
    posted = Interaction(interaction_id="i1", customer_key="c1", kind=InteractionKind.COMPLAINT, at=50, author="li",
                         channel=Channel.PHONE, topic="价格", text="太贵", resolved=False, amount=2.5)
    here.journal.record_interaction(posted)
    here.follow()

    assert there.events("c1").interactions == (posted,)
    assert there.events("c2") is None
    assert there.peers.events_of_everybody()["c1"].interactions == (posted,)


def test_an_interaction_that_two_services_were_told_of_counts_once(sites):
    for site in sites:
        site.journal.record_interaction(Interaction(interaction_id="i1", customer_key="c1", author=site.journal.id,
                                                    kind=InteractionKind.VISIT, at=50))
    for site in sites:
        site.follow()

    for site in sites:
        assert [posted.author for posted in site.events("c1").interactions] == [site.journal.id]


def test_a_note_is_seen_elsewhere_the_latest_first(sites):
    here, there = sites
    notes = [Note(note_id=f"n{at}", customer_key="c1", text=f"备注 {at}", author="li", at=at) for at in (1, 2)]
    for note in notes:
        here.journal.add_note(note)
    here.follow()

    assert there.peers.notes_of("c1") == (notes[1], notes[0])
    assert here.peers.notes_of("c1") == there.peers.notes_of("c2") == ()


def test_a_note_that_two_journals_hold_is_told_once(sites, base):
    here, there = sites
    for site, at in ((here, 1), (there, 2)):
        site.journal.add_note(Note(note_id=f"n{at}", customer_key="c1", text="备注", author="li", at=at))
    there.journal.add_note(Note(note_id="n1", customer_key="c1", text="备注", author="li", at=1))
    for site in sites:
        site.follow()

    assert [note.note_id for note in notes_about(base, here.journal, "c1", is_shared=True)] == ["n2", "n1"]
    assert [note.note_id for note in notes_about(base, there.journal, "c1", is_shared=True)] == ["n2", "n1"]


def test_own_records_are_not_told_as_those_of_others(decided):
    here, _ = decided
    here.tell(OutcomeKind.SHOWN)
    here.follow()

    assert here.peers.events(["c1"]) == {}
    assert len(here.events("c1").responses) == 1


def test_a_graph_is_shared_once_a_second_journal_is_followed_though_it_has_no_records_yet(sites, base, decision_of):
    here, there = sites
    here.journal.append_decisions([decision_of("d1")])
    here.follow()
    alone = read_version(base).is_shared(here.journal.id)
    there.follow()

    assert (alone, read_version(base).is_shared(here.journal.id)) == (False, True)
