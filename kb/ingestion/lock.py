"""Who may change the tables of a base: one thread at a time in its home, and one service at a time on its graph."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kb.errors import Unavailable
from kb.graph.lease import Lease
from kb.graph.port import Graph
from kb.home import Home
from ontology.text import Text

_TABLES_TAKEN = Text(zh="数据导入、删除、时刻设定或挖掘结果装载正在进行",
                     en="an import, an erasure, another moment or the loading of mined results is under way")
_WAIT = Text(zh="请等待其结束后重试；什么都没有改变",
             en="wait until it is finished, and try again; nothing was changed")


class IngestionLock:
    """The right to change the tables of one base.

    Args:
        home: Whose tables.
        graph: The lease is kept there, where other services can share it; ``None`` where none can.
        journal_id: Tells this service from others.
    """

    def __init__(self, home: Home, graph: Graph | None, journal_id: str) -> None:
        self._tables = threading.Lock()
        self._graph = graph
        self._holder = f"{home.path.resolve()} at {socket.gethostname()} ({journal_id})"

    @contextmanager
    def tables(self) -> Iterator[None]:
        """The right to change this home's tables, which one thread at a time has.

        Raises:
            Unavailable: On entering, if another thread has it.
        """
        if not self._tables.acquire(blocking=False):
            raise Unavailable(_TABLES_TAKEN, hint=_WAIT)
        try:
            yield
        finally:
            self._tables.release()

    @contextmanager
    def ingesting(self) -> Iterator[None]:
        """The right to import, to erase, to compute facts and to take up what was mined: one at a time has it.

        Raises:
            Unavailable: On entering, if another thread or another service has it.
        """
        with self.tables():
            graph = self._graph
            if graph is None:
                yield
                return
            with Lease(lambda: graph, "feeding", holder=self._holder, now=lambda: int(time.time())).holding():
                yield
