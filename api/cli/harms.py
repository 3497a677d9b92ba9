"""The commands ``zhike harms``: what must never be seen together, and whether the next release keeps to it."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.client import Json
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show
from api.cli.rules import read_file
from ontology.quantities import number

harms_app = typer.Typer(no_args_is_help=True, help="What customers must never see together; checked at every publish.")


@harms_app.command("list")
def harms_list(as_json: AsJson = False) -> None:
    """List the rows: those that are shipped, and the base's own."""
    show(with_client(lambda client: client.get("/v1/harms")), as_json, _print_table)


@harms_app.command("import")
def harms_import(file: Annotated[Path, typer.Argument(help="a .toml file of [[harm]] tables")], by: By = "",
                 as_json: AsJson = False) -> None:
    """Put the rows of a file in place of the base's own ones; those that are shipped stay."""
    answer = with_client(lambda client: client.send(
        "PUT", "/v1/harms", by=by, params={"name": str(file)}, content=read_file(file),
        headers={"Content-Type": "application/octet-stream"})).json()
    show(answer, as_json, _print_table)


@harms_app.command("check")
def harms_check(release: Annotated[int | None, typer.Option(help="an earlier one, in place of the next")] = None,
                as_json: AsJson = False) -> None:
    """Look for every row in what the next release would answer; exits non-zero where one is found."""
    found = with_client(lambda client: client.get("/v1/harms/check", release=release))
    show(found, as_json, print_harms)
    if found["findings"]:
        raise typer.Exit(1)


def _print_table(table: Json) -> None:
    print_rows([{"row": row["id"], "by": row["author"], "never": row["says"]["en"]} for row in table["rows"]])


def print_harms(found: Json) -> None:
    """What was found, row by row, and of how many customers."""
    for finding in found["findings"]:
        typer.echo(f"{finding['harm_id']}: {finding['message']['en']}; for example {', '.join(finding['examples'])}")
    for row in found["without_facts"]:
        typer.echo(f"{row['harm_id']}: nothing here can make it true, no row has {', '.join(row['facts'])}")
    typer.echo(f"{len(found['findings'])} findings for {number(found['customers'])} customers"
               f" ({number(found['suspects'])} came into question, {number(found['decided'])} decided for)")
