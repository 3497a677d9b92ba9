"""One of several services at a time: a lease in the graph that ends by itself where its holder dies."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from kb.errors import Conflict, Unavailable, ZhikeError
from kb.graph.port import Graph, Record, Statement
from kb.graph.state import READ_STATE, state_of
from kb.supervision import SupervisedWorker
from ontology.text import Text

LIFE_SECONDS = 120
_RENEWALS = 4  # in one life
_MAKE = "MERGE (s:State {name: $name}) ON CREATE SET s.value = ''"
_TAKE = """
    MATCH (s:State {name: $name}) WHERE s.value < $now OR s.value ENDS WITH $holder
    SET s.value = $value RETURN s.name AS name"""
_DROP = "MATCH (s:State {name: $name}) WHERE s.value ENDS WITH $holder SET s.value = ''"

_LOST = Text(zh="“{name}”未能及时续期，或已被其他服务接管；此后没有再写入图谱",
             en="the {name} could not be renewed in time, or another service took it over; nothing was written to the"
                " graph since")
_REPEAT = Text(zh="请在能够连接图谱后重复一次", en="repeat it when the graph can be reached")
_log = logging.getLogger("zhike.lease")


class Lease:
    """The right to do what only one service may do at a time.

    Args:
        graph: The graph that is open now; an import opens another.
        name: What it is about.
        holder: Tells this service from others: nobody else's lease is renewed or dropped by that name.
        now: Wall clock, epoch seconds.
    """

    def __init__(self, graph: Callable[[], Graph], name: str, *, holder: str, now: Callable[[], int]) -> None:
        self._graph = graph
        self._name = f"lease:{name}"
        self._holder = f" {holder}"
        self._now = now
        self._until = 0
        self._is_lost = False

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Hold it meanwhile, renewed by a thread; what this thread then writes to the graph stands under it.

        Raises:
            Unavailable: If another service holds it; also from whatever is written once it could not be renewed in
                time, so that the work stops and another service may take over.
        """
        self.take()
        renewing = SupervisedWorker("lease", self._renew, patience_seconds=LIFE_SECONDS)
        renewing.start()
        covering = _COVERING.set((*_COVERING.get(), self))
        try:
            yield
        finally:
            _COVERING.reset(covering)
            renewing.stop(LIFE_SECONDS)
            self._drop()
        if self._is_lost:
            raise Unavailable(_LOST.fill(name=self._name), hint=_REPEAT)

    def demand(self, read: Callable[[str, Mapping[str, object]], list[Record]]) -> None:
        """Return if it is still held; asked in each transaction that writes under it.

        Args:
            read: Asks in that very transaction, so that a lease that was taken over is seen before anything is written.

        Raises:
            Unavailable: If it has ended or was taken over; for good, whatever becomes of the lease.
        """
        self._demand_in_time()
        found = read(READ_STATE, {"name": self._name})
        self._is_lost = not (found and str(found[0]["value"]).endswith(self._holder))
        self._demand_in_time()

    def take(self) -> None:
        """Take it, or renew it.

        Raises:
            Unavailable: If another service holds it.
        """
        until = self._now() + LIFE_SECONDS
        value = f"{until:012d}{self._holder}"
        try:
            self._graph().write([
                Statement(_MAKE, {"name": self._name}),
                Statement(_TAKE, {"name": self._name, "now": f"{self._now():012d}", "holder": self._holder,
                                  "value": value}, guard="the lease is held")])
        except Conflict as fault:
            msg = Text(zh=f"共用此图谱的另一个服务正在进行“{self._name}”：{self._other()}",
                       en=f"another service on this graph holds the {self._name}: {self._other()}")
            raise Unavailable(msg, hint=Text(zh=f"请等它完成；如果它已中断，{LIFE_SECONDS} 秒内会释放",
                                             en="wait until it is finished; it ends within "
                                                f"{LIFE_SECONDS} seconds of its death")) from fault
        self._until = until

    def _renew(self) -> float | None:
        """One step of the thread that renews it: a graph that is away is tried again, what is lost stays lost."""
        if self._until > self._now():
            try:
                self.take()
            except Unavailable as fault:
                if not isinstance(fault.__cause__, Conflict):
                    raise
                self._is_lost = True
        return None if self._is_lost or self._until <= self._now() else LIFE_SECONDS / _RENEWALS

    def _demand_in_time(self) -> None:
        self._is_lost = self._is_lost or self._until <= self._now()
        if self._is_lost:
            raise Unavailable(_LOST.fill(name=self._name), hint=_REPEAT)

    def _drop(self) -> None:
        """Let others have it at once; where the graph is away it ends by itself."""
        try:
            self._graph().write([Statement(_DROP, {"name": self._name, "holder": self._holder})])
        except ZhikeError as fault:
            _log.warning("the %s could not be given back, and ends by itself: %s", self._name, fault.message)

    def _other(self) -> str:
        return (state_of(self._graph(), self._name) or "").partition(" ")[2]


def demand_leases(read: Callable[[str, Mapping[str, object]], list[Record]]) -> None:
    """Return if every lease that the work of this thread stands under is still held.

    Raises:
        Unavailable: If one is not: nothing more may be written under it.
    """
    for lease in _COVERING.get():
        lease.demand(read)


_COVERING: ContextVar[tuple[Lease, ...]] = ContextVar("leases", default=())
"""The leases that the work of this thread stands under."""
