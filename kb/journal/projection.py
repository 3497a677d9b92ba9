"""What of the journal stands in the graph: slim nodes, and the statements that write them.

Facts, reasons and bodies stay in the journal. A record whose customer the graph does not know, because the person was
erased, is left out.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from kb.graph.port import Graph, Record, Statement
from kb.journal.events import CaseChange, Interaction, Note
from kb.journal.reading import Damaged, why_damaged
from kb.model.codec import from_json
from ontology.vocabulary import ActionFamily, Channel

_DECISION = """
    UNWIND $rows AS r MATCH (c:Customer {customer_key: r.customer_key})
    CREATE (:Decision {decision_id: r.decision_id, at: r.at, release: r.release, status: r.status,
                       journal: $journal})-[:DECIDED_FOR]->(c)"""
_PROPOSED = """
    UNWIND $rows AS r MATCH (d:Decision {decision_id: r.decision_id}) MATCH (a:Action {id: r.action_id})
    CREATE (d)-[:PROPOSED_ACTION {rank: r.rank, score: r.score, channel: r.channel, arguments: r.arguments}]->(a)"""
_OUTCOME = """
    UNWIND $rows AS r MATCH (d:Decision {decision_id: r.decision_id})
    CREATE (:Outcome {outcome_id: r.outcome_id, outcome: r.outcome, at: r.at, action_id: r.action_id,
                      family: r.family, channel: r.channel, arguments: r.arguments, author: r.author,
                      journal: $journal})-[:CAME_OF]->(d)"""
_INTERACTION = """
    UNWIND $rows AS r MATCH (c:Customer {customer_key: r.customer_key})
    CREATE (c)-[:REPORTED]->(:PostedInteraction {
        interaction_id: r.interaction_id, kind: r.kind, channel: r.channel, topic: r.topic, category: r.category,
        at: r.at, case_id: r.case_id, resolved: r.resolved, amount: r.amount, dwell_seconds: r.dwell_seconds,
        score: r.score, score_max: r.score_max, text: r.text, author: r.author, journal: $journal})"""
_CASE_CHANGE = """
    UNWIND $rows AS r MATCH (c:Customer {customer_key: r.customer_key})
    CREATE (c)-[:CASE_CHANGED]->(:CaseChange {change_id: r.change_id, case_id: r.case_id, resolved: r.resolved,
                                              at: r.at, turn: r.turn, author: r.author, reason: r.reason,
                                              journal: $journal})"""
_NOTE = """
    UNWIND $rows AS r MATCH (c:Customer {customer_key: r.customer_key})
    CREATE (c)-[:NOTED]->(:Note {note_id: r.note_id, text: r.text, author: r.author, at: r.at, reviewed: false,
                                 journal: $journal})"""
_PRESENT = "UNWIND $ids AS id MATCH (n:{table} {{{key}: id}}) RETURN n.{key} AS id"
_TABLES: Mapping[str, tuple[str, str]] = {
    "Decision": ("decision_id", _DECISION), "Outcome": ("outcome_id", _OUTCOME),
    "PostedInteraction": ("interaction_id", _INTERACTION), "CaseChange": ("change_id", _CASE_CHANGE),
    "Note": ("note_id", _NOTE),
}
"""Key and statement of each table, those first that others are joined to."""

SHADOW = "Shadow"
"""A challenger's decision: it was not served, and nobody else need see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommended:
    """One action of a decision as an outcome needs to know it; ``arguments`` are plain JSON values."""

    customer_key: str
    family: ActionFamily
    channel: Channel
    arguments: Mapping[str, Any]


