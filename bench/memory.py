"""Memory of a proof that the readings of rules agree: of its process and of all that it starts, at every tenth.

``python -m bench memory`` asks two million times; ``python -m bench.memory CASES SEED`` otherwise.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from rules.conformance import Agreement, prove

CASES, SEED = 2_000_000, 11
_TENTHS = 10
_PAGES_IN_STATM = 1
_MEGABYTE = 2**20


class Sampler:
    """Prints a line for every tenth that is done, with the most memory since the line before.

    Args:
        cases: How many evaluations there will be.
    """

    def __init__(self, cases: int) -> None:
        self._cases, self._told, self._begun = cases, 0, time.perf_counter()
        self._most: dict[str, float] = {}

    def __call__(self, tally: Agreement) -> None:
        """Sample, and print where another tenth is done."""
        own, below = _resident(os.getpid()), [_resident(pid) for pid in _descendants(os.getpid())]
        for name, size in (("own", own), ("below", sum(below)), ("largest", max(below, default=0.0))):
            self._most[name] = max(size, self._most.get(name, 0.0))
        tenth = tally.evaluations * _TENTHS // self._cases
        if tenth > self._told:
            self._told = tenth
            print(f"{tally.evaluations:>12,}{tally.different:>11}{time.perf_counter() - self._begun:>9.0f}"
                  f"{self._most['own']:>12.0f}{self._most['below']:>14.0f}{self._most['largest']:>12.0f}", flush=True)
            self._most.clear()


def main(cases: int = CASES, seed: int = SEED) -> None:
    print(f"{'evaluations':>12}{'different':>11}{'seconds':>9}{'own MB':>12}{'started MB':>14}{'largest MB':>12}")
    tally = prove(cases=cases, seed=seed, processes=os.cpu_count() or 1, progress=Sampler(cases))
    assert (tally.evaluations, tally.different) == (cases, 0), tally.differences


def _descendants(pid: int) -> Iterator[int]:
    """The processes that ``pid`` started, and those that they did."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _text(task).split()):
            yield child
            yield from _descendants(child)


def _resident(pid: int) -> float:
    """Resident memory in megabytes; nought once the process is gone."""
    fields = _text(Path(f"/proc/{pid}/statm")).split()
    return int(fields[_PAGES_IN_STATM]) * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE if fields else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
