"""Knowledge items by status, kind and words, page by page: of now from the graph, or of a past as they were."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.curation.lifecycle import LIVE
from kb.curation.records import item_from
from kb.errors import InvalidInput
from kb.graph.port import Graph
from kb.model.knowledge import KnowledgeItem
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

_COUNTS = """
    MATCH (i:KnowledgeItem) OPTIONAL MATCH (i)-[:MINED_BY]->(r:Run)
    RETURN i.status AS status, i.standing AS standing, r IS NOT NULL AS mined, count(DISTINCT i.id) AS n"""
_FILTERS: Mapping[str, str] = {
    "status": "i.status = $status",
    "kind": "i.pattern_kind = $kind",
    "standing": "i.standing = $standing",
    "q": "(toLower(i.statement_zh) CONTAINS $q OR toLower(i.statement_en) CONTAINS $q OR toLower(i.id) CONTAINS $q"
         " OR toLower(i.subject) CONTAINS $q)",
    "after": "(i.strength < $strength OR (i.strength = $strength AND i.id > $after))",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items are asked for; what is left out admits all.

    Args:
        q: Words that stand in the statement of either language, the id or the subject, whatever their case.
    """

    status: KnowledgeStatus | None = None
    kind: PatternKind | None = None
    standing: Standing | None = None
    q: str = ""

    @property
    def words(self) -> str:
        """The words as they are looked for."""
        return self.q.strip().lower()

    def admits(self, item: KnowledgeItem) -> bool:
        """Whether the item is asked for."""
        told = (item.statement.zh, item.statement.en, item.id, item.subject)
        return (self.status in {None, item.status} and self.kind in {None, item.pattern_kind}
                and self.standing in {None, item.standing} and any(self.words in text.lower() for text in told))


ALL = ItemQuery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items, and how to go on.

    Args:
        next: The cursor of the next page; empty on the last one.
        counts: How many items stand in each status, whatever was asked.
        doubtful: How many mined items are approved or published and no longer hold, by what the data say of them.
    """

    items: tuple[KnowledgeItem, ...]
    next: str
    counts: Mapping[KnowledgeStatus, int]
    doubtful: Mapping[Standing, int]


def list_items(graph: Graph, asked: ItemQuery, *, cursor: str, limit: int) -> Page:
    """At most ``limit`` items after ``cursor``, strongest first, then by id.

    Raises:
        InvalidInput: For a cursor that no listing gave.
    """
    strength, after = _position(cursor)
    given = {"status": asked.status, "kind": asked.kind, "standing": asked.standing, "q": asked.words, "after": after}
    filters = {name: value for name, value in given.items() if value}
    where = " AND ".join(_FILTERS[name] for name in filters) or "i.id <> ''"
    query = f"""
        MATCH (i:KnowledgeItem) WHERE {where}
        RETURN i.body AS body, i.status AS status ORDER BY i.strength DESC, i.id LIMIT $limit"""
    parameters = {name: str(value) for name, value in filters.items()} | ({"strength": strength} if after else {})
    found = [item_from(record) for record in graph.read(query, **parameters, limit=limit + 1)]
    return _page(found, limit, _counted(graph))


def count_items(graph: Graph) -> Page:
    """A page of no items: how many there are of each status and standing alone."""
    return _page([], 0, _counted(graph))


def page_of(items: Iterable[KnowledgeItem], asked: ItemQuery, *, cursor: str, limit: int) -> Page:
    """The same page of items at hand.

    Raises:
        InvalidInput: For a cursor that no listing gave.
    """
    strength, after = _position(cursor)
    known = sorted(items, key=lambda item: (-item.strength, item.id))
    found = [item for item in known
             if asked.admits(item) and (not after or (-item.strength, item.id) > (-strength, after))]
    return _page(found[:limit + 1], limit, [
        _Counted(status=item.status, standing=item.standing, is_mined=item.run_id is not None, count=1)
        for item in known])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """How many items are of one kind."""

    status: KnowledgeStatus
    standing: Standing
    is_mined: bool
    count: int

    @property
    def is_doubtful(self) -> bool:
        """Whether they are in use and no longer hold."""
        return self.is_mined and self.status in LIVE and self.standing is not Standing.HOLDS


def _counted(graph: Graph) -> list[_Counted]:
    return [_Counted(status=KnowledgeStatus(row["status"]), standing=Standing(row["standing"]), is_mined=row["mined"],
                     count=int(row["n"])) for row in graph.read(_COUNTS)]


def _page(found: Sequence[KnowledgeItem], limit: int, counted: Sequence[_Counted]) -> Page:
    shown = tuple(found[:limit])
    counts: Counter[KnowledgeStatus] = Counter()
    doubtful: Counter[Standing] = Counter()
    for one in counted:
        counts[one.status] += one.count
        doubtful[one.standing] += one.count if one.is_doubtful else 0
    return Page(items=shown, next="" if len(found) <= limit else _cursor(shown[-1]), counts=counts, doubtful=+doubtful)


def _cursor(item: KnowledgeItem) -> str:
    return f"{item.strength!r}~{item.id}"


def _position(cursor: str) -> tuple[float, str]:
    if not cursor:
        return 0.0, ""
    strength, _, after = cursor.partition("~")
    try:
        return float(strength), after
    except ValueError as fault:
        msg = Text(zh=f"没有任何列表给出过游标“{cursor}”", en=f"no listing gave the cursor '{cursor}'")
        raise InvalidInput(msg, hint=Text(zh="请不带游标重新开始", en="start again without a cursor")) from fault
