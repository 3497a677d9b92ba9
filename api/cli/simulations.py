"""The commands that try drafts of the next release: ``zhike simulate`` and ``zhike simulations``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, Json, quoted
from api.cli.harms import print_harms
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show, who_addresses
from kb.errors import InvalidInput
from ontology.vocabulary import Channel
from rules.decision.request import ContactDirection

Include = Annotated[list[str] | None, typer.Option(help="an item that waits for a verdict, as if approved")]
Exclude = Annotated[list[str] | None, typer.Option(help="a rule to leave out")]
Lever = Annotated[list[str] | None, typer.Option(help="FAMILY=WEIGHT, for example survey=1.5")]
Policy = Annotated[list[str] | None, typer.Option(help="PART=JSON of the policy, for example pause_days=60")]
_SIMULATIONS = "/v1/simulations"
_MONEY = ("value", "cost")


def simulate(  # noqa: PLR0913 - each is one thing to change
    *,
    include: Include = None, exclude: Exclude = None, lever: Lever = None, policy: Policy = None,
    name: Annotated[str, typer.Option(help="what to call it")] = "",
    drafts: Annotated[Path | None, typer.Option(help="a JSON file with a list of drafts, tried as well")] = None,
    channel: Channel = Channel.PHONE,
    direction: Annotated[ContactDirection, typer.Option(help="who addresses whom")] = "outbound",
    seed: int = 7, by: By = "", as_json: AsJson = False,
) -> None:
    """Try what publishing would make now, with these changes, on the whole base; it is kept."""
    own = draft_of(include, exclude, lever, policy) | {"name": name}
    others = [] if drafts is None else _drafts(drafts)
    request = {"drafts": others if others and not any(own.values()) else [own, *others], "channel": channel,
               "direction": direction, "seed": seed}
    show(with_client(lambda client: _simulate(client, request, by)), as_json, _print_answer)


def draft_of(include: list[str] | None, exclude: list[str] | None, lever: list[str] | None,
             policy: list[str] | None) -> Json:
    """What options of a command change about the release that publishing would make now."""
    return {"include": include or [], "exclude": exclude or [],
            "levers": {family: _number(weight) for family, weight in map(_pair, lever or ())},
            "policy": {part: _json(value) for part, value in map(_pair, policy or ())}}


def simulations(
    *,
    ids: Annotated[list[str] | None, typer.Argument(help="one to show, several to put side by side")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was simulated, show one, or put several side by side."""
    if not ids:
        show(with_client(lambda client: client.get(_SIMULATIONS)["simulations"]), as_json, lambda kept: print_rows(
            [{"id": one["simulation_id"], "made": one["made_at"], "name": one["name"], "by": one["author"],
              **_told(one)} for one in kept]))
    elif len(ids) == 1:
        show(with_client(lambda client: client.get(f"{_SIMULATIONS}/{quoted(ids[0])}")), as_json, _print_one)
    else:
        show(with_client(lambda client: client.get(f"{_SIMULATIONS}/comparison", id=ids)), as_json, _print_comparison)


def _simulate(client: Client, request: Json, by: str) -> Json:
    client.announce("simulating in the service")
    return client.post(_SIMULATIONS, request, by=by)


def _print_answer(answer: Mapping[str, Any]) -> None:
    for one in answer["simulations"]:
        _print_one(one)
    if len(answer["simulations"]) > 1:
        _print_comparison(answer["comparison"])


def _print_one(one: Mapping[str, Any]) -> None:
    way = "a sample, 95% interval in brackets" if one["sampled"] else "all of them"
    typer.echo(f"\n{one['simulation_id']} {one['name']}: against release {one['live']['release']},"
               f" as of {one['as_of']}; {who_addresses(one['request'])}")
    typer.echo(f"{one['differing']:,} of {one['customers']:,} customers may get another answer;"
               f" decided for {one['decided']:,}: {way}")
    print_rows([_told(one)])
    moved = [rule for rule in one["rules"] if rule["change"] != "kept" or rule["live"] != rule["draft"]]
    for rule in moved:
        typer.echo(f"  {rule['change']:8}{rule['rule_id']}: {rule['live']:,} -> {rule['draft']:,}"
                   f"  {rule['name']['en']}")
        for step in rule["funnel"]:
            typer.echo(f"    {step['customers']:>9,}  {step['sentence']['en']}")
    if one["transitions"]:
        print_rows([{"move": way["move"], "from": _action(way["before"]), "to": _action(way["after"]),
                     "customers": _number_told(way["customers"]), "for example": ", ".join(way["examples"])}
                    for way in one["transitions"]])
    if "harms" in one:
        typer.echo("what must never be seen, and would be:")
        print_harms(one["harms"])
    print_rows([{"segment": segment["name"]["en"] if segment["name"] else "in none", **_told(segment)}
                for segment in one["segments"]])


def _print_comparison(found: Mapping[str, Any]) -> None:
    if not found["comparable"]:
        typer.echo("these do not start from the same release, moment and channel")
    names = [one["name"] or one["simulation_id"] for one in found["simulations"]]
    columns = [f"{number}. {name}" for number, name in enumerate(names, 1)]
    print_rows([{"": row["row"], **dict(zip(columns, map(_number_told, row["values"]), strict=True))}
                for row in found["rows"]])
    if found["rules"]:
        print_rows([{"rule": rule["rule_id"], "live": rule["live"], **dict(zip(columns, rule["drafts"], strict=True))}
                    for rule in found["rules"]])


def _told(one: Mapping[str, Any]) -> dict[str, str]:
    moves = {move: _number_told(estimate) for move, estimate in one["moves"].items()}
    return moves | {f"{money} change": _number_told(one[money]["change"], sign="+") for money in _MONEY}


def _number_told(number: Mapping[str, float], sign: str = "") -> str:
    form = f"{sign},.2f" if sign or number["value"] % 1 else f"{sign},.0f"
    told = f"{number['value']:{form}}"
    return told if number["low"] == number["high"] else f"{told} [{number['low']:{form}}, {number['high']:{form}}]"


def _action(action: Mapping[str, Any] | None) -> str:
    return action["name"]["en"] if action else "nothing"


def _drafts(path: Path) -> list[Json]:
    try:
        listed: list[Json] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        msg = f"{path} holds no list of drafts: {fault}"
        raise InvalidInput(msg, hint='for example [{"name": "more", "include": ["ITEM"]}]') from fault
    return listed


def _pair(told: str) -> tuple[str, str]:
    name, sign, value = told.partition("=")
    if not sign:
        msg = f"expected NAME=VALUE, got {told!r}"
        raise typer.BadParameter(msg)
    return name, value


def _number(told: str) -> float:
    try:
        return float(told)
    except ValueError as fault:
        msg = f"expected a number, got {told!r}"
        raise typer.BadParameter(msg) from fault


def _json(told: str) -> Any:
    try:
        return json.loads(told)
    except ValueError as fault:
        msg = f"expected JSON, got {told!r}"
        raise typer.BadParameter(msg) from fault
