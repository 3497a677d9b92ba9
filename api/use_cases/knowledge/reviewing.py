"""The life of knowledge as managers act on it: the inbox, verdicts, releases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from api.use_cases.knowledge.measurements import aged_item_json, measurement_json
from api.use_cases.knowledge.pausing import Pausing
from api.use_cases.views import Json, refusal_json, rule_json, run_json
from kb.curation.approval import load_approval_policy
from kb.curation.curation import Curation
from kb.curation.listing import ItemQuery, Page
from kb.curation.review_digest import item_digest
from kb.description import BaseDescription
from kb.errors import Conflict, InvalidInput
from kb.graph.port import Graph
from kb.local_ontology import LocalOntology
from kb.model.canonical import short_id
from kb.model.ids import ItemId
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import LapseVerdict
from kb.model.pattern import iso_instant
from kb.model.rule import Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing
from rules.explain import sentence
from rules.packs.pack import load_pack

_Answer = TypeVar("_Answer")
_UNREAD = Text(zh="批准时须写明所读内容的摘要", en="an approval names the digest of what was read")
_UNKNOWN = Text(zh="没有“{verdict}”这种审核结果；可用：{known}", en="unknown verdict '{verdict}'; known: {known}")
_HOLDERS = """
    MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem {id: $id}) WHERE c.external_id > $after
    RETURN c.external_id AS customer_id, h.score AS score, h.run_id AS run_id
    ORDER BY c.external_id LIMIT $most"""
_WHERE = Text(zh="摘要随条目一起给出：GET /v1/knowledge/{id}，或 `zhike knowledge show {id}`",
              en="the item comes with it: GET /v1/knowledge/{id}, or `zhike knowledge show {id}`")
_TOLD_ALREADY = Text(zh="这条经验已经有了：{why}", en="this experience is here already: it {why}")
_HAD_VERDICT = Text(zh="已有审核结果", en="had a verdict")
_SAY_OTHERWISE = Text(zh="请查看已有的条目，或换一种说法", en="look at the item that is here, or say something else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewing:
    """The curating half of the service."""

    curation: Curation
    description: BaseDescription
    graph: Graph
    ontology: LocalOntology
    pausing: Pausing

    def counts(self) -> dict[str, int]:
        """How many items stand in each status."""
        counted = self.curation.counts()
        return {status.value: counted.get(status, 0) for status in KnowledgeStatus}

    def count_lapsed(self) -> int:
        """How many items in use have ceased to hold."""
        return self.curation.items(ItemQuery(is_lapsed=True), limit=1).lapsed

    def inbox(self, asked: ItemQuery, cursor: str, limit: int) -> Json:
        """A page of items, each under ``found`` with its first rule and the digest of what is read of both."""
        page = self.curation.items(asked, cursor=cursor, limit=limit)
        resting = self.curation.rules_of([item.id for item in page.items])
        told = {rule["id"]: rule for rule in self._rules_json([rule for rules in resting.values() for rule in rules])}
        found = [{"item": self._item_json(item), "rule": next((told[rule.id] for rule in resting[item.id]), None),
                  "digest": item_digest(item, resting[item.id])} for item in page.items]
        return {**_page_json(page), "found": found}

    def items(self, asked: ItemQuery, cursor: str | None = None, limit: int = 50, *, as_of: str | None = None,
              known_at: str | None = None) -> Json:
        """One page of items, with the count of each status; those of a past as they were known then."""
        past = self.description.moment_at(as_of, known_at)
        page = self.curation.items(asked, cursor=cursor or "", limit=limit,
                                         past=None if past.known_at is None else past)
        return {"items": [aged_item_json(item, past) for item in page.items], "as_of": iso_instant(past.as_of),
                "known_at": None if past.known_at is None else iso_instant(past.known_at), **_page_json(page)}

    def item(self, item_id: str) -> Json:
        """An item with everything it can be walked to."""
        found = self.curation.item(item_id)
        rules, item = self._rules_json(found.rules), self._item_json(found.item)
        return {"item": item, "rule": rules[0] if rules else None, "rules": rules,
                "run": None if found.run is None else run_json(found.run),
                "datasets": item["datasets"], "customers": found.holders, "digest": found.digest,
                "measurements": [measurement_json(said, found.item) for said in self.curation.measurements(item_id)]}

    def customers_of(self, item_id: str, *, cursor: str, limit: int) -> Json:
        """Who is joined to an item, in the order of their ids."""
        self.curation.item(item_id)
        rows = self.graph.read(_HOLDERS, id=item_id, after=cursor, most=limit + 1)
        shown = rows[:limit]
        customers = [dict(row) for row in shown]
        return {"item_id": item_id, "customers": customers,
                "next": shown[-1]["customer_id"] if len(rows) > limit else None}

    def refusals(self) -> list[Json]:
        """What the gate refused in the last run."""
        return [refusal_json(refusal) for refusal in self.curation.refusals()]

    def review(self, item_id: str, verdict: str, reason: str, reviewer: str, *, read: str | None = None) -> Json:
        """Approve, reject or retire; keep or wait for what no longer holds; the item as it stands afterwards.

        Args:
            item_id: Of the item.
            verdict: ``approve``, ``reject``, ``retire``, ``keep`` or ``wait``.
            reason: Why; only to approve and to wait needs none.
            reviewer: Who judges; nobody approves what is their own.
            read: The digest that came with what the reviewer has read; an approval names it.
        """
        curation = self.curation
        acts: dict[str, Callable[..., KnowledgeItem]] = {
            "approve": curation.approve, "reject": curation.reject, "retire": curation.retire,
            **{lapse.value: partial(self._decide_lapse, lapse) for lapse in LapseVerdict}}
        act = verdict_of(verdict, acts, read=read, where=_WHERE.fill(id=item_id))
        judged = act(item_id, reviewer, reason, read=read)
        if judged.lapses:
            self.pausing.renew(reviewer)
        return self._item_json(judged)

    def propose_experience(self, statement_zh: str, statement_en: str, strength: float, author: str) -> Json:
        """A person's experience as a proposed item: untested, until somebody can test it."""
        now = self.description.moment.as_of
        item = KnowledgeItem(
            id=ItemId(short_id("note", [statement_zh, statement_en])), pattern_kind=PatternKind.NOTE,
            kind=self.ontology.schema.kinds[PatternKind.NOTE], status=KnowledgeStatus.PROPOSED,
            statement=Text(zh=statement_zh, en=statement_en), strength=strength, standing=Standing.UNTESTED,
            valid_from=now, recorded_at=now, author=author)
        proposed = self.curation.propose_by_hand([item])
        if not proposed.items:
            raise Conflict(_TOLD_ALREADY.fill(why=proposed.kept.get(item.id, _HAD_VERDICT)), hint=_SAY_OTHERWISE)
        return self._item_json(item)

    def apply_policy(self, path: Path) -> Json:
        """Approve what a standing policy admits; the record names the policy and who set it."""
        policy = load_approval_policy(path)
        approved = self.curation.apply_policy(policy)
        return {"policy": policy.name, "set_by": policy.set_by, "approved": len(approved),
                "pending": self.curation.count_pending()}

    def _decide_lapse(self, verdict: LapseVerdict, item_id: str, by: str, reason: str,
                      read: str | None) -> KnowledgeItem:
        return self.curation.decide_lapse(item_id, verdict, by, reason, read=read)

    def _item_json(self, item: KnowledgeItem) -> Json:
        return aged_item_json(item, self.description.moment)

    def _rules_json(self, rules: Sequence[Rule]) -> list[Json]:
        """The rules as they are written, each with its sentence as the base would have it now."""
        names = {**self.ontology.labels(), **{str(action.id): action.name for action in load_pack().actions}}
        return [rule_json(rule, sentence(told, self.ontology.schema, names))
                for rule, told in zip(rules, self.curation.with_constants(rules), strict=True)]


def _page_json(page: Page) -> Json:
    return {"next": page.next or None,
            "counts": {status.value: page.counts.get(status, 0) for status in KnowledgeStatus},
            "lapsed": page.lapsed, "doubtful": {standing.value: count for standing, count in page.doubtful.items()}}


def verdict_of(verdict: str, known: Mapping[str, Callable[..., _Answer]], *, read: str | None,
               where: Text) -> Callable[..., _Answer]:
    """The act of a verdict.

    Args:
        verdict: Its name.
        known: The acts by name.
        read: The digest of what was read.
        where: Where a digest is found, for who names none.

    Raises:
        InvalidInput: If there is no such verdict, or one approves without naming what was read.
    """
    if verdict not in known:
        raise InvalidInput(_UNKNOWN.fill(verdict=verdict, known=", ".join(known)))
    if verdict == "approve" and read is None:
        raise InvalidInput(_UNREAD, hint=where)
    return known[verdict]
