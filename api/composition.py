"""The composition root: every use case over one open base, wired once, started and ended in order."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from api.open_base import OpenBase
from api.use_cases.archiving import Archiving
from api.use_cases.challenging import Challenging
from api.use_cases.checking import Checking
from api.use_cases.customers import Customers
from api.use_cases.deciding import Deciding
from api.use_cases.describing import Describing
from api.use_cases.erasing import Erasing
from api.use_cases.health import ServiceHealth
from api.use_cases.impact import Impact
from api.use_cases.imports import Imports
from api.use_cases.ingestion import Ingestion
from api.use_cases.knowledge.harms import Harms
from api.use_cases.knowledge.linked import LinkedKnowledge
from api.use_cases.knowledge.pausing import Pausing
from api.use_cases.knowledge.publishing import Publishing
from api.use_cases.knowledge.reviewing import Reviewing
from api.use_cases.knowledge.rules import Rules
from api.use_cases.learning import DailyLearner, Learning
from api.use_cases.metrics import Metrics
from api.use_cases.mining_runs import Runs
from api.use_cases.peer_sync import PeerSync, PeerWatch
from api.use_cases.recording import Recording
from api.use_cases.release_cache import ReleaseCache
from api.use_cases.simulation.simulating import Simulating
from api.use_cases.steering import Steering
from kb.supervision import WorkerHealth
from rules.engine.pool import EnginePool

_log = logging.getLogger("zhike.service")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Everything that can be asked of an open base, by group; a route, a page or a command takes the group it needs.

    Args:
        base: The stores beneath; for whoever opens and starts them.
        releases: The compiled releases that the use cases share.
        watch: What takes note of other services on the graph.
        learner: What learns rates by itself.
    """

    base: OpenBase
    releases: ReleaseCache
    watch: PeerWatch
    learner: DailyLearner
    archives: Archiving
    challenging: Challenging
    checking: Checking
    customers: Customers
    deciding: Deciding
    describing: Describing
    erasing: Erasing
    health: ServiceHealth
    impact: Impact
    imports: Imports
    ingestion: Ingestion
    learning: Learning
    linked: LinkedKnowledge
    metrics: Metrics
    harms: Harms
    pausing: Pausing
    publishing: Publishing
    recording: Recording
    reviewing: Reviewing
    rules: Rules
    runs: Runs
    simulations: Simulating
    steering: Steering

    def start(self) -> None:
        """Begin what goes on beside the answers: the graph follows the journal, others are watched, rates learned."""
        self.base.projector.start()
        self.watch.start()
        self.learner.start()


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
        engine = EnginePool(workers=engine_workers, share=engine_share)
        ending.callback(engine.close)
        use_cases = _wire(base, engine, ending)
        use_cases.ingestion.finish(_log.warning)
        use_cases.erasing.finish(_log.warning)
        use_cases.runs.resume()
        yield use_cases


def _wire(base: OpenBase, engine: EnginePool, ending: ExitStack) -> UseCases:
    """All use cases; those with threads or processes of their own go before the stores when all ends."""
    releases = _releases(base, engine)
    harms = _harms(base, releases)
    challenging = Challenging(challenges=base.challenges, graph=base.graph, harms=harms, journal=base.journal,
                              releases=releases)
    simulations, runs, ingestion = _simulations(base, releases, harms), _runs(base), _ingestion(base, releases)
    imports, linked = Imports(ingestion.import_mapping), _linked(base)
    erasing = _erasing(base, simulations, runs)
    watch, learner = _watch(base, releases, challenging, erasing), DailyLearner(_learning(base))
    for close in (challenging.close, watch.close, learner.close, runs.close, imports.close, linked.close):
        ending.callback(close)
    health = _health(base, releases, (watch.worker.health, learner.worker.health, challenging.health, engine.health,
                                      runs.health, imports.health))
    metrics = Metrics(lambda: engine.counters, base.projector.state, health.workers)
    peers = PeerSync(graph=base.graph, journal=base.journal)
    return UseCases(
        base=base, releases=releases, watch=watch, learner=learner, challenging=challenging, erasing=erasing,
        health=health, imports=imports, ingestion=ingestion, linked=linked, metrics=metrics, runs=runs,
        simulations=simulations, checking=_checking(base),
        archives=Archiving(graph=base.graph, home=base.home, ontology=base.ontology),
        customers=_customers(base), deciding=_deciding(base, releases, challenging, metrics, peers),
        describing=_describing(base, releases), impact=_impact(base, releases),
        harms=harms, learning=learner.learning, pausing=_pausing(base),
        publishing=_publishing(base, releases, challenging, harms),
        recording=_recording(base, peers), reviewing=_reviewing(base), rules=_rules(base), steering=_steering(base))


def _releases(base: OpenBase, engine: EnginePool) -> ReleaseCache:
    return ReleaseCache(curation=base.curation, description=base.description, graph=base.graph,
                        ontology=base.ontology, tables=base.tables, engine=engine, rates=base.rates,
                        pauses=base.pauses)


