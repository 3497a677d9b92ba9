"""Knowledge items by status, kind and words, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.curation.records import item_from
from kb.errors import InvalidInput
from kb.graph.port import Graph
from kb.model.knowledge import KnowledgeItem
from ontology.vocabulary import KnowledgeStatus, PatternKind

_COUNTS = "MATCH (i:KnowledgeItem) RETURN i.status AS status, count(*) AS n"
_FILTERS: Mapping[str, str] = {
    "status": "i.status = $status",
    "kind": "i.pattern_kind = $kind",
    "q": "(toLower(i.statement_zh) CONTAINS $q OR toLower(i.statement_en) CONTAINS $q OR toLower(i.id) CONTAINS $q"
         " OR toLower(i.subject) CONTAINS $q)",
    "after": "(i.strength < $strength OR (i.strength = $strength AND i.id > $after))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items, and how to go on.

    Args:
        next: The cursor of the next page; empty on the last one.
        counts: How many items stand in each status, whatever was asked.
    """

    items: tuple[KnowledgeItem, ...]
    next: str
    counts: Mapping[KnowledgeStatus, int]


def list_items(graph: Graph, *, status: KnowledgeStatus | None, kind: PatternKind | None, q: str,  # noqa: PLR0913
               cursor: str, limit: int) -> Page:
    """At most ``limit`` items after ``cursor``, strongest first, then by id.

    Raises:
        InvalidInput: For a cursor that no listing gave.
    """
    strength, after = _position(cursor)
    given = {"status": status, "kind": kind, "q": q.strip().lower(), "after": after}
    asked = {name: value for name, value in given.items() if value}
    where = " AND ".join(_FILTERS[name] for name in asked) or "i.id <> ''"
    query = f"""
        MATCH (i:KnowledgeItem) WHERE {where}
        RETURN i.body AS body, i.status AS status ORDER BY i.strength DESC, i.id LIMIT $limit"""
    parameters = {name: str(value) for name, value in asked.items()} | ({"strength": strength} if after else {})
    found = [item_from(record) for record in graph.read(query, **parameters, limit=limit + 1)]
    shown = tuple(found[:limit])
    is_last = len(found) <= limit
    counts = {KnowledgeStatus(record["status"]): int(record["n"]) for record in graph.read(_COUNTS)}
    return Page(items=shown, next="" if is_last else _cursor(shown[-1]), counts=counts)


def _cursor(item: KnowledgeItem) -> str:
    return f"{item.strength!r}~{item.id}"


def _position(cursor: str) -> tuple[float, str]:
    if not cursor:
        return 0.0, ""
    strength, _, after = cursor.partition("~")
    try:
        return float(strength), after
    except ValueError as fault:
        msg = f"no listing gave the cursor '{cursor}'"
        raise InvalidInput(msg, hint="start again without a cursor") from fault
