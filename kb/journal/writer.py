"""One writer for SQLite: whatever waits is committed together, and each caller waits for its own commit."""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from kb.errors import StoreFailure
from kb.supervision import SupervisedWorker
from ontology.text import Text

Result = TypeVar("Result")
_MOST_IN_ONE_COMMIT = 1_000
_BUSY_SECONDS = 10.0
_LONGEST_SECONDS = 60.0  # that anybody waits for the disk; a commit takes milliseconds
_CLOSED = Text(zh="日志已关闭", en="the journal is closed")
_ENDING = Text(zh="服务正在停止；请在其恢复后再试", en="the service is shutting down; try again when it is up")
_SLOW = Text(zh="日志在 {seconds} 秒内没有写完", en="the journal has not written it within {seconds} seconds")
_NOT_WRITTEN = Text(zh="没有写入任何内容；请检查主目录所在的磁盘",
                    en="nothing was written; see the disk of the home folder")
_MAY_BE_WRITTEN = Text(zh="可能稍后仍会写入；请检查主目录所在的磁盘，然后重发同样的内容",
                       en="it may still be written; see the disk of the home folder, then send the same again")
_REFUSED = Text(zh="日志无法读写：{fault}", en="the journal could not be written or read: {fault}")
_SEE_DISK = Text(zh="请检查磁盘空间与主目录的权限；未确认任何记录",
                 en="see disk space and rights of the home folder; nothing was acknowledged")


class _Job:
    """One piece of work and the promise of its result."""

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.promise: Future[Any] = Future()


class GroupWriter:
    """A thread that owns the writing connection of a SQLite file.

    Work that fails by itself is undone alone and the rest of its group stands; where the store fails, nobody's does.
    """

    def __init__(self, path: Path) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._submitting = threading.Lock()
        self._is_closed = False
        self._connection = connect(path)
        self.worker = SupervisedWorker("journal-writer", self._write_group)
        self.worker.start()

    def run(self, work: Callable[[sqlite3.Connection], Result], *, seconds: float = _LONGEST_SECONDS) -> Result:
        """Do ``work`` and return its result once it is on disk, or give up waiting after so many seconds.

        Raises:
            StoreFailure: If the disk or the database refused; nothing of ``work`` is kept then.
        """
        job = _Job(work)
        with self._submitting:
            if self._is_closed:
                raise StoreFailure(_CLOSED, hint=_ENDING)
            self._jobs.put(job)
        try:
            result: Result = job.promise.result(seconds)
        except TimeoutError as fault:
            hint = _NOT_WRITTEN if job.promise.cancel() else _MAY_BE_WRITTEN
            raise StoreFailure(_SLOW.fill(seconds=round(seconds)), hint=hint) from fault
        return result

    def close(self) -> None:
        """Finish what waits and let go of the file; closing twice is harmless."""
        with self._submitting:
            if self._is_closed:
                return
            self._is_closed = True
            self._jobs.put(None)
        if self.worker.join(_LONGEST_SECONDS):
            self._connection.close()

    def _write_group(self) -> float | None:
        """Commit what waits, together; those who wait hear of it, whatever goes wrong on the way."""
        first = self._jobs.get()
        if first is None:
            return None
        group = [first]
        try:
            is_last = self._gather(group)
            self._commit([job for job in group if job.promise.set_running_or_notify_cancel()])
        except BaseException as fault:
            for job in group:
                if not job.promise.done():
                    job.promise.set_exception(_failure(fault))
            raise
        return None if is_last else 0.0

    def _gather(self, group: list[_Job]) -> bool:
        """Add to the group what waits; whether the writer is to end after it."""
        while len(group) < _MOST_IN_ONE_COMMIT:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return True
            group.append(job)
        return False

    def _commit(self, group: list[_Job]) -> None:
        outcomes: list[tuple[_Job, Any, BaseException | None]] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [(job, *_attempt(self._connection, job)) for job in group]
            self._connection.execute("COMMIT")
        except BaseException as fault:  # noqa: BLE001  # whoever waits must hear of it, whatever it is
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            outcomes = [(job, None, _failure(fault)) for job in group]
        for job, result, refusal in outcomes:
            if refusal is None:
                job.promise.set_result(result)
            else:
                job.promise.set_exception(refusal)


def connect(path: Path, *, busy_seconds: float = _BUSY_SECONDS) -> sqlite3.Connection:
    """A connection of the journal's kind: write-ahead log, a sync to disk per commit, deleted rows overwritten."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=busy_seconds)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


@contextmanager
def translated() -> Iterator[None]:
    """Faults of SQLite as ``StoreFailure``."""
    try:
        yield
    except sqlite3.Error as fault:
        raise _failure(fault) from fault


def _attempt(connection: sqlite3.Connection, job: _Job) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT job")
    try:
        result = job.work(connection)
    except sqlite3.Error:
        raise
    except Exception as fault:  # noqa: BLE001  # it belongs to the caller that waits, not to this thread
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, fault
    connection.execute("RELEASE job")
    return result, None


def _failure(fault: BaseException) -> StoreFailure:
    failure = StoreFailure(_REFUSED.fill(fault=fault), hint=_SEE_DISK)
    failure.__cause__ = fault
    return failure
