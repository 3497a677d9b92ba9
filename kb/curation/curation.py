"""Proposing, reviewing and retiring knowledge and rules; publishing is in ``releases``."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from kb.curation import lifecycle, records
from kb.curation.approval import ApprovalPolicy
from kb.curation.lifecycle import LIVE
from kb.curation.listing import ALL, Asked, Page, list_items, page_of
from kb.curation.releases import Releases
from kb.curation.shapes import check_shapes
from kb.errors import Conflict, NotFound
from kb.facts.moment import Moment
from kb.graph.port import Record, Statement
from kb.graph.state import Edition, changed
from kb.graph.twin import live_table
from kb.model.codec import from_json
from kb.model.ids import ItemId
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Refusal, Run
from kb.model.rule import Rule
from ontology.vocabulary import KnowledgeStatus, Standing

_HOLDERS = "MATCH (c:Customer)-[h:{holds}]->(i:KnowledgeItem {{id: $id}}) RETURN count(c) AS n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item with everything it can be walked to.

    Args:
        run: That measured it; ``None`` for a person's experience.
        holders: Customers it holds for, by the last run.
    """

    item: KnowledgeItem
    rules: tuple[Rule, ...]
    run: Run | None
    holders: int


class Curation(Releases):
    """The knowledge of one graph and its life; ``now`` is the wall clock, when something becomes known to us."""

    def propose(self, items: Sequence[KnowledgeItem], rules: Sequence[Rule] = (), refusals: Sequence[Refusal] = (),
                run: Run | None = None) -> None:
        """Take up what a run found, or what a person proposes; the same again changes nothing but measures.

        A live item of a kind that the run looked at and did not find again stays live and gets another standing
        (``lifecycle.not_found_again``).

        Raises:
            ShapeViolation: If a record does not fit its shape; nothing is written then.
        """
        for nouns, shape in ((items, "KnowledgeItem"), (rules, "Rule"), (refusals, "Refusal")):
            check_shapes(nouns, shape)
        known = self._known()
        statements = [*_taken_up(items, known, self._now()), *_drafts(rules, known)]
        if run is not None:
            check_shapes([run], "Run")
            statements += [*_missed(items, refusals, run, known, self._now()),
                           *records.put_run(run, items, refusals)]
        self._graph.write([*statements, changed(Edition.KNOWLEDGE)])

    def items(self, asked: Asked = ALL, *, cursor: str = "", limit: int = 50, past: Moment | None = None) -> Page:
        """Items by status, kind of pattern and words, strongest first, page by page; with ``past``, as they were then.

        Raises:
            InvalidInput: For a cursor that no listing gave.
        """
        if past is None:
            return list_items(self._graph, asked, cursor=cursor, limit=limit)
        known = self.items_known(past.seen_until).values()
        return page_of([item for item in known if past.is_valid(item.valid_from, item.valid_to)], asked,
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
        holders = self._graph.read(_HOLDERS.format(holds=live_table(self._graph)), id=item_id)
        return ItemRecord(
            item=item,
            rules=tuple(records.rule_from(record) for record in self._graph.read(records.RULES_OF, id=item_id)),
            run=from_json(run[0]["body"], Run) if run else None,
            holders=int(holders[0]["n"]),
        )

    def judged_ids(self) -> frozenset[ItemId]:
        """Ids of the items that have had a verdict: a run measures them again, and they are no news."""
        return frozenset(item_id for item_id, record in self._known().items()
                         if record["status"] != KnowledgeStatus.PROPOSED)

    def refusals(self, run_id: str | None = None) -> tuple[Refusal, ...]:
        """What the gate refused in a run; in the latest one where none is named."""
        latest = self._graph.read(records.LATEST_RUN) if run_id is None else [{"run_id": run_id}]
        return tuple(from_json(record["body"], Refusal)
                     for run in latest for record in self._graph.read(records.REFUSALS, run_id=run["run_id"]))

    def approve(self, item_id: str, approver: str, reason: str = "") -> KnowledgeItem:
        """Approve an item, and with it the rules that rest on it.

        Raises:
            Forbidden: If the approver proposed it.
            Conflict: If its status does not allow it.
        """
        return self._judge(item_id, lambda item: lifecycle.approved(item, approver, reason))

    def reject(self, item_id: str, approver: str, reason: str) -> KnowledgeItem:
        """Reject an item with a reason.

        Raises:
            InvalidInput: Without a reason.
            Conflict: If its status does not allow it.
        """
        return self._judge(item_id, lambda item: lifecycle.rejected(item, approver, reason))

    def retire(self, item_id: str, by: str, reason: str = "") -> KnowledgeItem:
        """Retire an item: it is kept, and the next release is without it.

        Raises:
            Conflict: If its status does not allow it.
        """
        said = f"{reason} ({by})" if reason else f"({by})"
        return self._judge(item_id, lambda item: lifecycle.retired(item, said, self._now()))

    def apply_policy(self, policy: ApprovalPolicy) -> tuple[KnowledgeItem, ...]:
        """Approve what a standing policy admits, in its name and that of the person who set it."""
        known = self._known()
        chosen = policy.chosen(records.item_from(record) for record in known.values())
        approved = [lifecycle.approved(item, policy.set_by, policy=policy.name) for item in chosen]
        steps = [step for item in approved for step in _change(item, known[item.id], self._now())]
        self._graph.write([*steps, changed(Edition.KNOWLEDGE)])
        return tuple(approved)

    def save_rule(self, rule: Rule, approver: str | None = None) -> Rule:
        """Write a hand-written rule: a draft, or approved at once by a second person.

        Raises:
            Forbidden: If the approver wrote it.
            Conflict: If the rule rests on knowledge; such a rule lives with its item.
        """
        return self.save_rules([rule], approver)[0]

    def save_rules(self, rules: Sequence[Rule], approver: str | None = None) -> tuple[Rule, ...]:
        """Write hand-written rules as ``save_rule`` does: all of them, or none."""
        status = KnowledgeStatus.PROPOSED if approver is None else KnowledgeStatus.APPROVED
        for rule in rules:
            _check_hand_written(rule, approver)
        saved = tuple(replace(rule, status=status) for rule in rules)
        check_shapes(saved, "Rule")
        self._graph.write([step for rule in saved for step in records.put_rule(rule)])
        return saved

    def approve_rule(self, rule_id: str, approver: str) -> Rule:
        """Approve a hand-written rule.

        Raises:
            Forbidden: If the approver wrote it.
            Conflict: If its status does not allow it, or it lives with an item.
        """
        rule = self.rule(rule_id)
        lifecycle.check_step(f"rule '{rule_id}'", rule.status, KnowledgeStatus.APPROVED)
        return self.save_rule(rule, approver)

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id.

        Raises:
            NotFound: If there is none.
        """
        found = self._graph.read(records.RULE, id=rule_id)
        if not found:
            msg = f"there is no rule '{rule_id}'"
            raise NotFound(msg)
        return records.rule_from(found[0])

    def drafts(self) -> tuple[Rule, ...]:
        """The rules that are live or may become so, by id: approved, published or waiting for a verdict."""
        known = (records.rule_from(record) for record in self._graph.read(records.ALL_RULES))
        return tuple(rule for rule in known if rule.status in LIVE or rule.status is KnowledgeStatus.PROPOSED)

    def _judge(self, item_id: str, verdict: Callable[[KnowledgeItem], KnowledgeItem]) -> KnowledgeItem:
        before = self._record(item_id)
        judged = verdict(records.item_from(before))
        check_shapes([judged], "KnowledgeItem")
        self._graph.write([*_change(judged, before, self._now()), changed(Edition.KNOWLEDGE)])
        return judged

    def _record(self, item_id: str) -> Record:
        found = self._graph.read(records.ITEM, id=item_id)
        if not found:
            msg = f"there is no knowledge item '{item_id}'"
            raise NotFound(msg, hint="list them with GET /v1/knowledge or `zhike knowledge list`")
        return found[0]

    def _known(self) -> dict[ItemId, Record]:
        found = self._graph.read(records.ALL_ITEMS)
        return {records.item_from(record).id: record for record in found}


def _check_hand_written(rule: Rule, approver: str | None) -> None:
    if rule.rests_on:
        msg = f"rule '{rule.id}' rests on {', '.join(rule.rests_on)} and is approved with it"
        raise Conflict(msg, hint="approve the knowledge item")
    if approver is not None:
        lifecycle.check_four_eyes(f"rule '{rule.id}'", rule.author, approver)


def _as_served(item: KnowledgeItem, served: frozenset[ItemId]) -> KnowledgeItem:
    """Which of the two live statuses the item had: releases change that of many at once and write no versions."""
    if item.status not in LIVE:
        return item
    return replace(item, status=KnowledgeStatus.PUBLISHED if item.id in served else KnowledgeStatus.APPROVED)


def _change(item: KnowledgeItem, before: Record, now: int) -> Iterator[Statement]:
    yield from records.update_item(item, before, now)
    yield Statement(records.STATUS_OF_RULES, {"id": item.id, "status": item.status.value})


def _taken_up(items: Iterable[KnowledgeItem], known: Mapping[ItemId, Record], now: int) -> Iterator[Statement]:
    for item in items:
        if item.id not in known:
            yield from records.create_item(item, now)
            continue
        before = known[item.id]
        again = lifecycle.measured_again(records.item_from(before), item, now)
        yield from records.update_item(again, before, now)


def _drafts(rules: Iterable[Rule], known: Mapping[ItemId, Record]) -> Iterator[Statement]:
    """The rules of items that nobody has judged yet; what was judged keeps the rule that was judged."""
    for rule in rules:
        judged = [item for item in rule.rests_on
                  if item in known and known[item]["status"] != KnowledgeStatus.PROPOSED]
        if not judged:
            yield from records.put_rule(rule)


def _missed(items: Iterable[KnowledgeItem], refusals: Iterable[Refusal], run: Run, known: Mapping[ItemId, Record],
            now: int) -> Iterator[Statement]:
    found = {item.id: item.pattern_kind for item in items}
    refused = {refusal.item_id: refusal for refusal in refusals}
    looked_at = set(found.values()) | {refusal.pattern_kind for refusal in refused.values()}
    for item_id, before in known.items():
        old = records.item_from(before)
        if old.status not in LIVE or item_id in found or old.pattern_kind not in looked_at or old.run_id is None:
            continue
        refusal = refused.get(item_id)
        standing = Standing.UNTESTED if refusal is None else Standing.CONTRADICTED
        why = "not found again" if refusal is None else refusal.reason.en
        missed = lifecycle.not_found_again(old, standing, now, run_id=run.run_id, why=why)
        yield from records.update_item(missed, before, now)
