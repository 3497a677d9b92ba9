"""Proposing, reviewing and retiring knowledge and rules; publishing is in ``releases``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from kb.curation import lifecycle, measuring, records
from kb.curation.approval import ApprovalPolicy
from kb.curation.lifecycle import LIVE
from kb.curation.listing import ALL, ItemQuery, Page, count_items, list_items, page_of
from kb.curation.review_digest import check_read, item_digest
from kb.curation.rule_drafts import RuleDrafts
from kb.curation.shapes import check_shapes
from kb.errors import NotFound
from kb.facts.moment import Moment
from kb.graph.port import Record, Statement
from kb.graph.state import Edition, changed
from kb.model.codec import from_json
from kb.model.ids import ItemId
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import LapseVerdict, Measurement
from kb.model.pattern import Refusal, Run
from kb.model.rule import Rule
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

_JUDGED = Text(zh="这里已有审核结果", en="had a verdict here")
_MINED = Text(zh="由这里的挖掘 {run} 得出", en="was mined here, by {run}")
_OF_ANOTHER = Text(zh="由“{author}”提出", en="was proposed by '{author}'")
_NO_ITEM = Text(zh="没有知识条目“{id}”", en="there is no knowledge item '{id}'")
_LIST = Text(zh="用 GET /v1/knowledge 或 `zhike knowledge list` 列出知识",
             en="list them with GET /v1/knowledge or `zhike knowledge list`")
_HOLDERS = "MATCH (c:Customer)-[h:HOLDS]->(i:KnowledgeItem {id: $id}) RETURN count(c) AS n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item with everything it can be walked to.

    Args:
        digest: Of what a reviewer reads; an approval names it.
        run: That measured it; ``None`` for a person's experience.
        holders: Customers it holds for, by the last run.
    """

    item: KnowledgeItem
    rules: tuple[Rule, ...]
    digest: str
    run: Run | None
    holders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalResult:
    """What became of the items that a person proposed.

    Args:
        items: That wait for a verdict as that person told them.
        judged: That had a verdict here and stay as they are.
        kept: That stay as they are although nobody judged them, and why: a run or another person proposed them.
    """

    items: tuple[KnowledgeItem, ...]
    judged: tuple[ItemId, ...]
    kept: Mapping[ItemId, Text]


