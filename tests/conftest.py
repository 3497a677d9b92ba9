"""What every test may ask for, and a loud word at the end about what could not be tested here."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HOW_TO_GET = {
    "shared data": "put the public data sets of the README's 'Data for tests' into ../shared/data",
    "Chromium": "apt-get install chromium (Debian), or any Chromium on PATH as `chromium`",
}
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


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        _missing_part("Chromium")
    return str(path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where nobody can overlook it, which parts were not tested."""
    for name, count in _missing.items():
        terminalreporter.write_sep("!", f"{count} tests NOT RUN: no {name}", red=True)
        terminalreporter.write_line(f"To run them: {HOW_TO_GET[name]}.")
