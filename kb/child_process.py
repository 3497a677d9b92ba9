"""A module of ours in a process of its own, with which we exchange messages: JSON, one text a line.

What may take too long, too much memory or the whole interpreter with it runs so: the engine, SPARQL queries, the
miners, the reading of documents. The first half is our end; the second half is for the module that is started. (What
answers SPARQL may import nothing of ``kb``; it keeps to the same lines, and to stricter limits of its own.)
"""

import os
import resource
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NoReturn, Self

import orjson

_ROOT = Path(__file__).resolve().parents[1]
_CHUNK = 65_536
_MILLISECONDS = 1e3
_ORPHANED = 3


class ProcessLost(Exception):
    """The process ended, failed or did not answer in time; it is of no further use."""


class ProcessLate(ProcessLost):
    """The process did not answer in time."""


class ChildProcess:
    """A running module; one thread at a time speaks with it.

    Args:
        module: The name of the module, which is run by our own interpreter.
        arguments: Of its command line.
        environment: What it may read; ``None``: all that we may.
        errors: Where its standard error goes.
    """

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None,
                 errors: IO[bytes] | int = subprocess.DEVNULL) -> None:
        command = [sys.executable, "-X", "utf8", "-m", module, *arguments]
        self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
            command, cwd=_ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            process_group=0)  # Ctrl-C at a terminal is for us: we end it, when we have no more use for it
        self._requests, self._answers = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._writable, self._readable = _poll(self._requests, select.POLLOUT), _poll(self._answers, select.POLLIN)
        self._unread = bytearray()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, request: Mapping[str, Any], *, seconds: float) -> Mapping[str, Any]:
        """The one answer to a request.

        Raises:
            ProcessLate: There was none in so many seconds.
            ProcessLost: The process has ended.
        """
        deadline = time.monotonic() + seconds
        self.send(request, seconds=seconds)
        return self.receive(seconds=max(0.0, deadline - time.monotonic()))

    def send(self, message: Mapping[str, Any], *, seconds: float) -> None:
        """Send a message.

        Raises:
            ProcessLate: It was not taken in so many seconds.
            ProcessLost: The process has ended.
        """
        rest, deadline = memoryview(orjson.dumps(message) + b"\n"), time.monotonic() + seconds
        while rest:
            try:
                rest = rest[os.write(self._requests, rest):]
            except BlockingIOError:  # the pipe is full
                _wait(self._writable, deadline)
            except OSError as error:
                _lost(error)

    def receive(self, *, seconds: float | None = None) -> Mapping[str, Any]:
        """The next message, which may be waited for again where it is late; without ``seconds``, however long it takes.

        Raises:
            ProcessLate: There was none in so many seconds.
            ProcessLost: The process has ended.
        """
        deadline, looked = None if seconds is None else time.monotonic() + seconds, 0
        while (end := self._unread.find(b"\n", looked)) < 0:
            looked = len(self._unread)
            _wait(self._readable, deadline)
            part = os.read(self._answers, _CHUNK)
            if not part:
                _lost()
            self._unread += part
        line = bytes(self._unread[:end])
        del self._unread[:end + 1]
        message: Mapping[str, Any] = orjson.loads(line)
        return message

    def messages(self) -> Iterator[Mapping[str, Any]]:
        """Each message as it comes, until the process has ended."""
        while True:
            try:
                message = self.receive()
            except ProcessLost:
                return
            yield message

    def wait(self) -> int:
        """Its exit code, once it has ended; negative: the signal that ended it."""
        return self._process.wait()

    def stop(self) -> None:
        """End the process while somebody may still read from it: whoever does hears that it has gone."""
        self._process.kill()

    def kill(self) -> None:
        """End the process, however it is, and let go of its pipes: nobody may be speaking with it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        msg = "a process of ours is started with pipes"
        raise RuntimeError(msg)
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _poll(pipe: int, event: int) -> select.poll:
    poll = select.poll()
    poll.register(pipe, event)
    return poll


def _wait(poll: select.poll, deadline: float | None) -> None:
    left = None if deadline is None else max(0.0, deadline - time.monotonic()) * _MILLISECONDS
    if not poll.poll(left):
        msg = "the process did not answer in time"
        raise ProcessLate(msg)


def _lost(fault: OSError | None = None) -> NoReturn:
    msg = "the process has gone"
    raise ProcessLost(msg) from fault


def limit_resources(*, memory_bytes: int = 0, cpu_seconds: int = 0) -> None:
    """Let this process have no more than so much; 0 sets no limit."""
    if memory_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    if cpu_seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))


def end_with_the_parent() -> None:
    """From now on this process ends when its standard input does, because then nobody is left to hear it."""
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):  # no lock of Python's: the interpreter could not end under it
        continue
    os._exit(_ORPHANED)


def requests() -> Iterator[dict[str, Any]]:
    """Each message of the parent as it comes, until it has gone."""
    yield from map(orjson.loads, sys.stdin.buffer)


class Answers:
    """The way of messages to the parent."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    @classmethod
    def to_the_parent(cls) -> Self:
        """Over standard output, for messages alone: what else is printed, by C code too, goes to standard error."""
        pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        return cls(pipe)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message, and all that was kept."""
        self.keep(message)
        self.flush()

    def keep(self, message: Mapping[str, Any]) -> None:
        """Let a message leave with others: each that leaves alone wakes the parent."""
        self._pipe.write(orjson.dumps(message) + b"\n")

    def flush(self) -> None:
        """Send all that was kept."""
        self._pipe.flush()
