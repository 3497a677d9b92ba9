"""Facts of the whole base now, as tables: what ``online.read_facts`` tells of each customer, told of all at once."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kb.facts.definitions.interaction import BESIDES, remembered
from kb.facts.definitions.since import contact_records, interaction_records
from kb.facts.moment import Moment
from kb.facts.online import LIVE, read_knowledge
from kb.facts.refresh import FactTables
from kb.graph.port import Graph, Record
from kb.graph.version import read_version
from kb.journal.events import Events
from kb.journal.peer_journals import PeerJournals, together
from kb.journal.store import Journal
from kb.model.ids import CustomerKey
from kb.tables.memory_limit import Memory
from ontology.vocabulary import FactName, KnowledgeStatus

_KNOWLEDGE = pa.schema([
    ("customer_key", pa.string()), ("_key", pa.string()), ("item", pa.string()), ("pattern_kind", pa.string()),
    ("label", pa.string()), ("score", pa.float64()), ("amount", pa.float64()), ("days_ago", pa.int64()),
    ("goes_with", pa.string()), ("since_days_ago", pa.int64()), ("run_id", pa.string()),
])


@contextmanager
def open_everyone(facts: FactTables, graph: Graph, journal: Journal, moment: Moment, *,  # noqa: PLR0913 - sources
                  statuses: Iterable[KnowledgeStatus] = LIVE,
                  items: Iterable[str] | None = None,
                  memory: Memory | None = None) -> Iterator[dict[str, Table]]:
    """The facts of everybody at ``moment``, a table for each fact type but the request's own moment.

    Rows of the last refresh grow older with the days since; interactions and answers of the journal are added, and
    the knowledge of the graph. The tables can be read until the context ends.

    Args:
        facts: Of the last refresh, the one that was loaded into the graph.
        graph: Knows which knowledge holds for whom.
        journal: Knows what happened since.
        moment: Not before that of the refresh.
        statuses: Those of the knowledge that counts.
        items: The knowledge that is wanted at all; ``None``: every item, though most of what is known of customers
            is read by no rule, and there is much of it.
        memory: The most that work on the tables may take; ``None``: as ``Memory.of_machine`` says.
    """
    days = moment.day - facts.moment.day
    with (memory or Memory.of_machine()).engine(facts.folder.parent) as backend:
        stored = {name: backend.read_parquet(facts.path(name)) for name in facts.rows}
        known = read_knowledge(graph, moment, statuses=statuses, items=items)
        knowledge = pa.Table.from_pylist(known, schema=_KNOWLEDGE)
        yield stored | _with_events(stored, graph, journal, moment, days) | {
            FactName.SUBSCRIPTION.value: _subscriptions(stored[FactName.SUBSCRIPTION], days),
            FactName.KNOWLEDGE.value: ibis.memtable(knowledge)}


def _subscriptions(stored: Table, days: int) -> Table:
    return stored.mutate(
        days_ago=stored.days_ago + days,
        tenure_days=stored.tenure_days + ibis.ifelse(stored.active, days, 0),
        ended_days_ago=stored.ended_days_ago + days)


def _with_events(stored: Mapping[str, Table], graph: Graph, journal: Journal, moment: Moment,
                 days: int) -> dict[str, Table]:
    events = journal.events_since(journal.customers_with_events())
    if read_version(graph).is_shared(journal.id):
        events = together(events, PeerJournals(graph, journal.id).events_of_everybody())
    answered = [row | {"customer_key": key} for key, happened in events.items()
                for row in contact_records(happened, moment)]
    contacts = stored[FactName.CONTACT]
    return {FactName.INTERACTION.value: _interactions(stored[FactName.INTERACTION], events, moment, days),
            FactName.CONTACT.value: contacts.union(_rows(answered, contacts))}


def _interactions(stored: Table, events: Mapping[CustomerKey, Events], moment: Moment, days: int) -> Table:
    """The history grown older, but of whom the journal knows more, row by row as the online reading has it."""
    touched = [key for key, happened in events.items() if happened.interactions or happened.cases]
    grown = remembered(stored.mutate(days_ago=stored.days_ago + days)).drop(*BESIDES)
    if not touched:
        return grown
    keys = ibis.memtable({"customer_key": touched})
    history: dict[str, list[Record]] = {}
    for row in stored.semi_join(keys, "customer_key").to_pyarrow().to_pylist():
        history.setdefault(row["customer_key"], []).append(row)
    judged = [row | {"customer_key": key} for key in touched
              for row in interaction_records(events[key], moment, history.get(key, ()))]
    return grown.anti_join(keys, "customer_key").union(_rows(judged, grown))


def _rows(records: list[Record], like: Table) -> Table:
    return ibis.memtable(pa.Table.from_pylist(records, schema=like.schema().to_pyarrow()))
