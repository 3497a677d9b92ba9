"""Our end of the pipe to a worker: what it is asked, and what it answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from kb.child_process import ChildProcess, ProcessLost


class WorkerProcess(ChildProcess):
    """A running worker of the engine.

    Args:
        memory_bytes: The most memory it may have; 0 sets no limit.
        cpu_seconds: The most processor time it may use in all; 0 sets no limit.
    """

    def __init__(self, *, memory_bytes: int = 0, cpu_seconds: int = 0) -> None:
        super().__init__("rules.engine.worker", str(memory_bytes), str(cpu_seconds))
        self._loaded: set[str] = set()

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
        """The one answer to a request, as ``ask_many`` gives it."""
        [answer] = self.ask_many(request, 1, seconds=seconds)
        return answer

    def ask_many(self, request: Mapping[str, Any], count: int, *, seconds: float) -> Iterator[Mapping[str, Any]]:
        """``count`` answers to one request; whoever does not take them all must end the worker.

        Args:
            request: What is asked.
            count: How many answers there will be.
            seconds: That the first answer may take, and each of the others after the one before.

        Raises:
            ProcessLate: One did not come in time.
            ProcessLost: The worker died, or told of a fault.
        """
        self.send(request, seconds=seconds)
        for _ in range(count):
            answer = self.receive(seconds=seconds)
            if "error" in answer:
                raise ProcessLost(answer["error"])
            yield answer
