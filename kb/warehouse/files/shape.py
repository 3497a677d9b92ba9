"""What every opened file has in common, and how one is refused."""

from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from kb.errors import InvalidSource

LINE = "_line"
"""The column with the number of the record, from 1, the header counted."""

Connection: TypeAlias = Any
"""An Ibis connection to DuckDB (``ibis.duckdb.connect``)."""


def refuse(path: Path, given: str, expected: str, *, hint: str = "", cause: BaseException | None = None) -> NoReturn:
    """Refuse the file: what it has, and what was expected."""
    msg = f"{path} {given}; {expected}"
    raise InvalidSource(msg, hint=hint or "correct the file, or the mapping") from cause


def require_names(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a header, if they tell the columns apart."""
    if not names or "" in names or len(set(names)) != len(names):
        told = ", ".join(names) or "empty"
        refuse(path, f"line 1: the header is {told}", "expected a different name for each column")
    return names


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> print(quoted("orders"))
    "orders"
    """
    return '"' + name.replace('"', '""') + '"'
