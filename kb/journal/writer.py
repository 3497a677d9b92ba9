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

Result = TypeVar("Result")
_MOST_IN_ONE_COMMIT = 1_000
_BUSY_SECONDS = 10.0


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
        self._thread = threading.Thread(target=self._serve, name="journal-writer", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Do ``work`` and return its result once it is on disk.

        Raises:
            StoreFailure: If the disk or the database refused; nothing of ``work`` is kept then.
        """
        job = _Job(work)
        with self._submitting:
            if self._is_closed:
                msg = "the journal is closed"
                raise StoreFailure(msg, hint="the service is shutting down; try again when it is up")
            self._jobs.put(job)
        result: Result = job.promise.result()
        return result

    def close(self) -> None:
        """Finish what waits and let go of the file; closing twice is harmless."""
        with self._submitting:
            if self._is_closed:
                return
            self._is_closed = True
            self._jobs.put(None)
        self._thread.join()
        self._connection.close()

    def _serve(self) -> None:
        while (first := self._jobs.get()) is not None:
            group, is_last = self._waiting(first)
            self._commit(group)
            if is_last:
                return

    def _waiting(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        while len(group) < _MOST_IN_ONE_COMMIT:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

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


def connect(path: Path) -> sqlite3.Connection:
    """A connection of the journal's kind: write-ahead log, a sync to disk per commit, deleted rows overwritten."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS)
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
    msg = f"the journal could not be written or read: {fault}"
    failure = StoreFailure(msg, hint="see disk space and rights of the home folder; nothing was acknowledged")
    failure.__cause__ = fault
    return failure
