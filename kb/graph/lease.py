"""One of several services at a time: a lease in the graph that ends by itself where its holder dies."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kb.errors import Conflict, Unavailable, ZhikeError
from kb.graph.port import Graph, Statement
from kb.graph.state import state_of
from ontology.text import Text

LIFE_SECONDS = 120
_RENEWALS = 4  # in one life
_MAKE = "MERGE (s:State {name: $name}) ON CREATE SET s.value = ''"
_TAKE = """
    MATCH (s:State {name: $name}) WHERE s.value < $now OR s.value ENDS WITH $holder
    SET s.value = $value RETURN s.name AS name"""
_DROP = "MATCH (s:State {name: $name}) WHERE s.value ENDS WITH $holder SET s.value = ''"


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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it meanwhile, renewed by a thread.

        Raises:
            Unavailable: If another service holds it, or has taken it over because this one could not renew it.
        """
        self.take()
        ending, is_lost = threading.Event(), threading.Event()
        renewing = threading.Thread(target=self._renew, args=(ending, is_lost), name="lease", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ending.set()
            renewing.join()
            self._graph().write([Statement(_DROP, {"name": self._name, "holder": self._holder})])
        if is_lost.is_set():
            msg = Text(zh=f"此服务无法连接图谱期间，另一个服务接手了“{self._name}”",
                       en=f"another service took over the {self._name} while this one could not reach the graph")
            raise Unavailable(msg, hint=Text(zh="请重做一次：两个服务可能都写入过",
                                             en="repeat it: both may have loaded"))

    def take(self) -> None:
        """Take it, or renew it.

        Raises:
            Unavailable: If another service holds it.
        """
        value = f"{self._now() + LIFE_SECONDS:012d}{self._holder}"
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

    def _renew(self, ending: threading.Event, is_lost: threading.Event) -> None:
        while not ending.wait(LIFE_SECONDS / _RENEWALS):
            try:
                self.take()
            except ZhikeError as fault:
                if not isinstance(fault.__cause__, Conflict):
                    continue  # the graph is away; the lease may still stand when it is back
                is_lost.set()
                return

    def _other(self) -> str:
        return (state_of(self._graph(), self._name) or "").partition(" ")[2]
