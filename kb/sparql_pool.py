"""Where SPARQL queries are asked: each in a process that is ended when its time is up."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from kb.child_process import ChildProcess, ProcessLate, ProcessLost
from ontology.linked.sparql_query import QueryAnswer, QueryFault, Size
from ontology.quantities import number

_STARTING_SECONDS = 60


class TooSlow(QueryFault):
    """The time of a query was up; its process was ended."""


class Busy(QueryFault):
    """As many queries as may run at once are running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLimits:
    """What one query may cost.

    Args:
        seconds: Wall clock, for one query.
        size: Of the answer.
        characters: Of the query.
        at_once: Queries that run beside each other; a further one waits as long as a query may take.
        waiting: Queries that wait so; whoever comes beyond them is told at once, and holds no thread.
    """

    seconds: float = 10.0
    size: Size = field(default_factory=lambda: Size(rows=10_000, bytes=5_000_000))
    characters: int = 50_000
    at_once: int = 2
    waiting: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A dataset to be asked.

    Args:
        key: Differs where the dataset differs.
        load: Makes it as TriG; called only when a process needs it.
    """

    key: object
    load: Callable[[], str]


class SparqlPool:
    """Answers queries; its processes are started when they are needed and wait for the next query. Safe for threads."""

    def __init__(self, limits: QueryLimits | None = None) -> None:
        self.limits = limits or QueryLimits()
        self._places = threading.BoundedSemaphore(self.limits.at_once)
        self._admitted = threading.BoundedSemaphore(self.limits.at_once + self.limits.waiting)
        self._changing = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closings = 0

    def ask(self, published: Published, query: str, accepted: Iterable[str]) -> QueryAnswer:
        """The answer, in the first accepted media type that its form has.

        Raises:
            QueryFault: For a syntax error, a forbidden form, or a query that costs too much.
            TooSlow: If its time was up.
            Busy: If others keep all places for as long as a query may take.
        """
        if len(query) > self.limits.characters:
            msg = f"the query has {len(query):,} characters, {self.limits.characters:,} are allowed"
            raise QueryFault(msg, "ask in parts")
        if not self._admitted.acquire(blocking=False):
            raise _no_place()
        try:
            return self._ask_in_turn(published, query, accepted)
        finally:
            self._admitted.release()

    def close(self) -> None:
        """End every process, also one that answers: whoever waits for it is told. A later query starts a new one."""
        with self._changing:
            self._closings += 1
            idle, self._idle = self._idle, []
            busy, self._busy = self._busy, set()
        for worker in idle:
            worker.process.kill()
        for worker in busy:
            worker.process.stop()  # who reads from it lets go of its pipes

    def _ask_in_turn(self, published: Published, query: str, accepted: Iterable[str]) -> QueryAnswer:
        if not self._places.acquire(timeout=self.limits.seconds):
            raise _no_place()
        try:
            return self._ask(published, {"query": query, "accepted": list(accepted), "seconds": self.limits.seconds,
                                         "size": {"rows": self.limits.size.rows, "bytes": self.limits.size.bytes}})
        finally:
            self._places.release()

    def _ask(self, published: Published, asked: Mapping[str, Any]) -> QueryAnswer:
        worker = self._take(published)
        try:
            told = worker.ask(asked, self.limits.seconds)
        except BaseException as fault:
            worker.process.kill()
            if not self._let_go(worker):
                raise _closing() from fault
            raise
        if not self._let_go(worker) or told.get("is_worn"):
            worker.process.kill()
        else:
            with self._changing:
                self._idle.append(worker)
        if "message" in told:
            raise QueryFault(told["message"], told["hint"])
        return QueryAnswer(media_type=told["media_type"], body=told["body"])

    def _take(self, published: Published) -> "_Worker":
        """An idle process that has this dataset; those that have another are ended.

        Raises:
            Busy: If the desk was closed while a process was being started: it would live on, and nobody would end it.
        """
        with self._changing:
            closings = self._closings
            fitting = [worker for worker in self._idle if worker.key == published.key]
            for worker in self._idle:
                if worker.key != published.key:
                    worker.process.kill()
            found = fitting.pop() if fitting else None
            self._idle = fitting
        worker = found or _Worker.start(published)
        with self._changing:
            if self._closings == closings:
                self._busy.add(worker)
                return worker
        worker.process.kill()
        raise _closing()

    def _let_go(self, worker: "_Worker") -> bool:
        """Note that a process has answered; whether it may be kept: not where the desk was closed meanwhile."""
        with self._changing:
            is_ours = worker in self._busy
            self._busy.discard(worker)
        return is_ours


@dataclass(frozen=True, slots=True, eq=False)
class _Worker:
    """One process with one dataset."""

    key: object
    process: ChildProcess

    @classmethod
    def start(cls, published: Published) -> Self:
        """Start it and hand it the dataset. It inherits no environment: nothing there is a query's business."""
        worker = cls(published.key, ChildProcess("ontology.linked.sparql_worker", environment={}))
        try:
            worker.ask({"trig": published.load()}, _STARTING_SECONDS)
        except QueryFault as fault:
            worker.process.kill()
            msg = "the process that answers queries could not be started"
            raise Busy(msg, "ask again in a moment") from fault
        except BaseException:
            worker.process.kill()
            raise
        return worker

    def ask(self, asked: Mapping[str, Any], seconds: float) -> Mapping[str, Any]:
        """Its answer; what did not come in time does not come any more."""
        try:
            return self.process.ask(asked, seconds=seconds)
        except ProcessLate as fault:
            msg = f"the query was ended after {number(seconds)} seconds"
            raise TooSlow(msg, "narrow it: fewer patterns, LIMIT, no open paths") from fault
        except ProcessLost as fault:
            msg = "the query cost more memory or processor time than one query may have"
            raise QueryFault(msg, "narrow it: fewer patterns, LIMIT, shorter expressions") from fault


def _no_place() -> Busy:
    return Busy("other queries keep all places", "ask again in a moment")


def _closing() -> Busy:
    return Busy("the query was ended: the service is closing", "ask again in a moment")
