"""Time and memory of bringing in the demo's year, and ten times as many lines of it: ``python -m bench intake``.

Each step is a process of its own, as a user starts it, and the memory told is the most that any process of it held.
``python -m bench.intake 1 10 --mine`` names the multiples, and mines what came in.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from kb.ingestion.files import locate
from kb.ingestion.mapping import load_mapping

MULTIPLES = (1, 10)
_MAPPING = "complete_journey"
_IDS = {"transactions": ("household_id", "basket_id"), "demographics": ("household_id",), "mailings": ("household_id",),
        "redemptions": ("household_id",)}
_FURTHER = 1_000_000_000_000  # added to the ids of each further copy: beyond every id of the first
_MEGABYTE_IN_KILOBYTES = 1024
_STOPPED = 1


def main(arguments: Sequence[str] = ()) -> None:
    multiples = [int(word) for word in arguments if word.isdecimal()] or list(MULTIPLES)
    commands = ["import", "mine"] if "--mine" in arguments else ["import"]
    print(f"{'step':10}{'lines':>14}{'seconds':>10}{'lines a second':>16}{'most memory, MB':>17}")
    for multiple in multiples:
        with tempfile.TemporaryDirectory() as folder:
            lines, files = _written(Path(folder), multiple)
            for command in commands:
                words = [_MAPPING, *files] if command == "import" else []
                seconds, megabytes = _measured(Path(folder) / "home", command, *words)
                print(f"{command:10}{lines:>14,}{seconds:>10.1f}{lines / seconds:>16,.0f}{megabytes:>17,.0f}",
                      flush=True)


def _written(folder: Path, multiple: int) -> tuple[int, list[str]]:
    """How many lines there are, and the options that name the files: every household, with its rows, so many times."""
    options, rows = [], {}
    for name, path, ids in _sources():
        target = folder / f"{name}.parquet"
        moved = ", ".join(f"rows.{column} + copy * {_FURTHER} AS {column}" for column in ids)
        with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": str(folder)}) as made:
            written = made.execute(f"COPY (SELECT rows.* REPLACE ({moved}) FROM range({multiple}) copies(copy), "  # noqa: S608 - names of this module
                                   f"read_parquet('{path}') rows) TO '{target}' (FORMAT parquet)").fetchall()
        rows[name] = written[0][0]
        options += ["--file", f"{name}={target}"]
    return rows["transactions"], options


def _sources() -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    sources = load_mapping(_MAPPING).sources
    for name, ids in _IDS.items():
        yield name, locate(sources[name], {}), ids


def _measured(home: Path, *words: str) -> tuple[float, float]:
    """Seconds, and megabytes at most, of one command of ``zhike``."""
    begun = time.perf_counter()
    process = subprocess.Popen([Path(sys.executable).with_name("zhike"), *words],  # noqa: S603
                               env=os.environ | {"ZHIKE_HOME": str(home)}, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(_STOPPED)
    return time.perf_counter() - begun, used.ru_maxrss / _MEGABYTE_IN_KILOBYTES


if __name__ == "__main__":
    main(sys.argv[1:])
