"""Our end of the pipe to a worker: requests with a deadline, and the end of a worker that misses it."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import orjson

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65_536
_MILLISECONDS = 1e3


class WorkerLost(Exception):
    """The worker died, failed or did not answer in time; it is of no further use."""


class WorkerLate(WorkerLost):
    """The worker did not answer in time."""


class WorkerProcess:
    """A running worker; requests to it are made one at a time.

    Args:
        memory_bytes: The most memory it may have; 0 sets no limit.
        cpu_seconds: The most processor time it may use in all; 0 sets no limit.
    """

    def __init__(self, *, memory_bytes: int = 0, cpu_seconds: int = 0) -> None:
        command = [sys.executable, "-m", "rules.engine.worker", str(memory_bytes), str(cpu_seconds)]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._requests, self._answers = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._writable, self._readable = _poll(self._requests, select.POLLOUT), _poll(self._answers, select.POLLIN)
        self._unread = b""
        self._loaded: set[str] = set()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def load(self, fingerprint: str, program: Mapping[str, Any], *, seconds: float) -> None:
        """Compile a program in the worker; nothing is done where it is loaded already."""
        if fingerprint not in self._loaded:
            self.ask({"load": fingerprint, "program": program}, seconds=seconds)
            self._loaded.add(fingerprint)

    def forget(self, fingerprint: str, *, seconds: float) -> None:
        """Free a program."""
        if fingerprint in self._loaded:
            self._loaded.remove(fingerprint)
            self.ask({"forget": fingerprint}, seconds=seconds)

    def ask(self, request: Mapping[str, Any], *, seconds: float) -> Mapping[str, Any]:
        """The one answer to a request.

        Raises:
            WorkerLate: There was none in so many seconds.
            WorkerLost: The worker died, or told of a fault.
        """
        [answer] = self.ask_many(request, 1, seconds=seconds)
        return answer

    def ask_many(self, request: Mapping[str, Any], count: int, *, seconds: float) -> Iterator[Mapping[str, Any]]:
        """``count`` answers to one request; whoever does not take them all must end the worker.

        Args:
            request: What is asked.
            count: How many answers there will be.
            seconds: That the first answer may take, and each of the others after the one before.

        Raises:
            WorkerLate: One did not come in time.
            WorkerLost: The worker died, or told of a fault.
        """
        self._send(orjson.dumps(request) + b"\n", time.monotonic() + seconds)
        for _ in range(count):
            answer: Mapping[str, Any] = orjson.loads(self._receive(time.monotonic() + seconds))
            if "error" in answer:
                raise WorkerLost(answer["error"])
            yield answer

    def stop(self) -> None:
        """End the process while somebody may still read from it: whoever does hears that the worker has gone."""
        self._process.kill()

    def kill(self) -> None:
        """End the process, however it is, and let go of its pipes: nobody may be asking it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _send(self, text: bytes, deadline: float) -> None:
        rest = memoryview(text)
        while rest:
            try:
                rest = rest[os.write(self._requests, rest):]
            except BlockingIOError:  # the pipe is full
                _wait(self._writable, deadline)
            except OSError as error:
                msg = "the worker has gone"
                raise WorkerLost(msg) from error

    def _receive(self, deadline: float) -> bytes:
        while b"\n" not in self._unread:
            _wait(self._readable, deadline)
            part = os.read(self._answers, _CHUNK)
            if not part:
                msg = "the worker has gone"
                raise WorkerLost(msg)
            self._unread += part
        line, _, self._unread = self._unread.partition(b"\n")
        return line


def _pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        msg = "a worker is started with pipes"
        raise RuntimeError(msg)
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _poll(pipe: int, event: int) -> select.poll:
    poll = select.poll()
    poll.register(pipe, event)
    return poll


def _wait(poll: select.poll, deadline: float) -> None:
    if not poll.poll(max(0.0, deadline - time.monotonic()) * _MILLISECONDS):
        msg = "the worker did not answer in time"
        raise WorkerLate(msg)
