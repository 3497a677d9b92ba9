"""The commands ``zhike rules``: adopt, export, import."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.terminal.asking import AsJson, By, show, with_ways

rules_app = typer.Typer(no_args_is_help=True,
                        help="Adopt the shipped rules, or write rules to a file and take them in again.")
RuleFile = Annotated[Path, typer.Argument(help="a decision table (.xlsx, .csv), sentences (.txt), or .toml")]


class Spoken(StrEnum):
    """The languages of sentences and tables."""

    ZH = "zh"
    EN = "en"


@rules_app.command("adopt")
def rules_adopt(by: By = "") -> None:
    """Approve the shipped hand-written rules, as far as they are new here; the next release has them."""
    adopted = with_ways(lambda ways: ways.seed_rules(by or getpass.getuser()))
    typer.echo(f"adopted {adopted} rules; next: zhike publish" if adopted else "every shipped rule is here already")


@rules_app.command("export")
def rules_export(file: RuleFile,
                 language: Annotated[Spoken, typer.Option(help="of sentences and headings")] = Spoken.ZH,
                 as_json: AsJson = False) -> None:
    """Write the rules that are live or wait for a verdict."""
    answer = with_ways(lambda ways: ways.rules.export(file, language))
    show(answer, as_json, lambda told: typer.echo(f"wrote {told['rules']} rules to {told['file']}"))


@rules_app.command("import")
def rules_import(file: RuleFile, by: By = "",
                 approve_by: Annotated[str | None, typer.Option(help="a second person, who approves them")] = None,
                 as_json: AsJson = False) -> None:
    """Take in new and changed rules as drafts; all of them, or none."""
    answer = with_ways(lambda ways: ways.rules.take_in(file, by or getpass.getuser(), approve_by))
    show(answer, as_json, _print_taken_in)


def _print_taken_in(told: dict[str, Any]) -> None:
    for what in ("new", "changed"):
        if told[what]:
            typer.echo(f"{what}, {told['status']}: {', '.join(told[what])}")
    typer.echo(f"unchanged: {told['unchanged']}")
