"""What commands share: who acts, in which form to answer, and the use cases wherever they run."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.client import Ways, open_ways
from api.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
By = Annotated[str, typer.Option("--by", help="who acts; the name is recorded")]


def with_ways(use: Callable[[Ways], Any]) -> Any:
    """What ``use`` makes of the use cases."""
    with open_ways(Settings()) as ways:
        return use(ways)


def show(answer: Any, as_json: bool, otherwise: Callable[[Any], None]) -> None:  # noqa: FBT001 - an option as it is
    """The answer as JSON, or as ``otherwise`` prints it."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        otherwise(answer)
