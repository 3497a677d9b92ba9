"""What ``zhike doctor`` found, on a terminal."""

from collections.abc import Mapping
from typing import Any

import typer

from api.cli.printing import print_rows


def print_checkup(told: Mapping[str, Any]) -> None:
    """Each part and each check, then everything that is wrong with what to do about it."""
    print_rows([{"part": name, "ready": state["ready"], "what it says": _said(state)}
                for name, state in told["parts"].items()])
    typer.echo("")
    print_rows([{"check": check["check"], "looked at": f"{check['looked_at']:,}", "wrong": check["wrong"],
                 "what must hold": check["says"]["en"]} for check in told["checks"]])
    for check in told["checks"]:
        if check["wrong"]:
            typer.echo(f"\n{check['check']}: {check['says']['en']}; but:")
            for subject in check["first"]:
                typer.echo(f"  {subject}")
            if check["wrong"] > len(check["first"]):
                typer.echo(f"  and {check['wrong'] - len(check['first']):,} more")
            typer.echo(f"  try: {check['remedy']['en']}")


def _said(state: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {said}" for name, said in state.items()
                     if name not in {"ready", "each"} and said is not None)


def print_mended(told: Mapping[str, Any]) -> None:
    """What was mended, and what was taken aside."""
    if not any(told.values()):
        typer.echo("there was nothing to mend\n")
        return
    for done, said in (("repaired", "repaired"), ("taken_out", "taken out, its text is kept aside")):
        for one in told[done]:
            typer.echo(f"{said}: {one['kind']} {one['id']} ({one['why']})")
    for family, weight in told["levers"].items():
        typer.echo(f"lever {family}: {weight:g} set to the nearest that is allowed; publish to let it take effect")
    typer.echo("")


def is_sound(told: Mapping[str, Any]) -> bool:
    """Whether every part can serve and no check found anything."""
    return all(part["ready"] for part in told["parts"].values()) and not any(c["wrong"] for c in told["checks"])
