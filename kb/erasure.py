"""Erasing a person: everything that was kept of one customer, wherever it was kept.

What is erased: the customer's node and every record of the graph that tells of that customer; rows of snapshots, fact
tables, links, scores and quarantine; the person whom an unfinished import holds; decisions, outcomes, interactions,
notes and shadows of the journal; the key in the facts of what was decided for others. Files that held any of it are
written anew, so that no byte stays in them.

What stays: the keyed hash on the list of the erased, in the home and in the graph, so that no import brings the person
back; and what was written about *somebody else*. Where such a text names the person, the answer says where.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kb.graph.port import Graph, Statement
from kb.graph.state import Edition, changed, put_state
from kb.home import Home
from kb.ingestion.recovery import ImportRecovery, UnfinishedErasures
from kb.journal.store import Journal
from kb.model.ids import CustomerKey
from kb.tables.erasure import Person, erase_rows, is_in_files
from kb.tables.memory_limit import Memory
from kb.tables.run_scores import erase_scores
from ontology.persons import ways_to_what_tells
from ontology.schema import load_schema

_OWNED = "MATCH (c:Customer {{customer_key: $key}}){way} DETACH DELETE n"
_PERSON = "MATCH (c:Customer {customer_key: $key}) DETACH DELETE c"
_HANDLED = "MATCH (i:Interaction) WHERE i.author IN $names SET i.author = NULL"
_KNOWN = """
    MATCH (c:Customer {customer_key: $key})
    RETURN c.external_id AS external_id, c.name AS name, c.phone AS phone, c.address AS address"""
_TOLD_OF_OTHERS = """
    MATCH (c:Customer)-[:HAD]->(i:Interaction) WHERE c.customer_key <> $key AND i.text CONTAINS $word
    RETURN 'interaction' AS record, i.interaction_id AS id, c.customer_key AS customer_key, i.text AS text"""
_ERASED = "erased:"
_ALL_ERASED = "MATCH (s:State) WHERE s.name STARTS WITH $prefix RETURN s.name AS name"
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Identity:
    """What the graph knows of who somebody is; ``None`` where it does not."""

    external_id: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What a text may name the person by."""
        return tuple(word for word in (self.external_id, self.name, self.phone, self.address) if word)

    def is_named_in(self, text: str) -> bool:
        """Whether a text holds one of the words, not as a part of a longer one where they are letters or digits."""
        return any(re.search(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])", text) for word in self.words)


def erase_person(customer_key: CustomerKey, *, home: Home, graph: Graph, journal: Journal,
                 memory: Memory | None = None) -> dict[str, Any]:
    """Erase a customer from journal, snapshots, fact tables, links and graph, and keep the key on a list.

    The list comes first: an erasure that is cut short is completed when the base is opened, and no import brings the
    person back meanwhile. On return no byte of the person is in a file of the home.

    Returns:
        ``{customer_key, journal, facts, snapshots, graph_files, mentioned}``: how many records and rows there were,
        which snapshots succeeded which, whether the graph's files were written anew (those of a server are not ours),
        and the texts about others that name the person: ``{record, id, customer_key}`` each.

    Raises:
        Unavailable: If the journal was read all the time, by a backup perhaps: repeat it.
    """
    unfinished = UnfinishedErasures(home.path)
    unfinished.begin(customer_key)
    home.note_erased(customer_key)
    known = _identity(graph, customer_key)
    mentioned = _mentions(graph, journal, customer_key, known)
    removed = journal.erase(customer_key)
    successions = erase_rows(home.path, Person(key=customer_key, secret=home.secret(), name=known.name),
                             memory=memory)
    ImportRecovery(home.path).forget(customer_key)
    kept = [path for folder in (home.facts_path, home.links_path) for path in sorted(folder.glob("*.parquet"))]
    rows = sum(_erase_facts(path, customer_key) for path in kept)
    rows += erase_scores(home.runs_path, customer_key)
    graph.write(_erase_node(customer_key, known))
    is_anew = graph.purge()
    journal.purge(_PATIENCE_SECONDS)
    unfinished.end(customer_key)
    return {"customer_key": customer_key, "journal": removed, "facts": rows, "graph_files": is_anew,
            "snapshots": [{"before": one.before.digest, "after": one.after.digest} for one in successions],
            "mentioned": mentioned}


def is_known_anywhere(customer_key: CustomerKey, *, home: Home, graph: Graph, journal: Journal,
                      memory: Memory | None = None) -> bool:
    """Whether there is anything of a customer to erase, or there was: a repeated erasure is none of a stranger."""
    return (bool(graph.read(_KNOWN, key=customer_key)) or customer_key in home.erased()
            or is_in_files(home.path, Person(key=customer_key, secret=home.secret()), memory)
            or journal.knows(customer_key))


def erased_in(graph: Graph) -> frozenset[CustomerKey]:
    """Keys of all persons whom any service on the graph erased: their own journals may still speak of them."""
    found = graph.read(_ALL_ERASED, prefix=_ERASED)
    return frozenset(CustomerKey(record["name"].removeprefix(_ERASED)) for record in found)


def _identity(graph: Graph, key: CustomerKey) -> _Identity:
    found = graph.read(_KNOWN, key=key)
    return _Identity(**found[0]) if found else _Identity()


def _mentions(graph: Graph, journal: Journal, key: CustomerKey, known: _Identity) -> list[dict[str, str]]:
    """Texts about others that name the person, each once."""
    told = [(row["record"], row["id"], row["customer_key"], row["text"]) for word in known.words
            for row in graph.read(_TOLD_OF_OTHERS, key=key, word=word)]
    found = {(record, name, whose) for record, name, whose, text in (*told, *journal.said_of_others(key))
             if known.is_named_in(text)}
    return [{"record": record, "id": name, "customer_key": whose} for record, name, whose in sorted(found)]


def _erase_node(key: CustomerKey, known: _Identity) -> Iterator[Statement]:
    for way in ways_to_what_tells(load_schema()):
        yield Statement(_OWNED.format(way=way), {"key": key})
    yield Statement(_PERSON, {"key": key})
    if names := [name for name in (known.external_id, known.name) if name]:
        yield Statement(_HANDLED, {"names": names})
    yield put_state(_ERASED + key, "")
    yield changed(Edition.FACTS)


def _erase_facts(path: Path, key: CustomerKey) -> int:
    """Drop the rows of the customer, and those that name the customer as the other side of a relation."""
    rows = pq.read_table(path)
    kept = rows.filter(pc.invert(_mentions_key(rows, key)))
    if kept.num_rows < rows.num_rows:
        beside = path.with_name(f".{path.name}.new")
        pq.write_table(kept, beside)
        beside.replace(path)
    return int(rows.num_rows - kept.num_rows)


def _mentions_key(rows: pa.Table, key: CustomerKey) -> pa.ChunkedArray:
    own = pc.equal(rows["customer_key"], key)
    return pc.or_(own, pc.ends_with(rows["_key"], key)) if "_key" in rows.column_names else own
