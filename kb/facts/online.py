"""Facts of the customers who are asked for now: the graph's rows in one read, and what the journal knows since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kb.facts.asked.memory import FactMemory
from kb.facts.asked.still import Still, knowledge_record
from kb.facts.moment import Moment
from kb.graph.port import Graph, Record
from kb.graph.stamp import Stamp, read_stamp, snapshot_under
from kb.graph.twin import live_table
from kb.journal.elsewhere import Elsewhere, together
from kb.journal.events import Events
from kb.journal.store import Journal
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.schema import load_schema
from ontology.vocabulary import FactName, KnowledgeStatus

_ONE_BY_ONE = 16  # a key that is asked for with "=" is found by index, a list of keys by walking the whole table
_CHUNK = 500
_IS_ONE = "= $asked"
LIVE = (KnowledgeStatus.PUBLISHED,)

# "WITH c" has the customer found first where the other end is a customer too: a planner that joins all in one scans
# everybody for whom the one knows. Elsewhere it makes the plan worse.
_QUERIES: Mapping[str, str] = {
    FactName.CUSTOMER: """
        MATCH (c:Customer) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, properties(c) AS everything""",
    FactName.PURCHASE: """
        MATCH (c:Customer)-[f:PURCHASED]->(k:Category) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, k.name AS _key, k.name AS category, f.last_days_ago AS days_ago,
               {properties}""",
    FactName.INTERACTION: """
        MATCH (c:Customer)-[:HAD]->(f:Interaction) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, f.interaction_id AS _key, f.at AS at, {properties}""",
    FactName.CONTACT: """
        MATCH (c:Customer)-[f:CONTACTED]->(m:Campaign) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, m.campaign_id AS _key, {properties}""",
    FactName.SUBSCRIPTION: """
        MATCH (c:Customer)-[:SUBSCRIBED]->(f:Subscription) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, f.subscription_id AS _key, f.started_at AS started_at,
               f.ended_at AS ended_at, {properties}""",
    "knows": """
        MATCH (c:Customer) WHERE c.customer_key {is_asked} WITH c
        MATCH (c)-[r:KNOWS]->(o:Customer)
        RETURN c.customer_key AS customer_key, o.customer_key AS other, r.kind AS kind""",
    "known_by": """
        MATCH (c:Customer) WHERE c.customer_key {is_asked} WITH c
        MATCH (c)<-[r:KNOWS]-(o:Customer)
        RETURN c.customer_key AS customer_key, o.customer_key AS other, r.kind AS kind""",
    FactName.KNOWLEDGE: """
        MATCH (c:Customer)-[h:{holds}]->(i:KnowledgeItem) WHERE c.customer_key {is_asked} AND i.status IN $statuses
        RETURN c.customer_key AS customer_key, i.id AS _key, i.id AS item, i.pattern_kind AS pattern_kind,
               i.subject AS label, h.score AS score, h.since AS since""",
}
_COMPUTED = frozenset({"category of purchase", "days_ago of interaction", "active of subscription",
                       "tenure_days of subscription", "ended_days_ago of subscription"})
"""Properties that are not stored: the other end of the relationship says them, or the instants and the moment do."""


def read_facts(  # noqa: PLR0913 - each one is a source of facts
    graph: Graph,
    journal: Journal,
    keys: Sequence[CustomerKey],
    moment: Moment,
    *,
    moment_rows: tuple[Row, ...] = (),
    statuses: Iterable[KnowledgeStatus] = LIVE,
    memory: FactMemory | None = None,
    stamp: Stamp | None = None,
) -> dict[CustomerKey, Facts]:
    """The facts of each known customer of ``keys``; one whom the graph does not know is absent.

    Rows of the graph are those of the last refresh; interactions and outcomes of the journal, and those of other
    services that have followed into the graph, are added, none of them later than the moment.

    ``moment_rows`` is what the request says of now (``kb.facts.context``), the same for all; ``statuses`` are those
    of the knowledge that counts: a preview may ask for what is not published yet. With a ``memory`` a few customers
    who were asked for lately are not read again while the graph says that nothing of them has changed: ``stamp`` is
    what it said just now, where the caller has asked it.
    """
    found: dict[CustomerKey, Facts] = {}
    reader = _Reader(graph=graph, statuses=tuple(statuses), stamp=stamp or read_stamp(graph), memory=memory)
    for asked, is_asked in _portions(keys):
        stills = reader.stills(asked, is_asked)
        events = journal.events_since([asked] if isinstance(asked, str) else asked)
        if reader.stamp.is_shared(journal.id):
            events = together(events, Elsewhere(graph, journal.id).events(asked, is_asked))
        found |= {key: still.facts(key, events.get(key, Events()), moment, moment_rows)
                  for key, still in stills.items()}
    return found


def rehearse_reading(graph: Graph, key: CustomerKey, stamp: Stamp) -> None:
    """Ask of one customer what ``read_facts`` asks, under a stamp that is about to stand."""
    snapshot_under(graph, stamp, _queries(_IS_ONE), asked=key, statuses=[status.value for status in LIVE])


def read_knowledge(graph: Graph, moment: Moment, *, statuses: Iterable[KnowledgeStatus] = LIVE,
                   items: Iterable[str] | None = None) -> list[Record]:
    """The rows of ``knowledge`` of all customers, those of some items where they are named."""
    are_asked = "<> ''" if items is None else "<> '' AND i.id IN $items"
    query = _QUERIES[FactName.KNOWLEDGE].format(is_asked=are_asked, holds=live_table(graph))
    named = {} if items is None else {"items": sorted(items)}
    return [knowledge_record(row, moment)
            for row in graph.read(query, statuses=[status.value for status in statuses], **named)]


def _portions(keys: Sequence[CustomerKey]) -> Iterator[tuple[CustomerKey | list[CustomerKey], str]]:
    if len(keys) <= _ONE_BY_ONE:
        yield from ((key, _IS_ONE) for key in keys)
        return
    for start in range(0, len(keys), _CHUNK):
        yield list(keys[start:start + _CHUNK]), "IN $asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads what stands still of customers, or remembers it.

    Args:
        stamp: What stood in the graph when the reading began.
    """

    graph: Graph
    statuses: tuple[KnowledgeStatus, ...]
    stamp: Stamp
    memory: FactMemory | None

    def stills(self, asked: CustomerKey | list[CustomerKey], is_asked: str) -> Mapping[CustomerKey, Still]:
        """What stands of those asked for who are known."""
        if self.memory is None or not isinstance(asked, str):
            return self._read(asked, is_asked)[1]
        known = self.memory.recall(asked, self.statuses, self.stamp)
        if known is not None:
            return {asked: known}
        stood, found = self._read(asked, is_asked)
        for key, still in found.items():
            self.memory.keep(key, self.statuses, stood, still)
        return found

    def _read(self, asked: object, is_asked: str) -> tuple[Stamp, dict[CustomerKey, Still]]:
        """What the graph holds of those asked for, and the stamp it holds it under."""
        stood, answers = snapshot_under(self.graph, self.stamp, _queries(is_asked), asked=asked,
                                        statuses=[status.value for status in self.statuses])
        grouped = {name: _by_customer(records) for name, records in answers.items()}
        return stood, {key: Still.of({name: rows.get(key, []) for name, rows in grouped.items()})
                       for key in grouped[FactName.CUSTOMER]}


def _queries(is_asked: str) -> dict[str, str]:
    """The queries of what stands of customers; the table that holds is left open."""
    return {name: text.format(is_asked=is_asked, holds="{holds}", properties=_stored(name))
            for name, text in _QUERIES.items()}


@cache
def _stored(name: str) -> str:
    """The columns of a related fact type that its node or relationship stores as they are."""
    fact = load_schema().facts.get(name)
    names = () if fact is None else fact.properties
    return ", ".join(f"f.{prop} AS {prop}" for prop in names if f"{prop} of {name}" not in _COMPUTED)


def _by_customer(records: list[Record]) -> dict[CustomerKey, list[Record]]:
    grouped: dict[CustomerKey, list[Record]] = {}
    for record in records:
        grouped.setdefault(record["customer_key"], []).append(record)
    return grouped
