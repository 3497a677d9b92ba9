"""The graph follows the journal: what was recorded here becomes visible to the map and to other services.

Records follow in the order of their numbers, some at a time, long after they were acknowledged. How far the graph has
come stands in the graph itself and is written with the records, so that nothing is lost or doubled wherever the
process ends. While the graph cannot be reached the journal grows, and the graph catches up later. A record that cannot
be read, or that the graph alone of all does not take, is set aside, counted and told, and the others follow.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kb.errors import Conflict, GraphUnavailable, Unavailable
from kb.graph.port import Graph
from kb.graph.state import put_state, state_of
from kb.graph.version import JOURNAL
from kb.journal.projection import ProjectionBatch
from kb.journal.reading import why_damaged
from kb.journal.store import Journal
from kb.supervision import STUCK_AFTER, SupervisedWorker
from ontology.text import Text

_BATCH = 100  # some 20 ms of the one writer of an embedded graph
_IDLE_SECONDS = 0.2
_PATIENCE_SECONDS = 120.0  # of one step: a load of the graph may hold it up for some seconds
_ENDS_WITHIN_SECONDS = 30.0  # a step, for those who wait for its end
_HELD_UP = Text(zh="图谱仍在写入，{seconds} 秒内未能暂停同步", en="the graph has not finished what follows the journal"
                                                        " within {seconds} seconds")
_LATER = Text(zh="没有任何改动；请稍后再试", en="nothing was changed; try again later")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionState:
    """How the graph keeps up.

    Args:
        behind: Numbers of the journal that the graph does not have yet, 0 when it has them all.
        faults: How often in a row it failed.
        fault: Why, the last time; ``None`` when it went well.
        set_aside: How many records do not follow, because they cannot be read or the graph does not take them.
    """

    behind: int
    faults: int
    fault: str | None
    set_aside: int = 0


class Projector:
    """Puts the records of one journal into the graph.

    Args:
        journal: Whose records follow.
        graph: The graph that is open now; an import opens another.
    """

    def __init__(self, journal: Journal, graph: Callable[[], Graph]) -> None:
        self._journal = journal
        self._graph = graph
        self._name = JOURNAL + journal.id
        self._stepping = threading.Lock()
        self._position: tuple[Graph, int] | None = None
        self._one_by_one_until = 0
        self.worker = SupervisedWorker("follower", self._follow, patience_seconds=_PATIENCE_SECONDS)

    def step(self) -> bool:
        """Put the next records into the graph; whether more may wait.

        Raises:
            StoreFailure: If the graph or the journal refused; the same records come again then.
        """
        with self._stepping:
            graph = self._graph()
            try:
                reached = self._reached(graph)
                most = 1 if reached < self._one_by_one_until else _BATCH
                batch = self._journal.records_after(reached, most)
                if batch.size:
                    self._follow_with(graph, batch, reached)
            except BaseException:
                self._position = None  # whether it was written is not known: the graph is asked the next time
                raise
            self._position = (graph, batch.upto or reached)
            return batch.size == most

    def go_back(self, sequence: int) -> None:
        """Let all records after that number follow again: some of them were mended. What is there is not doubled."""
        with self.paused():
            graph = self._graph()
            graph.write([put_state(self._name, str(min(sequence, self._read_position(graph))))])
            self._position = None

    def catch_up(self, seconds: float) -> ProjectionState:
        """Follow until nothing waits, so long at most; a graph that refuses is left for the next time."""
        until = time.monotonic() + seconds
        while self.worker.attempt() != _IDLE_SECONDS and not self.worker.faults and time.monotonic() < until:
            pass
        return self.state()

    def start(self) -> None:
        """Follow in a thread of its own until ``close``."""
        self.worker.start()

    def close(self, seconds: float) -> None:
        """Stop, and follow what still waits, so long at most; closing twice is harmless."""
        if self.worker.stop(_ENDS_WITHIN_SECONDS):
            self.catch_up(seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing follows meanwhile: what is erased now cannot come after.

        Raises:
            Unavailable: If a step is under way that does not end.
        """
        if not self._stepping.acquire(timeout=_ENDS_WITHIN_SECONDS):
            raise Unavailable(_HELD_UP.fill(seconds=round(_ENDS_WITHIN_SECONDS)), hint=_LATER)
        try:
            yield
        finally:
            self._stepping.release()

    def state(self) -> ProjectionState:
        """How the graph keeps up."""
        known = self._position
        behind = self._journal.last_sequence() if known is None else self._journal.waiting_after(known[1])
        fault = self.worker.last_fault if self.worker.faults else None
        return ProjectionState(behind=behind, faults=self.worker.faults, fault=None if fault is None else fault.en,
                               set_aside=self._journal.count_set_aside())

    def _follow(self) -> float:
        """One step; the pause is as long as it took, so that half of the writer's time is left to others."""
        begun = time.monotonic()
        return time.monotonic() - begun if self.step() else _IDLE_SECONDS

    def _reached(self, graph: Graph) -> int:
        if self._position is None or self._position[0] is not graph:
            self._position = (graph, self._read_position(graph))
        return self._position[1]

    def _read_position(self, graph: Graph) -> int:
        """0 where the graph knows of later records than the journal: the journal is an older copy, or a new one."""
        known = state_of(graph, self._name)
        if known is None:  # others wait for the records of a journal that they know of, before it has any
            graph.write([put_state(self._name, "0")])
            return 0
        return int(known) if int(known) <= self._journal.last_sequence() else 0

    def _follow_with(self, graph: Graph, batch: ProjectionBatch, reached: int) -> None:
        """Put a batch; where it is refused again and again, one record at a time, and set aside what cannot follow.

        What keeps everything from being written, as a graph that is away, sets nothing aside.
        """
        self._journal.set_aside(batch.damaged)
        try:
            self._put(graph, batch)
        except GraphUnavailable:
            raise
        except Exception as fault:
            if self.worker.faults + 1 < STUCK_AFTER:
                raise
            if batch.size > 1:
                self._one_by_one_until = batch.upto
                raise
            graph.write([put_state(self._name, str(reached))])  # raises where nothing at all is taken
            self._journal.set_aside(batch.alone(why_damaged(fault)))
            graph.write([put_state(self._name, str(batch.upto))])

    def _put(self, graph: Graph, batch: ProjectionBatch) -> None:
        try:
            self._write(graph, batch)
        except Conflict:  # some of them are there: the position was set back
            self._write(graph, batch.without_known(graph))

    def _write(self, graph: Graph, batch: ProjectionBatch) -> None:
        graph.write([*batch.statements(self._journal.id), put_state(self._name, str(batch.upto))])
