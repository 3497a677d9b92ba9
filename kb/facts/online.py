"""Facts of the customers who are asked for now: the graph's rows in one read, and what the journal knows since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kb.facts.customer_snapshot import CustomerSnapshot, knowledge_record
from kb.facts.fact_cache import FactCache
from kb.facts.moment import Moment
from kb.graph.double_buffer import on_table
from kb.graph.port import Graph, Record
from kb.graph.version import GraphVersion, read_version, snapshot_with_version
from kb.journal.events import Events
from kb.journal.peer_journals import PeerJournals, together
from kb.journal.store import Journal
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.schema import load_schema
from ontology.vocabulary import FactName, KnowledgeStatus

_CHUNK = 500
_REMEMBERED_TOGETHER = 100  # whoever asks for more does it in passing, and drives nobody out of the memory
_IS_ONE, _IS_ANY = "= $asked", "IN $asked"
_CUSTOMERS = "Customer"
LIVE = (KnowledgeStatus.PUBLISHED,)

# "WITH c" has the customer found first where the other end is a customer too: a planner that joins all in one scans
# everybody for whom the one knows. Elsewhere it makes the plan worse.
_QUERIES: Mapping[str, str] = {
    FactName.CUSTOMER: """
        MATCH (c:Customer) WHERE c.customer_key {is_requested}
        RETURN c.customer_key AS customer_key, properties(c) AS everything""",
    FactName.PURCHASE: """
        MATCH (c:Customer)-[f:PURCHASED]->(k:Category) WHERE c.customer_key {is_requested}
        RETURN c.customer_key AS customer_key, k.name AS _key, k.name AS category, f.last_days_ago AS days_ago,
               {properties}""",
    FactName.INTERACTION: """
        MATCH (c:Customer)-[:HAD]->(f:Interaction) WHERE c.customer_key {is_requested}
        RETURN c.customer_key AS customer_key, f.interaction_id AS _key, f.at AS at, f.resolved_at AS resolved_at,
               {properties}""",
    FactName.CONTACT: """
        MATCH (c:Customer)-[f:CONTACTED]->(m:Campaign) WHERE c.customer_key {is_requested}
        RETURN c.customer_key AS customer_key, m.campaign_id AS _key, {properties}""",
    FactName.SUBSCRIPTION: """
        MATCH (c:Customer)-[:SUBSCRIBED]->(f:Subscription) WHERE c.customer_key {is_requested}
        RETURN c.customer_key AS customer_key, f.subscription_id AS _key, f.started_at AS started_at,
               f.ended_at AS ended_at, {properties}""",
    "knows": """
        MATCH (c:Customer) WHERE c.customer_key {is_requested} WITH c
        MATCH (c)-[r:KNOWS]->(o:Customer)
        RETURN c.customer_key AS customer_key, o.customer_key AS other, r.kind AS kind""",
    "known_by": """
        MATCH (c:Customer) WHERE c.customer_key {is_requested} WITH c
        MATCH (c)<-[r:KNOWS]-(o:Customer)
        RETURN c.customer_key AS customer_key, o.customer_key AS other, r.kind AS kind""",
    FactName.KNOWLEDGE: """
        MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem) WHERE c.customer_key {is_requested} AND i.status IN $statuses
        RETURN c.customer_key AS customer_key, i.id AS _key, i.id AS item, i.pattern_kind AS pattern_kind,
               i.subject AS label, h.score AS score, h.amount AS amount, h.goes_with AS goes_with, h.since AS since,
               h.run_id AS run_id""",
}
_COMPUTED = frozenset({"category of purchase", "days_ago of interaction", "score_share of interaction",
                       "latest_score of interaction", "active of subscription",
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
    memory: FactCache | None = None,
    version: GraphVersion | None = None,
) -> dict[CustomerKey, Facts]:
    """The facts of each known customer of ``keys``; one whom the graph does not know is absent.

    Rows of the graph are those of the last refresh; interactions and outcomes of the journal, and those of other
    services that have followed into the graph, are added, none of them later than the moment.

    ``moment_rows`` is what the request says of now (``kb.facts.context``), the same for all; ``statuses`` are those
    of the knowledge that counts: a preview may ask for what is not published yet. With a ``memory`` customers who were
    asked for lately are not read again while the graph says that nothing of them has changed: ``version`` is what it
    said just now, where the caller has asked it.
    """
    found: dict[CustomerKey, Facts] = {}
    reader = _Reader(graph=graph, statuses=tuple(statuses), version=version or read_version(graph),
                     memory=memory if len(keys) <= _REMEMBERED_TOGETHER else None)
    for start in range(0, len(keys), _CHUNK):
        asked = keys[start:start + _CHUNK]
        snapshots = reader.snapshots(asked)
        events = _happened(graph, journal, asked, reader.version)
        found |= {key: snapshots[key].facts(key, events.get(key, Events()), moment, moment_rows)
                  for key in asked if key in snapshots}
    return found


def read_about(  # noqa: PLR0913 - read_facts, for one customer, and other questions
    graph: Graph,
    journal: Journal,
    key: CustomerKey,
    moment: Moment,
    queries: Mapping[str, str],
    *,
    memory: FactCache | None = None,
    **parameters: object,
) -> tuple[Facts | None, GraphVersion, dict[str, list[Record]]]:
    """The facts of one customer, what the graph rests on, and the rows of other queries, in one question to the graph.

    Args:
        graph: Whom to ask.
        journal: Knows what happened since.
        key: Whose facts.
        moment: As in ``read_facts``.
        queries: By name; ``$asked`` is the key.
        memory: Of facts, and of the stamp under which they were read.
        parameters: Of the queries, besides.

    Returns:
        The facts, ``None`` where the graph does not know the customer; the stamp; the rows of each query by its name.
    """
    remembered = None if memory is None else memory.version
    reader = _Reader(graph=graph, statuses=LIVE, version=remembered or read_version(graph), memory=memory)
    snapshot, stood, answers = reader.snapshot_and(key, queries, parameters)
    if snapshot is None:
        return None, stood, answers
    happened = _happened(graph, journal, [key], stood).get(key, Events())
    return snapshot.facts(key, happened, moment, ()), stood, answers


def rehearse_reading(graph: Graph, key: CustomerKey, table: str) -> None:
    """Ask of one customer what ``read_facts`` asks, of the table of links that is about to be live."""
    for asked, is_requested in ((key, _IS_ONE), ([key], _IS_ANY)):
        queries = {name: on_table(text, table) for name, text in _queries(is_requested).items()}
        snapshot_with_version(graph, queries, asked=asked, statuses=[status.value for status in LIVE])


def read_knowledge(graph: Graph, moment: Moment, *, statuses: Iterable[KnowledgeStatus] = LIVE,
                   items: Iterable[str] | None = None) -> list[Record]:
    """The rows of ``knowledge`` of all customers, those of some items where they are named."""
    are_asked = "<> ''" if items is None else "<> '' AND i.id IN $items"
    query = _QUERIES[FactName.KNOWLEDGE].format(is_requested=are_asked)
    named = {} if items is None else {"items": sorted(items)}
    return [knowledge_record(row, moment)
            for row in graph.read(query, statuses=[status.value for status in statuses], **named)]


def _happened(graph: Graph, journal: Journal, keys: Sequence[CustomerKey],
              version: GraphVersion) -> Mapping[CustomerKey, Events]:
    events = journal.events_since(keys)
    return together(events, PeerJournals(graph, journal.id).events(keys)) if version.is_shared(journal.id) else events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """Reads the snapshots of customers, or remembers them.

    Args:
        version: What stood in the graph when the reading began.
    """

    graph: Graph
    statuses: tuple[KnowledgeStatus, ...]
    version: GraphVersion
    memory: FactCache | None

    def snapshots(self, keys: Sequence[CustomerKey]) -> Mapping[CustomerKey, CustomerSnapshot]:
        """What stands of those asked for who are known."""
        found = self._remembered(keys, self.version)
        for asked, is_requested in self._questions([key for key in keys if key not in found]):
            found |= self._kept(*self._ask(_queries(is_requested), asked=asked))
        return found

    def snapshot_and(self, key: CustomerKey, queries: Mapping[str, str], parameters: Mapping[str, object],
                     ) -> tuple[CustomerSnapshot | None, GraphVersion, dict[str, list[Record]]]:
        """What stands of one customer, if known, the stamp it stands under, and the rows of other queries."""
        version = self.version
        while True:
            known = self._remembered([key], version)
            own = {} if known else _queries(_IS_ONE)
            stood, answers = self._ask({**own, **queries}, asked=key, **parameters)
            if not known:
                return self._kept(stood, answers).get(key), stood, answers
            if stood == version:
                return known[key], stood, answers
            version = stood  # what is remembered has changed since

    def _remembered(self, keys: Sequence[CustomerKey], version: GraphVersion) -> dict[CustomerKey, CustomerSnapshot]:
        if self.memory is None:
            return {}
        return {key: snapshot for key in keys
                if (snapshot := self.memory.recall(key, self.statuses, version)) is not None}

    def _questions(self, keys: list[CustomerKey]) -> Iterator[tuple[CustomerKey | list[CustomerKey], str]]:
        if len(keys) > 1 and len(keys) > self.graph.short_list(_CUSTOMERS):
            yield keys, _IS_ANY
        else:
            yield from ((key, _IS_ONE) for key in keys)

    def _ask(self, queries: Mapping[str, str], **parameters: object) -> tuple[GraphVersion, dict[str, list[Record]]]:
        """The rows of each query, and the stamp they stand under."""
        return snapshot_with_version(self.graph, queries, statuses=[status.value for status in self.statuses],
                                     **parameters)

    def _kept(self, stood: GraphVersion, answers: Mapping[str, list[Record]]) -> dict[CustomerKey, CustomerSnapshot]:
        """What the answers say of each customer, remembered from now on."""
        grouped = {name: _by_customer(answers[name]) for name in _QUERIES}
        found = {key: CustomerSnapshot.of({name: rows.get(key, []) for name, rows in grouped.items()})
                 for key in grouped[FactName.CUSTOMER]}
        if self.memory is not None:
            for key, snapshot in found.items():
                self.memory.keep(key, self.statuses, stood, snapshot)
        return found


def _queries(is_requested: str) -> dict[str, str]:
    """The queries of what stands of customers."""
    return {name: text.format(is_requested=is_requested, properties=_stored(name))
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
