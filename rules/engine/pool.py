"""The way in: rule sets are asked of worker processes, every answer is checked, and there is always an answer."""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from kb.errors import Unavailable
from kb.model.facts import Facts
from kb.model.ids import Digest, RuleId
from kb.supervision import SupervisedWorker, WorkerHealth
from ontology.text import Text
from rules.engine.encoding import Encoder, Message
from rules.engine.json_values import Outside, TooManyFacts
from rules.engine.process import WorkerLate, WorkerLost, WorkerProcess
from rules.engine.program import Program, compile_program
from rules.engine.trial import SECONDS, plain, request, try_program
from rules.interpreter import Conclusions, RuleSet, fired_ids

ENGINE = "durable_rules"
PYTHON = "python"

_DEADLINE_SECONDS = 0.25
_WAIT_SECONDS = 0.01
"""How long a call waits for a worker that answers another: some ten answers; while none runs, Python is faster."""

_CLOSING_SECONDS = 10.0  # that closing waits for a replacement that is being started
_NOT_STARTED = Text(zh="规则引擎的工作进程无法启动：{why}",
                    en="a worker of the rule engine could not be started: {why}")
_NOT_READY = Text(zh="规则引擎的新工作进程在载入规则前已终止",
                  en="a new worker of the rule engine ended before it had taken the rules")
