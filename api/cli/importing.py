"""What the commands that bring files in are told, and what they answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from api.cli.printing import print_rows
from kb.errors import InvalidInput
from ontology.text import Text

_NO_PAIR = Text(zh="--file 需写成 来源=路径，收到的是 {pair}", en="--file expects SOURCE=PATH, got {pair!r}")
_TWICE = Text(zh="来源 {source} 指定了两个文件：{first} 和 {second}",
              en="source {source!r} was given two files: {first} and {second}")
_ONE_FILE = Text(zh="每个来源一次导入只读一个文件：请把它们合并，或为第二个文件另写一个映射",
                 en="an import reads one file for each source: join them, or bring the second in by a mapping of its "
                    "own")
_SHAPE = Text(zh="例如 --file lines=orders.csv", en="for example --file lines=orders.csv")


def files_of_sources(pairs: Sequence[str]) -> dict[str, Path]:
    """Source -> file, as ``SOURCE=PATH`` tells it.

    >>> files_of_sources(["lines=a.csv"])
    {'lines': PosixPath('a.csv')}

    Raises:
        InvalidInput: If one is told otherwise, or a source has two files.
    """
    files: dict[str, Path] = {}
    for pair in pairs:
        source, sign, path = pair.partition("=")
        if not (source and sign and path):
            raise InvalidInput(_NO_PAIR.fill(pair=pair), hint=_SHAPE)
        if source in files:
            raise InvalidInput(_TWICE.fill(source=source, first=files[source], second=path), hint=_ONE_FILE)
        files[source] = Path(path)
    return files


def print_import(report: Mapping[str, Any]) -> None:
    """The tables, why rows were refused, and which tables the mapping no longer fills."""
    print_rows(report["tables"])
    for one in report["refused"]:
        typer.echo(f"{one['table']}: {one['rows']:,} refused, {one['why']['en']} ({one['reason']}, first on line"
                   f" {one['first_line']:,})")
    for table, rows in report["dropped"].items():
        typer.echo(f"{table}: the {rows:,} rows that this mapping brought before are gone")
