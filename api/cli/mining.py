"""The commands ``zhike mine`` and ``zhike runs``."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Client, Json, quoted
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show
from kb.errors import ZhikeError
from ontology.quantities import percent

runs_app = typer.Typer(help="Follow and cancel mining runs.", no_args_is_help=True)
_POLL_SECONDS = 0.2
_TOOK = "     {seconds:.1f} s"
_GOING_ON = ("running", "loading")


def mine(  # noqa: PLR0913, PLR0917 - the options of the command
         as_of: Annotated[int | None, typer.Option(help="the moment (epoch seconds); default: the base's")] = None,
         seed: int = 7,
         take_up: Annotated[bool, typer.Option("--take-up", help="take up what is found at another moment")] = False,
         miner: Annotated[list[str] | None, typer.Option(help="a miner, again for more; default: all")] = None,
         by: By = "", as_json: AsJson = False) -> None:
    """Run the miners; what passes the gate is proposed, the rest is refused with its reason.

    A run of another moment than the base's is a study: it is kept and listed, and changes nothing that is live until
    it is taken up (`--take-up`, or `zhike runs take-up RUN`).
    """
    request = {"as_of": as_of, "seed": seed, "take_up": take_up, "miners": miner or None}
    run = with_client(lambda client: follow_run(client, client.post("/v1/runs", request, by=by)))
    show(run["result"] | {"id": run["id"], "study": run["study"]}, as_json, lambda _: _print_result(run))


@runs_app.command("list")
def runs_list(as_json: AsJson = False) -> None:
    """List the mining runs, the latest first."""
    runs = with_client(lambda client: client.get("/v1/runs")["runs"])
    show(runs, as_json, lambda found: print_rows([_row(one) for one in found]))


@runs_app.command("show")
def runs_show(run_id: str, as_json: AsJson = False) -> None:
    """Show how far a run is, what was left out and why, or why it failed."""
    show(with_client(lambda client: client.get(_path(run_id))), as_json, _print_run)


@runs_app.command("cancel")
def runs_cancel(run_id: str, by: By = "", as_json: AsJson = False) -> None:
    """Cancel a run that still mines; the base stays as it was."""
    show(with_client(lambda client: client.delete(_path(run_id), by=by)), as_json, _print_run)


@runs_app.command("take-up")
def runs_take_up(run_id: str, by: By = "", as_json: AsJson = False) -> None:
    """Take up what a study found: its items are proposed, and its scores become live."""
    run = with_client(lambda client: follow_run(client, client.post(f"{_path(run_id)}/take-up", by=by)))
    show(run, as_json, lambda _: _print_result(run))


def follow_run(client: Client, run: Json) -> Json:
    """A run that was begun, or is being taken up, when it has ended; each stage is said as it begins and ends.

    Raises:
        ZhikeError: If it failed or was cancelled, with the reason.
    """
    said, began = None, time.monotonic()
    while True:
        if (line := _line(run)) != said:
            if said is not None:
                client.say(_TOOK.format(seconds=time.monotonic() - began))
            said, began = line, time.monotonic()
            client.say(line)
        if run["state"] not in _GOING_ON:
            break
        time.sleep(_POLL_SECONDS)
        run = client.get(_path(run["id"]))
    if run["result"] is None:
        msg = f"run {run['id']} {run['state']}: {run['fault']['message']}"
        raise ZhikeError(msg, hint=run["fault"]["hint"])
    return run


def _path(run_id: str) -> str:
    return f"/v1/runs/{quoted(run_id)}"


def _print_result(run: Mapping[str, Any]) -> None:
    print_rows([{name: n for name, n in run["result"].items() if isinstance(n, int)}])
    _print_changes(run)


def _print_changes(run: Mapping[str, Any]) -> None:
    """What a study leaves to do, and what became of the scores of earlier runs."""
    if run["study"]:
        typer.echo(f"  a study of {run['as_of']}: nothing that is live has changed; take it up with"
                   f" `zhike runs take-up {run['id']}`")
    for one in run["kept"]:
        typer.echo(f"  kept: {one['scores']:,} scores of kind {one['kind']}, by run {one['run_id']} of {one['as_of']}")
    for one in run["ended"]:
        typer.echo(f"  ended: {one['scores']:,} scores of {one['item']}, by run {one['run_id']}: {one['reason']['en']}")


def _line(run: Mapping[str, Any]) -> str:
    waits = f"; waits: {run['fault']['message']}" if run["fault"] and run["state"] in _GOING_ON else ""
    return f"{_share(run):>4} {run['stage']['label']['en']}{waits}"


def _share(run: Mapping[str, Any]) -> str:
    """How far a run is: an estimate, so in whole percent."""
    return percent(round(run["share"], 2))


def _row(run: Mapping[str, Any]) -> Json:
    result = run["result"] or {}
    state = "study" if run["study"] and run["result"] else run["state"]
    return {"id": run["id"], "state": state, "as of": run["as_of"],
            "done": _share(run), "stage": run["stage"]["label"]["en"],
            "since": run["since"], "requested by": run["requested_by"], "proposed": result.get("proposed"),
            "refused": result.get("refused")}


def _print_run(run: Mapping[str, Any]) -> None:
    print_rows([_row(run)])
    for line in run["plan"]:
        typer.echo(f"  {line['en']}")
    _print_changes(run)
    if run["fault"]:
        typer.echo(f"  {run['fault']['message']}")
        if run["fault"]["hint"]:
            typer.echo(f"  try: {run['fault']['hint']}")
