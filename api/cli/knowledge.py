"""The commands ``zhike knowledge``: list, show, judge; out as linked data and in again; and ``zhike indicators``."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Json, quoted
from api.cli.options import AsJson, AsOf, By, Digest, Reason, judge, with_client
from api.cli.printing import print_rows, show
from kb.errors import NotFound
from ontology.quantities import measure, percent
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

knowledge_app = typer.Typer(help="Review what was mined; write and read it as linked data.", no_args_is_help=True)
KnownAt = Annotated[str | None, typer.Option(help="known to us then; default: at --as-of")]


class LinkedDataForm(StrEnum):
    """The forms of linked data, by the ending of a file."""

    JSONLD = "jsonld"
    TURTLE = "ttl"
    TRIG = "trig"


_TURTLE = "text/turtle"
_MEDIA_TYPES = {LinkedDataForm.JSONLD: "application/ld+json", LinkedDataForm.TURTLE: _TURTLE,
                LinkedDataForm.TRIG: "application/trig"}


@knowledge_app.command("list")
def knowledge_list(status: KnowledgeStatus | None = None, kind: PatternKind | None = None, q: str = "",  # noqa: PLR0913, PLR0917 - an option each
                   standing: Annotated[Standing | None, typer.Option(
                       help="what the data say now; untested and contradicted items no longer hold")] = None,
                   lapsed: Annotated[bool, typer.Option(
                       "--lapsed", help="only what is in use and has ceased to hold")] = False,
                   limit: int = 50, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """List knowledge items, also as they were: --as-of alone lists what we knew on that day.

    The strongest come first, as strength fades: half as strong for every 180 days since a run last found it.
    """
    page = with_client(lambda client: client.get("/v1/knowledge", status=status, kind=kind, q=q, limit=limit,
                                                 standing=standing, lapsed=lapsed or None, as_of=as_of,
                                                 known_at=known_at))
    show(page, as_json, _print_items)


@knowledge_app.command("show")
def knowledge_show(item_id: str, as_json: AsJson = False) -> None:
    """Show an item with its rule, run and data, what each run measured, and the digest that an approval names."""
    show(with_client(lambda client: client.get(_path(item_id))), as_json, _print_item)


@knowledge_app.command("approve")
def knowledge_approve(item_id: str, digest: Digest = None, reason: Reason = "", by: By = "") -> None:
    """Approve an item; its author cannot. Without --digest it is shown, and approved after a yes."""
    judge(_path(item_id), "approve", reason=reason, by=by, digest=digest, show=_print_item)
    typer.echo(f"{item_id} is approved; next: zhike publish")


@knowledge_app.command("reject")
def knowledge_reject(item_id: str, reason: Annotated[str, typer.Option(help="what speaks against it")],
                     digest: Digest = None, by: By = "") -> None:
    """Reject an item with a reason."""
    judge(_path(item_id), "reject", reason=reason, by=by, digest=digest)
    typer.echo(f"{item_id} is rejected")


@knowledge_app.command("retire")
def knowledge_retire(item_id: str, reason: Annotated[str, typer.Option(help="why it goes")], digest: Digest = None,
                     by: By = "") -> None:
    """Retire an item with a reason: it is kept, and the next release is without it and its rules."""
    judge(_path(item_id), "retire", reason=reason, by=by, digest=digest)
    typer.echo(f"{item_id} is retired; next: zhike publish")


@knowledge_app.command("keep")
def knowledge_keep(item_id: str, reason: Annotated[str, typer.Option(help="why it is used all the same")],
                   digest: Digest = None, by: By = "") -> None:
    """Keep in use what has ceased to hold: its rules are not paused, and the review does not ask again."""
    judge(_path(item_id), "keep", reason=reason, by=by, digest=digest)
    typer.echo(f"{item_id} is kept in use")


@knowledge_app.command("wait")
def knowledge_wait(item_id: str, reason: Reason = "", digest: Digest = None, by: By = "") -> None:
    """Wait for the next run before deciding about what has ceased to hold; the review asks again then."""
    judge(_path(item_id), "wait", reason=reason, by=by, digest=digest)
    typer.echo(f"{item_id} waits for the next run")


@knowledge_app.command("export")
def knowledge_export(form: Annotated[LinkedDataForm,
                                     typer.Option("--format", help="of the linked data")] = LinkedDataForm.TRIG,
                     output: Annotated[Path | None, typer.Option(help="a file; default: the terminal")] = None,
                     as_of: Annotated[str | None, typer.Option(help="the release that was live then")] = None) -> None:
    """Write what the live release publishes, with its sources in PROV-O; in TriG the release is a named graph."""
    text = with_client(lambda client: client.send("GET", "/v1/knowledge", params={"as_of": as_of},
                                                  headers={"Accept": _MEDIA_TYPES[form]}).text)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text, encoding="utf-8")
        typer.echo(f"wrote {output}")


@knowledge_app.command("import")
def knowledge_import(file: Annotated[Path, typer.Argument(help="Turtle: zk:KnowledgeItem, or skos:Concept for words")],
                     by: By = "", as_json: AsJson = False) -> None:
    """Propose the knowledge of a Turtle file and keep its words for values; all of it, or nothing."""
    content = _read(file).encode()
    show(with_client(lambda client: client.send("POST", "/v1/knowledge/imports", by=by, content=content,
                                                headers={"Content-Type": _TURTLE}).json()), as_json, _print_taken_in)


@knowledge_app.command("validate")
def knowledge_validate(turtle: Annotated[bool, typer.Option("--turtle", help="a SHACL report in Turtle")] = False,
                       as_json: AsJson = False) -> None:
    """Hold the whole base against its SHACL shapes; exits non-zero where something does not fit."""
    if turtle:
        accept = {"Accept": _TURTLE}
        typer.echo(with_client(lambda client: client.send("GET", "/v1/shapes/report", headers=accept).text))
        return
    report = with_client(lambda client: client.get("/v1/shapes/report"))
    show(report, as_json, _print_report)
    if not report["conforms"]:
        raise typer.Exit(1)


def indicators(as_json: AsJson = False) -> None:
    """List the indicators: formula, unit, group, owner, and how many customers each is known for."""
    listed = with_client(lambda client: client.get("/v1/indicators")["indicators"])
    show(listed, as_json, lambda rows: print_rows(
        [{**row, "label": row["label"]["en"], "owner": row["owner"]["en"], "formula": row["formula"]["en"],
          "coverage": None if row["coverage"] is None else percent(row["coverage"])} for row in rows]))


def _path(item_id: str) -> str:
    return f"/v1/knowledge/{quoted(item_id)}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        msg = Text(zh=f"无法读取 {path}：{fault}", en=f"{path} cannot be read: {fault}")
        raise NotFound(msg, hint=Text(zh="请指定一个 UTF-8 的 Turtle 文件",
                                      en="name a Turtle file in UTF-8")) from fault


def _print_item(found: Mapping[str, Any]) -> None:
    """A knowledge item with the walk to its run and data."""
    item = found["item"]
    typer.echo(f"{item['id']}  {item['status']}  ({item['kind']}, {item['pattern_kind']}, {item['standing']})")
    typer.echo(f"  {item['statement']['en']}\n  {item['statement']['zh']}")
    typer.echo("  measures: " + ", ".join(f"{name} {measure(name, value)}" for name, value in item["measures"].items()))
    if item["population"]:
        people = item["population"]
        typer.echo(f"  of {people['size']} ({people['level']}), {people['from']} to {people['to']}:"
                   f" {people['what']['en']}")
    if found.get("rule"):
        typer.echo(f"  rule {found['rule']['id']}: {found['rule']['sentence']['en']}")
    _print_series(found)
    typer.echo(f"  run {item['run_id']}, data: " + ", ".join(f"{d['name']} {d['digest']}" for d in item["datasets"]))
    typer.echo(f"  proposed by {item['author']}; digest: {found['digest']}")


def _print_series(found: Mapping[str, Any]) -> None:
    """What each run measured, what age makes of it, and why it no longer holds."""
    item = found["item"]
    typer.echo(f"  strength now {percent(item['effective_strength'])}: measured {item['measured_days_ago']} days ago,"
               f" half for every {item['half_life_days']} days since")
    if item["change"]:
        change, at = item["change"], f" as of {item['change']['as_of']}" if item["change"]["as_of"] else ""
        typer.echo(f"  ended {item['valid_to']}: {change['reason']['en']};"
                   f" {_said(change['then'])} when judged, {_said(change['now'])}{at}")
        if (decision := item["lapses"][-1]["decision"]) is not None:
            typer.echo(f"  {decision['by']}: {decision['verdict']} {decision['reason']}".rstrip())
    print_rows([{"as of": one["as_of"], "verdict": one["verdict"].replace("_", " "), "run": one["run_id"],
                 "strength": "" if one["strength"] is None else percent(one["strength"]),
                 "figure": _said(one["figure"])} for one in found["measurements"]])


def _said(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "not measured"
    name = figure["measure"]
    ends = "" if figure["low"] is None else f" ({measure(name, figure['low'])} to {measure(name, figure['high'])})"
    return f"{name} {measure(name, figure['value'])}{ends}"


def _print_items(page: Json) -> None:
    print_rows([{"id": item["id"], "status": item["status"], "standing": item["standing"],
                 "kind": item["pattern_kind"], "statement": item["statement"]["en"]} for item in page["items"]])
    if page["lapsed"]:
        typer.echo(f"in use and ended by runs: {page['lapsed']}; next: zhike knowledge list --lapsed")
    if page["doubtful"]:
        counted = ", ".join(f"{count} {standing}" for standing, count in sorted(page["doubtful"].items()))
        typer.echo(f"in use and not confirmed by the last run: {counted}; next: zhike knowledge list --standing"
                   f" {min(page['doubtful'])}")


def _print_taken_in(told: Json) -> None:
    typer.echo(f"proposed {len(told['proposed'])} items; they wait for a verdict")
    if told["known"]:
        typer.echo(f"had a verdict here and stay as they are: {', '.join(told['known'])}")
    for one in told["kept"]:
        typer.echo(f"stays as it is: {one['id']} {one['why']['en']}")
    for name, count in told["words"].items():
        typer.echo(f"words for {count} values of {name}")


def _print_report(report: Json) -> None:
    print_rows([{"shape": shape, "checked": count} for shape, count in report["checked"].items()])
    print_rows(report["faults"])
    typer.echo("everything fits its shape" if report["conforms"] else f"{len(report['faults'])} faults")
