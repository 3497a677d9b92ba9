"""What the service counts, for Prometheus: answers, their time, and how the engine fared."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from kb.journal.projector import ProjectionState
from kb.supervision import WorkerHealth
from rules.engine.pool import Counters

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The registry of one service.

    Args:
        engine: Tells how often what happened to the engine; read whenever somebody asks for the metrics.
        following: Tells how the graph keeps up with the journal.
        workers: Tells how the threads fare that work beside the answers.
    """

    def __init__(self, engine: Callable[[], Counters], following: Callable[[], ProjectionState],
                 workers: Callable[[], Iterable[WorkerHealth]]) -> None:
        self.registry = CollectorRegistry()
        self._decisions = Counter("zhike_decisions", "Decisions that were journalled and answered", ["status"],
                                  registry=self.registry)
        self._seconds = Histogram("zhike_decide_seconds", "Time of one call for decisions", buckets=_SECONDS,
                                  registry=self.registry)
        self.registry.register(_EngineCollector(engine))
        self.registry.register(_FollowerCollector(following))
        self.registry.register(_WorkerCollector(workers))

    def count(self, statuses: Iterable[str]) -> None:
        """Count answered decisions by status."""
        for status in statuses:
            self._decisions.labels(status=status).inc()

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure one call; one that fails is no answer and is not measured."""
        begun = time.perf_counter()
        yield
        self._seconds.observe(time.perf_counter() - begun)


class _EngineCollector(Collector):
    """The pool's own counters, so that nothing is counted twice."""

    def __init__(self, engine: Callable[[], Counters]) -> None:
        self._engine = engine

    def collect(self) -> Iterator[CounterMetricFamily]:
        """One counter with a label for each thing that can happen."""
        family = CounterMetricFamily("zhike_engine", "What became of questions to durable_rules", labels=["event"])
        for event, times in asdict(self._engine()).items():
            family.add_metric([event], times)
        yield family


class _FollowerCollector(Collector):
    """How far the graph is behind the journal, told when it is asked."""

    def __init__(self, following: Callable[[], ProjectionState]) -> None:
        self._following = following

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Three gauges."""
        state = self._following()
        yield GaugeMetricFamily("zhike_follower_set_aside", "Records of the journal that cannot follow into the graph",
                                state.set_aside)
        yield GaugeMetricFamily("zhike_follower_behind", "Records of the journal that the graph does not have yet",
                                state.behind)
        yield GaugeMetricFamily("zhike_follower_faults", "Times in a row that the graph could not follow the journal",
                                state.faults)


class _WorkerCollector(Collector):
    """How the threads fare that work beside the answers."""

    def __init__(self, workers: Callable[[], Iterable[WorkerHealth]]) -> None:
        self._workers = workers

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """Whether each does its work, how often in a row it failed, and how often it was started again."""
        up = GaugeMetricFamily("zhike_worker_up", "1 where a thread does its work, 0 where it is dead or stuck",
                               labels=["worker"])
        faults = GaugeMetricFamily("zhike_worker_faults", "Times in a row that a thread failed", labels=["worker"])
        restarts = CounterMetricFamily("zhike_worker_restarts", "Times that a thread went on after a fault",
                                       labels=["worker"])
        for health in self._workers():
            up.add_metric([health.name], float(health.trouble is None))
            faults.add_metric([health.name], health.faults)
            restarts.add_metric([health.name], health.restarts)
        yield from (up, faults, restarts)
