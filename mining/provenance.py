"""On what a figure depends besides the data and the parameters: our own source, and the libraries that compute it."""

import hashlib
import platform
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("kb/facts", "kb/model", "kb/ingestion", "kb/tables", "mining", "ontology")
"""Where what a figure depends on is written: features, tables and cleaning, conditions, miners, types and units."""

LIBRARIES = ("duckdb", "ibis-framework", "mlxtend", "numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "sqlglot",
             "tzdata")
_WRITTEN = frozenset({".py", ".toml", ".ttl", ".lark", ".sql", ".rq"})


@cache
def code_version(root: Path = ROOT) -> str:
    """The package's version, and the first digits of a digest of all that figures are computed with.

    It depends on names and contents alone: on no order of files, no time stamp, nothing that Python compiled.
    """
    source = hashlib.sha256()
    for path in sorted(_written(root), key=lambda path: path.relative_to(root).as_posix()):
        name, text = path.relative_to(root).as_posix().encode(), path.read_bytes()
        for part in (name, text):
            source.update(len(part).to_bytes(8, "big") + part)
    return f"{version('zhike')}+{source.hexdigest()[:12]}"


def libraries() -> Mapping[str, str]:
    """The version of each library that computes figures, and of Python."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def _written(root: Path) -> Iterator[Path]:
    for folder in SOURCES:
        yield from (path for path in (root / folder).rglob("*") if path.suffix in _WRITTEN)
