"""The way in: rule sets are asked of worker processes, every answer is checked, and there is always an answer."""

import itertools
import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Any, Self

from kb.child_process import ProcessLate, ProcessLost
from kb.errors import Unavailable
from kb.model.facts import Facts
from kb.model.ids import Digest, RuleId
from kb.supervision import SupervisedWorker, WorkerHealth
from ontology.text import Text
from rules.engine.encoding import Encoder, Message
from rules.engine.json_values import Outside, TooManyFacts
from rules.engine.process import WorkerProcess
from rules.engine.program import Program, Said, compile_program
from rules.engine.trial import MOST_TOGETHER, SECONDS, plain, request, try_program
from rules.interpreter import Conclusions, RuleSet, fired_ids

ENGINE = "durable_rules"
PYTHON = "python"

_DEADLINE_SECONDS = 0.25
_WAIT_SECONDS = 0.05
"""How long a call waits for a worker that answers others: two messages; while none runs, Python is faster."""

_CLOSING_SECONDS = 10.0  # that closing waits for a replacement that is being started
_NOT_STARTED = Text(zh="规则引擎的工作进程无法启动：{why}",
                    en="a worker of the rule engine could not be started: {why}")
_NOT_READY = Text(zh="规则引擎的新工作进程在载入规则前已终止",
                  en="a new worker of the rule engine ended before it had taken the rules")
_log = logging.getLogger("zhike.rules")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """How often what happened, since the pool was opened. Everything but ``engine`` was decided in Python.

    Args:
        engine: The engine answered, and the Python reading agreed.
        not_sampled: The setting leaves this answer to the Python reading.
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
    not_sampled: int = 0
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
    """What fired, and the readings that say so, the one whose answer this is before the one that checked it.

    Reasons are not part of it: ``rules.interpreter.explain`` gives them for the few rules that an answer tells of.
    """

    rule_ids: frozenset[RuleId]
    conclusions: Conclusions
    readings: tuple[str, ...]

    @property
    def engine(self) -> str:
        """The reading whose answer this is: ``durable_rules`` or ``python``."""
        return self.readings[0]


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
        share: Of how many answers the engine is asked, drawn at random; with 0 it only tries what is loaded.
        deadline: Seconds that a customer may take, unless a call says otherwise.
        seed: Of the draw; ``None`` draws otherwise each time.

    Raises:
        InvalidRule: A rule set did not pass its trial.
    """

    def __init__(self, *rulesets: RuleSet, workers: int = 2, share: float = 1.0, deadline: float = _DEADLINE_SECONDS,
                 seed: int | None = None) -> None:
        self._deadline = deadline
        self._share = share
        self._chance = Random(seed)  # noqa: S311  # no secret
        self._served: dict[Digest, _Served] = {}
        self._idle: queue.LifoQueue[WorkerProcess] = queue.LifoQueue()
        self._all: set[WorkerProcess] = set()
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._replacing = SupervisedWorker("engine", self._add_one_that_is_wanted)
        self._add_first(workers if share else 0)
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
            except ProcessLost:
                self._replace(worker)

    def fire(self, ruleset: RuleSet, facts: Facts, *, deadline: float | None = None) -> EngineAnswer:
        """What fires for a customer; see ``fire_all``."""
        [answer] = self.fire_all(ruleset, (facts,), deadline=deadline)
        return answer

    def fire_all(self, ruleset: RuleSet, people: Sequence[Facts], *,
                 deadline: float | None = None) -> tuple[EngineAnswer, ...]:
        """What fires for each customer: the engine says it, then the Python reading checks it, or stands in for it.

        Args:
            ruleset: Which rules.
            people: Those who are asked about together go to a worker together, ``MOST_TOGETHER`` to a message.
            deadline: Seconds that each of them may take.
        """
        seconds = self._deadline if deadline is None else deadline
        groups = [people[first:first + MOST_TOGETHER] for first in range(0, len(people), MOST_TOGETHER)]
        return tuple(self._answer(ruleset, facts, said) for group in groups
                     for facts, said in zip(group, self._said(ruleset, group, seconds), strict=True))

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

    def _said(self, ruleset: RuleSet, people: Sequence[Facts], seconds: float) -> list[Said | None]:
        """What the engine says of each customer, ``None`` where it says nothing; why it does not is counted."""
        compiled = self._served.get(ruleset.fingerprint)
        if compiled is None:
            self._count("not_loaded", len(people))
            return [None] * len(people)
        messages = [self._message(compiled.encoder, facts) for facts in people]
        asked = [message for message in messages if message is not None]
        said: Iterator[Said | None] = itertools.repeat(None)
        try:
            said = iter(self._ask(compiled, asked, seconds) if asked else ())
        except _NoAnswer as missed:
            self._count(missed.why, len(asked))
        return [None if message is None else next(said) for message in messages]

    def _answer(self, ruleset: RuleSet, facts: Facts, said: Said | None) -> EngineAnswer:
        """The engine's answer, if there is one and the Python reading, asked after it, says the same; else Python's."""
        checked = fired_ids(ruleset, facts)
        if said is not None:
            agrees = said == checked
            self._count("engine" if agrees else "disagreed")
            if agrees:
                return EngineAnswer(rule_ids=said[0], conclusions=said[1], readings=(ENGINE, PYTHON))
            _log.error("readings differ", extra={"ruleset": ruleset.fingerprint,
                                                 "rules": sorted(said[0] ^ checked[0])})
        return EngineAnswer(rule_ids=checked[0], conclusions=checked[1], readings=(PYTHON,))

    def _message(self, encoder: Encoder, facts: Facts) -> Message | None:
        """What a worker is told of a customer; ``None``, and counted, where it is not or must not be asked."""
        if self._chance.random() >= self._share:
            self._count("not_sampled")
            return None
        try:
            return encoder.message(facts)
        except Outside as error:
            self._count("too_many_facts" if isinstance(error, TooManyFacts) else "outside")
            return None

    def _ask(self, compiled: _Served, messages: Sequence[Message], seconds: float) -> list[Said]:
        """What the engine says of each of some customers.

        Raises:
            _NoAnswer: It could not be asked, or did not answer for all of them.
        """
        fingerprint, worker = compiled.program.ruleset.fingerprint, self._free(min(seconds, _WAIT_SECONDS))
        try:
            worker.load(fingerprint, compiled.plain, seconds=SECONDS)
            answers = worker.ask_many(request(fingerprint, messages), len(messages), seconds=seconds)
            said = [compiled.program.said(answer["fired"]) for answer in answers]
        except (ProcessLost, LookupError, ValueError) as error:  # also an answer that makes no sense
            self._replace(worker)
            raise _NoAnswer(why="late" if isinstance(error, ProcessLate) else "lost") from error
        self._return(worker)
        return said

    def _free(self, seconds: float) -> WorkerProcess:
        """A worker that has nothing to do; nobody waits where none runs."""
        try:
            return self._idle.get(timeout=seconds) if self._all else self._idle.get_nowait()
        except queue.Empty as error:
            raise _NoAnswer(why="busy") from error

    def _count(self, what: str, times: int = 1) -> None:
        with self._lock:
            self._counts[what] += times

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
        except ProcessLost:
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
            self._wanted.put(True)
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
