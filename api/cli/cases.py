"""``zhike case``: complaints, faults and other cases of customers, resolved and opened again."""

import getpass
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, By, show, with_ways

case_app = typer.Typer(help="Resolve a customer's case, or open it again.", no_args_is_help=True)
CaseId = Annotated[str, typer.Argument(help="of the case, or of its interaction")]
Reason = Annotated[str, typer.Option(help="recorded with the change")]


@case_app.command("resolve")
def case_resolve(case_id: CaseId, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Resolve a case; what it held back is recommended again."""
    _change(case_id, resolved=True, reason=reason, by=by, as_json=as_json)


@case_app.command("reopen")
def case_reopen(case_id: CaseId, reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Open a case again."""
    _change(case_id, resolved=False, reason=reason, by=by, as_json=as_json)


def _change(case_id: str, *, resolved: bool, reason: str, by: str, as_json: bool) -> None:
    author = by or getpass.getuser()
    told = with_ways(lambda ways: ways.change_case(case_id, resolved=resolved, author=author, reason=reason))
    show(told, as_json, _print)


def _print(told: dict[str, Any]) -> None:
    state = "resolved" if told["resolved"] else "open"
    typer.echo(f"case {told['case_id']} is {state}" + ("" if told["recorded"] else " already; nothing was changed"))
