"""What is stored, held against what it is called by: digests, moments, shapes and the ontology."""

from collections.abc import Iterator
from itertools import chain

import orjson

from kb.archive.manifest import sha256_of
from kb.errors import NotFound
from kb.facts.load import facts_as_of
from kb.facts.refresh import FactTables
from kb.health.check import CheckContext, CheckResult
from kb.home import Home
from kb.tables.catalog import Snapshot, read_catalog
from ontology.validation import find_faults

_ITEMS = """
    MATCH (i:KnowledgeItem) WHERE i.id > $after AND i.body IS NOT NULL
    RETURN i.id AS id, i.body AS body ORDER BY i.id LIMIT $most"""
_BATCH = 200


def tables_declared(context: CheckContext) -> CheckResult:
    """Tables of the ontology, and whether the graph has them as they are declared, and no others."""
    return CheckResult(len(context.schema.nodes) + len(context.schema.relations), tuple(context.graph.drift()))


def items_shaped(context: CheckContext) -> CheckResult:
    """Knowledge items, and whether each fits its shape."""
    looked_at, wrong, after = 0, [], ""
    while rows := context.graph.read(_ITEMS, after=after, most=_BATCH):
        faults = find_faults([orjson.loads(row["body"]) for row in rows], "KnowledgeItem")
        wrong += [f"{rows[fault.position]['id']}: {fault.path} {fault.message}, {fault.value!r}" for fault in faults]
        looked_at, after = looked_at + len(rows), rows[-1]["id"]
    return CheckResult(looked_at, tuple(wrong))


def snapshots_intact(context: CheckContext) -> CheckResult:
    """Snapshots that the catalog names, and whether their bytes have the digest that they are called by."""
    snapshots = {snapshot.path: snapshot for snapshot in _snapshots(context.home)}
    return CheckResult(len(snapshots), tuple(wrong for path in sorted(snapshots)
                                             for wrong in _damage(context.home, snapshots[path])))


def facts_current(context: CheckContext) -> CheckResult:
    """Fact tables, and whether the graph holds those of the same moment, and that is the moment of the base."""
    try:
        facts = FactTables.open(context.home.facts_path)
    except NotFound:
        return CheckResult(0)
    moments = {"graph": facts_as_of(context.graph), "base": context.home.base().as_of}
    wrong = [f"{name}: {moment}, facts: {facts.moment.as_of}" for name, moment in moments.items()
             if moment != facts.moment.as_of and (name, moment) != ("base", None)]
    wrong += [f"{name}.parquet" for name in facts.rows if not facts.path(name).is_file()]
    return CheckResult(len(facts.rows), tuple(wrong))


def _snapshots(home: Home) -> Iterator[Snapshot]:
    catalog = read_catalog(home.path)
    for given in () if catalog is None else catalog.contributions:
        yield from chain(given.tables.values(), given.quarantine.values())


def _damage(home: Home, snapshot: Snapshot) -> Iterator[str]:
    path = home.path / snapshot.path
    if not path.is_file():
        yield f"{snapshot.path}: -"
        return
    found = sha256_of(path)
    if f"sha256:{found}" != snapshot.digest or not found.startswith(path.stem):
        yield f"{snapshot.path}: sha256:{found}"
