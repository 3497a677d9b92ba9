"""Erasing a person: everything that was kept of one customer, wherever it was kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kb.graph.port import Graph, Statement
from kb.graph.state import Edition, changed, put_state
from kb.home import Home
from kb.journal.store import Journal
from kb.model.ids import CustomerKey
from kb.runs.scores import erase_scores
from kb.warehouse.erasure import erase_rows

_OWNED = """
    MATCH (c:Customer {{customer_key: $key}})-[:{link}]->(n:{table}) DETACH DELETE n"""
_OUTCOMES = """
    MATCH (c:Customer {customer_key: $key})<-[:DECIDED_FOR]-(:Decision)<-[:CAME_OF]-(o:Outcome) DETACH DELETE o"""
_DECISIONS = "MATCH (c:Customer {customer_key: $key})<-[:DECIDED_FOR]-(d:Decision) DETACH DELETE d"
_PERSON = "MATCH (c:Customer {customer_key: $key}) DETACH DELETE c"
_ERASED = "erased:"
_ALL_ERASED = "MATCH (s:State) WHERE s.name STARTS WITH $prefix RETURN s.name AS name"
_BELONGINGS = (("HAD", "Interaction"), ("SUBSCRIBED", "Subscription"), ("NOTED", "Note"),
               ("REPORTED", "PostedInteraction"), ("CASE_CHANGED", "CaseChange"))


def erase_person(customer_key: CustomerKey, *, home: Home, graph: Graph, journal: Journal) -> dict[str, Any]:
    """Erase a customer from journal, snapshots, fact tables, links and graph, and keep the key on a list.

    The list comes first: an erasure that is cut short can be repeated, and no import brings the person back meanwhile.

    Returns:
        ``{customer_key, journal, facts, snapshots}``: how many records and rows there were, and which snapshots
        succeeded which.
    """
    home.note_erased(customer_key)
    removed = journal.erase(customer_key)
    successions = erase_rows(home.path, customer_key)
    kept = [path for folder in (home.facts_path, home.links_path) for path in sorted(folder.glob("*.parquet"))]
    rows = sum(_erase_facts(path, customer_key) for path in kept)
    rows += erase_scores(home.runs_path, customer_key)
    graph.write(_erase_node(customer_key))
    return {"customer_key": customer_key, "journal": removed, "facts": rows,
            "snapshots": [{"before": one.before.digest, "after": one.after.digest} for one in successions]}


def _erase_node(key: CustomerKey) -> Iterator[Statement]:
    for link, table in _BELONGINGS:
        yield Statement(_OWNED.format(link=link, table=table), {"key": key})
    for text in (_OUTCOMES, _DECISIONS, _PERSON):
        yield Statement(text, {"key": key})
    yield put_state(_ERASED + key, "")
    yield changed(Edition.FACTS)


def erased_in(graph: Graph) -> frozenset[CustomerKey]:
    """Keys of all persons whom any service on the graph erased: their own journals may still speak of them."""
    found = graph.read(_ALL_ERASED, prefix=_ERASED)
    return frozenset(CustomerKey(record["name"].removeprefix(_ERASED)) for record in found)


def _erase_facts(path: Path, key: CustomerKey) -> int:
    """Drop the rows of the customer, and those that name the customer as the other side of a relation."""
    rows = pq.read_table(path)
    kept = rows.filter(pc.invert(_mentions(rows, key)))
    if kept.num_rows < rows.num_rows:
        beside = path.with_name(f".{path.name}.new")
        pq.write_table(kept, beside)
        beside.replace(path)
    return int(rows.num_rows - kept.num_rows)


def _mentions(rows: pa.Table, key: CustomerKey) -> pa.ChunkedArray:
    own = pc.equal(rows["customer_key"], key)
    return pc.or_(own, pc.ends_with(rows["_key"], key)) if "_key" in rows.column_names else own