def _checking(base: OpenBase) -> Checking:
    return Checking(cache=base.cache, graph=base.graph, home=base.home, journal=base.journal, ontology=base.ontology,
                    projector=base.projector, standing_levers=base.levers)


def _customers(base: OpenBase) -> Customers:
    return Customers(cache=base.cache, curation=base.curation, description=base.description, directory=base.directory,
                     graph=base.graph, home=base.home, journal=base.journal, ontology=base.ontology,
                     tables=base.tables)


def _deciding(base: OpenBase, releases: ReleaseCache, challenging: Challenging, metrics: Metrics,
              peers: PeerSync) -> Deciding:
    return Deciding(cache=base.cache, challenging=challenging, curation=base.curation, description=base.description,
                    directory=base.directory, graph=base.graph, journal=base.journal, metrics=metrics,
                    releases=releases, peers=peers)


def _describing(base: OpenBase, releases: ReleaseCache) -> Describing:
    return Describing(curation=base.curation, description=base.description, graph=base.graph, home=base.home,
                      releases=releases)


def _erasing(base: OpenBase, simulations: Simulating, runs: Runs) -> Erasing:
    return Erasing(directory=base.directory, graph=base.graph, home=base.home, journal=base.journal, lock=base.lock,
                   memory=base.tables.memory, projector=base.projector, forget=simulations.forget,
                   refuse_runs=runs.refuse_miners)


def _health(base: OpenBase, releases: ReleaseCache,
            threads: Sequence[Callable[[], WorkerHealth | None]]) -> ServiceHealth:
    """The health of the stores and of the threads beside them, in the order in which they are told."""
    looks = (base.journal.health, base.projector.worker.health, *threads)
    return ServiceHealth(graph=base.graph, journal=base.journal, projector=base.projector, releases=releases,
                         threads=lambda: [look() for look in looks])


def _impact(base: OpenBase, releases: ReleaseCache) -> Impact:
    return Impact(curation=base.curation, description=base.description, graph=base.graph, journal=base.journal,
                  ontology=base.ontology, releases=releases, standing_levers=base.levers, tables=base.tables)


def _ingestion(base: OpenBase, releases: ReleaseCache) -> Ingestion:
    return Ingestion(description=base.description, directory=base.directory, graph=base.graph, home=base.home,
                     limits=base.limits, lock=base.lock, ontology=base.ontology, releases=releases, tables=base.tables)


def _learning(base: OpenBase) -> Learning:
    return Learning(curation=base.curation, description=base.description, graph=base.graph, journal=base.journal,
                    states=base.rates, tables=base.tables)


def _linked(base: OpenBase) -> LinkedKnowledge:
    return LinkedKnowledge(curation=base.curation, description=base.description, graph=base.graph, home=base.home,
                           ontology=base.ontology)


def _harms(base: OpenBase, releases: ReleaseCache) -> Harms:
    return Harms(curation=base.curation, description=base.description, directory=base.directory, graph=base.graph,
                 journal=base.journal, ontology=base.ontology, own=base.harms, releases=releases,
                 standing_levers=base.levers, tables=base.tables)


def _publishing(base: OpenBase, releases: ReleaseCache, challenging: Challenging, harms: Harms) -> Publishing:
    return Publishing(challenging=challenging, curation=base.curation, description=base.description, graph=base.graph,
                      harms=harms, releases=releases, standing_levers=base.levers)


def _recording(base: OpenBase, peers: PeerSync) -> Recording:
    return Recording(description=base.description, directory=base.directory, graph=base.graph, journal=base.journal,
                     peers=peers)


def _reviewing(base: OpenBase) -> Reviewing:
    return Reviewing(curation=base.curation, description=base.description, graph=base.graph, ontology=base.ontology,
                     pausing=_pausing(base))


def _pausing(base: OpenBase) -> Pausing:
    return Pausing(curation=base.curation, states=base.pauses)


def _rules(base: OpenBase) -> Rules:
    return Rules(curation=base.curation, graph=base.graph, ontology=base.ontology, tables=base.tables)


def _runs(base: OpenBase) -> Runs:
    return Runs(buffer=base.buffer, curation=base.curation, description=base.description, home=base.home,
                lock=base.lock, pausing=_pausing(base), tables=base.tables, now=lambda: int(time.time()))


def _simulations(base: OpenBase, releases: ReleaseCache, harms: Harms) -> Simulating:
    return Simulating(curation=base.curation, description=base.description, directory=base.directory,
                      graph=base.graph, harms=harms, home=base.home, journal=base.journal, ontology=base.ontology,
                      standing_levers=base.levers, releases=releases, tables=base.tables)


def _steering(base: OpenBase) -> Steering:
    return Steering(curation=base.curation, description=base.description, graph=base.graph, journal=base.journal,
                    standing_levers=base.levers)


def _watch(base: OpenBase, releases: ReleaseCache, challenging: Challenging, erasing: Erasing) -> PeerWatch:
    return PeerWatch(challenging=challenging, curation=base.curation, graph=base.graph, home=base.home,
                     is_shareable=not base.is_embedded, ontology=base.ontology, releases=releases,
                     forget=erasing.take_over)
