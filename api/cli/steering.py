"""The commands ``zhike levers``, ``zhike challenger`` and ``zhike holdouts``."""

from typing import Annotated

import typer

from api.cli.client import Json
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show
from api.cli.releases import AcceptHarm
from ontology.quantities import number, percent, points
from ontology.vocabulary import ActionFamily

levers_app = typer.Typer(help="Weigh families of actions against each other.", no_args_is_help=True)
challenger_app = typer.Typer(help="Compare another release with the live one.", no_args_is_help=True)


@levers_app.command("set")
def levers_set(levers: Annotated[list[str] | None, typer.Argument(
                   help="FAMILY=WEIGHT, for example survey=1.2; 1 is none")] = None,
               explore: Annotated[list[str] | None, typer.Option(
                   help="FAMILY=SHARE of the answers that show a card that is drawn, at most 0.2; 0 is none")] = None,
               reason: Annotated[str, typer.Option(help="why, for those who read it later")] = "",
               by: By = "", as_json: AsJson = False) -> None:
    """Set levers and shares of exploration; they take effect with the next release."""
    request = {"levers": dict(map(_lever, levers or ())), "exploration": dict(map(_lever, explore or ())),
               "reason": reason}
    answer = with_client(lambda client: client.post("/v1/levers", request, by=by))
    show(answer, as_json, _print_levers)


@levers_app.command("show")
def levers_show(as_json: AsJson = False) -> None:
    """Show the levers of the live release and of the next one, and who set them when and why."""
    show(with_client(lambda client: client.get("/v1/levers")), as_json, _print_levers)


@challenger_app.command("start")
def challenger_start(  # noqa: PLR0913 - each is one thing to say
    number: Annotated[int, typer.Argument(help="the release that challenges the live one")], *,
    shadow: Annotated[bool, typer.Option("--shadow", help="decide beside it, never served")] = False,
    share: Annotated[float | None, typer.Option(help="serve this share of the customers")] = None,
    by: By = "", accept_harm: AcceptHarm = None, as_json: AsJson = False,
) -> None:
    """Let a release challenge the live one, in shadow or on a share of the customers."""
    if shadow == (share is not None):
        msg = "give either --shadow or --share"
        raise typer.BadParameter(msg)
    from kb.experiments.challenge import ChallengeMode

    mode = ChallengeMode.SHADOW if shadow else ChallengeMode.SHARE
    request = {"release": number, "mode": mode, "share": share or 0.0, "accept_harm": accept_harm}
    begun = with_client(lambda client: client.post("/v1/challengers", request, by=by))
    show(begun, as_json, _print_challenge)


@challenger_app.command("report")
def challenger_report(as_json: AsJson = False) -> None:
    """Compare the outcomes of the challenger with those of the live release."""
    show(with_client(lambda client: client.get("/v1/challengers/report")), as_json, _print_report)


@challenger_app.command("stop")
def challenger_stop(by: By = "", as_json: AsJson = False) -> None:
    """End the challenge; its report stays."""
    show(with_client(lambda client: client.delete("/v1/challengers", by=by)), as_json, _print_challenge)


def holdouts(as_json: AsJson = False) -> None:
    """Compare those who are held out with those who are offered something, with 95% intervals for any day."""
    show(with_client(lambda client: client.get("/v1/holdouts/report")), as_json, _print_holdouts)


def _lever(pair: str) -> tuple[ActionFamily, float]:
    family, sign, weight = pair.partition("=")
    try:
        return ActionFamily(family), float(weight)
    except ValueError as fault:
        wanted = "FAMILY=WEIGHT" if family in tuple(ActionFamily) or not sign else f"one of {', '.join(ActionFamily)}"
        msg = f"{pair!r}; expected {wanted}"
        raise typer.BadParameter(msg) from fault


def _print_levers(levers: Json) -> None:
    for title, name in (("live release", "live"), ("next release", "next")):
        weights = ", ".join(f"{family} {number(weight, exact=True)}" for family, weight in levers[name].items())
        shares = ", ".join(f"{family} {percent(share)}" for family, share in levers["exploration"][name].items())
        typer.echo(f"{title}: {weights or 'no lever'}" + (f"; explored: {shares}" if shares else ""))
    print_rows(levers["history"])


def _print_challenge(challenge: Json) -> None:
    from kb.experiments.challenge import ChallengeMode

    how = "in shadow" if challenge["mode"] == ChallengeMode.SHADOW else f"on {percent(challenge['share'])} of customers"
    typer.echo(f"release {challenge['release']} challenges release {challenge['against']} {how},"
               f" since {challenge['started_at']} ({challenge['started_by']})")
    if not challenge["running"]:
        typer.echo(f"  ended {challenge['ended_at']}: {challenge['ended_why']['en']}")


def _print_report(report: Json) -> None:
    _print_challenge(report)
    print_rows(report["decided"])
    if report["followed"] is not None:
        typer.echo(f"followed: {report['followed']['decisions']} decisions,"
                   f" {report['followed']['first_alike']} with the same first action")
    typer.echo(f"{report['sides']['en']}.")
    print_rows(list(map(_figure_row, report["figures"])))
    _print_left_out(report)


def _figure_row(figure: Json) -> dict[str, str]:
    told = {"family": figure["family"] or "all", "measure": f"{figure['measure']} of {figure['basis']}"}
    told |= {side: _side(figure[side]) for side in ("live", "challenger")}
    return told | _told_difference(figure)


def _print_holdouts(report: Json) -> None:
    if not report["holdouts"]:
        typer.echo("nobody is held out: no release has a holdout in its contact policy")
    for holdout in report["holdouts"]:
        state = "in force" if holdout["in_force"] else "no longer in force"
        typer.echo(f"holdout {holdout['name']}: {percent(holdout['share'])} of customers are offered nothing of "
                   f"{', '.join(holdout['families']) or 'marketing'}; {state}")
        print_rows([_contrast_row(figure) for figure in holdout["figures"]])
    _print_left_out(report)


def _print_left_out(report: Json) -> None:
    if report["left_out"]:
        typer.echo(report["left_out"]["en"])


def _contrast_row(figure: Json) -> dict[str, str]:
    told = {"effect": figure["effect"]} | {side: _side(figure[side]) for side in ("offered", "held_out")}
    return told | _told_difference(figure)


def _side(found: Json) -> str:
    said = f"{found['hits']} of {found['customers']}"
    return said if found["rate"] is None else f"{said} ({percent(found['rate'])})"


def _told_difference(figure: Json) -> dict[str, str]:
    shown = "" if figure["difference"] is None else points(figure["difference"])
    interval = f" [{', '.join(map(points, figure['interval']))}]" if figure["interval"] else ""
    return {"points of difference [95% interval]": shown + interval, "verdict": figure["verdict"]["en"]}
