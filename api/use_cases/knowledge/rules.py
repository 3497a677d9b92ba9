"""Rules as managers act on them: listed, compared with their drafts, judged; out to a file and in again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import ndiff
from functools import partial
from itertools import chain
from pathlib import Path

from api.use_cases.knowledge.reviewing import verdict_of
from api.use_cases.views import Json, rule_json
from kb.curation.curation import Curation
from kb.curation.lifecycle import LIVE
from kb.curation.review_digest import draft_digest, says_the_same
from kb.errors import NotFound
from kb.facts.home_tables import HomeTables
from kb.graph.port import Graph
from kb.local_ontology import LocalOntology
from kb.model.codec import to_plain
from kb.model.ids import RuleId
from kb.model.pattern import iso_instant
from kb.model.rule import Rule, RuleDraft
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus
from rules.explain import sentence
from rules.formats.files import rules_from_bytes, rules_to_bytes
from rules.formats.sentences import to_sentence
from rules.lint import check_release, demand_sound
from rules.packs.pack import load_pack

_SHOWN = LIVE | {KnowledgeStatus.PROPOSED}
_WHERE = Text(zh="摘要随规则一起给出：GET /v1/rules/{id}，或 `zhike rules show {id}`",
              en="the rule comes with it: GET /v1/rules/{id}, or `zhike rules show {id}`")
_NO_RULE = Text(zh="没有规则“{id}”", en="there is no rule '{id}'")
_LIST = Text(zh="用 GET /v1/rules 列出规则", en="list them with GET /v1/rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one base."""

    curation: Curation
    graph: Graph
    ontology: LocalOntology
    tables: HomeTables

    def listed(self, status: KnowledgeStatus | None = None, q: str = "", *, cursor: str = "", limit: int = 100) -> Json:
        """Rules by id, each with the draft of it that waits; what is retired or was rejected only where asked for.

        Args:
            status: Rules of that status; *proposed* are those with a draft, and mined ones that wait with their item.
            q: Words of the id or of the name in either language, whatever their case.
            cursor: Id of the last rule of the page before.
            limit: The most rules of a page.
        """
        waiting = {draft.rule.id: draft for draft in self.curation.waiting_drafts()}
        known = {rule.id: rule for rule in self.curation.all_rules()}
        found = [rule_id for rule_id in sorted(known.keys() | waiting.keys())
                 if _is_asked_for(known.get(rule_id), waiting.get(rule_id), status, q) and rule_id > cursor]
        row = self._rows()
        rows = [row(known.get(rule_id), waiting.get(rule_id)) for rule_id in found[:limit]]
        return {"rules": rows, "next": found[limit - 1] if len(found) > limit else None, "waiting": len(waiting)}

    def one(self, rule_id: str) -> Json:
        """A rule with the draft of it that waits, line by line beside what is approved, and the drafts it has had.

        Raises:
            NotFound: If there is no such rule, and no draft of one.
        """
        curation = self.curation
        drafts = curation.drafts_of(rule_id)
        known = None
        with suppress(NotFound):
            known = curation.rule(rule_id)
        if known is None and not drafts:
            raise NotFound(_NO_RULE.fill(id=rule_id), hint=_LIST)
        return self._one(known, drafts, self._rows())

    def _one(self, known: Rule | None, drafts: Sequence[RuleDraft], row: "_Row") -> Json:
        waiting = next((draft for draft in drafts if draft.rule.status is KnowledgeStatus.PROPOSED), None)
        shown = known or (waiting or drafts[0]).rule
        return {**row(known or shown, waiting, is_known=known is not None),
                "text": {language: self._text(shown, language) for language in ("zh", "en")},
                "tree": to_plain(shown),
                "difference": None if waiting is None else self._difference(_standing(known), waiting.rule),
                "history": [_verdict_json(draft) for draft in drafts if draft is not waiting]}

    def waiting(self, most: int) -> list[Json]:
        """The first rules with a draft that waits for a verdict, as ``one`` tells each."""
        row, curation = self._rows(), self.curation
        known = {rule.id: rule for rule in curation.all_rules()}
        drafts = curation.drafts_of_each([draft.rule.id for draft in curation.waiting_drafts()[:most]])
        return [self._one(known.get(RuleId(rule_id)), had, row) for rule_id, had in drafts.items()]

    def count_waiting(self) -> int:
        """How many drafts wait for a verdict."""
        return self.curation.count_drafts()

    def review(self, rule_id: str, verdict: str, reason: str, reviewer: str, *, read: str | None = None) -> Json:
        """Approve or reject the draft of a rule, or retire what is approved; the rule as it stands afterwards.

        Args:
            rule_id: Of the rule.
            verdict: ``approve``, ``reject`` or ``retire``.
            reason: Why; only an approval needs none.
            reviewer: Who judges; nobody approves their own draft.
            read: The digest that came with what the reviewer has read; an approval names it.
        """
        curation = self.curation
        act = verdict_of(verdict, {"approve": self._approve, "reject": curation.reject_rule,
                                   "retire": curation.retire_rule}, read=read, where=_WHERE.fill(id=rule_id))
        act(rule_id, reviewer, reason, read=read)
        return self.one(rule_id)

    def findings(self) -> list[Json]:
        """What is wrong, or looks wrong, with the rules as they are approved, and as they would be with every draft."""
        curation = self.curation
        actions = {action.id: action for action in load_pack().actions}
        labels = {**self.ontology.labels(), **{str(name): action.name for name, action in actions.items()}}
        check = partial(check_release, schema=self.ontology.schema, actions=actions, labels=labels)
        together = [curation.known_rules(), *([curation.rules_as_drafted()] if curation.count_drafts() else [])]
        found = dict.fromkeys(chain.from_iterable(map(check, map(curation.with_constants, together))))
        return [to_plain(finding) for finding in sorted(found, key=lambda one: (one.severity, one.rule_id or ""))]

    def adopt_shipped(self, approver: str) -> int:
        """Write the shipped rules about what the base holds, approved by a person; how many are new."""
        known = {row["id"] for row in self.graph.read("MATCH (r:Rule) RETURN r.id AS id")}
        with self.tables.open() as tables:
            held = {data.name for data in tables.datasets}
        fresh = [rule for rule in load_pack(tables=held).rules if rule.id not in known]
        for rule in fresh:
            self.curation.save_rule(rule, approver)
        return len(fresh)

    def exported(self, name: str, language: str) -> tuple[bytes, Json]:
        """Rules that are approved or wait with their item, and drafts of rules that are new, as a file of that name.

        Returns:
            The content; and how many ``rules`` it has, and the rules of which a changed draft is ``waiting`` and was
            left out.

        Raises:
            InvalidInput: The suffix is none of ``rules.formats.files``.
        """
        known = {rule.id: rule for rule in self.curation.known_rules()}
        drafts = {draft.rule.id: draft.rule for draft in self.curation.waiting_drafts()}
        rules = [rule for _, rule in sorted((drafts | known).items())]
        written = rules_to_bytes(Path(name), rules, self.ontology.schema, language)
        return written, {"file": name, "rules": len(rules), "waiting": sorted(drafts.keys() & known.keys())}

    def take_in(self, content: bytes, name: str, author: str, approver: str | None = None) -> Json:
        """Write what is new or changed in a file: all of it, or nothing.

        Author and status are not taken from the file. What says the same as before is left as it is; what is
        approved stays until a second person has approved the draft.

        Args:
            content: As ``exported`` makes it.
            name: Of the file; its suffix tells the form.
            author: Who wrote the rules.
            approver: A second person who approves them; ``None``: they are drafts.

        Returns:
            The ids of the ``new`` and the ``changed`` rules that were written, how many were left ``unchanged``, of
            which of these a draft goes on ``waiting``, and the ``status`` of what was written.

        Raises:
            InvalidRule: A rule cannot be read or never fires, or would not stand together with those of the base.
            Conflict: A changed rule lives with its knowledge.
            Forbidden: The approver wrote them.
        """
        read = rules_from_bytes(content, Path(name), self.ontology.schema)
        curation = self.curation
        known = {rule.id: rule for rule in curation.known_rules()}
        drafted = {draft.rule.id: draft.rule for draft in curation.waiting_drafts()}
        self._check(read, known if approver is not None else known | drafted)
        stays = drafted if approver is None else {}
        fresh = [replace(rule, author=author) for rule in read
                 if not any(rule.id in others and says_the_same(rule, others[rule.id]) for others in (known, stays))]
        saved = curation.save_rules(fresh, approver) if fresh else ()
        written = {rule.id for rule in saved}
        return {"new": [rule.id for rule in saved if rule.id not in known],
                "changed": [rule.id for rule in saved if rule.id in known], "unchanged": len(read) - len(saved),
                "waiting": [rule.id for rule in read if rule.id in drafted and rule.id not in written],
                "status": (KnowledgeStatus.PROPOSED if approver is None else KnowledgeStatus.APPROVED).value}

    def _approve(self, rule_id: str, approver: str, reason: str, *, read: str | None) -> Rule:
        """Approve a draft, unless it could not be served beside the rules that are approved."""
        curation = self.curation
        draft = curation.draft_of(rule_id)
        if draft is not None:
            self._check([draft.rule], {rule.id: rule for rule in curation.known_rules()})
        return curation.approve_rule(rule_id, approver, reason, read=read)

    def _check(self, read: Sequence[Rule], known: Mapping[RuleId, Rule]) -> None:
        others = [rule for rule in known.values() if rule.id not in {other.id for other in read}]
        demand_sound([*read, *others], self.ontology.schema, {action.id: action for action in load_pack().actions},
                     before=known.values())

    def _rows(self) -> "_Row":
        """How rules are told now: what is read for all of them is read once."""
        curation = self.curation
        live = curation.live()
        actions = {str(action.id): action.name for action in load_pack().actions}
        return _Row(live={} if live is None else {rule.id: rule for rule in live.rules},
                    say=partial(sentence, schema=self.ontology.schema, labels={**self.ontology.labels(), **actions}),
                    with_constants=curation.constants())

    def _text(self, rule: Rule, language: str) -> str:
        return to_sentence(replace(rule, status=KnowledgeStatus.PROPOSED), self.ontology.schema, language)

    def _difference(self, before: Rule | None, after: Rule) -> Json:
        """Line by line in either language: what both say, what is added and what is taken away."""
        return {language: list(_lines("" if before is None else self._text(before, language),
                                      self._text(after, language))) for language in ("zh", "en")}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Tells a rule and the draft of it.

    Args:
        live: The rules of the live release.
        say: The sentence of a rule.
        with_constants: A rule with what the base makes of its quantiles.
    """

    live: Mapping[RuleId, Rule]
    say: Callable[[Rule], Text]
    with_constants: Callable[[Rule], Rule]

    def __call__(self, known: Rule | None, waiting: RuleDraft | None, *, is_known: bool = True) -> Json:
        """A rule with its draft; ``is_known`` is false where ``known`` is itself a draft, and no rule."""
        shown = known if known is not None or waiting is None else waiting.rule
        assert shown is not None  # noqa: S101 - a row is of a rule or of a draft
        told = self.with_constants(shown)
        draft = None if waiting is None else {
            "id": waiting.id, "author": waiting.rule.author, "recorded_at": _instant(waiting.recorded_at),
            "name": to_plain(waiting.rule.name),
            "sentence": to_plain(self.say(self.with_constants(waiting.rule)))}
        return {**rule_json(shown, self.say(told)), "status": self._status(told), "draft": draft,
                "digest": draft_digest(None if waiting is None else waiting.rule,
                                       _standing(known if is_known else None))}

    def _status(self, rule: Rule) -> str:
        """As people mean it: a rule is published where the live release says what publishing it would say."""
        compiled = self.live.get(rule.id)
        if rule.status not in LIVE:
            return rule.status.value
        is_served = compiled is not None and says_the_same(rule, compiled)
        return (KnowledgeStatus.PUBLISHED if is_served else KnowledgeStatus.APPROVED).value


def _lines(before: str, after: str) -> Iterator[Json]:
    for line in ndiff(before.splitlines(), after.splitlines()):
        if line[0] != "?":
            yield {"mark": {" ": "same", "+": "added", "-": "removed"}[line[0]], "text": line[2:]}


def _is_asked_for(rule: Rule | None, waiting: RuleDraft | None, status: KnowledgeStatus | None, q: str) -> bool:
    told = [one for one in (rule, None if waiting is None else waiting.rule) if one is not None]
    statuses = {one.status for one in told}
    words = q.strip().lower()
    return (bool(statuses & _SHOWN) if status is None else status in statuses) and any(
        words in text.lower() for one in told for text in (one.id, one.name.zh, one.name.en))


def _standing(known: Rule | None) -> Rule | None:
    return known if known is not None and known.status in LIVE else None


def _verdict_json(draft: RuleDraft) -> Json:
    return {"id": draft.id, "status": draft.rule.status.value, "author": draft.rule.author,
            "recorded_at": _instant(draft.recorded_at), "judged_at": _instant(draft.judged_at),
            "approver": draft.approver, "reason": draft.reason}


def _instant(epoch_seconds: int | None) -> str | None:
    return None if epoch_seconds is None else iso_instant(epoch_seconds)
