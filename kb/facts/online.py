"""Facts of the customers who are asked for now: the graph's rows in one read, and what the journal knows since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from kb.facts.definitions.interaction import MEMORY_DAYS
from kb.facts.definitions.since import contact_records, interaction_records
from kb.facts.moment import Moment
from kb.facts.rows import to_facts
from kb.graph.port import Graph, Record
from kb.graph.twin import POINTER, READ_POINTER, live_table
from kb.journal.events import Events
from kb.journal.store import Journal
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.schema import load_schema
from ontology.vocabulary import Direction, FactName, KnowledgeStatus

_ONE_BY_ONE = 16  # a key that is asked for with "=" is found by index, a list of keys by walking the whole table
_CHUNK = 500
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
_IDENTITY = frozenset({"customer_key", "external_id", "name", "phone", "address"})
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
) -> dict[CustomerKey, Facts]:
    """The facts of each known customer of ``keys``; one whom the graph does not know is absent.

    Rows of the graph are those of the last refresh; interactions and outcomes of the journal are added, none of
    them later than the moment.

    ``moment_rows`` is what the request says of now (``kb.facts.context``), the same for all; ``statuses`` are those
    of the knowledge that counts: a preview may ask for what is not published yet.
    """
    wanted = [status.value for status in statuses]
    found: dict[CustomerKey, Facts] = {}
    for asked, is_asked in _portions(keys):
        rows = _read_rows(graph, asked, is_asked, wanted)
        events = journal.events_since([asked] if isinstance(asked, str) else asked)
        for key, customer in rows[FactName.CUSTOMER].items():
            happened = events.get(key, Events())
            found[key] = to_facts(key, _attributes(customer[0]), _related(key, rows, happened, moment), moment_rows,
                                  as_of=moment.as_of, sequence=happened.sequence)
    return found


def read_knowledge(graph: Graph, moment: Moment, *, statuses: Iterable[KnowledgeStatus] = LIVE,
                   items: Iterable[str] | None = None) -> list[Record]:
    """The rows of ``knowledge`` of all customers, those of some items where they are named."""
    are_asked = "<> ''" if items is None else "<> '' AND i.id IN $items"
    query = _QUERIES[FactName.KNOWLEDGE].format(is_asked=are_asked, holds=live_table(graph))
    named = {} if items is None else {"items": sorted(items)}
    return [_knowledge(row, moment)
            for row in graph.read(query, statuses=[status.value for status in statuses], **named)]


def _portions(keys: Sequence[CustomerKey]) -> Iterator[tuple[CustomerKey | list[CustomerKey], str]]:
    if len(keys) <= _ONE_BY_ONE:
        yield from ((key, "= $asked") for key in keys)
        return
    for start in range(0, len(keys), _CHUNK):
        yield list(keys[start:start + _CHUNK]), "IN $asked"


def _read_rows(graph: Graph, asked: object, is_asked: str,
               statuses: list[str]) -> dict[str, dict[CustomerKey, list[Record]]]:
    while True:
        holds = live_table(graph)
        queries = {name: text.format(is_asked=is_asked, holds=holds, properties=_stored(name))
                   for name, text in _QUERIES.items()}
        answers = graph.snapshot({**queries, "pointer": READ_POINTER}, asked=asked, statuses=statuses, name=POINTER)
        pointer = answers.pop("pointer")
        if not pointer or pointer[0]["value"] == holds:  # else a run has come in between, and this table is idle now
            return {name: _by_customer(records) for name, records in answers.items()}


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


def _attributes(record: Record) -> Record:
    """Everything that the node holds, attributes that a mapping declared among it, but the person's identity."""
    return {name: value for name, value in record["everything"].items() if name not in _IDENTITY}


def _related(key: CustomerKey, rows: Mapping[str, Mapping[CustomerKey, list[Record]]], happened: Events,
             moment: Moment) -> dict[str, list[Record]]:
    own = {name: records.get(key, []) for name, records in rows.items()}
    interactions = [record for row in own[FactName.INTERACTION] if (record := _interaction(row, moment))]
    imported = {record["_key"] for record in interactions}
    posted = [record for record in interaction_records(happened, moment) if record["_key"] not in imported]
    return {
        FactName.PURCHASE.value: own[FactName.PURCHASE],
        FactName.INTERACTION.value: interactions + posted,
        FactName.CONTACT.value: own[FactName.CONTACT] + contact_records(happened, moment),
        FactName.SUBSCRIPTION.value: [_subscription(row, moment) for row in own[FactName.SUBSCRIPTION]],
        FactName.RELATION.value: [_relation(row, Direction.FROM) for row in own["knows"]]
                                 + [_relation(row, Direction.TO) for row in own["known_by"]],
        FactName.KNOWLEDGE.value: [_knowledge(row, moment) for row in own[FactName.KNOWLEDGE]],
    }


def _interaction(row: Record, moment: Moment) -> Record | None:
    at = row.pop("at")
    return {**row, "days_ago": moment.days_ago(at)} if moment.is_within(at, MEMORY_DAYS) else None


def _subscription(row: Record, moment: Moment) -> Record:
    started, ended = (None if (at := row.pop(end)) is None else moment.days_ago(at)
                      for end in ("started_at", "ended_at"))
    return {
        **row,
        "_key": row["_key"].removeprefix(f"{row['customer_key']}:"),
        "days_ago": started,
        "active": ended is None,
        "tenure_days": None if started is None else started - (ended or 0),
        "ended_by": None if ended is None else row["ended_by"],
        "ended_days_ago": ended,
    }


def _relation(row: Record, direction: Direction) -> Record:
    return {"_key": f"{direction}:{row['kind']}:{row['other']}", "kind": row["kind"], "direction": direction.value}


def _knowledge(row: Record, moment: Moment) -> Record:
    since = row.pop("since")
    days = None if since is None else moment.days_ago(since)
    return {**row, "days_ago": days, "since_days_ago": days}
