"""Answers as text on a screen, or as JSON."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from ontology.quantities import number, percent
from rules.decision.request import Request

_MOST_COLUMNS_WIDTH = 200


def say(line: str) -> None:
    """Progress and faults go to standard error, so that standard output stays data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201  (the terminal is what this module is for)


def show(answer: Any, as_json: bool, otherwise: Callable[[Any], None]) -> None:  # noqa: FBT001 - an option as it is
    """The answer as JSON, or as ``otherwise`` prints it."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        otherwise(answer)


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with equal keys as a table; a word where there is none."""
    if not rows:
        typer.echo("nothing here")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else _MOST_COLUMNS_WIDTH).print(table)


def who_addresses(request: Mapping[str, Any]) -> str:
    """Channel and direction of a request that was asked about everybody."""
    said = Request.from_plain(request)
    return f"{said.channel}, {'we address each of them' if said.is_outbound else 'as if each of them came to us'}"


def print_family_table(summary: Mapping[str, Any]) -> None:
    """The whole base's decisions by family of the first action."""
    typer.echo(f"release {summary['release']}, as of {summary['as_of']}: {summary['customers']} customers,"
               f" {number(summary['seconds'], decimals=1)} s; {who_addresses(summary['request'])}")
    typer.echo(f"with a mined reason: {summary['with_mined_reason']} ({percent(summary['mined_share'])});"
               f" empty without saying why: {summary['unexplained']}")
    print_rows(summary["families"])
    print_rows(summary["statuses"])