def recommended_in(body: bytes | str) -> dict[str, Recommended]:
    """What a stored decision recommended, by action; its facts are not read."""
    plain = orjson.loads(body)
    return {action["action_id"]: Recommended(
        customer_key=plain["customer_key"], family=ActionFamily(action["family"]), channel=Channel(action["channel"]),
        arguments=action["arguments"]) for action in plain["actions"]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionBatch:
    """Records of a journal in the order of their numbers.

    Args:
        rows: By graph table; a decision's row has its ``actions``.
        upto: Number of the last record.
        size: How many records were read, shadows among them.
        damaged: Those that cannot be read; they do not follow.
    """

    rows: Mapping[str, Sequence[Record]]
    upto: int
    size: int
    damaged: tuple[Damaged, ...] = ()

    @classmethod
    def of(cls, read: Sequence[Sequence[Any]]) -> "ProjectionBatch":
        """From the rows of ``statements.RECORDS_AFTER``."""
        rows: dict[str, list[Record]] = {table: [] for table in _TABLES}
        damaged: list[Damaged] = []
        for sequence, table, *row in read:
            if table == SHADOW:
                continue
            try:
                rows[table].append(_SLIM[table](row))
            except Exception as fault:  # noqa: BLE001  # whatever is wrong with one record, the others follow
                damaged.append(Damaged(sequence=sequence, kind=table, record_id=str(row[1]), customer_key=row[0],
                                       why=why_damaged(fault)))
        return cls(rows=rows, upto=read[-1][0] if read else 0, size=len(read), damaged=tuple(damaged))

    def alone(self, why: str) -> tuple[Damaged, ...]:
        """The records as those that cannot follow, for a reason that lies with the graph."""
        return tuple(Damaged(sequence=self.upto, kind=table, record_id=str(row[_TABLES[table][0]]),
                             customer_key=row.get("customer_key"), why=why)
                     for table, rows in self.rows.items() for row in rows)

    def without_known(self, graph: Graph) -> "ProjectionBatch":
        """The same without what stands in the graph already."""
        return replace(self, rows={table: _unknown(graph, table, rows) for table, rows in self.rows.items()})

    def statements(self, journal: str) -> Iterable[Statement]:
        """What puts the rows of ``journal`` into the graph."""
        for table, (_, text) in _TABLES.items():
            if self.rows[table]:
                yield Statement(text, {"rows": _without(self.rows[table], "actions"), "journal": journal})
            if table == "Decision" and (proposed := [action for row in self.rows[table] for action in row["actions"]]):
                yield Statement(_PROPOSED, {"rows": proposed})


def _unknown(graph: Graph, table: str, rows: Sequence[Record]) -> Sequence[Record]:
    key = _TABLES[table][0]
    found = graph.read(_PRESENT.format(table=table, key=key), ids=[row[key] for row in rows]) if rows else []
    known = {record["id"] for record in found}
    return [row for row in rows if row[key] not in known]


def _without(rows: Sequence[Record], name: str) -> list[Record]:
    return [{column: value for column, value in row.items() if column != name} for row in rows]


def _decision(row: Sequence[Any]) -> Record:
    customer_key, decision_id, at, release, status, body, *_ = row
    actions = orjson.loads(body)["actions"]
    return {"customer_key": customer_key, "decision_id": decision_id, "at": at, "release": release, "status": status,
            "actions": [{"decision_id": decision_id, "action_id": action["action_id"], "rank": rank,
                         "score": _finite(action["score"]), "channel": action["channel"],
                         "arguments": orjson.dumps(action["arguments"]).decode()}
                        for rank, action in enumerate(actions, start=1)]}


def _finite(score: Any) -> float:
    if not math.isfinite(score):
        msg = "a score is not finite"
        raise ValueError(msg)
    return float(score)


def _outcome(row: Sequence[Any]) -> Record:
    _, decision_id, at, action_id, outcome, arguments, author, family, channel = row
    return {"outcome_id": f"{decision_id}/{action_id}/{outcome}", "decision_id": decision_id, "action_id": action_id,
            "outcome": outcome, "at": at, "author": author, "family": family, "channel": channel,
            "arguments": arguments}


def _told(row: Sequence[Any], noun: type[object]) -> Record:
    from_json(row[5], noun)  # what cannot be read does not follow
    plain: Record = orjson.loads(row[5])
    return plain


def _posted(row: Sequence[Any]) -> Record:
    """What the body tells; one of an earlier version says nothing of case and scale."""
    return {"case_id": None, "score_max": None} | _told(row, Interaction)


_SLIM: Mapping[str, Callable[[Sequence[Any]], Record]] = {
    "Decision": _decision, "Outcome": _outcome, "PostedInteraction": _posted,
    "CaseChange": partial(_told, noun=CaseChange), "Note": partial(_told, noun=Note),
}
