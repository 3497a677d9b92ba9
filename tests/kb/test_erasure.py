"""An erased person is nowhere."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.erasure import erase_person
from kb.facts.moment import Moment
from kb.facts.past_links import KeptLinks
from kb.graph.port import Statement
from kb.home import Base, Home
from kb.journal.events import Interaction, Note
from kb.journal.store import Journal
from ontology.text import Text
from ontology.vocabulary import InteractionKind


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    made.create(Base(name=Text(zh="店", en="shop"), zone="UTC", currency="EUR"))
    made.facts_path.mkdir()
    pq.write_table(pa.table({"customer_key": ["c1", "c2"], "age": [30, 40]}), made.facts_path / "customer.parquet")
    pq.write_table(pa.table({"customer_key": ["c1", "c2", "c2"], "_key": ["from:social:c2", "to:social:c1",
                                                                          "to:social:c3"]}),
                   made.facts_path / "relation.parquet")
    return made


@pytest.fixture
def journal(home, decision_of):
    opened = Journal(home.journal_path)
    opened.append_decisions([decision_of("d1", "c1"), decision_of("d2", "c2")])
    opened.record_interaction(Interaction(interaction_id="i9", customer_key="c1", kind=InteractionKind.VISIT, at=1,
                                          author="li"))
    opened.add_note(Note(note_id="n1", customer_key="c1", text="note", author="li", at=1))
    yield opened
    opened.close()


@pytest.fixture
def filled(graph):
    graph.bulk_load("Customer", pa.table({"customer_key": ["c1", "c2"], "name": ["王芳", "李雷"]}))
    graph.bulk_load("Interaction", pa.table({"interaction_id": ["i1", "i2"], "text": ["secret", "other"]}))
    graph.bulk_load("HAD", pa.table({"from": ["c1", "c2"], "to": ["i1", "i2"]}))
    graph.bulk_load("KNOWS", pa.table({"from": ["c2"], "to": ["c1"], "kind": ["social"]}))
    graph.write([Statement("""
        MATCH (c:Customer {customer_key: 'c1'})
        CREATE (c)<-[:DECIDED_FOR]-(d:Decision {decision_id: 'd1'})<-[:CAME_OF]-(o:Outcome {outcome_id: 'o1'})""")])
    return graph


def test_an_erased_person_is_in_no_store_and_the_others_are_untouched(home, journal, filled):
    done = erase_person("c1", home=home, graph=filled, journal=journal)
    assert (done["journal"], done["facts"]) == (3, 3)
    left = {table: filled.read(f"MATCH (n:{table}) RETURN count(n) AS n")[0]["n"]
            for table in ("Customer", "Interaction", "Decision", "Outcome")}
    assert left == {"Customer": 1, "Interaction": 1, "Decision": 0, "Outcome": 0}
    assert filled.read("MATCH (c:Customer)-[:HAD]->(i:Interaction) RETURN c.name AS name, i.text AS text") == [
        {"name": "李雷", "text": "other"}]
    assert journal.decisions_of("c1") == ()
    assert [d.decision_id for d in journal.decisions_of("c2")] == ["d2"]
    assert pq.read_table(home.facts_path / "customer.parquet")["customer_key"].to_pylist() == ["c2"]
    assert pq.read_table(home.facts_path / "relation.parquet")["_key"].to_pylist() == ["to:social:c3"]
    assert home.erased() == {"c1"}


def test_an_erased_person_is_in_no_links_of_earlier_runs(home, journal, filled):
    kept, moment = KeptLinks(home.links_path), Moment(as_of=9, zone="UTC")
    kept.keep(pa.table({"from": ["c1", "c2"], "to": ["a", "a"], "score": [0.1, 0.2], "since": [1, 1],
                        "run_id": ["r", "r"], "as_of": [5, 5]}), as_of=5, recorded_at=6)
    erase_person("c1", home=home, graph=filled, journal=journal)
    assert kept.of("c1", moment) == []
    assert kept.of("c2", moment) == [{"item": "a", "score": 0.2, "since": 1, "run_id": "r", "as_of": 5,
                                      "amount": None, "amount_low": None, "amount_high": None,
                                      "goes_with": None}]


def test_erasing_again_changes_nothing(home, journal, filled):
    erase_person("c1", home=home, graph=filled, journal=journal)
    again = erase_person("c1", home=home, graph=filled, journal=journal)
    assert (again["journal"], again["facts"], again["snapshots"]) == (0, 0, [])
