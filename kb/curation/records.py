"""Nouns of curation as nodes of the graph, and back: every statement that writes one, every query that reads one."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from kb.graph.port import Record, Statement
from kb.model.action import Action
from kb.model.codec import from_json, to_json
from kb.model.knowledge import KnowledgeItem
from kb.model.pattern import Refusal, Run
from kb.model.rule import Recommend, Rule
from ontology.vocabulary import KnowledgeStatus

_ITEM_COLUMNS = ("kind", "pattern_kind", "status", "subject", "statement_zh", "statement_en", "strength", "standing",
                 "valid_from", "valid_to", "recorded_at", "retired_at", "author", "approver", "run_id", "body")
_SET_ITEM = ", ".join(f"i.{name} = ${name}" for name in _ITEM_COLUMNS)

CREATE_ITEM = f"CREATE (i:KnowledgeItem {{id: $id}}) SET {_SET_ITEM}"
UPDATE_ITEM = f"""
    MATCH (i:KnowledgeItem {{id: $id}}) WHERE i.body = $before AND i.status = $status_before
    SET {_SET_ITEM} RETURN i.id AS id"""
MERGE_RULE = """
    MERGE (r:Rule {id: $id}) SET r.status = $status, r.level = $level, r.action = $action, r.body = $body"""
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

ITEM = "MATCH (i:KnowledgeItem {id: $id}) RETURN i.body AS body, i.status AS status"
ALL_ITEMS = "MATCH (i:KnowledgeItem) RETURN i.body AS body, i.status AS status"
RULE = "MATCH (r:Rule {id: $id}) RETURN r.body AS body, r.status AS status"
VERSIONS = """
    MATCH (v:KnowledgeVersion) WHERE v.known_from <= $known_at
    RETURN v.item_id AS item, v.known_from AS known_from, v.body AS body"""
ALL_RULES = "MATCH (r:Rule) RETURN r.body AS body, r.status AS status ORDER BY r.id"
RULES_OF = """
    MATCH (r:Rule)-[:RESTS_ON]->(i:KnowledgeItem {id: $id}) RETURN r.body AS body, r.status AS status ORDER BY r.id"""
RUN = "MATCH (r:Run {run_id: $id}) RETURN r.body AS body"
LATEST_RUN = "MATCH (r:Run) RETURN r.run_id AS run_id ORDER BY r.started_at DESC, r.run_id LIMIT 1"
REFUSALS = "MATCH (f:Refusal) WHERE f.run_id = $run_id RETURN f.body AS body ORDER BY f.id"


def item_from(record: Record) -> KnowledgeItem:
    """The item of a node; releases change the status of many at once, so the column tells it, not the body."""
    return replace(from_json(record["body"], KnowledgeItem), status=KnowledgeStatus(record["status"]))


def rule_from(record: Record) -> Rule:
    """The rule of a node."""
    return replace(from_json(record["body"], Rule), status=KnowledgeStatus(record["status"]))


def create_item(item: KnowledgeItem, now: int) -> Iterator[Statement]:
    """Write a new item and its first version."""
    yield Statement(CREATE_ITEM, _item_values(item))
    yield _put_version(item, now)


def update_item(item: KnowledgeItem, before: Record, now: int) -> Iterator[Statement]:
    """Overwrite the item that was read as ``before`` and add a version; undone when somebody changed it in between."""
    values = _item_values(item) | {"before": before["body"], "status_before": before["status"]}
    yield Statement(UPDATE_ITEM, values, guard=f"item '{item.id}' was changed by somebody else meanwhile")
    yield _put_version(item, now)


def put_rule(rule: Rule) -> Iterator[Statement]:
    """Write a rule and what it rests on."""
    action = rule.then.action if isinstance(rule.then, Recommend) else None
    yield Statement(MERGE_RULE, {"id": rule.id, "status": rule.status.value, "level": rule.level.value,
                                 "action": action, "body": to_json(rule)})
    for item in rule.rests_on:
        yield Statement(_REST, {"rule": rule.id, "item": item})


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
    texts = {"statement_zh": item.statement.zh, "statement_en": item.statement.en, "body": to_json(item)}
    return {"id": item.id, **{name: texts[name] if name in texts else getattr(item, name) for name in _ITEM_COLUMNS}}
