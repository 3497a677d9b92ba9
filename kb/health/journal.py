"""The journal: numbers without a gap, decisions under releases that are there, outcomes of decisions that are there."""

from kb.archive.sqlite_files import frozen
from kb.curation.levers import StandingLevers
from kb.graph.port import Graph
from kb.health.check import CheckContext, CheckResult
from kb.journal import statements as sql
from kb.journal.repair import find_damaged
from ontology.quantities import number

_RELEASES = "MATCH (r:Release) RETURN r.number AS number"
_KNOWN_ELSEWHERE = "MATCH (d:Decision) WHERE d.decision_id IN $ids RETURN d.decision_id AS id"
_BATCH = 1_000


def decisions_released(context: CheckContext) -> CheckResult:
    """Decisions and shadows, and whether the release that each was made under is there."""
    numbers = {row["number"] for row in context.graph.read(_RELEASES)}
    with frozen(context.journal) as connection:
        decided = connection.execute(sql.DECISIONS_BY_RELEASE).fetchall()
    return CheckResult(sum(count for _, count in decided),
                       tuple(f"{count} x release {number}" for number, count in decided if number not in numbers))


def outcomes_decided(context: CheckContext) -> CheckResult:
    """Outcomes, and whether the decision of each is here, or was made by another service and is in the graph."""
    with frozen(context.journal) as connection:
        [(looked_at,)] = connection.execute(sql.COUNT_OUTCOMES)
        absent = [decision for decision, in connection.execute(sql.OUTCOMES_WITHOUT_DECISION)]
    peers = _known(context.graph, absent)
    return CheckResult(looked_at, tuple(decision for decision in absent if decision not in peers))


def numbers_whole(context: CheckContext) -> CheckResult:
    """Numbers of the journal: each is a record's, or one of a person who was erased; none is used twice."""
    with frozen(context.journal) as connection:
        [(last,)] = connection.execute(sql.LAST_NUMBER)
        gaps = connection.execute(sql.GAPS).fetchall()
        twice = connection.execute(sql.USED_TWICE).fetchall()
    return CheckResult(last, (*(f"{first} - {upto}" if first < upto else f"{first}" for first, upto in gaps),
                              *(f"2 x {number}" for number, in twice)))


def records_readable(context: CheckContext) -> CheckResult:
    """Records of the journal, and whether each can be read and follows into the graph."""
    with frozen(context.journal) as connection:
        looked_at = sum(1 for _ in connection.execute(sql.BODIES))
        damaged = {one.sequence: f"{one.kind} {one.record_id}: {one.why}" for one in find_damaged(connection)}
        aside = {sequence: f"{kind} {record_id}: {why}"
                 for sequence, kind, record_id, why in connection.execute(sql.ALL_SET_ASIDE)}
    return CheckResult(looked_at, tuple((aside | damaged)[number] for number in sorted(aside | damaged)))


def levers_within_bounds(context: CheckContext) -> CheckResult:
    """Standing levers, and whether each is one that may be set."""
    levers = StandingLevers(context.graph, now=lambda: 0)
    return CheckResult(len(levers.current().by_family),
                       tuple(f"{family.value}={number(weight, exact=True)}"
                             for family, weight in levers.out_of_bounds().items()))


def _known(graph: Graph, ids: list[str]) -> frozenset[str]:
    return frozenset(row["id"] for start in range(0, len(ids), _BATCH)
                     for row in graph.read(_KNOWN_ELSEWHERE, ids=ids[start:start + _BATCH]))
