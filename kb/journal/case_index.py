"""Finds cases, wherever their interactions were recorded: by imports, here, or by other services on the graph."""

from collections.abc import Sequence

from kb.errors import InvalidInput, NotFound
from kb.graph.port import Graph, Record
from kb.journal.cases import Case, CaseMember
from kb.journal.events import NEEDS_RESOLUTION, CaseChange
from kb.journal.peer_journals import case_change
from kb.journal.store import Journal
from kb.model.ids import CustomerKey
from ontology.text import Text
from ontology.vocabulary import InteractionKind

_UNKNOWN = Text(zh="没有编号为“{case}”的工单或互动", en="there is no case and no interaction with the id '{case}'")
_LOOK = Text(zh="请使用互动的编号或其工单编号；刚由其他服务记录的，稍后再试",
             en="use the id of an interaction or of its case; where another service has just recorded it, try again"
                " in a moment")
_NOTHING = Text(zh="工单“{case}”中只有{kinds}，没有需要解决的问题",
                en="case '{case}' holds {kinds} only, and nothing that is resolved")
_KINDS = Text(zh="需要解决的是：complaint、fault、repair、enquiry",
              en="what is resolved: complaint, fault, repair, enquiry")

_MEMBER = "c.customer_key AS customer_key, i.kind AS kind, i.at AS at"
_IMPORTED = f"""
    MATCH (c:Customer)-[:HAD]->(i:Interaction) WHERE {{where}}
    RETURN {_MEMBER}, i.case_id AS case_id, i.resolved_at AS resolved_at"""
_POSTED = f"""
    MATCH (c:Customer)-[:REPORTED]->(i:PostedInteraction) WHERE i.journal <> $journal AND {{where}}
    RETURN {_MEMBER}, i.case_id AS case_id, CASE WHEN i.resolved THEN i.at ELSE NULL END AS resolved_at"""
_OF_THE_CASE, _ITSELF = "i.case_id = $called", "i.interaction_id = $called"
_CHANGES = """
    MATCH (c:Customer)-[:CASE_CHANGED]->(k:CaseChange) WHERE k.journal <> $journal AND k.case_id = $called
    RETURN k.change_id AS change_id, c.customer_key AS customer_key, k.case_id AS case_id, k.resolved AS resolved,
           k.at AS at, k.turn AS turn, k.author AS author, k.reason AS reason"""


class CaseIndex:
    """The cases that a journal and a graph know of."""

    def __init__(self, graph: Graph, journal: Journal) -> None:
        self._graph = graph
        self._journal = journal

    def find(self, case_id: str) -> Case:
        """The case of that id, or else that of the interaction of that id, with the changes that others recorded.

        Raises:
            NotFound: If nobody knows it.
            InvalidInput: If nothing of it is ever resolved.
        """
        known = self._known(case_id)
        if not known:
            raise NotFound(_UNKNOWN.fill(case=case_id), hint=_LOOK)
        names = {name for name, _ in known}
        name = case_id if case_id in names else min(names)
        if name != case_id:
            known = self._known(name)
        members = [member for called, member in known if called == name]
        return Case(case_id=name, members=_needing(name, members), changes=self._changes(name))

    def case_of(self, interaction_id: str) -> str | None:
        """The case that an import names for an interaction; ``None`` where it names none."""
        found = self._graph.read(_IMPORTED.format(where=_ITSELF), called=interaction_id)
        return next((row["case_id"] for row in found), None)

    def _known(self, case_id: str) -> Sequence[tuple[str, CaseMember]]:
        """The interactions that are called so, or whose case is, each with the name of its case."""
        queries = {f"{number}{where}": text.format(where=where) for number, text in enumerate((_IMPORTED, _POSTED))
                   for where in (_OF_THE_CASE, _ITSELF)}
        found = self._graph.snapshot(queries, called=case_id, journal=self._journal.id)
        own = [(posted.case, CaseMember.of(posted)) for posted in self._journal.interactions_called(case_id)]
        return own + [(row["case_id"] or case_id, _member(row)) for rows in found.values() for row in rows]

    def _changes(self, case_id: str) -> tuple[CaseChange, ...]:
        found = self._graph.read(_CHANGES, called=case_id, journal=self._journal.id)
        return tuple(map(case_change, found))


def _needing(name: str, members: Sequence[CaseMember]) -> tuple[CaseMember, ...]:
    needing = tuple(one for one in members if one.kind in NEEDS_RESOLUTION)
    if not needing:
        kinds = ", ".join(sorted({one.kind.value for one in members}))
        raise InvalidInput(_NOTHING.fill(case=name, kinds=kinds), hint=_KINDS)
    return needing


def _member(row: Record) -> CaseMember:
    return CaseMember(customer_key=CustomerKey(row["customer_key"]), kind=InteractionKind(row["kind"]), at=row["at"],
                      resolved_at=row["resolved_at"])
