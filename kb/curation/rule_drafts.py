"""Hand-written rules: drafts that wait beside what is approved, the verdicts on them, and rules that are retired."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kb.curation import lifecycle, records
from kb.curation.lifecycle import LIVE
from kb.curation.releases import Releases
from kb.curation.review_digest import check_read, draft_digest, says_the_same
from kb.curation.shapes import check_shapes
from kb.errors import Conflict, NotFound
from kb.graph.port import Record, Statement
from kb.graph.state import Edition, changed
from kb.model.ids import RuleId
from kb.model.rule import Rule, RuleDraft
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

_KNOWN = LIVE | {KnowledgeStatus.PROPOSED}
_REPLACED = "another draft took its place"
_NO_RULE = Text(zh="没有规则“{id}”", en="there is no rule '{id}'")
_NO_DRAFT = Text(zh="规则“{id}”没有等待审核的草稿", en="no draft of rule '{id}' waits for a verdict")
_LIST = Text(zh="用 GET /v1/rules 或 `zhike rules list` 列出规则",
             en="list them with GET /v1/rules or `zhike rules list`")
_MINED = Text(zh="规则“{id}”依据 {items}，随知识条目一起审核", en="rule '{id}' rests on {items} and lives with it")
_TO_THE_ITEM = Text(zh="请审核该知识条目；要改写规则，请另起编号且不写依据",
                    en="review the knowledge item; a rule of your own needs an id of its own and rests on nothing")


class RuleDrafts(Releases):
    """The hand-written rules of one graph: what is approved, and what waits beside it."""

    def save_rule(self, rule: Rule, approver: str | None = None) -> Rule:
        """Write a hand-written rule: a draft, or approved at once by a second person.

        Raises:
            Forbidden: If the approver wrote it.
            Conflict: If the rule rests on knowledge; such a rule lives with its item.
        """
        return self.save_rules([rule], approver)[0]

    def save_rules(self, rules: Sequence[Rule], approver: str | None = None) -> tuple[Rule, ...]:
        """Write hand-written rules as ``save_rule`` does: all of them, or none.

        A draft leaves what is approved as it is. A draft that waits already, and says the same, is left as it is
        without an approver and approved with one; one that says something else gives way to a new draft, and is kept.
        """
        nodes = self._rule_nodes()
        saved: list[Rule] = []
        steps: list[Statement] = []
        for rule in rules:
            _check_hand_written(rule, nodes.get(rule.id))
            drafts = self.drafts_of(rule.id)  # read once: who waits and the next number are of one moment
            same = next((draft for draft in _waiting(drafts) if says_the_same(draft.rule, rule)), None)
            if approver is None:
                saved.append(replace(rule if same is None else same.rule, status=KnowledgeStatus.PROPOSED))
                steps += [] if same is not None else self._proposed(saved[-1], drafts)
            else:
                saved.append(replace(rule if same is None else same.rule, status=KnowledgeStatus.APPROVED))
                steps += self._approved_at_once(saved[-1], nodes.get(rule.id), same, approver)
        check_shapes(saved, "Rule")
        self._graph.write([*steps, changed(Edition.KNOWLEDGE)])
        return tuple(saved)

    def approve_rule(self, rule_id: str, approver: str, reason: str = "", *, read: str | None = None) -> Rule:
        """Approve the draft of a hand-written rule: the rule says what the draft says, from the next release on.

        Args:
            rule_id: Of the rule.
            approver: A second person.
            reason: What speaks for it.
            read: The digest of the difference that the approver has read (``draft_digest``).

        Raises:
            Forbidden: If the approver wrote it.
            NotFound: If no draft of it waits.
            ChangedMeanwhile: If draft or rule are no longer what was read.
        """
        draft, before = self._draft_of(rule_id), self._rule_nodes().get(RuleId(rule_id))
        lifecycle.check_four_eyes(f"rule '{rule_id}'", draft.rule.author, approver)
        self._check_read(draft.rule, before, read)
        rule = replace(draft.rule, status=KnowledgeStatus.APPROVED)
        self._graph.write([*self._approved_at_once(rule, before, draft, approver, reason), changed(Edition.KNOWLEDGE)])
        return rule

    def reject_rule(self, rule_id: str, approver: str, reason: str, *, read: str | None = None) -> RuleDraft:
        """Reject the draft of a hand-written rule; what is approved goes on.

        Raises:
            InvalidInput: Without a reason.
            NotFound: If no draft of it waits.
            ChangedMeanwhile: If draft or rule are no longer what was read.
        """
        draft = self._draft_of(rule_id)
        self._check_read(draft.rule, self._rule_nodes().get(RuleId(rule_id)), read)
        lifecycle.check_reason(f"rule '{rule_id}'", reason, KnowledgeStatus.REJECTED)
        rejected = self._judged(draft, KnowledgeStatus.REJECTED, approver, reason)
        self._graph.write([records.judge_draft(rejected), changed(Edition.KNOWLEDGE)])
        return rejected

    def retire_rule(self, rule_id: str, by: str, reason: str, *, read: str | None = None) -> Rule:
        """Retire a hand-written rule: it is kept, and the next release is without it; a draft of it still waits.

        Raises:
            InvalidInput: Without a reason.
            NotFound: If no such rule is approved.
            Conflict: If it lives with an item.
            ChangedMeanwhile: If draft or rule are no longer what was read.
        """
        before = self._rule_nodes().get(RuleId(rule_id))
        if before is None:
            raise NotFound(_NO_RULE.fill(id=rule_id), hint=_LIST)
        rule = records.rule_from(before)
        _check_hand_written(rule, before)
        lifecycle.check_step(f"rule '{rule_id}'", rule.status, KnowledgeStatus.RETIRED)
        lifecycle.check_reason(f"rule '{rule_id}'", reason, KnowledgeStatus.RETIRED)
        drafts = self.drafts_of(rule_id)
        waiting = next((draft.rule for draft in _waiting(drafts)), None)
        check_read(rule_id, rule.name, draft_digest(waiting, rule), read)
        retired = replace(rule, status=KnowledgeStatus.RETIRED)
        note = self._judged(RuleDraft(id=_next_draft_id(rule.id, drafts), rule=rule, recorded_at=self._now()),
                            KnowledgeStatus.RETIRED, by, reason)
        self._graph.write([records.retire_rule(rule, before), records.create_draft(note), changed(Edition.KNOWLEDGE)])
        return retired

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id as it is approved, was retired, or waits with its item.

        Raises:
            NotFound: If there is none, or a draft alone.
        """
        found = self._graph.read(records.RULE, id=rule_id)
        if not found:
            raise NotFound(_NO_RULE.fill(id=rule_id), hint=_LIST)
        return records.rule_from(found[0])

    def all_rules(self) -> tuple[Rule, ...]:
        """Every rule that was ever approved or waits with its item, by id, whatever became of it."""
        return tuple(map(records.rule_from, self._graph.read(records.ALL_RULES)))

    def known_rules(self) -> tuple[Rule, ...]:
        """The rules that are approved or served, and those that wait for a verdict with their item, by id."""
        return tuple(rule for rule in self.all_rules() if rule.status in _KNOWN)

    def rules_as_drafted(self) -> tuple[Rule, ...]:
        """The rules as they would stand together if every draft were approved, by id."""
        known = {rule.id: rule for rule in self.known_rules()} | {
            draft.rule.id: draft.rule for draft in self.waiting_drafts()}
        return tuple(known[rule_id] for rule_id in sorted(known))

    def waiting_drafts(self) -> tuple[RuleDraft, ...]:
        """The drafts that wait for a verdict, by rule."""
        found = self._graph.read(records.DRAFTS, status=KnowledgeStatus.PROPOSED.value)
        return tuple(map(records.draft_from, found))

    def count_drafts(self) -> int:
        """How many drafts wait for a verdict."""
        return int(self._graph.read(records.COUNT_DRAFTS, status=KnowledgeStatus.PROPOSED.value)[0]["n"])

    def draft_of(self, rule_id: str) -> RuleDraft | None:
        """The draft of a rule that waits for a verdict."""
        return next(_waiting(self.drafts_of(rule_id)), None)

    def drafts_of(self, rule_id: str) -> tuple[RuleDraft, ...]:
        """Every draft that a rule has had, the latest first, with the verdicts."""
        return self.drafts_of_each([rule_id])[rule_id]

    def drafts_of_each(self, rule_ids: Sequence[str]) -> dict[str, tuple[RuleDraft, ...]]:
        """The same of several rules."""
        found = sorted(map(records.draft_from, self._graph.read(records.DRAFTS_OF, ids=list(rule_ids))),
                       key=lambda draft: -_number(draft))
        return {rule_id: tuple(draft for draft in found if draft.rule.id == rule_id) for rule_id in rule_ids}

    def _proposed(self, rule: Rule, drafts: Sequence[RuleDraft]) -> Iterator[Statement]:
        """A new draft in the place of the one that waits; ``drafts`` are all that the rule has had."""
        for replaced in _waiting(drafts):
            yield records.judge_draft(self._judged(replaced, KnowledgeStatus.RETIRED, rule.author, _REPLACED))
        yield records.create_draft(
            RuleDraft(id=_next_draft_id(rule.id, drafts), rule=rule, recorded_at=self._now()))

    def _approved_at_once(self, rule: Rule, before: Record | None, draft: RuleDraft | None, approver: str,
                          reason: str = "") -> Iterator[Statement]:
        lifecycle.check_four_eyes(f"rule '{rule.id}'", rule.author, approver)
        if draft is not None:
            yield records.judge_draft(self._judged(draft, KnowledgeStatus.APPROVED, approver, reason))
        yield records.save_rule(rule, before)

    def _judged(self, draft: RuleDraft, status: KnowledgeStatus, by: str, reason: str) -> RuleDraft:
        return replace(draft, rule=replace(draft.rule, status=status), judged_at=self._now(), approver=by,
                       reason=reason or None)

    def _draft_of(self, rule_id: str) -> RuleDraft:
        draft = self.draft_of(rule_id)
        if draft is None:
            self._refuse_mined(rule_id)
            raise NotFound(_NO_DRAFT.fill(id=rule_id), hint=_LIST)
        return draft

    def _refuse_mined(self, rule_id: str) -> None:
        """A mined rule that waits is approved with its item: say so."""
        rule = self.rule(rule_id)
        _check_hand_written(rule, None)

    def _check_read(self, draft: Rule, before: Record | None, read: str | None) -> None:
        check_read(draft.id, draft.name, draft_digest(draft, _standing(before)), read)

    def _rule_nodes(self) -> Mapping[RuleId, Record]:
        found = self._graph.read(records.ALL_RULES)
        return {records.rule_from(record).id: record for record in found}


def _standing(before: Record | None) -> Rule | None:
    """What is approved, by the node that was read."""
    rule = None if before is None else records.rule_from(before)
    return rule if rule is not None and rule.status in LIVE else None


def _waiting(drafts: Iterable[RuleDraft]) -> Iterator[RuleDraft]:
    return (draft for draft in drafts if draft.rule.status is KnowledgeStatus.PROPOSED)


def _next_draft_id(rule_id: RuleId, drafts: Iterable[RuleDraft]) -> str:
    return f"{rule_id}#{1 + max(map(_number, drafts), default=0)}"


def _number(draft: RuleDraft) -> int:
    return int(draft.id.rpartition("#")[2])


def _check_hand_written(rule: Rule, node: Record | None) -> None:
    rests_on = rule.rests_on or (() if node is None else records.rule_from(node).rests_on)
    if rests_on:
        raise Conflict(_MINED.fill(id=rule.id, items=", ".join(rests_on)), hint=_TO_THE_ITEM)
