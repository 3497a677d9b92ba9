"""A real Neo4j on a loopback port, from Maven's jars: no Docker, nothing installed but Java 17 and Maven.

``python tests/neo4j/server.py`` starts one, prints how to reach it, and stops it with Ctrl-C; ``--home FOLDER`` keeps
what it holds. The tests start theirs with ``running``.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

HERE = Path(__file__).resolve().parent
POM = HERE / "pom.xml"
CACHE = HERE / ".cache"
_READY_SECONDS = 120
_STOP_SECONDS = 60
_FIRST_PASSWORD = "neo4j"  # noqa: S105 - what a new server accepts once, in order to be given another
_JVM = (
    "-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-XX:-OmitStackTraceInFastThrow", "-XX:+AlwaysPreTouch",
    "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "-Dio.netty.tryReflectionSetAccessible=true", "-Dlog4j2.disable.jmx=true", "-Dfile.encoding=UTF-8",
)
_CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size=256m
db.tx_log.rotation.retention_policy=keep_none
db.tx_log.preallocate=false
dbms.usage_report.enabled=false
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4jServer:
    """Where a server listens, how to enter it, and its process where it was started here."""

    url: str
    password: str
    user: str = "neo4j"
    pid: int | None = None
    home: Path | None = None


def is_startable() -> bool:
    """Whether this machine has what a start takes."""
    return shutil.which("java") is not None and shutil.which("mvn") is not None


def fetch_jars() -> Path:
    """The folder of the server's jars, copied by Maven once for each content of the pom."""
    lib = CACHE / f"lib-{hashlib.sha256(POM.read_bytes()).hexdigest()[:12]}"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not lib.is_dir():
            fresh = CACHE / f"fetching-{os.getpid()}"
            subprocess.run(["mvn", "--quiet", "--batch-mode", "--file", POM, "dependency:copy-dependencies",  # noqa: S603, S607
                            "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"], check=True)
            fresh.rename(lib)
    return lib


def start(home: Path, *, port: int = 0, password: str = "graph-of-tests", more: str = "") -> Neo4jServer:  # noqa: S107
    """Start a server that holds ``home`` and wait until it answers.

    Args:
        home: Its folder; one that is there already goes on with what it holds.
        port: Where Bolt listens on the loopback address; 0 takes any.
        password: Of the user neo4j; a home keeps its first one.
        more: Further lines of its configuration.

    Raises:
        TimeoutError: With the end of its log, if it does not answer in time.
    """
    lib, port = fetch_jars(), port or _free_port()
    (home / "conf").mkdir(parents=True, exist_ok=True)
    (home / "conf" / "neo4j.conf").write_text(_CONF.format(port=port, more=more), encoding="utf-8")
    with (home / "output.log").open("ab") as log:  # spawned, not opened by subprocess: it may outlive who starts it
        pid = os.posix_spawnp(
            "sh", ["sh", "-c", 'cd "$0" && exec java "$@"', str(home), *_JVM, "-cp", f"{lib}/*",
                   "org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}"],
            os.environ, setsid=True, file_actions=[(os.POSIX_SPAWN_DUP2, log.fileno(), stream) for stream in (1, 2)])
    server = Neo4jServer(url=f"bolt://127.0.0.1:{port}", password=password, pid=pid, home=home)
    try:
        _await_ready(server)
    except BaseException:
        stop(server)
        raise
    return server


def stop(server: Neo4jServer, signal_number: int = signal.SIGTERM) -> None:
    """End the process of a server that was started here and wait until it is gone."""
    if server.pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(server.pid, signal_number)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_running(server.pid):
        if time.monotonic() > deadline:
            os.kill(server.pid, signal.SIGKILL)
        time.sleep(0.05)


@contextmanager
def shared(folder: Path) -> Iterator[Neo4jServer]:
    """A server that several processes use together: the first starts it, the last stops it."""
    folder.mkdir(parents=True, exist_ok=True)
    with _users(folder) as users:
        if not users:
            users["server"] = _plain(start(folder / "home"))
        users["count"] = users.get("count", 0) + 1
        server = Neo4jServer(**{**users["server"], "home": folder / "home"})
    try:
        yield server
    finally:
        with _users(folder) as users:
            users["count"] -= 1
            if not users["count"]:
                stop(server)
                users.clear()


@contextmanager
def _users(folder: Path) -> Iterator[dict[str, Any]]:
    """Who uses the shared server, as a file that one process at a time reads and writes."""
    with (folder / "users.json").open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        users: dict[str, Any] = json.loads(file.read() or "{}")
        yield users
        file.truncate(0)
        file.write(json.dumps(users))


def _plain(server: Neo4jServer) -> dict[str, Any]:
    return {**asdict(server), "home": str(server.home)}


@contextmanager
def running(home: Path, **options: object) -> Iterator[Neo4jServer]:
    """A server for as long as the block runs."""
    server = start(home, **options)  # type: ignore[arg-type]
    try:
        yield server
    finally:
        stop(server)


def _await_ready(server: Neo4jServer) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not _answers(server):
        if not _is_running(server.pid) or time.monotonic() > deadline:
            log = (server.home / "output.log").read_text(encoding="utf-8", errors="replace")[-4_000:]
            msg = f"Neo4j did not become ready; the end of its log:\n{log}"
            raise TimeoutError(msg)
        time.sleep(0.2)


def _answers(server: Neo4jServer) -> bool:
    """Whether it lets us in; a new server is given its password on the way."""
    if _enter(server, server.password, "RETURN 1", database="neo4j"):
        return True
    change = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
    _enter(server, _FIRST_PASSWORD, change, database="system", old=_FIRST_PASSWORD, new=server.password)
    return False


def _enter(server: Neo4jServer, password: str, query: str, *, database: str, **parameters: str) -> bool:
    with suppress(DriverError, Neo4jError), GraphDatabase.driver(
            server.url, auth=(server.user, password), connection_timeout=2) as driver, \
            driver.session(database=database) as session:
        session.run(query, parameters).consume()
        return True
    return False


def _is_running(pid: int) -> bool:
    """Whether the process lives; one that ended stays on the process table until its parent has looked."""
    with suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    with suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    return False


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main() -> None:
    """Run one by hand until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="folder that it keeps; without it, everything is gone at the end")
    parser.add_argument("--port", type=int, default=0, help="port of Bolt; without it, any")
    parser.add_argument("--password", default="graph-of-tests")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, \
            running(given.home or Path(folder) / "neo4j", port=given.port, password=given.password) as server:
        print(f"export ZHIKE_GRAPH={server.url} ZHIKE_GRAPH_PASSWORD={server.password}", flush=True)  # noqa: T201
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    main()
