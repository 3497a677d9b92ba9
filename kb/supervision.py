"""Threads that do a service's work: each tells how it fares, and goes on after a pause where it failed.

A thread that dies silently leaves its work undone while everything else looks well. So none is started by hand: what
is to be done goes into the ``step`` of a ``SupervisedWorker``, and readiness and metrics ask for its ``health``.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from kb.errors import ZhikeError
from ontology.text import Text

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds after a fault, doubled each time in a row
STUCK_AFTER = 3  # faults in a row: one or two are a hiccup of what the work rests on
_MOST_DOUBLINGS = 10
_FAILED = Text(zh="已连续失败 {faults} 次：{fault}", en="failed {faults} times in a row: {fault}")
_OVERDUE = Text(zh="一步工作已持续 {seconds} 秒仍未结束", en="one step has taken {seconds} seconds and has not ended")
_DEAD = Text(zh="线程已终止：{fault}", en="its thread has ended: {fault}")
_DEFECT = Text(zh="程序缺陷（{kind}），详见服务日志", en="a defect ({kind}); the log of the service tells more")
_UNKNOWN = Text(zh="原因不明", en="nobody knows why")
_log = logging.getLogger("zhike.workers")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerHealth:
    """How a supervised worker fares.

    Args:
        name: What it does, for programs.
        is_alive: Whether its thread runs.
        restarts: How often it went on after a fault, since it was started.
        faults: How often in a row it failed; 0 where the last step went well.
        last_fault: Why it failed the last time, also where it has recovered; ``None`` where it never did.
        trouble: Why it does not do its work now; ``None`` where it does.
    """

    name: str
    is_alive: bool
    restarts: int
    faults: int
    last_fault: Text | None
    trouble: Text | None


class SupervisedWorker:
    """A thread that takes one step after the other until it is stopped, or a step says that all is done.

    A step that raises is logged and taken again after a pause that doubles with every fault in a row.

    Args:
        name: What it does; also the name of the thread.
        step: One piece of the work; the seconds to pause before the next one, ``None`` when there is no next one.
        patience_seconds: How long one step may take before the worker counts as stuck; ``None`` for a step that
            waits for work.
    """

    def __init__(self, name: str, step: Callable[[], float | None], *, patience_seconds: float | None = None) -> None:
        self.name = name
        self._step = step
        self._patience = patience_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._step_begun: float | None = None
        self._is_done = False
        self._restarts = self._faults = 0
        self._last_fault: Text | None = None

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Work in a thread until stopped or done; a worker starts once."""
        self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
        self._thread.start()

    def stop(self, seconds: float | None = None) -> bool:
        """Take no further step, and wait for the present one, so many seconds at most; whether it has ended."""
        self._stopping.set()
        return self.join(seconds)

    def join(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, so many seconds at most; whether it has."""
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def attempt(self) -> float | None:
        """Take one step here and now, where no thread does; the pause before the next one.

        A fault is noted and logged, not raised, and the pause is longer then.
        """
        self._step_begun = time.monotonic()
        try:
            pause = self._step()
        except Exception as fault:  # noqa: BLE001  # whatever it is, the work goes on and health tells
            self._note(fault)
            return self._pause_after_fault()
        finally:
            self._step_begun = None
        self._faults = 0
        return pause

    def health(self) -> WorkerHealth | None:
        """How it fares; ``None`` where it does not work by itself: it was not started yet, is stopped or done."""
        thread = self._thread
        if thread is None or self._is_done or self.is_stopping:
            return None
        return WorkerHealth(name=self.name, is_alive=thread.is_alive(), restarts=self._restarts, faults=self._faults,
                            last_fault=self._last_fault, trouble=self._trouble(is_alive=thread.is_alive()))

    @property
    def faults(self) -> int:
        """How often in a row it failed."""
        return self._faults

    @property
    def last_fault(self) -> Text | None:
        """Why it failed the last time."""
        return self._last_fault

    def _trouble(self, *, is_alive: bool) -> Text | None:
        fault = self._last_fault or _UNKNOWN
        if not is_alive:
            return _DEAD.fill(fault=fault)
        if self._faults >= STUCK_AFTER:
            return _FAILED.fill(faults=self._faults, fault=fault)
        begun = self._step_begun
        took = 0.0 if begun is None else time.monotonic() - begun
        return _OVERDUE.fill(seconds=round(took)) if self._patience is not None and took > self._patience else None

    def _serve(self) -> None:
        while not (self.is_stopping or self._is_done):
            try:
                self._work()
            except BaseException as fault:  # noqa: BLE001  # not even noting the fault went well: memory may be short
                self._faults, self._last_fault = self._faults + 1, _words_of(fault)
                self._stopping.wait(LONGEST_PAUSE)

    def _work(self) -> None:
        while not self.is_stopping:
            pause = self.attempt()
            if pause is None:
                self._is_done = True
                return
            self._stopping.wait(pause)
            self._restarts += bool(self._faults)

    def _note(self, fault: Exception) -> None:
        self._faults, self._last_fault = self._faults + 1, _words_of(fault)
        if isinstance(fault, ZhikeError):
            _log.warning("%s failed: %s", self.name, fault.message)
        else:
            _log.error("%s failed", self.name, exc_info=fault)

    def _pause_after_fault(self) -> float:
        return float(min(FIRST_PAUSE * 2 ** min(self._faults - 1, _MOST_DOUBLINGS), LONGEST_PAUSE))


def _words_of(fault: BaseException) -> Text:
    """Why, in words: those of a fault on purpose, the class of another, whose text may hold what somebody wrote."""
    return fault.message_text if isinstance(fault, ZhikeError) else _DEFECT.fill(kind=type(fault).__name__)