_log = logging.getLogger("zhike.rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """How often what happened, since the pool was opened. Everything but ``engine`` was answered in Python.

    Args:
        engine: The engine answered, and the Python reading agreed.
        disagreed: They differed; the Python reading was served. Any such case is a fault to be looked into.
        late: The worker missed the deadline and was replaced.
        lost: The worker died or told of a fault and was replaced.
        busy: No worker was free soon enough, or none runs.
        too_many_facts: More rows passed the patterns' tests than the engine should get.
        outside: A value must not reach the engine.
        not_loaded: The rule set was never loaded.
        replaced: Workers started in place of others.
    """

    engine: int = 0
    disagreed: int = 0
    late: int = 0
    lost: int = 0
    busy: int = 0
    too_many_facts: int = 0
    outside: int = 0
    not_loaded: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineAnswer:
    """What fired, and which reading is served: ``durable_rules`` or ``python``.

    Reasons are not part of it: ``rules.interpreter.explain`` gives them for the few rules that an answer tells of.
    """

    rule_ids: frozenset[RuleId]
    conclusions: Conclusions
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Served:
    program: Program
    encoder: Encoder
    plain: Mapping[str, Any]


class _NoAnswer(Exception):
    """The engine gave none; ``why`` is the counter to raise."""

    def __init__(self, *, why: str) -> None:
        super().__init__(why)
        self.why = why


class EnginePool:
    """Worker processes with the same rule sets in each.

    Args:
        rulesets: Loaded at once, each after a trial in a process of its own.
        workers: How many processes; with 0 the Python reading answers alone.
        deadline: Seconds that a customer may take, unless a call says otherwise.

    Raises:
        InvalidRule: A rule set did not pass its trial.
    """

    def __init__(self, *rulesets: RuleSet, workers: int = 2, deadline: float = _DEADLINE_SECONDS) -> None:
        self._deadline = deadline
        self._served: dict[Digest, _Served] = {}
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        self._all: set[WorkerProcess] = set()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._replacing = SupervisedWorker("engine", self._add_one_that_is_wanted)
        for _ in range(workers):
            self._wanted.put(True)
        self._add_first(workers)
        try:
            for ruleset in rulesets:
                self.load(ruleset)
        except BaseException:
            self.close()
            raise

    def load(self, ruleset: RuleSet) -> None:
        """Try a rule set, then make it known to every worker, beside those that are loaded already.

        Raises:
            InvalidRule: It leaves the engine's subset, cannot be compiled, or two readings of it differ.
        """
        if ruleset.fingerprint in self._served:
            return
        program = compile_program(ruleset)
        try_program(program)
        self._served[ruleset.fingerprint] = _Served(program=program, encoder=Encoder.of(program), plain=plain(program))
        for worker in self._idle_now():
            self._return(worker) if self._is_ready(worker) else self._replace(worker)

    def forget(self, fingerprint: Digest) -> None:
        """Free a rule set that is no longer served. A worker that is busy keeps it until it is replaced."""
        self._served.pop(fingerprint, None)
        for worker in self._idle_now():
            try:
                worker.forget(fingerprint, seconds=SECONDS)
                self._return(worker)
            except WorkerLost:
                self._replace(worker)

    def fire(self, ruleset: RuleSet, facts: Facts, *, deadline: float | None = None) -> EngineAnswer:
        """What fires for a customer; the Python reading checks the engine and stands in for it."""
        expected, conclusions = fired_ids(ruleset, facts)
        try:
            told = self._ask(ruleset, facts, self._deadline if deadline is None else deadline)
        except _NoAnswer as missed:
            self._count(missed.why)
            agrees = False
        else:
            agrees = told == expected
            self._count("engine" if agrees else "disagreed")
            if not agrees:
                _log.error("readings differ", extra={"ruleset": ruleset.fingerprint, "rules": sorted(told ^ expected)})
        return EngineAnswer(rule_ids=expected, conclusions=conclusions, engine=ENGINE if agrees else PYTHON)

    @property
    def counters(self) -> Counters:
        """What happened so far."""
        with self._lock:
            return Counters(**self._counts)

    def health(self) -> WorkerHealth | None:
        """How the thread fares that starts workers in place of others; ``None`` where no worker is wanted."""
        return self._replacing.health()

    @property
    def pids(self) -> tuple[int, ...]:
        """The numbers of the worker processes."""
        with self._lock:
            return tuple(sorted(worker.pid for worker in self._all))

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            self._closed.set()
            workers, self._all = self._all, set()
        self._wanted.put(False)
        idle = self._idle_now()
        for worker in idle:
            worker.kill()
        for worker in workers.difference(idle):
            worker.stop()  # who asks it now hears that it has gone, and lets go of its pipes
        self._replacing.join(_CLOSING_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def _ask(self, ruleset: RuleSet, facts: Facts, seconds: float) -> frozenset[RuleId]:
        """What the engine says fires.

        Raises:
            _NoAnswer: It could not be asked, or did not answer.
        """
        compiled = self._served.get(ruleset.fingerprint)
        if compiled is None:
            raise _NoAnswer(why="not_loaded")
        message = _message(compiled.encoder, facts)
        worker = self._free(min(seconds, _WAIT_SECONDS))
        try:
            worker.load(ruleset.fingerprint, compiled.plain, seconds=SECONDS)
            answer = worker.ask(request(ruleset.fingerprint, message), seconds=seconds)
        except WorkerLost as error:
            self._replace(worker)
            raise _NoAnswer(why="late" if isinstance(error, WorkerLate) else "lost") from error
        self._return(worker)
        return frozenset(compiled.program.numbered[int(number)] for number in answer["fired"])

    def _free(self, seconds: float) -> WorkerProcess:
        """A worker that has nothing to do; nobody waits where none runs."""
        try:
            return self._idle.get(timeout=seconds) if self._all else self._idle.get_nowait()
        except queue.Empty as error:
            raise _NoAnswer(why="busy") from error

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def _idle_now(self) -> list[WorkerProcess]:
        workers = []
        while True:
            try:
                workers.append(self._idle.get_nowait())
            except queue.Empty:
                return workers

    def _is_ready(self, worker: WorkerProcess) -> bool:
        """Whether the worker has taken every rule set that is served."""
        try:
            for fingerprint, compiled in tuple(self._served.items()):
                worker.load(fingerprint, compiled.plain, seconds=SECONDS)
        except WorkerLost:
            return False
        return True

    def _return(self, worker: WorkerProcess) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._idle.put(worker)
                return
        worker.kill()

    def _replace(self, worker: WorkerProcess) -> None:
        """End a worker and have another started in the background; meanwhile the Python reading answers."""
        with self._lock:
            self._all.discard(worker)
        worker.kill()
        self._wanted.put(True)

    def _add_one_that_is_wanted(self) -> float | None:
        """One step of the thread that starts workers: it pauses longer each time that one does not come up."""
        if not self._wanted.get() or self._closed.is_set():
            return None
        try:
            self._add()
        except BaseException:
            self._wanted.put(True)
            raise
        self._count("replaced")
        return 0.0

    def _add_first(self, workers: int) -> None:
        """Start the workers; those that do not come up are left to the thread that starts others."""
        for _ in range(workers):
            try:
                self._add()
            except Unavailable as fault:
                _log.warning("%s", fault.message)
                continue
            self._wanted.get_nowait()
        if workers:
            self._replacing.start()

    def _add(self) -> None:
        """Start a worker that has every rule set.

        Raises:
            Unavailable: It could not be started, or ended before it had taken them.
        """
        try:
            worker = WorkerProcess()
        except OSError as fault:
            raise Unavailable(_NOT_STARTED.fill(why=fault.strerror)) from fault
        try:
            with self._lock:
                if not self._closed.is_set():
                    self._all.add(worker)
            self._prepare(worker)
        except BaseException:
            with self._lock:
                self._all.discard(worker)
            worker.kill()
            raise
        self._return(worker)

    def _prepare(self, worker: WorkerProcess) -> None:
        if not self._is_ready(worker):
            raise Unavailable(_NOT_READY)


def _message(encoder: Encoder, facts: Facts) -> Message:
    try:
        return encoder.message(facts)
    except TooManyFacts as error:
        raise _NoAnswer(why="too_many_facts") from error
    except Outside as error:
        raise _NoAnswer(why="outside") from error