class Curation(RuleDrafts):
    """The knowledge of one graph and its life; ``now`` is the wall clock, when something becomes known to us."""

    def propose(self, items: Sequence[KnowledgeItem], rules: Sequence[Rule] = (), refusals: Sequence[Refusal] = (),
                run: Run | None = None) -> None:
        """Take up what a run found, or what a person proposes; the same again changes nothing but measures.

        A live item of a kind that the run looked at and did not find again stays live and gets another standing; after
        enough of such runs it ends (``measuring.missed``).

        Raises:
            ShapeViolation: If a record does not fit its shape; nothing is written then.
        """
        for nouns, shape in ((items, "KnowledgeItem"), (rules, "Rule"), (refusals, "Refusal")):
            check_shapes(nouns, shape)
        known = self._known()
        moment = None if run is None else run.as_of
        statements = [*_taken_up(items, known, self._now(), moment), *_drafts(rules, known)]
        if run is not None:
            check_shapes([run], "Run")
            statements += [*_missed(items, refusals, run, known, self._now()),
                           *records.put_run(run, items, refusals)]
        self._graph.write([*statements, changed(Edition.KNOWLEDGE)])

    def propose_by_hand(self, items: Sequence[KnowledgeItem]) -> ProposalResult:
        """Take up what a person proposes: new items, and those that the same person proposed before.

        What was judged, mined, or proposed by somebody else is nobody's to overwrite: it stays as it is.

        Raises:
            ShapeViolation: If an item does not fit its shape; nothing is written then.
        """
        check_shapes(items, "KnowledgeItem")
        known = self._known()
        mined = {record["id"]: record["run_id"] for record in self._graph.read(records.MINED)}
        stays = {item.id: why for item in items if item.id in known
                 and (why := _why_kept(records.item_from(known[item.id]), item, mined)) is not None}
        taken = tuple(item for item in items if item.id not in stays)
        fresh = [item for item in taken if item.id not in known or not _says_nothing_new(known[item.id], item)]
        self._graph.write([*_taken_up(fresh, known, self._now()), changed(Edition.KNOWLEDGE)])
        return ProposalResult(items=taken, judged=tuple(name for name, why in stays.items() if why is _JUDGED),
                              kept={name: why for name, why in stays.items() if why is not _JUDGED})

    def items(self, asked: ItemQuery = ALL, *, cursor: str = "", limit: int = 50, past: Moment | None = None) -> Page:
        """Items by status, kind of pattern and words, page by page; with ``past``, as they were then.

        The strongest come first, as strength fades (``kb.model.strength``).

        Raises:
            InvalidInput: For a cursor that no listing gave.
        """
        if past is None:
            return list_items(self._graph, asked, cursor=cursor, limit=limit)
        known = self.items_known(past.seen_until).values()
        return page_of([item for item in known if item.is_true_at(past.as_of)], asked,
                       cursor=cursor, limit=limit)

    def items_known(self, known_at: int) -> dict[ItemId, KnowledgeItem]:
        """Every item as it was known at an instant, retired ones among them, with the status it had then."""
        versions = sorted(self._graph.read(records.VERSIONS, known_at=known_at), key=itemgetter("known_from"))
        latest = {record["item"]: record["body"] for record in versions}
        live = self.live_at(known_at)
        served = frozenset() if live is None else frozenset(item.id for item in live.items)
        return {item.id: _as_served(item, served) for item in (from_json(body, KnowledgeItem)
                                                                for body in latest.values())}

    def item(self, item_id: str) -> ItemRecord:
        """The item with its rules, its run and the number of customers it holds for.

        Raises:
            NotFound: If there is no such item.
        """
        item = records.item_from(self._record(item_id))
        run = self._graph.read(records.RUN, id=item.run_id) if item.run_id else []
        holders = self._graph.read(_HOLDERS, id=item_id)
        rules = tuple(records.rule_from(record) for record in self._graph.read(records.RULES_OF, id=item_id))
        return ItemRecord(
            item=item,
            rules=rules,
            digest=item_digest(item, rules),
            run=from_json(run[0]["body"], Run) if run else None,
            holders=int(holders[0]["n"]),
        )

    def measurements(self, item_id: str) -> tuple[Measurement, ...]:
        """What each run measured of an item, the earliest moment first; the run that proposed it among them.

        Raises:
            NotFound: If there is no such item.
        """
        item = records.item_from(self._record(item_id))
        known = [from_json(row["body"], Measurement) for row in self._graph.read(records.MEASUREMENTS, id=item_id)]
        first = measuring.measurement_of(item, item.recorded_at)
        is_told = item.run_id is None or any(one.run_id == first.run_id for one in known)
        return tuple(known) if is_told else tuple(sorted((first, *known), key=lambda one: one.as_of))

    def counts(self) -> Mapping[KnowledgeStatus, int]:
        """How many items stand in each status."""
        return count_items(self._graph).counts

    def count_pending(self) -> int:
        """How many items and drafts of rules wait for a verdict, and how many items in use have ceased to hold."""
        return self.counts().get(KnowledgeStatus.PROPOSED, 0) + self.count_drafts() + self.count_lapsed()

    def count_lapsed(self) -> int:
        """How many items in use no longer hold, of which nobody has said what becomes of them."""
        return sum(map(measuring.waits_for_decision, self.lapsed()))

    def lapsed(self) -> tuple[KnowledgeItem, ...]:
        """The items in use that no longer hold."""
        return tuple(map(records.item_from, self._graph.read(records.LAPSED, statuses=sorted(LIVE))))

    def rules_of(self, item_ids: Sequence[str]) -> dict[str, tuple[Rule, ...]]:
        """The rules that rest on each of several items, by id; none for an item that there is not."""
        found: dict[str, tuple[Rule, ...]] = dict.fromkeys(item_ids, ())
        for record in self._graph.read(records.RULES_OF_EACH, ids=list(item_ids)):
            found[record["item"]] += (records.rule_from(record),)
        return found

    def judged(self) -> tuple[KnowledgeItem, ...]:
        """The items that have had a verdict, by id: a run measures them again, and they are no news."""
        return tuple(records.item_from(record) for _, record in sorted(self._known().items())
                     if record["status"] != KnowledgeStatus.PROPOSED)

    def refusals(self, run_id: str | None = None) -> tuple[Refusal, ...]:
        """What the gate refused in a run; in the latest one where none is named."""
        latest = self._graph.read(records.LATEST_RUN) if run_id is None else [{"run_id": run_id}]
        return tuple(from_json(record["body"], Refusal)
                     for run in latest for record in self._graph.read(records.REFUSALS, run_id=run["run_id"]))

    def approve(self, item_id: str, approver: str, reason: str = "", *, read: str | None = None) -> KnowledgeItem:
        """Approve an item, and with it the rules that rest on it.

        Args:
            item_id: Of the item.
            approver: Somebody else than its author.
            reason: What speaks for it.
            read: The digest of what the approver has read (``ItemRecord.digest``).

        Raises:
            Forbidden: If the approver proposed it.
            Conflict: If its status does not allow it.
            ChangedMeanwhile: If it is no longer what was read.
        """
        return self._judge(item_id, lambda item: lifecycle.approved(item, approver, reason), read)

    def reject(self, item_id: str, approver: str, reason: str, *, read: str | None = None) -> KnowledgeItem:
        """Reject an item with a reason.

        Raises:
            InvalidInput: Without a reason.
            Conflict: If its status does not allow it.
            ChangedMeanwhile: If it is no longer what was read.
        """
        return self._judge(item_id, lambda item: lifecycle.rejected(item, approver, reason), read)

    def retire(self, item_id: str, by: str, reason: str, *, read: str | None = None) -> KnowledgeItem:
        """Retire an item with a reason: it is kept, and the next release is without it.

        Raises:
            InvalidInput: Without a reason.
            Conflict: If its status does not allow it.
            ChangedMeanwhile: If it is no longer what was read.
        """
        return self._judge(item_id, lambda item: lifecycle.retired(item, by, reason, self._now()), read)

    def decide_lapse(self, item_id: str, verdict: LapseVerdict, by: str, reason: str = "", *,
                     read: str | None = None) -> KnowledgeItem:
        """Say of an item in use that no longer holds that it is kept all the same, or that one waits for the next run.

        Raises:
            InvalidInput: If it is kept without a reason.
            Conflict: If it is not in use, or holds.
            ChangedMeanwhile: If it is no longer what was read.
        """
        return self._judge(item_id, lambda item: lifecycle.lapse_decided(item, verdict, by, reason, self._now()), read)

    def apply_policy(self, policy: ApprovalPolicy) -> tuple[KnowledgeItem, ...]:
        """Approve what a standing policy admits, in its name and that of the person who set it."""
        known = self._known()
        chosen = policy.chosen(records.item_from(record) for record in known.values())
        approved = [lifecycle.approved(item, policy.set_by, policy=policy.name) for item in chosen]
        steps = [step for item in approved for step in _change(item, known[item.id], self._now())]
        self._graph.write([*self._same_rules(approved), *steps, changed(Edition.KNOWLEDGE)])
        return tuple(approved)

    def _judge(self, item_id: str, verdict: Callable[[KnowledgeItem], KnowledgeItem],
               read: str | None) -> KnowledgeItem:
        before, rules = self._record(item_id), self._graph.read(records.RULES_OF, id=item_id)
        item, drafted = records.item_from(before), [records.rule_from(record) for record in rules]
        judged = verdict(item)
        check_read(item_id, item.statement, item_digest(item, drafted), read)
        check_shapes([judged], "KnowledgeItem")
        same = records.same_rules(zip((rule.id for rule in drafted), rules, strict=True))
        self._graph.write([*same, *_change(judged, before, self._now()), changed(Edition.KNOWLEDGE)])
        return judged

    def _same_rules(self, items: Iterable[KnowledgeItem]) -> list[Statement]:
        """Undo the transaction where a rule of one of the items is changed from now on."""
        rules = [record for item in items for record in self._graph.read(records.RULES_OF, id=item.id)]
        return list(records.same_rules((records.rule_from(record).id, record) for record in rules))

    def _record(self, item_id: str) -> Record:
        found = self._graph.read(records.ITEM, id=item_id)
        if not found:
            raise NotFound(_NO_ITEM.fill(id=item_id), hint=_LIST)
        return found[0]

    def _known(self) -> dict[ItemId, Record]:
        found = self._graph.read(records.ALL_ITEMS)
        return {records.item_from(record).id: record for record in found}


