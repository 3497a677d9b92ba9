"""Knowledge items by status, kind and words, page by page: of now from the graph, or of a past as they were."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.curation.lifecycle import LIVE
from kb.curation.records import item_from
from kb.errors import InvalidInput
from kb.graph.port import Graph
from kb.model.knowledge import KnowledgeItem
from kb.model.strength import HALF_LIFE_SECONDS, age_weight, measured_strength
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

_COUNTS = """
    MATCH (i:KnowledgeItem) OPTIONAL MATCH (i)-[:MINED_BY]->(r:Run)
    RETURN i.status AS status, i.standing AS standing, r IS NOT NULL AS mined, i.valid_to IS NOT NULL AS ended,
           count(DISTINCT i.id) AS n"""
_FILTERS: Mapping[str, str] = {
    "status": "i.status = $status",
    "kind": "i.pattern_kind = $kind",
    "standing": "i.standing = $standing",
    "q": "(toLower(i.statement_zh) CONTAINS $q OR toLower(i.statement_en) CONTAINS $q OR toLower(i.id) CONTAINS $q"
         " OR toLower(i.subject) CONTAINS $q)",
    "lapsed": "i.valid_to IS NOT NULL AND i.status IN $lapsed",
}
_PLACE = f"i.strength * (2.0 ^ (coalesce(i.measured_at, i.valid_from) / {float(HALF_LIFE_SECONDS)!r}))"
"""What orders a listing: the strength as it fades (``kb.model.strength``), the same order at any moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items are asked for; what is left out admits all.

    Args:
        q: Words that stand in the statement of either language, the id or the subject, whatever their case.
        is_lapsed: Only what is in use and no longer holds: runs have ended it.
    """

    status: KnowledgeStatus | None = None
    kind: PatternKind | None = None
    standing: Standing | None = None
    q: str = ""
    is_lapsed: bool = False

    @property
    def words(self) -> str:
        """The words as they are looked for."""
        return self.q.strip().lower()

    def admits(self, item: KnowledgeItem) -> bool:
        """Whether the item is asked for."""
        told = (item.statement.zh, item.statement.en, item.id, item.subject)
        return (self.status in {None, item.status} and self.kind in {None, item.pattern_kind}
                and self.standing in {None, item.standing} and any(self.words in text.lower() for text in told)
                and (not self.is_lapsed or (item.status in LIVE and item.valid_to is not None)))


ALL = ItemQuery()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some items, and how to go on.

    Args:
        next: The cursor of the next page; empty on the last one.
        counts: How many items stand in each status, whatever was asked.
        doubtful: How many mined items are approved or published and no longer hold, by what the data say of them.
        lapsed: How many items in use runs have ended.
    """

    items: tuple[KnowledgeItem, ...]
    next: str
    counts: Mapping[KnowledgeStatus, int]
    doubtful: Mapping[Standing, int]
    lapsed: int


def list_items(graph: Graph, asked: ItemQuery, *, cursor: str, limit: int) -> Page:
    """At most ``limit`` items after ``cursor``, strongest first as strength fades, then by id.

    Raises:
        InvalidInput: For a cursor that no listing gave.
    """
    place, after = _position(cursor)
    given = {"status": asked.status, "kind": asked.kind, "standing": asked.standing, "q": asked.words,
             "lapsed": sorted(LIVE) if asked.is_lapsed else None}
    filters = {name: value for name, value in given.items() if value}
    where = " AND ".join(_FILTERS[name] for name in filters) or "i.id <> ''"
    going_on = "WHERE place < $place OR (place = $place AND id > $after)" if after else ""
    query = f"""
        MATCH (i:KnowledgeItem) WHERE {where}
        WITH i.id AS id, i.body AS body, i.status AS status, {_PLACE} AS place {going_on}
        RETURN body, status, place ORDER BY place DESC, id LIMIT $limit"""
    parameters = {name: value if name == "lapsed" else str(value) for name, value in filters.items()}
    rows = graph.read(query, **parameters, **({"place": place, "after": after} if after else {}), limit=limit + 1)
    return _page([(float(row["place"]), item_from(row)) for row in rows], limit, _counted(graph))


def count_items(graph: Graph) -> Page:
    """A page of no items: how many there are of each status and standing alone."""
    return _page([], 0, _counted(graph))


def page_of(items: Iterable[KnowledgeItem], asked: ItemQuery, *, cursor: str, limit: int) -> Page:
    """The same page of items at hand.

    Raises:
        InvalidInput: For a cursor that no listing gave.
    """
    place, after = _position(cursor)
    known = sorted(((measured_strength(item) * age_weight(item.measured_at), item) for item in items),
                   key=lambda one: (-one[0], one[1].id))
    found = [one for one in known if asked.admits(one[1]) and (not after or (-one[0], one[1].id) > (-place, after))]
    return _page(found[:limit + 1], limit, [
        _Counted(status=item.status, standing=item.standing, is_mined=item.run_id is not None,
                 is_ended=item.valid_to is not None, count=1)
        for _, item in known])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """How many items are of one kind."""

    status: KnowledgeStatus
    standing: Standing
    is_mined: bool
    is_ended: bool
    count: int

    @property
    def is_doubtful(self) -> bool:
        """Whether they are in use and no longer hold."""
        return self.is_mined and self.status in LIVE and self.standing is not Standing.HOLDS


def _counted(graph: Graph) -> list[_Counted]:
    return [_Counted(status=KnowledgeStatus(row["status"]), standing=Standing(row["standing"]), is_mined=row["mined"],
                     is_ended=row["ended"], count=int(row["n"])) for row in graph.read(_COUNTS)]


def _page(found: Sequence[tuple[float, KnowledgeItem]], limit: int, counted: Sequence[_Counted]) -> Page:
    """A page of items, each with its place in the order."""
    shown = found[:limit]
    counts: Counter[KnowledgeStatus] = Counter()
    doubtful: Counter[Standing] = Counter()
    for one in counted:
        counts[one.status] += one.count
        doubtful[one.standing] += one.count if one.is_doubtful else 0
    return Page(items=tuple(item for _, item in shown), next="" if len(found) <= limit else _cursor(*shown[-1]),
                counts=counts, doubtful=+doubtful,
                lapsed=sum(one.count for one in counted if one.is_ended and one.status in LIVE))


def _cursor(place: float, item: KnowledgeItem) -> str:
    return f"{place!r}~{item.id}"


def _position(cursor: str) -> tuple[float, str]:
    if not cursor:
        return 0.0, ""
    place, _, after = cursor.partition("~")
    try:
        return float(place), after
    except ValueError as fault:
        msg = Text(zh=f"没有任何列表给出过游标“{cursor}”", en=f"no listing gave the cursor '{cursor}'")
        raise InvalidInput(msg, hint=Text(zh="请不带游标重新开始", en="start again without a cursor")) from fault
