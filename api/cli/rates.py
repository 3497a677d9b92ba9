"""The commands ``zhike rates``: what is learned from outcomes, and under which state decisions are made."""

from typing import Annotated

import typer

from api.cli.client import Json
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show
from kb.model.rates import RatesMode
from ontology.quantities import number, percent

rates_app = typer.Typer(no_args_is_help=True, help="Learn from what came of recommendations.")
_SHIPPED = "; as it stands if left out"


@rates_app.command("list")
def rates_list(as_json: AsJson = False) -> None:
    """List the policy and every state, and which one is in use."""
    show(with_client(lambda client: client.get("/v1/rates")), as_json, _print_list)


@rates_app.command("policy")
def rates_policy(  # noqa: PLR0913, PLR0917 - what may be set
        mode: Annotated[RatesMode | None, typer.Option(help="off, propose or within_bounds" + _SHIPPED)] = None,
        prior_weight: Annotated[float | None, typer.Option(
            help="for how many showings the assumed figure counts" + _SHIPPED)] = None,
        window_days: Annotated[int | None, typer.Option(
            help="days in which a showing may be taken up; 0 settles each decision at once" + _SHIPPED)] = None,
        half_life_days: Annotated[int | None, typer.Option(
            help="after so many days a showing counts for half" + _SHIPPED)] = None,
        least_factor: Annotated[float | None, typer.Option(
            help="the least that a rate may be of the assumed figure" + _SHIPPED)] = None,
        most_factor: Annotated[float | None, typer.Option(help="the most" + _SHIPPED)] = None,
        reason: Annotated[str, typer.Option(help="why, for those who read it later")] = "",
        by: By = "", as_json: AsJson = False) -> None:
    """Set by which policy rates are learned; one that is off takes them out of use."""
    given = {"mode": mode, "prior_weight": prior_weight, "window_days": window_days, "half_life_days": half_life_days,
             "least_factor": least_factor, "most_factor": most_factor}
    changed = {name: value for name, value in given.items() if value is not None}
    answer = with_client(lambda client: client.send("PUT", "/v1/rates/policy", by=by, json={
        **client.get("/v1/rates")["policy"], **changed, "reason": reason})).json()
    show(answer, as_json, _print_list)


@rates_app.command("learn")
def rates_learn(as_of: Annotated[int | None, typer.Option(
        help="up to which moment outcomes count, epoch seconds; that of the facts or of the last outcome")] = None,
        by: By = "", as_json: AsJson = False) -> None:
    """Learn a new state from the outcomes on record; it is in use at once where the policy says so."""
    answer = with_client(lambda client: client.post("/v1/rates", {"as_of": as_of}, by=by))
    show(answer, as_json, _print_state)


@rates_app.command("show")
def rates_show(state: Annotated[int | None, typer.Argument(help="its number; the one in use, or else the last")] = None,
               as_json: AsJson = False) -> None:
    """Show the rates of a state, each beside what was assumed."""
    answer = with_client(lambda client: client.get(f"/v1/rates/{state or _shown(client.get('/v1/rates'))}"))
    show(answer, as_json, _print_state)


@rates_app.command("rules")
def rates_rules(days: Annotated[int, typer.Option(help="for how long customers are followed")] = 28,
                as_json: AsJson = False) -> None:
    """Show of each rule for whom it fired, what was shown and taken up, beside those who were held out."""
    show(with_client(lambda client: client.get("/v1/rates/rules", days=days)), as_json, _print_rules)


@rates_app.command("use")
def rates_use(state: Annotated[int, typer.Argument(help="its number")], by: By = "", as_json: AsJson = False) -> None:
    """Make decisions under a state from now on."""
    show(with_client(lambda client: client.post(f"/v1/rates/{state}/use", by=by)), as_json, _print_state)


def _shown(listed: Json) -> int:
    """The state in use, or else the last; 1, of which the service says that it is not there, where there is none."""
    return int(listed["in_use"] or max((one["number"] for one in listed["states"]), default=1))


def _print_list(listed: Json) -> None:
    policy = listed["policy"]
    typer.echo(f"policy: {policy['mode'].replace('_', ' ')}; prior weight {number(policy['prior_weight'])}, window"
               f" {policy['window_days']} days, half-life {policy['half_life_days']} days, rates from"
               f" {number(policy['least_factor'])} to {number(policy['most_factor'])} times what was assumed")
    if not listed["states"]:
        typer.echo("nothing was learned yet: zhike rates learn")
        return
    print_rows([{"rates": one["number"], "as of": one["as_of"], "by": one["by"], "release": one["release"],
                 "moved": one["size"], "cut": one["cut"], "waiting": one["waiting"],
                 "in use": "yes" if one["in_use"] else ""} for one in listed["states"]])
    if listed["left_out"]:
        typer.echo(listed["left_out"]["en"])


def _print_state(state: Json) -> None:
    in_use = "in use" if state["in_use"] else f"not in use: zhike rates use {state['number']}"
    typer.echo(f"rates {state['number']} as of {state['as_of']}, learned under release {state['release']}; {in_use}")
    print_rows(list(map(_rate_row, state["rates"])))
    typer.echo(f"{state['waiting']} showings wait for the end of their window of {state['policy']['window_days']} days,"
               f" or for orders to its end;"
               f" {state['unshown']} cards were answered and not recorded as shown")


def _print_rules(report: Json) -> None:
    print_rows([{"rule": one["rule_id"], **{name: one[name] for name in (
        "fired", "shown", "accepted", "converted", "by_orders", "rejected", "ignored", "waiting")},
                 **_control(one["control"])}
                for one in report["rules"]])
    typer.echo("by_orders: of the converted, those of which orders tell and nobody reported it")
    typer.echo(f"each customer and card counts once within {report['window_days']} days; who bought is told of the"
               f" {report['days']} days after the card")
    if report["left_out"]:
        typer.echo(report["left_out"]["en"])


def _control(control: Json | None) -> dict[str, str]:
    if control is None:
        return {"bought, recommended": "", "held out": "", "verdict": "nobody is held out"}
    sides = [f"{side['hits']} of {side['customers']}" for side in (control["recommended"], control["held_out"])]
    return {"bought, recommended": sides[0], "held out": sides[1], "verdict": control["verdict"]["en"]}


def _rate_row(rate: Json) -> dict[str, str]:
    band = "" if rate["band"] is None else f" {percent(rate['band'][0])} to {percent(rate['band'][1])}"
    cut = f" (measured {percent(rate['measured'])}, cut)" if rate["cut"] else ""
    return {"of": rate["subject"] + band, "id": rate["id"], "assumed": percent(rate["prior"]),
            "rate": percent(rate["value"]) + cut, "accepted": rate["accepted"], "converted": rate["converted"],
            "by orders": rate["by_orders"],
            "rejected": rate["rejected"], "ignored": rate["ignored"]}
