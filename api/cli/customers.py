"""Commands on customers: what is recommended to them and why not, their cases, and their erasure."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Client, Json, quoted
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_family_table, say, show
from ontology.quantities import number, percent
from ontology.vocabulary import Channel
from rules.decision.request import ContactDirection

case_app = typer.Typer(help="Resolve a customer's case, or open it again.", no_args_is_help=True)
ChannelOption = Annotated[Channel, typer.Option(help="where the customer is")]
DirectionOption = Annotated[ContactDirection | None, typer.Option(
    help="who addresses whom; left out, the channel says, and with --all it is us")]
CaseId = Annotated[str, typer.Argument(help="of the case, or of its interaction")]
CaseReason = Annotated[str, typer.Option(help="recorded with the change")]


def decide(customers: Annotated[list[str] | None, typer.Argument()] = None,  # noqa: PLR0913, PLR0917 - an option each
           everybody: Annotated[bool, typer.Option("--all", help="every customer, with a table by family")] = False,
           channel: ChannelOption = Channel.PHONE, direction: DirectionOption = None, limit: int = 3,
           as_json: AsJson = False) -> None:
    """Recommend actions for customers, each with its reasons."""
    if everybody:
        show(_decide_all(channel, direction or "outbound", limit), as_json, print_family_table)
        return
    if not customers:
        msg = "no customer was named"
        raise typer.BadParameter(msg + "; give ids, or --all")
    asked = {"customer_ids": customers, "channel": channel, "limit": limit,
             "context": {} if direction is None else {"direction": direction}}
    answer = with_client(lambda client: client.post("/v1/decisions", asked))
    show(answer, as_json, _print_decisions)
    for fault in answer["faults"]:
        say(f"zhike: {fault['detail']}")
    if answer["faults"]:
        raise typer.Exit(1)


def why_not(customer: str, action: str, channel: ChannelOption = Channel.PHONE, direction: DirectionOption = None,
            as_json: AsJson = False) -> None:
    """Say what keeps an action from being recommended."""
    show(with_client(lambda client: client.get(f"/v1/customers/{quoted(customer)}/why-not", action_id=action,
                                               channel=channel, direction=direction)), as_json, _print_why_not)


def replay(decision: str, as_json: AsJson = False) -> None:
    """Compute a stored decision again under its release."""
    result = with_client(lambda client: client.post(f"/v1/decisions/{quoted(decision)}/replay"))
    show(result, as_json, lambda r: typer.echo("equal" if r["equal"] else "\n".join(r["differences"])))
    if not result["equal"]:
        raise typer.Exit(1)


def erase(customer: str, as_json: AsJson = False) -> None:
    """Erase a person to the byte: graph, snapshots, facts and journal; later imports leave them out."""
    erased = with_client(lambda client: client.post("/v1/erasures", {"customer_id": customer}))
    show(erased, as_json, _print_erasure)


@case_app.command("resolve")
def case_resolve(case_id: CaseId, reason: CaseReason = "", by: By = "", as_json: AsJson = False) -> None:
    """Resolve a case; what it held back is recommended again."""
    show(_change_case(case_id, "resolve", reason, by), as_json, _print_case)


@case_app.command("reopen")
def case_reopen(case_id: CaseId, reason: CaseReason = "", by: By = "", as_json: AsJson = False) -> None:
    """Open a case again."""
    show(_change_case(case_id, "reopen", reason, by), as_json, _print_case)


def _decide_all(channel: Channel, direction: ContactDirection, limit: int) -> Json:
    def ask(client: Client) -> Json:
        client.announce("deciding in the service at {url}")
        return client.post("/v1/decisions/all", channel=channel, limit=limit, direction=direction)

    return with_client(ask)


def _change_case(case_id: str, change: str, reason: str, by: str) -> Json:
    return with_client(lambda client: client.post(f"/v1/cases/{quoted(case_id)}/{change}", {"reason": reason}, by=by))


def _factor(told: Any) -> str:
    """A factor, and whose figure it is where that is told."""
    if not isinstance(told, Mapping):
        return number(told)
    moved = f", was {number(told['before'])}" if "before" in told else ""
    return number(told["value"]) + (f" ({told['source']}{moved})" if "source" in told else "")


def _print_decisions(answer: Mapping[str, Any]) -> None:
    """Decisions with the reason of each action."""
    typer.echo(f"release {answer['release']}, as of {answer['as_of']}")
    for decision in answer["decisions"]:
        typer.echo(f"\n{decision['customer_id']}: {decision['status']}  ({decision['decision_id']})")
        if "why_none" in decision:
            typer.echo(f"  {decision['why_none']['en']}")
        for rank, action in enumerate(decision["actions"], 1):
            factors = " x ".join(f"{name} {_factor(action['factors'][name])}"
                                 for name in ("propensity", "context", "value", "lever"))
            typer.echo(f"  {rank}. {action['name']['en']} [{action['family']}]  {number(action['score'])} = {factors}")
            if action["explored"]:
                typer.echo(f"     drawn, to learn how it is received ({percent(action['shown_probability'])} likely)")
            if "reason" in action["window"]:
                typer.echo(f"     {action['window']['reason']['en']}")
            for reason in action["reasons"]:
                typer.echo(f"     because {reason['sentence']['en']}  ({reason['rule_id']})")
                for evidence in reason["knowledge"]:
                    typer.echo(f"       {evidence['id']}: {evidence['statement']['en']}")
        for question in decision["ask_next"]:
            typer.echo(f"  ask: {question['sentence']['en']}")


def _print_why_not(answer: Mapping[str, Any]) -> None:
    """What keeps an action back, in words."""
    typer.echo(answer["verdict"]["en"])
    for rule in answer["rules"]:
        typer.echo(f"  {rule['rule_id']}: {rule['sentence']['en']}")
        for test in rule["tests"]:
            mark = {True: "yes", False: "no", None: "unknown"}[test["truth"]]
            typer.echo(f"    {mark:8}{test['sentence']['en']}")
    if answer["more_rules"]:
        typer.echo(f"  {answer['more_rules']} more rules are further from being met")
    for block in answer["blocks"]:
        typer.echo(f"  {block['kind']}: {block['sentence']['en']}")
    if answer["waits"]:
        typer.echo(f"  hours: {answer['waits']['en']}")
    if answer.get("change"):
        typer.echo(f"  what would change it: {answer['change']['en']}")


def _print_erasure(told: Mapping[str, Any]) -> None:
    """What was erased, what the graph's server keeps, and which texts about others name the person."""
    typer.echo(f"erased: {told['journal']} records of the journal, {told['facts']} rows of facts,"
               f" {len(told['snapshots'])} snapshots")
    if not told["graph_files"]:
        typer.echo("the graph's server keeps deleted values in its own files for a while: see its transaction logs")
    for one in told["mentioned"]:
        typer.echo(f"named in the {one['record'].replace('_', ' ')} {one['id']} about customer {one['customer_id']},"
                   " which stays")


def _print_case(case: Json) -> None:
    state = "resolved" if case["resolved"] else "open"
    typer.echo(f"case {case['case_id']} is {state}" + ("" if case["recorded"] else " already; nothing was changed"))
