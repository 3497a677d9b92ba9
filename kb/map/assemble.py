"""The map of one customer, put together from one state of the graph and the journal."""

from collections.abc import Mapping
from itertools import chain

from kb.errors import NotFound
from kb.facts.moment import Moment
from kb.facts.online import read_facts
from kb.graph.port import Graph
from kb.graph.twin import live_table
from kb.journal.store import Journal
from kb.map.entry import Json, Words
from kb.map.held import APPLIED, HELD, held_entries, held_from, held_links
from kb.map.observed import event_entries, measured_entries
from kb.map.told import note_entry, told_entries
from kb.model.ids import CustomerKey
from kb.model.pattern import iso_instant
from ontology.schema import Schema
from ontology.text import Text
from ontology.vocabulary import KnowledgeKind, KnowledgeStatus

_PERSON = """
    MATCH (c:Customer) WHERE c.customer_key = $asked
    RETURN c.external_id AS customer_id, c.name AS name, c.phone AS phone, c.address AS address"""
_QUERIES = {"person": _PERSON, "held": HELD, "applied": APPLIED}
_REVIEWED = [KnowledgeStatus.APPROVED.value, KnowledgeStatus.PUBLISHED.value]


def knowledge_map(  # noqa: PLR0913 - a map reads every source there is
    graph: Graph,
    journal: Journal,
    customer_key: CustomerKey,
    *,
    schema: Schema,
    labels: Mapping[str, Text],
    moment: Moment,
    as_of: int | None = None,
) -> Json:
    """Everything known of a customer, in three kinds, each entry with its evidence and age.

    Indicators, purchases and contacts are those of the last refresh. With ``as_of``, an earlier moment, they are left
    out, and of the rest only what had happened and held by then is told.

    Args:
        graph: Where facts and knowledge are.
        journal: What happened since, and the notes.
        customer_key: Whose map.
        schema: Labels, kinds and units of the properties.
        labels: What people call the names of the data, categories above all.
        moment: Now.
        as_of: Epoch seconds; ``None`` is now.

    Returns:
        ``{customer: {customer_id, name}, as_of, information[], operational[], hidden[], links[]}``. An entry has
        ``id, label, statement, evidence`` and, where known, ``value`` (with ``value_text`` in both languages where it
        is a word), ``unit, score, since, age_days, item, author, unreviewed``. ``links`` join entries, rules, actions,
        runs and snapshots: ``{source, target, kind}``.

    Raises:
        NotFound: If the graph does not know the customer.
    """
    asked = moment if as_of is None else Moment(as_of=as_of, zone=moment.zone)
    words = Words(schema, labels)
    facts = read_facts(graph, journal, [customer_key], asked).get(customer_key)
    if facts is None:
        msg = f"there is no customer '{customer_key}'"
        raise NotFound(msg)
    queries = {name: text.format(holds=live_table(graph)) for name, text in _QUERIES.items()}
    found = graph.snapshot(queries, asked=customer_key, statuses=_REVIEWED, as_of=asked.as_of)
    person, held = found["person"][0], held_from(found["held"])
    notes = [note for note in journal.notes_of(customer_key) if note.at <= asked.as_of]
    observed = {
        KnowledgeKind.INFORMATION: told_entries(person, facts, words),
        KnowledgeKind.OPERATIONAL: chain(
            (note_entry(note, asked, words) for note in notes),
            measured_entries(facts, words) if asked.as_of >= moment.as_of else (),
            event_entries(facts, words)),
        KnowledgeKind.HIDDEN: (),
    }
    return {
        "customer": {"customer_id": person["customer_id"], "name": person["name"]},
        "as_of": iso_instant(asked.as_of),
        **{kind.value: [*entries, *held_entries(held, kind, asked, words)] for kind, entries in observed.items()},
        "links": held_links(held, found["applied"]),
    }
