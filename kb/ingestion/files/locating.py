"""Where a source's file is, and which file it was."""

import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.errors import InvalidSource
from kb.ingestion.mapping.declaration import Source, SourceMapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that an import read: where it was, and what was in it."""

    name: str
    path: str
    digest: str
    size_bytes: int


def locate(source: Source, overrides: Mapping[str, Path]) -> Path:
    """Where the source's file is.

    Raises:
        InvalidSource: If there is none.
    """
    path = overrides.get(source.name) or _stated(source)
    if not path.is_file():
        msg = f"source {source.name!r}: there is no file {path}"
        raise InvalidSource(msg, hint=f"give its place: --file {source.name}=PATH")
    return path


def require_known(mapping: SourceMapping, overrides: Mapping[str, Path]) -> None:
    """Return if every file was given to a source that the mapping has.

    Raises:
        InvalidSource: Naming the sources.
    """
    unknown = sorted(set(overrides) - set(mapping.sources))
    if unknown:
        msg = f"mapping {mapping.name!r} has no source {unknown[0]!r}; its sources: {', '.join(mapping.sources)}"
        raise InvalidSource(msg, hint=f"give a file to one of them: --file {next(iter(mapping.sources))}=PATH")


def fingerprint(source: Source, path: Path) -> SourceFile:
    """The file with the digest of its bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SourceFile(name=source.name, path=str(path), digest=f"sha256:{digest}", size_bytes=path.stat().st_size)


def _stated(source: Source) -> Path:
    if source.path is None:
        msg = f"source {source.name!r} has no file of its own"
        raise InvalidSource(msg, hint=f"give its place: --file {source.name}=PATH")
    if not source.path.startswith("package:"):
        return Path(source.path)
    package, _, inside = source.path.removeprefix("package:").partition("/")
    spec = importlib.util.find_spec(package)  # finds without importing: the data is wanted, not the code
    if spec is None or not spec.submodule_search_locations:
        msg = f"source {source.name!r} is in the package {package}, which is not installed"
        raise InvalidSource(msg, hint=f"pip install {package}")
    return Path(spec.submodule_search_locations[0]) / inside
