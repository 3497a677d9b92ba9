"""Rounds of a proof by killing: who is killed, and when."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Self

import httpx

from api.settings import Settings
from api.startup import access_of
from bench.bases.corner_shop import make_shop, write_mapping, write_sales
from bench.kills.checks import what_is_wrong
from bench.kills.load import Acknowledged, Load, is_told_when
from kb.home import Home
from ontology.vocabulary import Role

_ZHIKE = Path(sys.executable).with_name("zhike")
_WEEKS = (26, 30)  # what imports bring in turns
_KINDS = ("service", "service", "service", "loading", "import")
_GIVING_UP_SECONDS = 180.0


class Proof:
    """A shop that is killed again and again.

    Args:
        seed: Of every choice.
        on_neo4j: Its graph is on a Neo4j of its own, which is killed too.
        longest: How long a load runs at most before the kill, seconds.
    """

    def __init__(self, folder: Path, seed: int, *, on_neo4j: bool = False, longest: float = 3.0) -> None:
        self._folder, self._seed, self._longest = folder, seed, longest
        self._chance = Random(seed)  # noqa: S311  # no secret
        self._open = ExitStack()
        self._neo4j: Any = None
        self._kinds = (*_KINDS, "neo4j") if on_neo4j else _KINDS
        self._environment: dict[str, str] = {"ZHIKE_ENGINE_WORKERS": "0", "ZHIKE_PORT": "0"}
        self.kills: Counter[str] = Counter()
        self.told = Acknowledged(live={1})
        self.wrong: list[str] = []

    def __enter__(self) -> Self:
        with self._open:
            if "neo4j" in self._kinds:
                self._start_neo4j()
            self._settings = Settings(home=self._folder / "home", engine_workers=0, **self._graph())
            make_shop(self._folder, self._settings)
            access = access_of(Home(self._settings.home))
            self._keys = {name: access.issue(name, role) for name, role in (("agent", Role.AGENT),
                                                                            ("manager", Role.MANAGER))}
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def kill_once(self, kind: str | None = None) -> str:
        """One kill and what came of it, in words."""
        chosen = kind or self._chance.choice(self._kinds)
        self.kills[chosen] += 1
        seen = Acknowledged(live=set(self.told.live), releases=dict(self.told.releases))
        getattr(self, f"_kill_{chosen}")(seen)
        found = what_is_wrong(self._settings, seen)
        self.wrong += [f"{chosen} {sum(self.kills.values())}: {line}" for line in found]
        seen.faults.clear()
        self.told.add(seen)
        return f"{chosen}: {seen}; {'; '.join(found) or 'nothing lost'}"

    def check_all(self) -> list[str]:
        """Everything that was ever wrong, and what is missing at the end of all that was acknowledged."""
        return [*self.wrong, *what_is_wrong(self._settings, self.told, is_whole=True)]

    def _kill_service(self, seen: Acknowledged) -> None:
        with self._serving() as (url, process):
            load = self._load(url, seen)
            time.sleep(self._chance.uniform(0.05, self._longest))
            process.kill()
            load.end()

    def _kill_loading(self, seen: Acknowledged) -> None:
        """Wait until the results of a run are being taken up, and kill some moment after."""
        with self._serving() as (url, process), self._http(url) as http:
            load = self._load(url, seen)
            run = http.post("/v1/runs", json={"seed": self._chance.randrange(100)}).json()["id"]
            _await(lambda: http.get(f"/v1/runs/{run}").json()["state"] != "running")
            time.sleep(self._chance.uniform(0.0, 0.5))
            process.kill()
            load.end()

    def _kill_import(self, _: Acknowledged) -> None:
        """Bring in another file than last time, and kill at a random moment: before, amid and after it takes place."""
        weeks = _WEEKS[self.kills["import"] % 2]
        mapping = write_mapping(self._folder, write_sales(self._folder / "sales.csv", weeks=weeks))
        with subprocess.Popen([_ZHIKE, "import", str(mapping), "--replace"], env=self._env(),  # noqa: S603  # our own command
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr or ():
                if "reading" in line:
                    break
            time.sleep(self._chance.uniform(0.0, 1.5 * self._longest))
            process.kill()

    def _kill_neo4j(self, seen: Acknowledged) -> None:
        """Kill the graph's server under load and start it again: the service recovers by itself."""
        from tests.neo4j import server as neo4j

        with self._serving() as (url, process), self._http(url) as http:
            load = self._load(url, seen)
            time.sleep(self._chance.uniform(0.05, self._longest))
            neo4j.stop(self._neo4j, signal.SIGKILL)
            seen.faults += _denials(http.get("/readyz"))
            self._restart_neo4j()
            _await(lambda: http.get("/readyz").status_code == httpx.codes.OK)
            time.sleep(0.5)
            process.kill()
            load.end()

    def _load(self, url: str, seen: Acknowledged) -> Load:
        number = sum(self.kills.values())
        load = Load(url, self._keys, seen, seed=self._seed + number, round_name=f"round-{number}")
        load.start()
        _await(lambda: seen.decisions)
        return load

    @contextmanager
    def _serving(self) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        with subprocess.Popen([_ZHIKE, "serve"], env=self._env(), stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
            try:
                said = []
                for line in process.stderr or ():
                    said.append(line)
                    if "listens on" in line:
                        break
                else:
                    msg = f"the base does not open: {''.join(said)}"
                    raise AssertionError(msg)
                yield said[-1].split()[-1], process
            finally:
                process.kill()

    def _http(self, url: str) -> httpx.Client:
        return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {self._keys['manager']}"}, timeout=60)

    def _env(self) -> dict[str, str]:
        graph = {f"ZHIKE_{name.upper()}": value for name, value in self._graph().items()}
        return {**os.environ, **self._environment, **graph, "ZHIKE_HOME": str(self._settings.home)}

    def _graph(self) -> dict[str, str]:
        return {} if self._neo4j is None else {"graph": f"{self._neo4j.url}?namespace=shop",
                                               "graph_password": self._neo4j.password}

    def _start_neo4j(self) -> None:
        from tests.neo4j import server as neo4j

        self._neo4j = neo4j.start(self._folder / "neo4j")
        self._open.callback(lambda: neo4j.stop(self._neo4j))

    def _restart_neo4j(self) -> None:
        from tests.neo4j import server as neo4j

        port = int(self._neo4j.url.rpartition(":")[2])
        self._neo4j = neo4j.start(self._folder / "neo4j", port=port)


def _denials(answer: httpx.Response) -> list[str]:
    """What is wrong with the readiness of a service whose graph is away: it is refused, with when to ask and why."""
    if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
        return [f"ready without its graph: {answer.status_code} {answer.text[:200]}"]
    graph = answer.json()["parts"]["graph"]
    told = {"when to ask again": is_told_when(answer), "that the graph is away": not graph["ready"],
            "why": "cannot be reached" in graph.get("why", "")}
    return [f"readiness does not say {what}: {answer.text[:300]}" for what, is_said in told.items() if not is_said]


def _await(holds: Any) -> None:
    until = time.monotonic() + _GIVING_UP_SECONDS
    while not holds():
        if time.monotonic() > until:
            msg = "waited in vain"
            raise TimeoutError(msg)
        time.sleep(0.02)
