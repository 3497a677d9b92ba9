"""The graph on both engines side by side: a million links loaded, the knowledge map, decisions with the journal.

Customers are asked for who were not asked for before, then the same ones again, whose facts are remembered.

Neo4j is the server that ``ZHIKE_GRAPH`` names (``bolt://...``); without one the embedded graph is measured alone. Both
hold the same made-up shop.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles

from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.settings import Settings
from api.startup import settled
from bench.bases.made_up import bring_in, items, links, write_sources
from kb.home import Base, Home
from kb.model.ids import CustomerKey
from ontology.text import Text
from ontology.vocabulary import Channel

CUSTOMERS = 100_000
LINKS_EACH = 10
ASKED = 2_000
TOGETHER = 50
_GROUPS = 5
_EMBEDDED = "ladybug:"
_MILLISECONDS = 1e3

Figures = dict[str, float]


def main() -> None:
    customers = int(os.environ.get("BENCH_CUSTOMERS", CUSTOMERS))
    given = Settings().graph
    with tempfile.TemporaryDirectory() as folder:
        mapping = write_sources(Path(folder), customers)
        graphs = [_EMBEDDED] if given == _EMBEDDED else [_EMBEDDED, given]
        measured = [_measure(graph, Path(folder) / f"home{place}", mapping) for place, graph in enumerate(graphs)]
    print(f"{customers:,} customers, {customers * LINKS_EACH:,} links")
    print(f"{'':<34}{'embedded':>12}" + (f"{'Neo4j':>12}{'ratio':>8}" if len(measured) > 1 else ""))
    for name, own in measured[0].items():
        others = "".join(f"{other[name]:>12,.2f}{other[name] / own:>8.1f}" for other in measured[1:])
        print(f"{name:<34}{own:>12,.2f}{others}")


def _measure(graph: str, folder: Path, mapping: Path) -> Figures:
    home = Home(folder)
    home.create(Base(name=Text.same("bench"), zone="UTC", currency="EUR", graph=graph))
    with home.own():
        base = OpenBase(home, Settings().graph_access())
        with open_use_cases(base) as service:
            figures = {"shop imported and published, s": _seconds(lambda: bring_in(service, mapping))}
            figures["links loaded, s"] = _load_links(base)
            service.publishing.publish("publisher")
            with settled(service):
                return figures | _asked(service, *_people(base))


def _asked(service: UseCases, *people: Sequence[CustomerKey]) -> Figures:
    """Maps and decisions, each of a group that comes after another; then decisions of the last group, many at once."""
    *pairs, crowd = people
    figures: Figures = {}
    calls = {"knowledge map": service.customers.knowledge_map,
             "decision": lambda one: service.deciding.decide([one], Channel.WEB, {})}
    for (name, ask), before, asked in zip(calls.items(), pairs[::2], pairs[1::2], strict=True):
        for one in before:  # until both engines have their plans and have compiled what they run
            ask(one)
        figures |= _spread(name, asked, ask) | _spread(f"{name} again", asked, ask)
    groups = [crowd[start:start + TOGETHER] for start in range(0, len(crowd), TOGETHER)]
    for name in (f"decisions a second, {TOGETHER} together", f"again, {TOGETHER} together"):
        taken = _seconds(lambda: [service.deciding.decide(group, Channel.WEB, {}) for group in groups])
        figures[name] = len(crowd) / taken
    return figures


def _load_links(base: OpenBase) -> float:
    made = items()
    base.curation.propose(made)
    for item in made:
        base.curation.approve(item.id, "approver")
    keys = [row["key"] for row in base.graph.read("MATCH (c:Customer) RETURN c.customer_key AS key ORDER BY key")]
    rows = links(keys, LINKS_EACH)
    return _seconds(lambda: base.buffer.replace(rows))


def _people(base: OpenBase) -> list[list[CustomerKey]]:
    """Five groups of ids, each evenly over the whole base, so that nobody is near another in any file."""
    ids = [row["id"] for row in base.graph.read("MATCH (c:Customer) RETURN c.external_id AS id ORDER BY id")]
    apart = max(_GROUPS, len(ids) // ASKED)
    return [ids[place * apart // _GROUPS::apart][:ASKED] for place in range(_GROUPS)]


def _spread(name: str, people: Sequence[CustomerKey], ask: Callable[[CustomerKey], object]) -> Figures:
    taken = [_seconds(lambda one=one: ask(one)) for one in people]
    cuts = quantiles(taken, n=100)
    return {f"{name} p50, ms": cuts[49] * _MILLISECONDS, f"{name} p99, ms": cuts[98] * _MILLISECONDS,
            f"{name}, a second": len(taken) / sum(taken)}


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
