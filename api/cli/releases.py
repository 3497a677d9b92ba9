"""The commands on releases: what publishing would change is said first, and what goes is asked about."""

from typing import Annotated

import typer

from api.cli.client import Client, Json
from api.cli.options import AsJson, AsOf, By, ask, with_client
from api.cli.printing import print_rows, say, show

Yes = Annotated[bool, typer.Option("--yes", help="agree to what goes and ends, without being asked")]
AcceptHarm = Annotated[str | None, typer.Option(
    help="why it goes live although customers would see what a row of `zhike harms list` forbids")]
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_TOLD = {"added": "comes", "changed": "changes", "removed": "goes"}
_MOST_TOLD = 20


def releases(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the releases; with --as-of those of then, and which was live."""
    show(with_client(lambda client: client.get("/v1/releases", as_of=as_of)["releases"]), as_json, print_rows)


def publish(by: By = "",
            aside: Annotated[bool, typer.Option("--aside", help="keep it, and go on serving the live one")] = False,
            yes: Yes = False,
            accept_harm: AcceptHarm = None) -> None:
    """Publish what is approved as a new release; says which rules come, change and go, and asks before one goes."""
    release = with_client(lambda client: _publish(client, by, accept_harm, is_aside=aside, is_agreed=yes))
    state = "live" if release["live"] else "kept aside"
    typer.echo(f"release {release['number']} is {state}: {release['rules']} rules on {release['items']} items,"
               f" {release['fingerprint']}")
    _tell_end_of_challenge(release)


def rollback(number: int, by: By = "", yes: Yes = False, accept_harm: AcceptHarm = None) -> None:
    """Serve an earlier release again; says what changes, and asks before it ends a challenge."""
    release = with_client(lambda client: _rollback(client, number, by, accept_harm, is_agreed=yes))
    typer.echo(f"release {release['number']} is live")
    _tell_end_of_challenge(release)


def _publish(client: Client, by: str, accept_harm: str | None, *, is_aside: bool, is_agreed: bool) -> Json:
    planned = client.get("/v1/releases/next")
    _print_changes(planned)
    going = [] if is_aside else planned["changes"]["rules"]["removed"]
    ending = None if is_aside else planned["ends_challenger"]
    confirmed = _confirmed(planned, going, ending, is_agreed=is_agreed) | {"accept_harm": accept_harm}
    return client.post("/v1/releases", confirmed, by=by, aside=is_aside)


def _rollback(client: Client, number: int, by: str, accept_harm: str | None, *, is_agreed: bool) -> Json:
    planned = client.get(f"/v1/releases/{number}")
    _print_changes(planned)
    confirmed = _confirmed(planned, [], planned["ends_challenger"], is_agreed=is_agreed) | {"accept_harm": accept_harm}
    return client.post(f"/v1/releases/{number}/rollback", confirmed, by=by)


def _confirmed(planned: Json, going: list[Json], ending: Json | None, *,
               is_agreed: bool) -> Json:
    """What is agreed to: all that was shown, once somebody has said yes; where nobody can, what is harmless."""
    if not going and ending is None:
        return {"digest": planned["digest"]}
    if going:
        say(f"this removes {len(going)} live rules: {', '.join(rule['id'] for rule in going)}")
    if ending is not None:
        say(ending["says"]["en"])
    if not ask("go on?", is_agreed=is_agreed):
        return {}
    return {"digest": planned["digest"], "removes": [rule["id"] for rule in going],
            "ends_challenger": None if ending is None else ending["release"]}


def _print_changes(planned: Json) -> None:
    changes = planned["changes"]
    for part in ("rules", "items", "actions"):
        for kind, sign in _SIGNS.items():
            listed = changes[part][kind]
            for one in listed[:_MOST_TOLD]:
                say(f"  {sign} {part[:-1]} {one['id']} {_TOLD[kind]}: {one['name']['en']}")
            if len(listed) > _MOST_TOLD:
                say(f"  {sign} and {len(listed) - _MOST_TOLD} more {part}")
    for part in ("levers", "policy"):
        if changes[part]:
            say(f"  ~ the {part} change")


def _tell_end_of_challenge(release: Json) -> None:
    if "challenger_ended" in release:
        typer.echo(release["challenger_ended"]["en"])