def _why_kept(old: KnowledgeItem, new: KnowledgeItem, mined: Mapping[str, str]) -> Text | None:
    """Why a person's proposal does not take the place of what is known under its id; ``None`` where it may."""
    if old.status is not KnowledgeStatus.PROPOSED:
        return _JUDGED
    if old.id in mined:
        return _MINED.fill(run=mined[old.id])
    return None if old.author == new.author else _OF_ANOTHER.fill(author=old.author)


def _says_nothing_new(before: Record, item: KnowledgeItem) -> bool:
    """Whether the same was proposed again; where a document does not say since when it is true, it was true before."""
    old = records.item_from(before)
    since = old.valid_from if item.valid_from == item.recorded_at else item.valid_from
    return replace(item, valid_from=since, recorded_at=old.recorded_at) == old


def _as_served(item: KnowledgeItem, served: frozenset[ItemId]) -> KnowledgeItem:
    """Which of the two live statuses the item had: releases change that of many at once and write no versions."""
    if item.status not in LIVE:
        return item
    return replace(item, status=KnowledgeStatus.PUBLISHED if item.id in served else KnowledgeStatus.APPROVED)


def _change(item: KnowledgeItem, before: Record, now: int) -> Iterator[Statement]:
    yield from records.update_item(item, before, now)
    yield Statement(records.STATUS_OF_RULES, {"id": item.id, "status": item.status.value})


