"""References in the graph that lead nowhere: from rules, releases, links, items and pointers."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kb.graph.double_buffer import POINTER, TWINS
from kb.graph.port import Graph
from kb.graph.state import READ_STATES
from kb.graph.version import LIVE_RELEASE
from kb.health.check import CheckContext, CheckResult

_RULES = "MATCH (r:Rule) RETURN r.id AS id, r.body AS body ORDER BY r.id"
_RESTS_ON = "MATCH (r:Rule)-[:RESTS_ON]->(i:KnowledgeItem) RETURN r.id AS rule, i.id AS item"
_ITEMS = "MATCH (i:KnowledgeItem) WHERE i.body IS NOT NULL RETURN i.id AS id, i.run_id AS run ORDER BY i.id"
_IDS = "MATCH (n:{table}) WHERE n.body IS NOT NULL RETURN n.{key} AS id"
_NUMBERS = "MATCH (r:Release) RETURN r.number AS number ORDER BY r.number"
_RELEASE = "MATCH (r:Release {number: $number}) RETURN r.body AS body"
_LINKS = "MATCH (:Customer)-[h:{table}]->(:KnowledgeItem) RETURN count(h) AS n"
_EMPTY_ITEMS = "MATCH (i:KnowledgeItem) WHERE i.body IS NULL RETURN i.id AS id ORDER BY i.id"
_LINKS_TO = "MATCH (:Customer)-[h:{table}]->(i:KnowledgeItem) WHERE i.id = $id RETURN count(h) AS n"
_HISTORY = "release_history"
_PARTS = (("rules", "Rule"), ("actions", "Action"), ("items", "KnowledgeItem"))


def rules_rest(context: CheckContext) -> CheckResult:
    """Rules, and whether the items that they rest on are there and joined to them."""
    items = _ids(context.graph, "KnowledgeItem")
    joined = {(row["rule"], row["item"]) for row in context.graph.read(_RESTS_ON)}
    rules = context.graph.read(_RULES)
    return CheckResult(len(rules), tuple(wrong for rule in rules for wrong in _unfounded(rule, items, joined)))


def releases_whole(context: CheckContext) -> CheckResult:
    """Releases, and whether the rules, actions and items that they name are there."""
    known = {table: _ids(context.graph, table) for _, table in _PARTS}
    numbers = [row["number"] for row in context.graph.read(_NUMBERS)]
    return CheckResult(len(numbers),
                       tuple(wrong for number in numbers for wrong in _lacking(context.graph, number, known)))


def pointers_lead(context: CheckContext) -> CheckResult:
    """Pointers of the graph's state, and whether they name a release, or a table of links, that is there."""
    numbers = frozenset(row["number"] for row in context.graph.read(_NUMBERS))
    found = context.graph.read(READ_STATES, names=[POINTER, LIVE_RELEASE, _HISTORY])
    pointers = {row["name"]: row["value"] for row in found}
    return CheckResult(len(pointers), tuple(_astray(pointers, numbers)))


def links_known(context: CheckContext) -> CheckResult:
    """Links between customers and knowledge, and whether the item at the end says anything."""
    graph = context.graph
    looked_at = sum(graph.read(_LINKS.format(table=table))[0]["n"] for table in TWINS)
    empty = [row["id"] for row in graph.read(_EMPTY_ITEMS)]
    held = ((table, item, graph.read(_LINKS_TO.format(table=table), id=item)[0]["n"])
            for table in TWINS for item in empty)
    return CheckResult(looked_at, tuple(f"{table}: {count} x {item}" for table, item, count in held if count))


def runs_known(context: CheckContext) -> CheckResult:
    """Items, and whether the run that measured each is there."""
    runs = {row["id"] for row in context.graph.read(_IDS.format(table="Run", key="run_id"))}
    items = context.graph.read(_ITEMS)
    return CheckResult(len(items), tuple(f"{item['id']} -> {item['run']}" for item in items
                                         if item["run"] is not None and item["run"] not in runs))


def _unfounded(rule: dict[str, Any], items: frozenset[str], joined: set[tuple[str, str]]) -> Iterator[str]:
    if rule["body"] is None:
        yield f"{rule['id']} -> ?"
        return
    for item in orjson.loads(rule["body"])["rests_on"]:
        if item not in items or (rule["id"], item) not in joined:
            yield f"{rule['id']} -> {item}"


def _lacking(graph: Graph, number: int, known: dict[str, frozenset[str]]) -> Iterator[str]:
    [found] = graph.read(_RELEASE, number=number)
    if found["body"] is None:
        yield f"{number} -> ?"
        return
    release = orjson.loads(found["body"])
    for part, table in _PARTS:
        yield from (f"{number} -> {table} {noun['id']}" for noun in release[part] if noun["id"] not in known[table])


def _astray(pointers: Mapping[str, str], numbers: frozenset[int]) -> Iterator[str]:
    if pointers.get(POINTER, TWINS[0]) not in TWINS:
        yield f"{POINTER} -> {pointers[POINTER]}"
    if LIVE_RELEASE in pointers and int(pointers[LIVE_RELEASE]) not in numbers:
        yield f"{LIVE_RELEASE} -> {pointers[LIVE_RELEASE]}"
    served = {act["number"] for act in orjson.loads(pointers.get(_HISTORY, "[]"))}
    yield from (f"{_HISTORY} -> {number}" for number in sorted(served - numbers))


def _ids(graph: Graph, table: str) -> frozenset[str]:
    return frozenset(row["id"] for row in graph.read(_IDS.format(table=table, key="id")))
