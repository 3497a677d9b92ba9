"""Answers as text for a terminal."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from rules.decision.request import Request

_MOST_COLUMNS_WIDTH = 200


def say(line: str) -> None:
    """Progress and faults go to standard error, so that standard output stays data."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201  (the terminal is what this module is for)


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows with equal keys as a table; a word where there is none."""
    if not rows:
        typer.echo("nothing here")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else _MOST_COLUMNS_WIDTH).print(table)


def print_item(found: Mapping[str, Any]) -> None:
    """A knowledge item with the walk to its run and data."""
    item = found["item"]
    typer.echo(f"{item['id']}  {item['status']}  ({item['kind']}, {item['pattern_kind']}, {item['standing']})")
    typer.echo(f"  {item['statement']['en']}\n  {item['statement']['zh']}")
    typer.echo("  measures: " + ", ".join(f"{k} {v:.6g}" for k, v in item["measures"].items()))
    if item["population"]:
        people = item["population"]
        typer.echo(f"  of {people['size']} ({people['level']}), {people['from']} to {people['to']}:"
                   f" {people['what']['en']}")
    if found.get("rule"):
        typer.echo(f"  rule {found['rule']['id']}: {found['rule']['sentence']['en']}")
    typer.echo(f"  run {item['run_id']}, data: " + ", ".join(f"{d['name']} {d['digest']}" for d in item["datasets"]))
    typer.echo(f"  proposed by {item['author']}; digest: {found['digest']}")


def print_decisions(answer: Mapping[str, Any]) -> None:
    """Decisions with the reason of each action."""
    typer.echo(f"release {answer['release']}, as of {answer['as_of']}")
    for decision in answer["decisions"]:
        typer.echo(f"\n{decision['customer_id']}: {decision['status']}  ({decision['decision_id']})")
        if "why_none" in decision:
            typer.echo(f"  {decision['why_none']['en']}")
        for rank, action in enumerate(decision["actions"], 1):
            factors = " x ".join(f"{name} {action['factors'][name]:.3g}"
                                 for name in ("propensity", "context", "value", "lever"))
            typer.echo(f"  {rank}. {action['name']['en']} [{action['family']}]  {action['score']:.3g} = {factors}")
            if "reason" in action["window"]:
                typer.echo(f"     {action['window']['reason']['en']}")
            for reason in action["reasons"]:
                typer.echo(f"     because {reason['sentence']['en']}  ({reason['rule_id']})")
                for evidence in reason["knowledge"]:
                    typer.echo(f"       {evidence['id']}: {evidence['statement']['en']}")
        for question in decision["ask_next"]:
            typer.echo(f"  ask: {question['sentence']['en']}")


def who_addresses(request: Mapping[str, Any]) -> str:
    """Channel and direction of a request that was asked about everybody."""
    said = Request.from_plain(request)
    return f"{said.channel}, {'we address each of them' if said.is_outbound else 'as if each of them came to us'}"


def print_family_table(summary: Mapping[str, Any]) -> None:
    """The whole base's decisions by family of the first action."""
    typer.echo(f"release {summary['release']}, as of {summary['as_of']}: {summary['customers']} customers,"
               f" {summary['seconds']:.1f} s; {who_addresses(summary['request'])}")
    typer.echo(f"with a mined reason: {summary['with_mined_reason']} ({summary['mined_share']:.1%});"
               f" empty without saying why: {summary['unexplained']}")
    print_rows(summary["families"])
    print_rows(summary["statuses"])


def print_why_not(answer: Mapping[str, Any]) -> None:
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


def print_findings(findings: Sequence[Mapping[str, Any]]) -> None:
    """What looks wrong with the rules, and how many errors and warnings that makes."""
    for finding in findings:
        typer.echo(f"{finding['severity']:8} {finding['rule_id'] or 'all rules'}: {finding['message']['en']}")
    errors = sum(finding["severity"] == "error" for finding in findings)
    typer.echo(f"{errors} errors, {len(findings) - errors} warnings")


def print_erasure(told: Mapping[str, Any]) -> None:
    """What was erased, what the graph's server keeps, and which texts about others name the person."""
    typer.echo(f"erased: {told['journal']} records of the journal, {told['facts']} rows of facts,"
               f" {len(told['snapshots'])} snapshots")
    if not told["graph_files"]:
        typer.echo("the graph's server keeps deleted values in its own files for a while: see its transaction logs")
    for one in told["mentioned"]:
        typer.echo(f"named in the {one['record'].replace('_', ' ')} {one['id']} about customer {one['customer_id']},"
                   " which stays")
