"""How long decisions and map reads wait while a run's scores load, beside the same without a load, on both engines.

``python -m bench stalls [--customers N] [--scores N]``. Neo4j is the server that ``ZHIKE_GRAPH`` names (``bolt://...``);
without one the embedded graph is measured alone. The load is what a mining run ends with (``load_knowledge_links``),
again and again for as long as is measured.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pyarrow as pa

from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.settings import Settings
from api.startup import settled
from bench.bases.made_up import ITEMS, bring_in, items, write_sources
from kb.facts.load import Scores, load_knowledge_links
from kb.home import Base, Home
from kb.tables.run_scores import scores_table
from ontology.text import Text
from ontology.vocabulary import Channel

SECONDS = 20.0
_EMBEDDED = "ladybug:"


def main() -> None:
    """Print p50, p99 and the longest wait of each, without and with a load."""
    asked = argparse.ArgumentParser(prog="python -m bench stalls")
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--scores", type=int, default=200_000)
    asked.add_argument("--seconds", type=float, default=SECONDS)
    given = asked.parse_args()
    graph = Settings().graph
    with tempfile.TemporaryDirectory() as folder:
        mapping = write_sources(Path(folder), given.customers)
        print(f"{given.customers:,} customers, {given.scores:,} scores a load\n"
              f"{'':<34}{'calls':>8}{'p50 ms':>9}{'p99 ms':>9}{'longest ms':>12}")
        for place, url in enumerate(dict.fromkeys([_EMBEDDED, graph])):
            home = Home(Path(folder) / f"home{place}")
            home.create(Base(name=Text.same("stalls"), zone="UTC", currency="EUR", graph=url))
            with home.own(), open_use_cases(base := OpenBase(home, Settings().graph_access())) as service:
                bring_in(service, mapping)
                base.curation.propose(items())
                with settled(service):
                    _report(url, base, service, given)


def _report(url: str, base: OpenBase, service: UseCases, given: argparse.Namespace) -> None:
    people = [row["id"] for row in base.graph.read("MATCH (c:Customer) RETURN c.external_id AS id LIMIT 5000")]
    keys = [row["key"] for row in base.graph.read("MATCH (c:Customer) RETURN c.customer_key AS key")]
    each = given.scores // ITEMS
    scores = scores_table({item.id: {keys[(place * each + step) % len(keys)]: 0.5 for step in range(each)}
                           for place, item in enumerate(items())})
    calls = {"decisions": lambda one: service.deciding.decide([one], Channel.WEB, {}),
             "maps": service.customers.knowledge_map}
    engine = url.partition(":")[0]
    for name, taken in _measure(calls, people, given.seconds, lambda: time.sleep(0.1)).items():
        _print(f"{engine}, {name}", taken)
    loads: list[float] = []
    under = _measure(calls, people, given.seconds, lambda: loads.append(_load(base, scores)))
    for name, taken in under.items():
        _print(f"{engine}, {name} under load", taken)
    print(f"{engine}: {len(loads)} loads, {sum(loads) / len(loads):.1f} s each")


def _load(base: OpenBase, scores: pa.Table) -> float:
    begun = time.perf_counter()
    now = base.description.moment.as_of
    load_knowledge_links(base.buffer, Scores(rows=scores, as_of=now, now=now))
    return time.perf_counter() - begun


def _measure(calls: dict[str, Callable[[str], object]], people: list[str], seconds: float,
             beside: Callable[[], object]) -> dict[str, list[float]]:
    """Seconds of each call, one thread a kind of call, while ``beside`` goes on; the last of these is waited for."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    ends = threading.Event()

    def ask(name: str) -> None:
        chance = Random(name)  # noqa: S311  # no secret
        while not ends.is_set():
            begun = time.perf_counter()
            calls[name](chance.choice(people))
            taken[name].append(time.perf_counter() - begun)

    threads = [threading.Thread(target=ask, args=(name,)) for name in calls]
    for call in calls.values():
        call(people[0])
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        beside()
    ends.set()
    for thread in threads:
        thread.join()
    return taken


def _print(name: str, taken: list[float]) -> None:
    ranked = sorted(taken)
    p50, p99 = ranked[len(ranked) // 2], ranked[len(ranked) * 99 // 100]
    print(f"{name:<34}{len(ranked):>8,}{1e3 * p50:>9.1f}{1e3 * p99:>9.1f}{1e3 * ranked[-1]:>12.1f}", flush=True)


if __name__ == "__main__":
    main()
