"""What a graph that an earlier version wrote is still owed, in numbered steps, on every engine.

Tables and columns that are new in the ontology are declared whenever a graph is opened, and need no step here. A step
is for what a declaration cannot say: records that earlier versions did not write, or wrote otherwise. The number of the
last step that a graph has had stands in its node ``State`` named ``schema``; a graph that says nothing is of version 0.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kb.errors import StoreFailure
from kb.graph.port import Graph, Record, Statement
from ontology.schema import Schema
from ontology.text import Text

STATE = "State"
SCHEMA = "schema"
_HOLDS_TABLES = ("HOLDS_A", "HOLDS_B")
_BEGIN = "MERGE (s:State {name: $name}) ON CREATE SET s.value = $value"
_ADVANCE = "MATCH (s:State {name: $name}) WHERE s.value = $before SET s.value = $after RETURN s.name AS name"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step.

    Args:
        number: 1 for the first; each is one more than the one before.
        what: What it makes true of the graph.
        steps: The statements of its one transaction, from what the graph holds.
    """

    number: int
    what: str
    steps: Callable[[Graph], Iterator[Statement]]


_ITEMS_WITHOUT_VERSION = """
    MATCH (i:KnowledgeItem) WHERE i.body IS NOT NULL
    RETURN i.id AS item, i.recorded_at AS known_from, i.body AS body ORDER BY i.id"""
_VERSIONS = "MATCH (v:KnowledgeVersion) RETURN v.item_id AS item"
_WRITE_VERSIONS = """
    UNWIND $rows AS r
    MERGE (v:KnowledgeVersion {version_id: r.id})
    SET v.item_id = r.item, v.known_from = r.known_from, v.body = r.body"""


def _first_versions(graph: Graph) -> Iterator[Statement]:
    versioned = {record["item"] for record in graph.read(_VERSIONS)}
    rows = [{"id": f"{record['item']}@{record['known_from'] or 0}", **record, "known_from": record["known_from"] or 0}
            for record in graph.read(_ITEMS_WITHOUT_VERSION) if record["item"] not in versioned]
    for start in range(0, len(rows), _BATCH):
        yield Statement(_WRITE_VERSIONS, {"rows": rows[start:start + _BATCH]})


_DRAFTS_IN_PLACE = "MATCH (r:Rule) WHERE r.status = 'proposed' RETURN r.id AS id, r.body AS body ORDER BY r.id"
_RELEASES = "MATCH (r:Release) RETURN r.number AS number, r.body AS body ORDER BY r.number"
_LIVE = "MATCH (s:State {name: 'live_release'}) RETURN s.value AS value"
_SET_ASIDE = """
    CREATE (d:RuleDraft {draft_id: $draft_id})
    SET d.rule_id = $rule_id, d.status = 'proposed', d.body = $body"""
_RESTORE = "MATCH (r:Rule {id: $id}) SET r.status = $status, r.level = $level, r.action = $action, r.body = $body"
_DROP = "MATCH (r:Rule {id: $id}) DETACH DELETE r"


def _drafts_beside(graph: Graph) -> Iterator[Statement]:
    written = {row["id"]: row["body"] for row in graph.read(_DRAFTS_IN_PLACE) if row["body"] is not None}
    drafts = {rule: body for rule, body in written.items() if not orjson.loads(body)["rests_on"]}
    if not drafts:
        return
    served = {row["value"] for row in graph.read(_LIVE)}
    approved = {rule["id"]: (rule, str(row["number"]) in served) for row in graph.read(_RELEASES)
                for rule in orjson.loads(row["body"])["rules"]}
    for rule, body in drafts.items():
        yield Statement(_SET_ASIDE, {"draft_id": f"{rule}#1", "rule_id": rule, "body": body})
        yield Statement(_DROP, {"id": rule}) if rule not in approved else _restored(*approved[rule])


def _restored(rule: Mapping[str, Any], is_served: bool) -> Statement:  # noqa: FBT001 - as the release tells it
    """The rule as the last release that has it says it."""
    return Statement(_RESTORE, {
        "id": rule["id"], "status": "published" if is_served else "approved", "level": rule["level"],
        "action": rule["then"]["action"] if rule["then"]["type"] == "Recommend" else None,
        "body": orjson.dumps(rule).decode()})


_LATEST_RUN = """
    MATCH (r:Run) WHERE r.as_of IS NOT NULL
    RETURN r.run_id AS run_id, r.as_of AS as_of ORDER BY r.started_at DESC LIMIT 1"""
_NAME_RUN = """
    MATCH (:Customer)-[h:{table}]->(:KnowledgeItem) WHERE h.run_id IS NULL SET h.run_id = $run_id, h.as_of = $as_of"""


def _runs_of_scores(graph: Graph) -> Iterator[Statement]:
    """Earlier versions replaced every link with every run, so the latest run made all of them."""
    for run in graph.read(_LATEST_RUN):
        for table in _HOLDS_TABLES:
            yield Statement(_NAME_RUN.format(table=table), {"run_id": run["run_id"], "as_of": run["as_of"]})


MIGRATIONS: Sequence[Migration] = (
    Migration(number=1, what="every item has a version, known since the item was recorded", steps=_first_versions),
    Migration(number=2, what="a draft of a hand-written rule stands beside what was approved, and not in its place",
              steps=_drafts_beside),
    Migration(number=3, what="the score of a customer names the run that made it", steps=_runs_of_scores),
)
LATEST = MIGRATIONS[-1].number


def holds_version(schema: Schema) -> bool:
    """Whether a graph of that schema can say of which version it is."""
    return any(table.name == STATE for table in schema.nodes)


def recorded_version(found: Sequence[Record]) -> int:
    """The version of a graph by what ``READ_STATE`` finds under ``SCHEMA``.

    Raises:
        StoreFailure: If a later version of Zhike wrote it; nothing was changed.
    """
    version = int(found[0]["value"]) if found else 0
    if version > LATEST:
        msg = Text(zh=f"图谱的结构版本是 {version}；此版本的知客最高支持 {LATEST}",
                   en=f"the graph has schema version {version}; this version of Zhike knows versions up to {LATEST}")
        raise StoreFailure(msg, hint=Text(zh="请用写入它的版本或更新的版本打开",
                                          en="open it with the version of Zhike that wrote it, "
                                             "or a later one"), retryable=False)
    return version


def bring_forward(graph: Graph, version: int | None) -> None:
    """Take the steps that a graph of ``version`` has not had, each as one transaction; a new graph needs none.

    Args:
        graph: With every table of today's schema declared.
        version: Of its records; ``None`` for a graph that has none yet.

    Raises:
        Conflict: If another process takes the same step.
    """
    if version is None or version < LATEST:
        graph.write([Statement(_BEGIN, {"name": SCHEMA, "value": str(LATEST if version is None else version)})])
    for migration in MIGRATIONS[LATEST if version is None else version:]:
        graph.write([_advance(migration.number), *migration.steps(graph)])


def _advance(number: int) -> Statement:
    return Statement(_ADVANCE, {"name": SCHEMA, "before": str(number - 1), "after": str(number)},
                     guard=f"another process brings the graph to schema version {number}")
