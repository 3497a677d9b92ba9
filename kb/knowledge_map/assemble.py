"""The map of one customer as it is now, put together from one state of the graph and the journal."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from kb.errors import NotFound
from kb.facts.definitions.interaction import MEMORY_DAYS
from kb.facts.fact_cache import FactCache
from kb.facts.moment import Moment
from kb.facts.online import read_about, rehearse_reading
from kb.graph.double_buffer import on_table
from kb.graph.port import Graph, Record
from kb.graph.version import GraphVersion, snapshot_with_version
from kb.journal.events import Note
from kb.journal.store import Journal
from kb.knowledge_map.entry import Json, ValueWords, measured, plain_text
from kb.knowledge_map.knowledge_entries import (
    APPLIED,
    KNOWLEDGE_OF_CUSTOMER,
    KnowledgeEntry,
    entries_from,
    knowledge_entries,
    knowledge_links,
)
from kb.knowledge_map.observed_entries import event_entries, measured_entries
from kb.knowledge_map.profile_entries import note_entry, notes_about, profile_entries
from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus

PERSON = """
    MATCH (c:Customer) WHERE c.customer_key = $asked
    RETURN c.external_id AS customer_id, c.name AS name, c.phone AS phone, c.address AS address"""
_OLDER = Text(zh="{days} 天以前的 {older} 次互动没有列出：都已解决或无需解决。",
              en="Not listed: interactions of more than {days} days ago, {older} of them, none of which is open.")
REVIEWED = frozenset({KnowledgeStatus.APPROVED, KnowledgeStatus.PUBLISHED})
_QUERIES = {"person": PERSON, "held": KNOWLEDGE_OF_CUSTOMER, "applied": APPLIED}


def knowledge_map(graph: Graph, journal: Journal, customer_key: CustomerKey,  # noqa: PLR0913 - its sources
                  words: Callable[[GraphVersion], ValueWords], moment: Moment, *,
                  memory: FactCache | None = None) -> Json:
    """Everything known of a customer, in three kinds, each entry with its evidence and age.

    Indicators, purchases and contacts are those of the last refresh.

    Args:
        graph: Where facts and knowledge are.
        journal: What happened since, and the notes.
        customer_key: Whose map.
        words: Labels of the ontology and of the data, as they are under a stamp.
        moment: Now.
        memory: What was read of customers lately.

    Returns:
        ``{customer: {customer_id, name}, as_of, known_at, release, information[], operational[], hidden[], links[],
        gaps[]}``. An entry has ``id, label, statement, evidence`` and, where known, ``value`` (with ``value_text`` in
        both languages where it is a word), ``unit, score, since, age_days, item, author, unreviewed``. ``links`` join
        entries, rules, actions, runs and snapshots: ``{source, target, kind}``. ``release`` is the number of the one
        that is live; ``known_at`` is null but for a past (``kb.knowledge_map.point_in_time``); ``gaps`` says
        what is left out.

    Raises:
        NotFound: If the graph does not know the customer.
    """
    facts, stood, found = read_about(graph, journal, customer_key, moment, _QUERIES, memory=memory,
                                     reviewed=sorted(REVIEWED), as_of=moment.as_of)
    if facts is None:
        raise unknown(customer_key)
    return assembled(found["person"][0], facts, entries_from(found["held"]), found["applied"],
                     notes=notes_about(graph, journal, customer_key, is_shared=stood.is_shared(journal.id)),
                     words=words(stood), moment=moment, measured_at=stood.facts_as_of, release=stood.release)


def rehearse_map(graph: Graph, key: CustomerKey, table: str) -> None:
    """Ask of one customer what ``knowledge_map`` asks, of the table of links that is about to be live."""
    rehearse_reading(graph, key, table)
    queries = {name: on_table(text, table) for name, text in _QUERIES.items()}
    snapshot_with_version(graph, queries, asked=key, reviewed=sorted(REVIEWED), as_of=0)


def assembled(person: Record, facts: Facts, held: tuple[KnowledgeEntry, ...], applied: Iterable[Record],  # noqa: PLR0913 - its parts
              *, notes: Iterable[Note], words: ValueWords, moment: Moment, measured_at: int | None,
              gaps: Iterable[Json] = (), **more: Any) -> Json:
    """The map of its parts, the indicators of ``measured_at``; ``more``: which release was live."""
    observed = {
        KnowledgeKind.INFORMATION: profile_entries(person, facts, words),
        KnowledgeKind.OPERATIONAL: chain((note_entry(note, moment, words) for note in notes if moment.sees(note.at)),
                                         event_entries(facts, words),
                                         measured_entries(facts, words, measured(measured_at, moment))),
        KnowledgeKind.HIDDEN: (),
    }
    return {
        "customer": {"customer_id": person["customer_id"], "name": person["name"]},
        "as_of": iso_instant(moment.as_of),
        "known_at": None if moment.known_at is None else iso_instant(moment.known_at),
        **{kind.value: [*entries, *knowledge_entries(held, kind, moment, words, facts.customer)]
           for kind, entries in observed.items()},
        "links": knowledge_links(held, applied),
        "gaps": [*older_left_out(facts), *gaps],
    } | more


def older_left_out(facts: Facts) -> Iterator[Json]:
    """The gap that old interactions leave, where there are any."""
    if older := facts.customer.get("older_interactions"):
        yield {"part": "interactions", **plain_text(_OLDER.fill(older=older, days=MEMORY_DAYS))}


def unknown(customer_key: CustomerKey) -> NotFound:
    """The fault of asking for the map of nobody."""
    return NotFound(Text(zh=f"没有客户“{customer_key}”", en=f"there is no customer '{customer_key}'"))
