"""The graph follows the journal: what was recorded here becomes visible to the map and to other services.

Records follow in the order of their numbers, some at a time, long after they were acknowledged. How far the graph has
come stands in the graph itself and is written with the records, so that nothing is lost or doubled wherever the
process ends. While the graph cannot be reached the journal grows, and the graph catches up later.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kb.errors import Conflict, ZhikeError
from kb.graph.port import Graph
from kb.graph.stamp import JOURNAL
from kb.graph.state import put_state, state_of
from kb.journal.slim import Batch
from kb.journal.store import Journal

_BATCH = 100  # some 20 ms of the one writer of an embedded graph
_IDLE_SECONDS = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # after a fault, doubled each time
_log = logging.getLogger("zhike.follower")


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """How the graph keeps up.

    Args:
        behind: Numbers of the journal that the graph does not have yet, 0 when it has them all.
        faults: How often in a row it failed.
        fault: Why, the last time; ``None`` when it went well.
    """

    behind: int
    faults: int
    fault: str | None


class Follower:
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
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._position: tuple[Graph, int] | None = None
        self._faults = 0
        self._fault: str | None = None

    def step(self) -> bool:
        """Put the next records into the graph; whether more may wait.

        Raises:
            StoreFailure: If the graph or the journal refused; the same records come again then.
        """
        with self._stepping:
            graph = self._graph()
            batch = self._journal.records_after(self._reached(graph), _BATCH)
            if batch.size:
                self._put(graph, batch)
                self._position = (graph, batch.upto)
            return batch.size == _BATCH

    def catch_up(self, seconds: float) -> Following:
        """Follow until nothing waits, so long at most; a graph that refuses is left for the next time."""
        until = time.monotonic() + seconds
        while self._tried() and time.monotonic() < until:
            pass
        return self.state()

    def start(self) -> None:
        """Follow in a thread of its own until ``close``."""
        self._thread = threading.Thread(target=self._serve, name="follower", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        """Stop, and follow what still waits, so long at most; closing twice is harmless."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.catch_up(seconds)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Nothing follows meanwhile: what is erased now cannot come after."""
        with self._stepping:
            yield

    def state(self) -> Following:
        """How the graph keeps up."""
        known = self._position
        behind = self._journal.last_sequence() if known is None else self._journal.waiting_after(known[1])
        return Following(behind=behind, faults=self._faults, fault=self._fault)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            begun = time.monotonic()
            is_busy = self._tried()
            took = time.monotonic() - begun
            self._stopping.wait(self._pause(took, is_busy=is_busy))

    def _pause(self, took: float, *, is_busy: bool) -> float:
        """As long as the step took, so that half of the writer's time is left to others; longer after faults."""
        if self._faults:
            return float(min(_FIRST_PAUSE * 2 ** (self._faults - 1), _LONGEST_PAUSE))
        return took if is_busy else _IDLE_SECONDS

    def _tried(self) -> bool:
        try:
            is_busy = self.step()
        except ZhikeError as fault:
            self._position = None
            self._faults, self._fault = self._faults + 1, fault.message
            _log.warning("the graph does not follow the journal: %s", fault.message)
            return False
        self._faults, self._fault = 0, None
        return is_busy

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

    def _put(self, graph: Graph, batch: Batch) -> None:
        try:
            self._write(graph, batch)
        except Conflict:  # some of them are there: the position was set back
            self._write(graph, batch.without_known(graph))

    def _write(self, graph: Graph, batch: Batch) -> None:
        graph.write([*batch.statements(self._journal.id), put_state(self._name, str(batch.upto))])
