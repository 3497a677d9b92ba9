"""Keeping a base that a service holds: the service checks it, and writes archives where the owner could as well."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Progress = Callable[[str], None]


class RemoteArchives:
    """Archives and backups, written by the service."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def export(self, folder: Path, progress: Progress) -> Json:
        """Write the base as an archive."""
        return self._ask(folder, "folder", progress)

    def backup(self, file: Path, progress: Progress) -> Json:
        """Write the base as a backup."""
        return self._ask(file, "file", progress)

    def _ask(self, path: Path, form: str, progress: Progress) -> Json:
        progress(f"the service that holds the base writes {path}")
        return self._call("POST", "/v1/archives", json={"path": str(path.absolute()), "form": form})


class RemoteChecking:
    """The checks of the base that the service holds."""

    def __init__(self, call: Callable[..., Json]) -> None:
        self._call = call

    def checkup(self) -> list[Json]:
        """Whether what the base holds is sound."""
        found: list[Json] = self._call("GET", "/v1/checkup")["checks"]
        return found

    def mend(self, by: str) -> Json:
        """Let the service mend what can be mended; it records the owner of the key as the one who did."""
        del by
        return self._call("POST", "/v1/checkup/mend")
