"""Deciding again beside what was served, in a thread of its own that nobody waits for."""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from kb.journal.events import Shadow
from kb.journal.store import Journal
from kb.model.decision import Decision
from kb.model.facts import Facts
from kb.model.ids import DecisionId
from kb.supervision import SupervisedWorker, WorkerHealth
from ontology.vocabulary import FactName
from rules.decision.compiled_release import CompiledRelease
from rules.decision.decide import decide
from rules.decision.request import Request

DecidedAnswer: TypeAlias = tuple[Facts, Decision]
"""The facts of one customer as they were read, not yet cut to what one release knows and reads, and the answer."""

_MOST_WAITING = 2_000  # answers, each with the facts of a customer
_CLOSING_SECONDS = 30.0
_log = logging.getLogger("zhike.shadow")


@dataclass(frozen=True, slots=True)
class _Job:
    """Answers that were given, for one release to give again."""

    release: int
    request: Request
    answers: Sequence[DecidedAnswer]


class ShadowWriter:
    """Puts into the journal what a challenging release would have answered.

    A fault of the challenger is logged and ends nothing. Where more waits than it can hold, the answers that come
    are not followed: the comparison tells how many decisions have a shadow.

    Args:
        compiled: A release by number, deciding under the rates and the pauses of a number each.
    """

    def __init__(self, journal: Journal, compiled: Callable[[int, int | None, int | None], CompiledRelease]) -> None:
        self._journal = journal
        self._compiled = compiled
        self._jobs: queue.SimpleQueue[_Job | threading.Event | None] = queue.SimpleQueue()
        self._waiting = 0
        self._counting = threading.Lock()
        self._starting = threading.Lock()
        self._settling = threading.Lock()
        self._worker: SupervisedWorker | None = None

    def follow(self, release: int, request: Request, answers: Sequence[DecidedAnswer]) -> None:
        """Have ``release`` answer the same, later; returns at once."""
        self._start()
        with self._counting:
            if self._waiting and self._waiting + len(answers) > _MOST_WAITING:
                _log.warning("release %d does not follow %d answers: %d wait", release, len(answers), self._waiting)
                return
            self._waiting += len(answers)
        self._jobs.put(_Job(release, request, answers))

    def settle(self, seconds: float) -> bool:
        """Wait until what was asked so far is done, so many seconds at most; whether it is.

        One at a time waits: whoever comes meanwhile is told at once what is known so far.
        """
        if self._worker is None:
            return True
        if not self._settling.acquire(blocking=False):
            return False
        try:
            reached = threading.Event()
            self._jobs.put(reached)
            return reached.wait(seconds)
        finally:
            self._settling.release()

    def health(self) -> WorkerHealth | None:
        """How the thread fares; ``None`` where none runs."""
        worker = self._worker
        return None if worker is None else worker.health()

    def close(self) -> None:
        """Finish what waits, within bounds; closing twice is harmless."""
        worker, self._worker = self._worker, None
        if worker is not None:
            self._jobs.put(None)
            worker.join(_CLOSING_SECONDS)

    def _start(self) -> None:
        with self._starting:
            if self._worker is None:
                self._worker = SupervisedWorker("shadow", self._follow_next)
                self._worker.start()

    def _follow_next(self) -> float | None:
        job = self._jobs.get()
        if job is None:
            return None
        if isinstance(job, threading.Event):
            job.set()
            return 0.0
        try:
            self._answer(job)
        finally:
            with self._counting:
                self._waiting -= len(job.answers)
        return 0.0

    def _answer(self, job: _Job) -> None:
        def again(facts: Facts, given: Decision) -> Decision:
            return _again(facts, given, job.request, self._compiled(job.release, given.rates, given.pauses))

        self._journal.append_shadows([Shadow(beside=given, decision=again(facts, given))
                                      for facts, given in job.answers])


def known_to(compiled: CompiledRelease, facts: Facts) -> Facts:
    """The facts as a release knows them: of the knowledge that holds for the customer, its own."""
    rows = facts.related.get(FactName.KNOWLEDGE.value, ())
    own = tuple(row for row in rows if row.key in compiled.items)
    return replace(facts, related={**facts.related, FactName.KNOWLEDGE.value: own}) if len(own) < len(rows) else facts


def _again(facts: Facts, given: Decision, request: Request, compiled: CompiledRelease) -> Decision:
    return decide(request, known_to(compiled, facts), compiled,
                  decision_id=DecisionId(f"{given.decision_id}-r{compiled.release.number}"))
