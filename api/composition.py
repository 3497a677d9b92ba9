"""The composition root: every use case over one open base, wired once, started and ended in order."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from api.use_cases.archiving import Archiving
from api.use_cases.challenging import Challenging
from api.use_cases.checking import Checking
from api.use_cases.customers import Customers
from api.use_cases.deciding import Deciding
from api.use_cases.describing import Describing
from api.use_cases.erasing import Erasing
from api.use_cases.health import ServiceHealth
from api.use_cases.imports import Imports
from api.use_cases.ingestion import Ingestion
from api.use_cases.knowledge.linked import LinkedKnowledge
from api.use_cases.knowledge.maps import Maps
from api.use_cases.knowledge.publishing import Publishing
from api.use_cases.knowledge.rules import Rules
from api.use_cases.metrics import Metrics
from api.use_cases.mining_runs import Runs
from api.use_cases.open_base import OpenBase
from api.use_cases.peer_sync import PeerWatch
from api.use_cases.recording import Recording
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.reviewing import Reviewing
from api.use_cases.simulation.simulating import Simulating
from api.use_cases.steering import Steering

_log = logging.getLogger("zhike.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Everything that can be asked of an open base, by group; a route, a page or a command takes the group it needs.

    Args:
        base: The stores beneath; for whoever opens and starts them.
        releases: The compiled releases that the use cases share.
        watch: What takes note of other services on the graph.
    """

    base: OpenBase
    releases: ReleaseCache
    watch: PeerWatch
    archives: Archiving
    challenging: Challenging
    checking: Checking
    customers: Customers
    deciding: Deciding
    describing: Describing
    erasing: Erasing
    health: ServiceHealth
    imports: Imports
    ingestion: Ingestion
    linked: LinkedKnowledge
    maps: Maps
    metrics: Metrics
    publishing: Publishing
    recording: Recording
    reviewing: Reviewing
    rules: Rules
    runs: Runs
    simulations: Simulating
    steering: Steering

    def start(self) -> None:
        """Begin what goes on beside the answers: the graph follows the journal, and other services are watched."""
        self.base.projector.start()
        self.watch.start()


@contextmanager
def open_use_cases(base: OpenBase, *, engine_workers: int = 0, engine_share: float = 1.0) -> Iterator[UseCases]:
    """The use cases over a base; what was cut off when it was open last is completed first.

    Args:
        base: The stores; they are closed at the end, after everything that works on them.
        engine_workers: Processes that fire rules beside this one.
        engine_share: Of the answers that they are asked for, [0, 1].
    """
    with ExitStack() as ending:  # what was begun last ends first
        ending.callback(base.close)
        releases = ReleaseCache(base, workers=engine_workers, engine_share=engine_share)
        ending.callback(releases.close)
        use_cases = _wire(base, releases, ending)
        use_cases.ingestion.finish(_log.warning)
        use_cases.erasing.finish(_log.warning)
        use_cases.runs.resume()
        yield use_cases


def _wire(base: OpenBase, releases: ReleaseCache, ending: ExitStack) -> UseCases:
    challenging = Challenging(base, releases)
    ending.callback(challenging.close)
    simulations = Simulating(base, releases)
    runs = Runs(base, now=lambda: int(time.time()))
    ingestion = Ingestion(base, releases)
    imports = Imports(ingestion.import_mapping)
    erasing = Erasing(base, forget=simulations.forget, refuse_runs=runs.refuse_miners)
    watch = PeerWatch(base, releases, challenging, erasing.take_over)
    linked = LinkedKnowledge(base)
    for close in (watch.close, runs.close, imports.close, linked.close):
        ending.callback(close)
    health = ServiceHealth(base, releases, lambda: (
        base.journal.health(), base.projector.worker.health(), watch.worker.health(), challenging.health(),
        releases.engine.health(), runs.health(), imports.health()))
    metrics = Metrics(lambda: releases.engine.counters, base.projector.state, health.workers)
    return UseCases(
        base=base, releases=releases, watch=watch, archives=Archiving(base), challenging=challenging,
        checking=Checking(base), customers=Customers(base), deciding=Deciding(base, releases, challenging, metrics),
        describing=Describing(base, releases), erasing=erasing, health=health, imports=imports, ingestion=ingestion,
        linked=linked, maps=Maps(base), metrics=metrics, publishing=Publishing(base, releases, challenging),
        recording=Recording(base), reviewing=Reviewing(base), rules=Rules(base), runs=runs, simulations=simulations,
        steering=Steering(base))