def _taken_up(items: Iterable[KnowledgeItem], known: Mapping[ItemId, Record], now: int,
              as_of: int | None = None) -> Iterator[Statement]:
    """Items that a run found or a person proposes; what a run measured is kept beside them."""
    for item in items:
        before = known.get(item.id)
        old = None if before is None else records.item_from(before)
        said = measuring.measurement_of(item, now, old, as_of=as_of)
        if item.run_id is not None:
            yield records.put_measurement(said)
        if before is None or old is None:
            yield from records.create_item(item, now)
        else:
            yield from records.update_item(measuring.found_again(old, item, said), before, now)


def _drafts(rules: Iterable[Rule], known: Mapping[ItemId, Record]) -> Iterator[Statement]:
    """The rules of items that nobody has judged yet; what was judged keeps the rule that was judged."""
    for rule in rules:
        judged = [item for item in rule.rests_on
                  if item in known and known[item]["status"] != KnowledgeStatus.PROPOSED]
        if not judged:
            yield from records.put_rule(rule)


def _missed(items: Iterable[KnowledgeItem], refusals: Iterable[Refusal], run: Run, known: Mapping[ItemId, Record],
            now: int) -> Iterator[Statement]:
    """Live items of the kinds that the run looked at and that it did not find."""
    found = {item.id: item.pattern_kind for item in items}
    refused = {refusal.item_id: refusal for refusal in refusals}
    looked_at = set(found.values()) | {refusal.pattern_kind for refusal in refused.values()}
    for item_id, before in known.items():
        old = records.item_from(before)
        if old.status not in LIVE or item_id in found or old.pattern_kind not in looked_at or old.run_id is None:
            continue
        said = measuring.miss_of(old, refused.get(item_id), now, run_id=run.run_id, as_of=run.as_of)
        yield records.put_measurement(said)
        yield from records.update_item(measuring.missed(old, said), before, now)
