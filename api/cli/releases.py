"""The commands ``zhike publish`` and ``zhike rollback``: what would change is said first, what goes is asked about."""

import getpass
from typing import Annotated, Any

import typer

from api.cli.client import Ways
from api.cli.options import By, with_ways
from api.cli.printing import say
from api.cli.verdicts import ask
from api.use_cases.knowledge.publishing import UNCONFIRMED, Confirmed

Yes = Annotated[bool, typer.Option("--yes", help="agree to what goes and ends, without being asked")]
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_TOLD = {"added": "comes", "changed": "changes", "removed": "goes"}
_MOST_TOLD = 20


def publish(by: By = "",
            aside: Annotated[bool, typer.Option("--aside", help="keep it, and go on serving the live one")] = False,
            yes: Yes = False) -> None:
    """Publish what is approved as a new release; says which rules come, change and go, and asks before one goes."""
    release = with_ways(lambda ways: _publish(ways, by or getpass.getuser(), is_aside=aside, is_agreed=yes))
    state = "live" if release["live"] else "kept aside"
    typer.echo(f"release {release['number']} is {state}: {release['rules']} rules on {release['items']} items,"
               f" {release['fingerprint']}")
    _tell_end_of_challenge(release)


def rollback(number: int, by: By = "", yes: Yes = False) -> None:
    """Serve an earlier release again; says what changes, and asks before it ends a challenge."""
    release = with_ways(lambda ways: _rollback(ways, number, by or getpass.getuser(), is_agreed=yes))
    typer.echo(f"release {release['number']} is live")
    _tell_end_of_challenge(release)


def _publish(ways: Ways, by: str, *, is_aside: bool, is_agreed: bool) -> dict[str, Any]:
    planned = ways.next_release()
    _print_changes(planned)
    going = [] if is_aside else planned["changes"]["rules"]["removed"]
    ending = None if is_aside else planned["ends_challenger"]
    return ways.publish(by, aside=is_aside, confirmed=_confirmed(planned, going, ending, is_agreed=is_agreed))


def _rollback(ways: Ways, number: int, by: str, *, is_agreed: bool) -> dict[str, Any]:
    planned = ways.release(number)
    _print_changes(planned)
    return ways.rollback(number, by, _confirmed(planned, [], planned["ends_challenger"], is_agreed=is_agreed))


def _confirmed(planned: dict[str, Any], going: list[dict[str, Any]], ending: dict[str, Any] | None, *,
               is_agreed: bool) -> Confirmed:
    """What is agreed to: all that was shown, once somebody has said yes; where nobody can, what is harmless."""
    if not going and ending is None:
        return Confirmed(digest=planned["digest"])
    if going:
        say(f"this removes {len(going)} live rules: {', '.join(rule['id'] for rule in going)}")
    if ending is not None:
        say(ending["says"]["en"])
    if not ask("go on?", is_agreed=is_agreed):
        return UNCONFIRMED
    return Confirmed(digest=planned["digest"], removes=tuple(rule["id"] for rule in going),
                     ends_challenger=None if ending is None else ending["release"])


def _print_changes(planned: dict[str, Any]) -> None:
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


def _tell_end_of_challenge(release: dict[str, Any]) -> None:
    if "challenger_ended" in release:
        typer.echo(release["challenger_ended"]["en"])
