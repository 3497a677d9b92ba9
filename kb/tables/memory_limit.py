"""How much memory work on tables may take; what does not fit goes on in files of the base's folder.

The engine of the tables gets a part of it, because the interpreter, its libraries and the rows on their way into the
graph need room beside it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

from kb.errors import InvalidInput, StoreFailure
from ontology.quantities import byte_size
from ontology.text import Text

SPILL = ".spill-"
"""How the names of the folders begin in which work goes on that does not fit."""

_SHARE_OF_MACHINE = 0.25
_MOST_UNASKED = 2_000_000_000
_LEAST = 500_000_000
_SHARE_OF_ENGINE = 0.4
_LEAST_OF_A_THREAD = 200_000_000
_NUMBERS = count(1)
_UNITS = {"MB": 10**6, "GB": 10**9, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([MG]i?B)\s*", re.IGNORECASE | re.ASCII)
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


@dataclass(frozen=True, slots=True)
class Memory:
    """The most memory that an import or a mining run may take, in bytes."""

    total_bytes: int

    @classmethod
    def parse(cls, size: str) -> Self:
        """The memory of a setting.

        >>> Memory.parse("2GB").total_bytes
        2000000000

        Raises:
            InvalidInput: If it is no size, or too little to work with.
        """
        total = parse_bytes("ZHIKE_MEMORY", size)
        if total < _LEAST:
            raise InvalidInput(_TOO_LITTLE.fill(size=size), hint=_SIZE_HINT)
        return cls(total)

    @classmethod
    def of_machine(cls) -> Self:
        """What is taken where nobody said: a quarter of what the machine or the container has, at most 2 GB."""
        return cls(max(_LEAST, min(_MOST_UNASKED, int(_SHARE_OF_MACHINE * _machine_bytes()))))

    @contextmanager
    def engine(self, folder: Path) -> Iterator[Any]:
        """An Ibis connection to DuckDB that keeps to its part, and goes on in ``folder`` where that is full.

        Raises:
            StoreFailure: If what is done within needs more.
        """
        con = self._connect(folder)
        try:
            with self._translated():
                yield con
        finally:
            con.disconnect()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.OutOfMemoryException as fault:
            raise StoreFailure(_NOT_ENOUGH.fill(size=byte_size(self.total_bytes)), hint=_ALLOW_MORE,
                               retryable=False) from fault

    def _connect(self, folder: Path) -> Any:
        import ibis  # here: a setting of memory is read without it

        ibis.options.sql.fuse_selects = False  # DuckDB does that itself, and of long expressions far sooner
        share = int(_SHARE_OF_ENGINE * self.total_bytes)
        own = f"{SPILL}{os.getpid()}-{next(_NUMBERS)}"  # the files in it bear the same names for every connection
        return ibis.duckdb.connect(
            memory_limit=f"{share}B", temp_directory=str(folder / own),
            threads=max(1, min(os.cpu_count() or 1, share // _LEAST_OF_A_THREAD)))


def parse_bytes(setting: str, size: str) -> int:
    """The bytes that a setting says.

    >>> parse_bytes("ZHIKE_UNPACKED", "1.5 GB")
    1500000000

    Raises:
        InvalidInput: If it is no size.
    """
    found = _SIZE.fullmatch(size)
    if found is None:
        raise InvalidInput(_NO_SIZE.fill(setting=setting, size=size), hint=_SIZE_HINT)
    return int(float(found[1]) * _UNITS[found[2].upper()])


def _machine_bytes() -> int:
    """Memory of the machine, or of the container if that has less."""
    told = [path.read_text(encoding="ascii").strip() for path in map(Path, _CGROUP_LIMITS) if path.is_file()]
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(int(limit) for limit in told if limit.isdecimal())])


_NO_SIZE = Text(zh="{setting}={size} 不是大小", en="{setting}={size} is not a size")
_TOO_LITTLE = Text(zh="ZHIKE_MEMORY={size} 太小，至少需要 500MB",
                   en="ZHIKE_MEMORY={size} is too little; 500MB are needed")
_NOT_ENOUGH = Text(zh="所需内存超过允许的 {size}，工作已停止",
                   en="this needs more memory than the {size} that work on the tables may take, and was stopped")
_ALLOW_MORE = Text(zh="请用 ZHIKE_MEMORY 允许更多，例如 4GB；导入也可分成较小的文件",
                   en="allow more with ZHIKE_MEMORY, for example 4GB; an import can also come in smaller files")
_SIZE_HINT = Text(zh="例如 2GB 或 800MB", en="for example 2GB or 800MB")
