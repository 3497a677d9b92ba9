"""The commands ``zhike pauses``: rules that rest because their knowledge no longer holds."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Json
from api.cli.options import AsJson, By, Reason, with_client
from api.cli.printing import print_rows, show
from kb.model.pauses import PauseMode

pauses_app = typer.Typer(no_args_is_help=True, help="Pause rules whose knowledge no longer holds.")


@pauses_app.command("list")
def pauses_list(as_json: AsJson = False) -> None:
    """List the policy, every state and which one is in use, and what is to be paused now."""
    show(with_client(lambda client: client.get("/v1/pauses")), as_json, _print_list)


@pauses_app.command("policy")
def pauses_policy(mode: Annotated[PauseMode, typer.Argument(
        help="off; propose: a new state waits until somebody takes it; pause: it is taken by itself")],
        reason: Reason = "", by: By = "", as_json: AsJson = False) -> None:
    """Set what becomes of rules whose knowledge runs have ended; off takes the pauses out of use."""
    answer = with_client(lambda client: client.send("PUT", "/v1/pauses/policy", by=by, json={
        "mode": mode, "reason": reason})).json()
    show(answer, as_json, _print_list)


@pauses_app.command("show")
def pauses_show(state: Annotated[int, typer.Argument(help="its number")], as_json: AsJson = False) -> None:
    """Show the rules of a state, and why each is paused."""
    show(with_client(lambda client: client.get(f"/v1/pauses/{state}")), as_json, _print_state)


@pauses_app.command("use")
def pauses_use(state: Annotated[int, typer.Argument(help="its number")], by: By = "", as_json: AsJson = False) -> None:
    """Make decisions under a state from now on; earlier ones replay under theirs."""
    show(with_client(lambda client: client.post(f"/v1/pauses/{state}/use", by=by)), as_json, _print_state)


def _print_list(listed: Json) -> None:
    typer.echo(f"policy: {listed['mode']}; in use: {listed['in_use'] or 'none'}")
    if listed["states"]:
        print_rows([{"pauses": one["number"], "made at": one["made_at"], "by": one["by"], "rules": len(one["rules"]),
                     "in use": "yes" if one["in_use"] else ""} for one in listed["states"]])
    if listed["to_be_paused"]:
        typer.echo("rest on knowledge that no longer holds:")
        _print_rules(listed["to_be_paused"])


def _print_state(state: Json) -> None:
    in_use = "in use" if state["in_use"] else f"not in use: zhike pauses use {state['number']}"
    typer.echo(f"pauses {state['number']} of {state['made_at']}; {in_use}")
    _print_rules(state["rules"])


def _print_rules(rules: Iterable[Mapping[str, Any]]) -> None:
    print_rows([{"rule": one["rule"], "item": one["item"], "since": one["since"], "why": one["reason"]["en"]}
                for one in rules])
