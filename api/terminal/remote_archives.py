"""Archives of a base that a service holds: the service writes them, where the one who asks could write as well."""

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
