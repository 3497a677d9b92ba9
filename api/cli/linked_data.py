"""The commands ``zhike knowledge export``, ``import`` and ``validate``."""

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, By, show, with_ways
from api.cli.printing import print_rows
from api.use_cases.knowledge.linked import JSON_LD, TRIG, TURTLE, read_file


class LinkedDataForm(StrEnum):
    """The forms of linked data, by the ending of a file."""

    JSONLD = "jsonld"
    TURTLE = "ttl"
    TRIG = "trig"


_MEDIA_TYPES = {LinkedDataForm.JSONLD: JSON_LD, LinkedDataForm.TURTLE: TURTLE, LinkedDataForm.TRIG: TRIG}


def knowledge_export(form: Annotated[LinkedDataForm,
                                     typer.Option("--format", help="of the linked data")] = LinkedDataForm.TRIG,
                     output: Annotated[Path | None, typer.Option(help="a file; default: the terminal")] = None,
                     as_of: Annotated[str | None, typer.Option(help="the release that was live then")] = None) -> None:
    """Write what the live release publishes, with its sources in PROV-O; in TriG the release is a named graph."""
    text = with_ways(lambda ways: ways.linked.written(_MEDIA_TYPES[form], as_of))
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {output}")


def knowledge_import(file: Annotated[Path, typer.Argument(help="Turtle: zk:KnowledgeItem, or skos:Concept for words")],
                     by: By = "", as_json: AsJson = False) -> None:
    """Propose the knowledge of a Turtle file and keep its words for values; all of it, or nothing."""
    text = read_file(file)
    show(with_ways(lambda ways: ways.linked.take_in(text, by or getpass.getuser())), as_json, _print_taken_in)


def knowledge_validate(turtle: Annotated[bool, typer.Option("--turtle", help="a SHACL report in Turtle")] = False,
                       as_json: AsJson = False) -> None:
    """Hold the whole base against its SHACL shapes; exits non-zero where something does not fit."""
    if turtle:
        text = with_ways(lambda ways: ways.linked.validate_as_turtle())
        typer.echo(text)
        return
    report = with_ways(lambda ways: ways.linked.validate())
    show(report, as_json, _print_report)
    if not report["conforms"]:
        raise typer.Exit(1)


def _print_taken_in(told: dict[str, Any]) -> None:
    typer.echo(f"proposed {len(told['proposed'])} items; they wait for a verdict")
    if told["known"]:
        typer.echo(f"had a verdict here and stay as they are: {', '.join(told['known'])}")
    for one in told["kept"]:
        typer.echo(f"stays as it is: {one['id']} {one['why']['en']}")
    for name, count in told["words"].items():
        typer.echo(f"words for {count} values of {name}")


def _print_report(report: dict[str, Any]) -> None:
    print_rows([{"shape": shape, "checked": count} for shape, count in report["checked"].items()])
    print_rows(report["faults"])
    typer.echo("everything fits its shape" if report["conforms"] else f"{len(report['faults'])} faults")
