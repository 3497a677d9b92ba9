"""Our end of the pipe to a worker: requests with a deadline, and the end of a worker that misses it."""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import orjson

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 65_536


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
        """The answer to one request.

        Raises:
            WorkerLate: There was none in so many seconds.
            WorkerLost: The worker died, or told of a fault.
        """
        deadline = time.monotonic() + seconds
        self._send(orjson.dumps(request) + b"\n", deadline)
        answer: Mapping[str, Any] = orjson.loads(self._receive(deadline))
        if "error" in answer:
            raise WorkerLost(answer["error"])
        return answer

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
            _wait(self._requests, selectors.EVENT_WRITE, deadline)
            try:
                rest = rest[os.write(self._requests, rest[:_CHUNK]):]
            except BlockingIOError:  # fewer bytes fit than were offered
                continue
            except OSError as error:
                msg = "the worker has gone"
                raise WorkerLost(msg) from error

    def _receive(self, deadline: float) -> bytes:
        answer = b""
        while not answer.endswith(b"\n"):
            _wait(self._answers, selectors.EVENT_READ, deadline)
            part = os.read(self._answers, _CHUNK)
            if not part:
                msg = "the worker has gone"
                raise WorkerLost(msg)
            answer += part
        return answer


def _pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        msg = "a worker is started with pipes"
        raise RuntimeError(msg)
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _wait(pipe: int, event: int, deadline: float) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, event)
        if not selector.select(max(0.0, deadline - time.monotonic())):
            msg = "the worker did not answer in time"
            raise WorkerLate(msg)
