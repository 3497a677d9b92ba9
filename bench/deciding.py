"""One decision at a time: read anew beside remembered, and with the graph following the journal beside without."""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from api.cli import demo
from api.composition import UseCases, open_use_cases
from api.open_base import OpenBase
from api.settings import Settings
from kb.facts.fact_cache import FactCache
from kb.home import Home
from ontology.vocabulary import Channel

_CUSTOMERS = 300
_ROUNDS = 3


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "base")
        demo.tell(Settings(home=home.path), mapping="complete_journey", overrides={}, serve=False,
                  say=lambda line: print(line, file=sys.stderr))
        with home.own(), open_use_cases(OpenBase(home), engine_workers=1) as service:
            measure(service)


def measure(service: UseCases) -> None:
    """Print p50, p99 and decisions a second of each way, and their ratios; the ways take turns."""
    base = service.base
    ids = [row["customer_id"] for row in service.customers.find("1", _CUSTOMERS)]
    anew, known = FactCache(most_rows=0), FactCache()
    ways: dict[str, Callable[[], None]] = {"read anew": lambda: _use(service, anew),
                                           "remembered": lambda: _use(service, known)}
    _use(service, known)
    _seconds(service, ids)
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_ROUNDS):
        for name, prepare in ways.items():
            prepare()
            spent[name] += _seconds(service, ids)
    _print(spent)
    while base.projector.step():
        pass
    alone = [took for _ in range(_ROUNDS) for took in _seconds(service, ids)]
    base.projector.start()
    followed = [took for _ in range(_ROUNDS) for took in _seconds(service, ids)]
    _print({"not followed": alone, "followed": followed})
    print(f"still behind             {base.projector.state().behind:9,}")


def _use(service: UseCases, memory: FactCache) -> None:
    service.deciding.cache = memory


def _seconds(service: UseCases, ids: Sequence[str]) -> list[float]:
    taken = []
    for customer in ids:
        begun = time.perf_counter()
        service.deciding.decide([customer], Channel.PHONE, {})
        taken.append(time.perf_counter() - begun)
    return taken


def _print(spent: dict[str, list[float]]) -> None:
    first = sum(next(iter(spent.values())))
    print(f"{'one decision':24}{'p50 ms':>9}{'p99 ms':>9}{'a second':>10}{'ratio':>8}")
    for name, taken in spent.items():
        ordered = sorted(taken)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        print(f"{name:24}{p50 * 1000:9.1f}{p99 * 1000:9.1f}{len(taken) / sum(taken):10.0f}{first / sum(taken):8.2f}")


if __name__ == "__main__":
    main()
