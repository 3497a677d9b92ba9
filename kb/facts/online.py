"""Facts of the customers who are asked for now: the graph's rows in one read, and what the journal knows since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kb.facts.definitions.interaction import MEMORY_DAYS
from kb.facts.moment import Moment
from kb.facts.rows import to_facts
from kb.facts.since import contact_records, interaction_records
from kb.graph.port import Graph, Record
from kb.graph.twin import POINTER, READ_POINTER, live_table
from kb.journal.events import Events
from kb.journal.store import Journal
from kb.model.facts import Facts, Row
from kb.model.ids import CustomerKey
from ontology.vocabulary import Direction, FactName, KnowledgeStatus

_ONE_BY_ONE = 16  # a key that is asked for with "=" is found by index, a list of keys by walking the whole table
_CHUNK = 500
LIVE = (KnowledgeStatus.PUBLISHED,)

_QUERIES: Mapping[str, str] = {
    FactName.CUSTOMER: """
        MATCH (c:Customer) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, properties(c) AS properties""",
    FactName.PURCHASE: """
        MATCH (c:Customer)-[p:PURCHASED]->(k:Category) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, k.name AS key, properties(p) AS properties""",
    FactName.INTERACTION: """
        MATCH (c:Customer)-[:HAD]->(i:Interaction) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, i.interaction_id AS key, i.at AS at, i.kind AS kind,
               i.channel AS channel, i.topic AS topic, i.category AS category, i.resolved AS resolved,
               i.amount AS amount, i.dwell_seconds AS dwell_seconds, i.score AS score""",
    FactName.CONTACT: """
        MATCH (c:Customer)-[t:CONTACTED]->(m:Campaign) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, m.campaign_id AS key, properties(t) AS properties""",
    FactName.SUBSCRIPTION: """
        MATCH (c:Customer)-[:SUBSCRIBED]->(s:Subscription) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, s.subscription_id AS key, s.plan AS plan, s.started_at AS started_at,
               s.ended_at AS ended_at, s.ended_by AS ended_by, s.monthly_amount AS monthly_amount""",
    "knows": """
        MATCH (c:Customer)-[r:KNOWS]->(o:Customer) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, o.customer_key AS key, r.kind AS kind""",
    "known_by": """
        MATCH (c:Customer)<-[r:KNOWS]-(o:Customer) WHERE c.customer_key {is_asked}
        RETURN c.customer_key AS customer_key, o.customer_key AS key, r.kind AS kind""",
    FactName.KNOWLEDGE: """
        MATCH (c:Customer)-[h:{holds}]->(i:KnowledgeItem) WHERE c.customer_key {is_asked} AND i.status IN $statuses
        RETURN c.customer_key AS customer_key, i.id AS key, i.pattern_kind AS pattern_kind, i.subject AS label,
               h.score AS score, h.since AS since""",
}
_PERSONAL = frozenset({"customer_key", "external_id", "name", "phone", "address"})


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
            found[key] = to_facts(key, customer[0], _related(key, rows, happened, moment), moment_rows,
                                  as_of=moment.as_of, sequence=happened.sequence)
    return found


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
        queries = {name: text.format(is_asked=is_asked, holds=holds) for name, text in _QUERIES.items()}
        answers = graph.snapshot({**queries, "pointer": READ_POINTER}, asked=asked, statuses=statuses, name=POINTER)
        pointer = answers.pop("pointer")
        if not pointer or pointer[0]["value"] == holds:  # else a run has come in between, and this table is idle now
            return {name: _by_customer(records) for name, records in answers.items()}


def _by_customer(records: list[Record]) -> dict[CustomerKey, list[Record]]:
    grouped: dict[CustomerKey, list[Record]] = {}
    for record in records:
        key = record.pop("customer_key")
        flat = {**record.pop("properties", {}), **record}
        grouped.setdefault(key, []).append({name: value for name, value in flat.items() if name not in _PERSONAL})
    return grouped


def _related(key: CustomerKey, rows: Mapping[str, Mapping[CustomerKey, list[Record]]], happened: Events,
             moment: Moment) -> dict[str, list[dict[str, Any]]]:
    own = {name: records.get(key, ()) for name, records in rows.items()}
    interactions = [record for row in own[FactName.INTERACTION] if (record := _interaction(row, moment))]
    imported = {record["_key"] for record in interactions}
    return {
        FactName.PURCHASE.value: [_purchase(row) for row in own[FactName.PURCHASE]],
        FactName.INTERACTION.value: interactions + [record for record in interaction_records(happened, moment)
                                                    if record["_key"] not in imported],
        FactName.CONTACT.value: [_contact(row) for row in own[FactName.CONTACT]]
                                + contact_records(happened, moment),
        FactName.SUBSCRIPTION.value: [_subscription(key, row, moment) for row in own[FactName.SUBSCRIPTION]],
        FactName.RELATION.value: [_relation(row, Direction.FROM) for row in own["knows"]]
                                 + [_relation(row, Direction.TO) for row in own["known_by"]],
        FactName.KNOWLEDGE.value: [_knowledge(row, moment) for row in own[FactName.KNOWLEDGE]],
    }


def _purchase(row: Record) -> dict[str, Any]:
    category = row.pop("key")
    return {"_key": category, "category": category, "days_ago": row["last_days_ago"], **row}


def _interaction(row: Record, moment: Moment) -> dict[str, Any] | None:
    at = row.pop("at")
    if not moment.is_within(at, MEMORY_DAYS):
        return None
    return {"_key": row.pop("key"), "days_ago": moment.days_ago(at), **row}


def _contact(row: Record) -> dict[str, Any]:
    row.pop("contacted_at", None)
    return {"_key": row.pop("key"), **row}


def _subscription(customer_key: CustomerKey, row: Record, moment: Moment) -> dict[str, Any]:
    started, ended = (None if row[end] is None else moment.days_ago(row[end]) for end in ("started_at", "ended_at"))
    return {
        "_key": row["key"].removeprefix(f"{customer_key}:"),
        "days_ago": started,
        "plan": row["plan"],
        "active": ended is None,
        "tenure_days": None if started is None else started - (ended or 0),
        "monthly_amount": row["monthly_amount"],
        "ended_by": None if ended is None else row["ended_by"],
        "ended_days_ago": ended,
    }


def _relation(row: Record, direction: Direction) -> dict[str, Any]:
    return {"_key": f"{direction}:{row['kind']}:{row['key']}", "kind": row["kind"], "direction": direction.value}


def _knowledge(row: Record, moment: Moment) -> dict[str, Any]:
    since = row.pop("since")
    days = None if since is None else moment.days_ago(since)
    return {"_key": row["key"], "item": row.pop("key"), "days_ago": days, "since_days_ago": days, **row}
