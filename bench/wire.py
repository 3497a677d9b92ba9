"""The real ``zhike serve`` on the wire, as ``wrk`` sees it: rate, p50, p99, processor time and memory of each call.

``python -m bench wire [--home FOLDER] [--seconds N]``. Without a folder the base is the corner shop; of the base in a
folder a copy is measured. One connection shows what one client waits, eight show what a machine carries. The rate of a
call that says nothing (``/healthz``) is what HTTP alone costs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from api.settings import Settings
from api.startup import access_of, open_service
from bench.bases.corner_shop import make_shop
from kb.home import Home
from ontology.vocabulary import Role

SECONDS = 8
CONNECTIONS = (1, 8)
_CUSTOMERS = 100
_WARMING_SECONDS = 2
_GIVING_UP_SECONDS = 30  # beyond what was asked for; then wrk is ended
_MOST_BYTES_OF_WRK = 2**30
_ZHIKE = Path(sys.executable).with_name("zhike")
_WRK = """
local paths, bodies, place = $paths, $bodies, 0

function request()
  place = place % #paths + 1
  local method = bodies[place] and "POST" or "GET"
  return wrk.format(method, paths[place], $headers, bodies[place])
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format('\\n{"answers": %d, "seconds": %f, "p50": %f, "p99": %f, "most": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked again and again, about one customer after the other.

    Args:
        paths: Where; one for each customer.
        bodies: What is posted there; empty where it is a ``GET``.
    """

    name: str
    paths: Sequence[str]
    bodies: Sequence[str] = ()

    def script(self, key: str) -> str:
        """The Lua of ``wrk`` that asks it with a key."""
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        return Template(_WRK).substitute(paths=_lua(self.paths), bodies=_lua(self.bodies), headers=_lua(headers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What a process and all that it started have used so far.

    Args:
        seconds: Processor time.
        megabytes: The most memory that was resident.
    """

    seconds: float
    megabytes: float


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench wire")
    asked.add_argument("--home", type=Path, help="a base of your own; a copy of it is measured")
    asked.add_argument("--seconds", type=int, default=SECONDS, help="how long each call is asked, at each width")
    said = asked.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not here; to get it: apt-get install wrk (Debian)")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = make_shop(Path(folder)) if said.home is None else shutil.copytree(said.home, Path(folder) / "home")
        measure(home, said.seconds)


def measure(home: Path, seconds: int) -> None:
    """Print a line for each call and width."""
    customers = _some_customers(home)
    key = access_of(Home(home)).issue("wire", Role.AGENT)
    print(f"{'call':<26}{'connections':>12}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'longest':>9}{'failed':>8}"
          f"{'CPU ms':>8}{'MB':>7}")
    with _serving(home) as (url, process):
        for call in _calls(customers):
            _ask(url, call, key, connections=max(CONNECTIONS), seconds=_WARMING_SECONDS)
            for connections in CONNECTIONS:
                _print(call, connections, process, _ask_measured(url, call, key, connections, seconds, process))


def _ask_measured(url: str, call: Call, key: str, connections: int, seconds: int,  # noqa: PLR0913, PLR0917  # a line's
                  process: int) -> Mapping[str, Any]:
    before = _used(process)
    told = _ask(url, call, key, connections=connections, seconds=seconds)
    return {**told, "cpu": 1e3 * (_used(process).seconds - before.seconds) / max(1, told["answers"])}


def _print(call: Call, connections: int, process: int, told: Mapping[str, Any]) -> None:
    print(f"{call.name:<26}{connections:>12}{told['answers'] / told['seconds']:>10,.0f}{told['p50']:>9.2f}"
          f"{told['p99']:>9.2f}{told['most']:>9.1f}{told['failed']:>8}{told['cpu']:>8.2f}{_used(process).megabytes:>7,.0f}",
          flush=True)


def _calls(customers: Sequence[str]) -> list[Call]:
    decisions = [json.dumps({"customer_ids": [customer], "channel": "web"}) for customer in customers]
    ten = [json.dumps({"customer_ids": customers[place:place + 10]}) for place in range(0, len(customers), 10)]
    return [
        Call(name="GET /healthz", paths=["/healthz"]),
        Call(name="POST /v1/decisions", paths=["/v1/decisions"] * len(decisions), bodies=decisions),
        Call(name="POST /v1/decisions, of ten", paths=["/v1/decisions"] * len(ten), bodies=ten),
        Call(name="GET knowledge-map", paths=[f"/v1/customers/{customer}/knowledge-map" for customer in customers]),
    ]


def _ask(url: str, call: Call, key: str, *, connections: int, seconds: int) -> dict[str, Any]:
    """What ``wrk`` counted; it is ended when it takes too long, and has no more memory than it is given."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(call.script(key))
        script.flush()
        done = subprocess.run(  # noqa: S603  # what was found on the path
            ["prlimit", f"--as={_MOST_BYTES_OF_WRK}", "wrk", "--threads", "1", "--connections", str(connections),  # noqa: S607
             "--duration", f"{seconds}s", "--timeout", "10s", "--script", script.name, url],
            capture_output=True, text=True, check=True, timeout=seconds + _GIVING_UP_SECONDS)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _some_customers(home: Path) -> list[str]:
    with open_service(Settings(home=home, engine_workers=0)) as service:
        found = [row["customer_id"] for row in service.customers.find("", _CUSTOMERS)]
    assert found, "a base without customers has nothing to ask about"
    return found


@contextmanager
def _serving(home: Path) -> Iterator[tuple[str, int]]:
    """The address and the process id of ``zhike serve`` over a base."""
    environment = {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_PORT": "0"}
    with subprocess.Popen([_ZHIKE, "serve"], env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        said = []
        try:
            for line in process.stderr or ():
                said.append(line)
                if "listens on" in line:
                    break
            assert said, "the service ended without a word"
            assert "listens on" in said[-1], "".join(said)
            yield said[-1].split()[-1], process.pid
        finally:
            process.terminate()


def _used(process: int) -> Used:
    """What the process and its children used; its own threads are in its figures."""
    total, most = 0.0, 0.0
    for pid in (process, *map(int, _children(process))):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime of proc(5)
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        most += int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return Used(seconds=total, megabytes=most)


def _children(process: int) -> list[str]:
    return [child for task in Path(f"/proc/{process}/task").glob("*/children")
            for child in task.read_text(encoding="ascii").split()]


def _lua(value: object) -> str:
    """A value as Lua writes it.

    >>> _lua({"a": ["b", "c"]})
    '{["a"] = {"b", "c"}}'
    """
    match value:
        case Mapping():
            return "{" + ", ".join(f"[{_lua(name)}] = {_lua(said)}" for name, said in value.items()) + "}"
        case str():
            return '"' + "".join(_lua_character(one) for one in value) + '"'
        case Sequence():
            return "{" + ", ".join(map(_lua, value)) + "}"
    raise TypeError(value)


def _lua_character(one: str) -> str:
    r"""Bytes in decimal, but for what is plain everywhere.

    >>> print("".join(map(_lua_character, 'a"客')))
    a\034\229\174\162
    """
    return one if one.isascii() and (one.isalnum() or one in " {}[]:,./_-") else "".join(
        f"\\{byte:03d}" for byte in one.encode())


if __name__ == "__main__":
    main()
