"""Commands on the moment of the base: from when everything asks *how long ago*."""

import getpass
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, By, show, with_ways
from api.cli.printing import say
from api.settings import Settings
from api.use_cases.ingestion import moment_json
from kb.home import Home

moment_app = typer.Typer(help="The moment from which everything asks how long ago: see it, set it.",
                         no_args_is_help=True)


@moment_app.command("show")
def moment_show(as_json: AsJson = False) -> None:
    """Show the moment, whether it stays, and who set it when and what stood before; beside a service too."""
    show(moment_json(Home(Settings().home).base()), as_json, _print_moment)


@moment_app.command("set")
def moment_set(to: Annotated[str, typer.Argument(help="a day, an ISO 8601 instant or epoch seconds, which then stays;"
                                                      " data: the last of the data, whatever comes in;"
                                                      " wall: the clock on the wall")],
               by: By = "", as_json: AsJson = False) -> None:
    """Set the moment, and compute the facts anew at it; beside a service too."""
    show(with_ways(lambda ways: ways.set_moment(to, by or getpass.getuser(), progress=say)), as_json, _print_moment)


def _print_moment(told: Mapping[str, Any]) -> None:
    if told["lives"]:
        typer.echo("the moment is the clock on the wall")
    else:
        typer.echo(f"the moment is {told['as_of_text']}; {'it stays' if told['stays'] else 'it follows the data'}")
    for change in told["changes"]:
        typer.echo(f"  {change['at_text']}: {change['by']} set it to {change['after_text']}; before:"
                   f" {change['before_text']}")
