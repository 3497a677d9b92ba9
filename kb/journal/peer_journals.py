"""What other services on the same graph recorded, as far as it has followed into the graph."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from kb.graph.port import Graph, Record
from kb.graph.version import read_version
from kb.journal.events import CaseChange, Events, Interaction, Note, Response
from kb.journal.projection import Recommended
from kb.journal.reading import whole_ones
from kb.model.decision import Outcome
from kb.model.ids import ActionId, CustomerKey, DecisionId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, InteractionKind, OutcomeKind

_OUTCOMES = """
    MATCH (c:Customer) WHERE c.customer_key {is_requested} WITH c
    MATCH (c)<-[:DECIDED_FOR]-(d:Decision)<-[:CAME_OF]-(o:Outcome) WHERE o.journal <> $journal
    RETURN c.customer_key AS customer_key, d.decision_id AS decision_id, o.action_id AS action_id,
           o.outcome AS outcome, o.at AS at, o.author AS author, o.family AS family, o.channel AS channel,
           o.arguments AS arguments"""
_POSTED = """
    MATCH (c:Customer) WHERE c.customer_key {is_requested} WITH c
    MATCH (c)-[:REPORTED]->(i:PostedInteraction) WHERE i.journal <> $journal
    RETURN c.customer_key AS customer_key, i.interaction_id AS interaction_id, i.kind AS kind, i.at AS at,
           i.author AS author, i.channel AS channel, i.topic AS topic, i.category AS category, i.text AS text,
           i.case_id AS case_id, i.resolved AS resolved, i.amount AS amount, i.dwell_seconds AS dwell_seconds,
           i.score AS score, i.score_max AS score_max"""
_CASES = """
    MATCH (c:Customer) WHERE c.customer_key {is_requested} WITH c
    MATCH (c)-[:CASE_CHANGED]->(k:CaseChange) WHERE k.journal <> $journal
    RETURN c.customer_key AS customer_key, k.change_id AS change_id, k.case_id AS case_id, k.resolved AS resolved,
           k.at AS at, k.turn AS turn, k.author AS author, k.reason AS reason"""
_NOTES = """
    MATCH (c:Customer) WHERE c.customer_key = $asked WITH c
    MATCH (c)-[:NOTED]->(n:Note) WHERE n.journal <> $journal
    RETURN n.note_id AS note_id, n.text AS text, n.author AS author, n.at AS at ORDER BY n.at DESC, n.note_id"""
_DECIDED = """
    MATCH (d:Decision {decision_id: $decision_id})-[:DECIDED_FOR]->(c:Customer)
    RETURN d.journal AS journal, d.at AS at, c.customer_key AS customer_key"""
_PROPOSED = """
    MATCH (d:Decision {decision_id: $decision_id})-[p:PROPOSED_ACTION]->(a:Action)
    RETURN a.id AS action_id, a.family AS family, p.channel AS channel, p.arguments AS arguments ORDER BY p.rank"""
_CAME_OF = """
    MATCH (d:Decision {decision_id: $decision_id})<-[:CAME_OF]-(o:Outcome) WHERE o.journal <> $journal
    RETURN o.action_id AS action_id, o.outcome AS outcome"""
_LEFT_OUT = Text(zh="只统计本服务作出的决策；共用此图谱的其他服务有 {count} 个，各有自己的统计。",
                 en="Only what this service decided is counted; other services that share the graph: {count}, each "
                    "with figures of its own.")
_EVENTS = {"outcomes": _OUTCOMES, "posted": _POSTED, "cases": _CASES}
_ANY_OF_THEM, _EVERYBODY = "IN $asked", "<> ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDecision:
    """A decision as the graph knows it.

    Args:
        journal: Of the service that made it.
        at: Its moment, epoch seconds.
        actions: What it recommended, by action.
        outcomes: What other services than the one that asks recorded, by action.
    """

    journal: str
    at: int
    actions: Mapping[str, Recommended]
    outcomes: Mapping[str, frozenset[OutcomeKind]]


class PeerJournals:
    """The records of all journals but one on a graph.

    Args:
        graph: Which other services write to as well.
        journal: Id of the one whose records are not asked for.
    """

    def __init__(self, graph: Graph, journal: str) -> None:
        self._graph = graph
        self._journal = journal

    def events(self, keys: Sequence[CustomerKey]) -> dict[CustomerKey, Events]:
        """Interactions, changes of cases and responses of those customers who have any."""
        found = self._graph.snapshot({name: text.format(is_requested=_ANY_OF_THEM) for name, text in _EVENTS.items()},
                                     asked=list(keys), journal=self._journal)
        return _by_customer(found)

    def events_of_everybody(self) -> dict[CustomerKey, Events]:
        """Interactions, changes of cases and responses of all customers."""
        return _by_customer({name: self._graph.read(text.format(is_requested=_EVERYBODY), journal=self._journal)
                             for name, text in _EVENTS.items()})

    def notes_of(self, customer_key: str) -> tuple[Note, ...]:
        """The notes about a customer, the latest first."""
        found = self._graph.read(_NOTES, asked=customer_key, journal=self._journal)
        return tuple(Note(customer_key=CustomerKey(customer_key), **row) for row in found)

    def decision(self, decision_id: str) -> PeerDecision | None:
        """A decision whoever made it; ``None`` where the graph does not know it."""
        found = self._graph.snapshot({"decided": _DECIDED, "proposed": _PROPOSED, "came": _CAME_OF},
                                     decision_id=decision_id, journal=self._journal)
        if not found["decided"]:
            return None
        decided = found["decided"][0]
        return PeerDecision(
            journal=decided["journal"], at=decided["at"],
            actions={row["action_id"]: _recommended(row, decided["customer_key"]) for row in found["proposed"]},
            outcomes={action: frozenset(OutcomeKind(row["outcome"]) for row in found["came"]
                                        if row["action_id"] == action)
                      for action in {row["action_id"] for row in found["came"]}})


def left_out(graph: Graph, journal: str) -> Text | None:
    """What figures of one journal leave out, in words; ``None`` where no other service shares the graph."""
    others = read_version(graph).journals - {journal}
    return _LEFT_OUT.fill(count=len(others)) if others else None


def together(own: Mapping[CustomerKey, Events], others: Mapping[CustomerKey, Events]) -> dict[CustomerKey, Events]:
    """What this journal and others know of each customer, an interaction that both have once.

    >>> together({}, {}), together({CustomerKey("c1"): Events(sequence=3)}, {CustomerKey("c1"): Events()})
    ({}, {'c1': Events(interactions=(), responses=(), cases=(), sequence=3)})
    """
    return {key: _joined(own.get(key, Events()), others.get(key, Events())) for key in own.keys() | others.keys()}


def _joined(own: Events, others: Events) -> Events:
    known = {posted.interaction_id for posted in own.interactions}
    more = tuple(posted for posted in others.interactions if posted.interaction_id not in known)
    changed = {change.change_id for change in own.cases}
    cases = tuple(change for change in others.cases if change.change_id not in changed)
    return replace(own, interactions=own.interactions + more, responses=own.responses + others.responses,
                   cases=own.cases + cases)


def _by_customer(told: Mapping[str, Iterable[Record]]) -> dict[CustomerKey, Events]:
    """The rows of ``_EVENTS``, customer by customer."""
    grouped = {name: _grouped(rows) for name, rows in told.items()}
    return {key: Events(interactions=tuple(whole_ones(grouped["posted"].get(key, ()), _interaction)),
                        responses=tuple(whole_ones(grouped["outcomes"].get(key, ()), _response)),
                        cases=tuple(whole_ones(grouped["cases"].get(key, ()), case_change)))
            for key in sorted(set().union(*grouped.values()))}


def _grouped(rows: Iterable[Record]) -> dict[CustomerKey, list[Record]]:
    found: dict[CustomerKey, list[Record]] = {}
    for row in rows:
        found.setdefault(CustomerKey(row["customer_key"]), []).append(row)
    return found


def case_change(row: Record) -> CaseChange:
    """A change of a case as the graph tells it."""
    return CaseChange(**{**row, "reason": row["reason"] or ""})


def _interaction(row: Record) -> Interaction:
    told: dict[str, Any] = dict(row)
    channel = told.pop("channel")
    return Interaction(kind=InteractionKind(told.pop("kind")), channel=None if channel is None else Channel(channel),
                       **told)


def _response(row: Record) -> Response:
    outcome = Outcome(decision_id=DecisionId(row["decision_id"]), action_id=ActionId(row["action_id"]),
                      outcome=OutcomeKind(row["outcome"]), at=row["at"], author=row["author"])
    return Response(outcome=outcome, family=ActionFamily(row["family"]), channel=Channel(row["channel"]),
                    arguments=orjson.loads(row["arguments"]))


def _recommended(row: Record, customer_key: str) -> Recommended:
    return Recommended(customer_key=customer_key, family=ActionFamily(row["family"]), channel=Channel(row["channel"]),
                       arguments=orjson.loads(row["arguments"]))
