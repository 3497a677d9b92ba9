"""What every opened file has in common, and how one is refused."""

from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from kb.errors import InvalidSource
from ontology.text import Text

LINE = "_line"
"""The column with the number of the record, from 1, the header counted."""

Connection: TypeAlias = Any
"""An Ibis connection to DuckDB (``ibis.duckdb.connect``)."""


def refuse(path: Path, given: str | Text, expected: str | Text, *, hint: str | Text = "",
           cause: BaseException | None = None) -> NoReturn:
    """Refuse the file: what it has, and what was expected."""
    told = _REFUSED.fill(path=path, given=given, expected=expected)
    raise InvalidSource(told, hint=hint or _CORRECT) from cause


def require_names(path: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a header, if they tell the columns apart."""
    if not names or "" in names or len(set(names)) != len(names):
        told = ", ".join(names) or "empty"
        refuse(path, f"line 1: the header is {told}", "expected a different name for each column")
    return names


_REFUSED = Text(zh="{path} {given}；{expected}", en="{path} {given}; {expected}")
_CORRECT = Text(zh="请更正文件或映射", en="correct the file, or the mapping")


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> print(quoted("orders"))
    "orders"
    """
    return '"' + name.replace('"', '""') + '"'
