"""Nouns of curation as nodes of the graph, and back: every statement that writes one, every query that reads one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from kb.curation.lifecycle import LIVE
from kb.graph.port import Record, Statement
from kb.model.action import Action
from kb.model.codec import from_json, to_json
from kb.model.knowledge import KnowledgeItem
from kb.model.measurement import Measurement
from kb.model.pattern import Refusal, Run
from kb.model.rule import Recommend, Rule, RuleDraft
from kb.model.strength import measured_strength
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

_ITEM_COLUMNS = ("kind", "pattern_kind", "status", "subject", "statement_zh", "statement_en", "strength", "standing",
                 "valid_from", "valid_to", "recorded_at", "retired_at", "measured_at", "author", "approver", "run_id",
                 "body")
_SET_ITEM = ", ".join(f"i.{name} = ${name}" for name in _ITEM_COLUMNS)

CREATE_ITEM = f"CREATE (i:KnowledgeItem {{id: $id}}) SET {_SET_ITEM}"
UPDATE_ITEM = f"""
    MATCH (i:KnowledgeItem {{id: $id}}) WHERE i.body = $before AND i.status = $status_before
    SET {_SET_ITEM} RETURN i.id AS id"""
MERGE_RULE = """
    MERGE (r:Rule {id: $id}) SET r.status = $status, r.level = $level, r.action = $action, r.body = $body"""
_CREATE_RULE = """
    CREATE (r:Rule {id: $id}) SET r.status = $status, r.level = $level, r.action = $action, r.body = $body"""
_UPDATE_RULE = """
    MATCH (r:Rule {id: $id}) WHERE r.body = $before AND r.status IN $statuses_before
    SET r.status = $status, r.level = $level, r.action = $action, r.body = $body RETURN r.id AS id"""
_RETIRE_RULE = """
    MATCH (r:Rule {id: $id}) WHERE r.body = $before AND r.status = $status_before
    SET r.status = $status RETURN r.id AS id"""
_SAME_RULE = "MATCH (r:Rule {id: $id}) WHERE r.body = $body RETURN r.id AS id"
_CREATE_DRAFT = """
    CREATE (d:RuleDraft {draft_id: $draft_id})
    SET d.rule_id = $rule_id, d.status = $status, d.recorded_at = $recorded_at, d.judged_at = $judged_at,
        d.approver = $approver, d.reason = $reason, d.body = $body"""
_JUDGE_DRAFT = """
    MATCH (d:RuleDraft {draft_id: $draft_id}) WHERE d.status = $waits
    SET d.status = $status, d.judged_at = $judged_at, d.approver = $approver, d.reason = $reason
    RETURN d.draft_id AS id"""
_DRAFT = """d.draft_id AS draft_id, d.status AS status, d.recorded_at AS recorded_at, d.judged_at AS judged_at,
    d.approver AS approver, d.reason AS reason, d.body AS body"""
_REST = "MATCH (r:Rule {id: $rule}), (i:KnowledgeItem {id: $item}) MERGE (r)-[:RESTS_ON]->(i)"
STATUS_OF_RULES = "MATCH (r:Rule)-[:RESTS_ON]->(i:KnowledgeItem {id: $id}) SET r.status = $status"
_MERGE_ACTION = "MERGE (a:Action {id: $id}) SET a.family = $family, a.body = $body"
_RECOMMEND = "MATCH (r:Rule {id: $rule}), (a:Action {id: $action}) MERGE (r)-[:RECOMMENDS]->(a)"
_MERGE_REFUSAL = """
    MERGE (f:Refusal {id: $id}) SET f.run_id = $run_id, f.pattern_kind = $pattern_kind, f.body = $body"""
_MERGE_RUN = "MERGE (r:Run {run_id: $run_id}) SET r.as_of = $as_of, r.started_at = $started_at, r.body = $body"
_MERGE_DATASET = "MERGE (d:Dataset {digest: $digest}) SET d.name = $name"
_USE = "MATCH (r:Run {run_id: $run_id}), (d:Dataset {digest: $digest}) MERGE (r)-[:USED]->(d)"
_MINE = "MATCH (i:KnowledgeItem {id: $item}), (r:Run {run_id: $run_id}) MERGE (i)-[:MINED_BY]->(r)"
_MERGE_VERSION = """
    MERGE (v:KnowledgeVersion {version_id: $id}) SET v.item_id = $item, v.known_from = $now, v.body = $body"""

_MERGE_MEASUREMENT = """
    MERGE (m:Measurement {measurement_id: $id}) SET m.item_id = $item, m.as_of = $as_of, m.body = $body"""

_CHANGED_RULE = Text(zh="规则“{id}”刚被别人改动", en="rule '{id}' was changed by somebody else meanwhile")
_JUDGED_DRAFT = Text(zh="规则“{id}”的草稿刚有了审核结果", en="the draft of rule '{id}' has had its verdict meanwhile")
_CHANGED_ITEM = Text(zh="知识“{id}”刚被别人改动", en="item '{id}' was changed by somebody else meanwhile")

ITEM = "MATCH (i:KnowledgeItem {id: $id}) RETURN i.body AS body, i.status AS status"
ALL_ITEMS = "MATCH (i:KnowledgeItem) RETURN i.body AS body, i.status AS status"
RULE = "MATCH (r:Rule {id: $id}) RETURN r.body AS body, r.status AS status"
VERSIONS = """
    MATCH (v:KnowledgeVersion) WHERE v.known_from <= $known_at
    RETURN v.item_id AS item, v.known_from AS known_from, v.body AS body"""
MEASUREMENTS = "MATCH (m:Measurement) WHERE m.item_id = $id RETURN m.body AS body ORDER BY m.as_of, m.measurement_id"
LAPSED = """
    MATCH (i:KnowledgeItem) WHERE i.valid_to IS NOT NULL AND i.status IN $statuses
    RETURN i.body AS body, i.status AS status"""
ALL_RULES = "MATCH (r:Rule) RETURN r.body AS body, r.status AS status ORDER BY r.id"
DRAFTS = f"MATCH (d:RuleDraft) WHERE d.status = $status RETURN {_DRAFT} ORDER BY d.rule_id"
DRAFTS_OF = f"MATCH (d:RuleDraft) WHERE d.rule_id IN $ids RETURN {_DRAFT}"
COUNT_DRAFTS = "MATCH (d:RuleDraft) WHERE d.status = $status RETURN count(d) AS n"
RULES_OF = """
    MATCH (r:Rule)-[:RESTS_ON]->(i:KnowledgeItem {id: $id}) RETURN r.body AS body, r.status AS status ORDER BY r.id"""
RULES_OF_EACH = """
    MATCH (r:Rule)-[:RESTS_ON]->(i:KnowledgeItem) WHERE i.id IN $ids
    RETURN i.id AS item, r.body AS body, r.status AS status ORDER BY r.id"""
RUN = "MATCH (r:Run {run_id: $id}) RETURN r.body AS body"
MINED = "MATCH (i:KnowledgeItem)-[:MINED_BY]->(r:Run) RETURN i.id AS id, r.run_id AS run_id ORDER BY r.started_at"
LATEST_RUN = "MATCH (r:Run) RETURN r.run_id AS run_id ORDER BY r.started_at DESC, r.run_id LIMIT 1"
REFUSALS = "MATCH (f:Refusal) WHERE f.run_id = $run_id RETURN f.body AS body ORDER BY f.id"


def item_from(record: Record) -> KnowledgeItem:
    """The item of a node; releases change the status of many at once, so the column tells it, not the body."""
    return replace(from_json(record["body"], KnowledgeItem), status=KnowledgeStatus(record["status"]))


def rule_from(record: Record) -> Rule:
    """The rule of a node."""
    return replace(from_json(record["body"], Rule), status=KnowledgeStatus(record["status"]))


def draft_from(record: Record) -> RuleDraft:
    """The draft of a node."""
    told = {name: record[name] for name in ("recorded_at", "judged_at", "approver", "reason")}
    return RuleDraft(id=record["draft_id"], rule=rule_from(record), **told)


def create_item(item: KnowledgeItem, now: int) -> Iterator[Statement]:
    """Write a new item and its first version."""
    yield Statement(CREATE_ITEM, _item_values(item))
    yield _put_version(item, now)


def update_item(item: KnowledgeItem, before: Record, now: int) -> Iterator[Statement]:
    """Overwrite the item that was read as ``before`` and add a version; undone when somebody changed it in between."""
    values = _item_values(item) | {"before": before["body"], "status_before": before["status"]}
    yield Statement(UPDATE_ITEM, values, guard=_CHANGED_ITEM.fill(id=item.id))
    yield _put_version(item, now)


def put_measurement(said: Measurement) -> Statement:
    """Write what a run measured of an item; the same run again replaces it."""
    return Statement(_MERGE_MEASUREMENT, {"id": said.id, "item": said.item, "as_of": said.as_of, "body": to_json(said)})


def put_rule(rule: Rule) -> Iterator[Statement]:
    """Write a rule and what it rests on."""
    yield Statement(MERGE_RULE, _rule_values(rule))
    for item in rule.rests_on:
        yield Statement(_REST, {"rule": rule.id, "item": item})


def save_rule(rule: Rule, before: Record | None) -> Statement:
    """Write a hand-written rule over the one that was read as ``before``; undone when somebody changed it in between.

    What is served goes on being served under its id until the next release, so that its node stays *published*.
    """
    if before is None:
        return Statement(_CREATE_RULE, _rule_values(rule))  # a rule that somebody else wrote meanwhile is a conflict
    is_served = before["status"] == KnowledgeStatus.PUBLISHED
    statuses = sorted(LIVE) if before["status"] in LIVE else [before["status"]]
    values = _rule_values(rule) | {"before": before["body"], "statuses_before": statuses} | (
        {"status": before["status"]} if is_served else {})
    return Statement(_UPDATE_RULE, values, guard=_CHANGED_RULE.fill(id=rule.id))


def retire_rule(rule: Rule, before: Record) -> Statement:
    """Let a rule be in no later release; undone when somebody changed it in between."""
    return Statement(_RETIRE_RULE, {"id": rule.id, "before": before["body"], "status_before": before["status"],
                                    "status": KnowledgeStatus.RETIRED.value}, guard=_CHANGED_RULE.fill(id=rule.id))


def same_rules(records: Iterable[tuple[str, Record]]) -> Iterator[Statement]:
    """Undo the transaction where one of the rules no longer says what was read."""
    for rule_id, record in records:
        yield Statement(_SAME_RULE, {"id": rule_id, "body": record["body"]}, guard=_CHANGED_RULE.fill(id=rule_id))


def create_draft(draft: RuleDraft) -> Statement:
    """Write a new draft; a conflict where somebody else wrote one of that number."""
    return Statement(_CREATE_DRAFT, _draft_values(draft))


def judge_draft(draft: RuleDraft) -> Statement:
    """Write the verdict on a draft; undone when it has had one."""
    values = {name: value for name, value in _draft_values(draft).items()
              if name in {"draft_id", "status", "judged_at", "approver", "reason"}}
    return Statement(_JUDGE_DRAFT, values | {"waits": KnowledgeStatus.PROPOSED.value},
                     guard=_JUDGED_DRAFT.fill(id=draft.rule.id))


def put_action(action: Action) -> Statement:
    """Write an action of the catalogue."""
    return Statement(_MERGE_ACTION, {"id": action.id, "family": action.family.value, "body": to_json(action)})


def link_actions(rules: Iterable[Rule]) -> Iterator[Statement]:
    """Join each recommending rule to its action."""
    for rule in rules:
        if isinstance(rule.then, Recommend):
            yield Statement(_RECOMMEND, {"rule": rule.id, "action": rule.then.action})


def put_run(run: Run, items: Iterable[KnowledgeItem], refusals: Iterable[Refusal]) -> Iterator[Statement]:
    """Write a run, the snapshots it used, the items it measured and the patterns it refused."""
    yield Statement(_MERGE_RUN, {"run_id": run.run_id, "as_of": run.as_of, "started_at": run.started_at,
                                 "body": to_json(run)})
    for dataset in run.datasets:
        yield Statement(_MERGE_DATASET, {"digest": dataset.digest, "name": dataset.name})
        yield Statement(_USE, {"run_id": run.run_id, "digest": dataset.digest})
    for item in items:
        yield Statement(_MINE, {"item": item.id, "run_id": run.run_id})
    for refusal in refusals:
        yield Statement(_MERGE_REFUSAL, {"id": f"{run.run_id}:{refusal.item_id}", "run_id": run.run_id,
                                         "pattern_kind": refusal.pattern_kind.value, "body": to_json(refusal)})


def _put_version(item: KnowledgeItem, now: int) -> Statement:
    """The item as it is known from now on; of several versions within one second the last one counts."""
    return Statement(_MERGE_VERSION, {"id": f"{item.id}@{now}", "item": item.id, "now": now, "body": to_json(item)})


def _item_values(item: KnowledgeItem) -> dict[str, Any]:
    """The columns of an item; ``strength`` is as the last run measured it, for the order of listings."""
    texts = {"statement_zh": item.statement.zh, "statement_en": item.statement.en, "body": to_json(item),
             "strength": measured_strength(item)}
    return {"id": item.id, **{name: texts[name] if name in texts else getattr(item, name) for name in _ITEM_COLUMNS}}


def _rule_values(rule: Rule) -> dict[str, Any]:
    action = rule.then.action if isinstance(rule.then, Recommend) else None
    return {"id": rule.id, "status": rule.status.value, "level": rule.level.value, "action": action,
            "body": to_json(rule)}


def _draft_values(draft: RuleDraft) -> dict[str, Any]:
    return {"draft_id": draft.id, "rule_id": draft.rule.id, "status": draft.rule.status.value,
            "recorded_at": draft.recorded_at, "judged_at": draft.judged_at, "approver": draft.approver,
            "reason": draft.reason, "body": to_json(draft.rule)}
