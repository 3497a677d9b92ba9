"""The commands ``zhike rules``: list, show, judge, adopt, out to a file and in again; and ``zhike check``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

import typer

from api.cli.client import Json, quoted
from api.cli.options import AsJson, By, Digest, Language, Reason, SentenceLanguage, judge, with_client
from api.cli.printing import print_rows, show
from kb.errors import InvalidInput
from ontology.text import Text
from ontology.vocabulary import KnowledgeStatus

rules_app = typer.Typer(no_args_is_help=True,
                        help="Read and judge rules and their drafts; write rules to a file and take them in again.")
RuleFile = Annotated[Path, typer.Argument(help="a decision table (.xlsx, .csv), sentences (.txt), or .toml")]
_MARKS = {"same": " ", "added": "+", "removed": "-"}
_MOST = 500
_CANNOT_READ = Text(zh="无法读取 {path}：{why}", en="cannot read {path}: {why}")
_CANNOT_WRITE = Text(zh="无法写入 {path}：{why}", en="cannot write {path}: {why}")
_NAME_ONE = Text(zh="请给出存在的文件", en="name a file that is there")
_NAME_A_FOLDER = Text(zh="请给出存在的文件夹中的文件", en="name a file in a folder that is there")


@rules_app.command("list")
def rules_list(status: Annotated[KnowledgeStatus | None, typer.Option(
                   help="proposed: with a draft that waits for a verdict")] = None,
               q: Annotated[str, typer.Option(help="words of the id or the name")] = "",
               as_json: AsJson = False) -> None:
    """List the rules; those with a draft that waits for a verdict are marked."""
    answer = with_client(lambda client: client.get("/v1/rules", status=status, q=q, limit=_MOST))
    show(answer, as_json, _print_rules)


@rules_app.command("show")
def rules_show(rule_id: str, language: Language = SentenceLanguage.EN, as_json: AsJson = False) -> None:
    """Show a rule; a draft of it line by line beside what is approved, with the digest that an approval names."""
    answer = with_client(lambda client: client.get(_path(rule_id)))
    show(answer, as_json, lambda found: _print_rule(found, language))


@rules_app.command("approve")
def rules_approve(rule_id: str, digest: Digest = None, reason: Reason = "", by: By = "") -> None:
    """Approve the draft of a rule; its author cannot. Without --digest it is shown, and approved after a yes."""
    judge(_path(rule_id), "approve", reason=reason, by=by, digest=digest,
          show=lambda found: _print_rule(found, SentenceLanguage.EN))
    typer.echo(f"the draft of {rule_id} is approved; next: zhike publish")


@rules_app.command("reject")
def rules_reject(rule_id: str, reason: Annotated[str, typer.Option(help="what speaks against it")],
                 digest: Digest = None, by: By = "") -> None:
    """Reject the draft of a rule with a reason; what is approved goes on."""
    judge(_path(rule_id), "reject", reason=reason, by=by, digest=digest)
    typer.echo(f"the draft of {rule_id} is rejected")


@rules_app.command("retire")
def rules_retire(rule_id: str, reason: Annotated[str, typer.Option(help="why it goes")], digest: Digest = None,
                 by: By = "") -> None:
    """Retire a hand-written rule with a reason: the next release is without it."""
    judge(_path(rule_id), "retire", reason=reason, by=by, digest=digest)
    typer.echo(f"{rule_id} is retired; next: zhike publish")


@rules_app.command("adopt")
def rules_adopt(by: By = "") -> None:
    """Approve the shipped hand-written rules, as far as they are new here; the next release has them."""
    adopted = with_client(lambda client: client.post("/v1/rules/adopted", by=by))["adopted"]
    typer.echo(f"adopted {adopted} rules; next: zhike publish" if adopted else "every shipped rule is here already")


@rules_app.command("export")
def rules_export(file: RuleFile, language: Language = SentenceLanguage.ZH, as_json: AsJson = False) -> None:
    """Write the rules that are approved or wait for a verdict; a changed draft of an approved rule is left out."""
    answer = with_client(lambda client: client.send("GET", "/v1/rules/file",
                                                    params={"name": str(file), "language": language}))
    _write(file, answer.content)
    waiting = [unquote(one) for one in answer.headers["X-Zhike-Waiting"].split(",") if one]
    exported = {"file": str(file), "rules": int(answer.headers["X-Zhike-Rules"]), "waiting": waiting}
    show(exported, as_json, _print_exported)


@rules_app.command("import")
def rules_import(file: RuleFile, by: By = "",
                 approve_by: Annotated[str | None, typer.Option(help="a second person, who approves them")] = None,
                 as_json: AsJson = False) -> None:
    """Take in new and changed rules as drafts beside what is approved; all of them, or none."""
    answer = with_client(lambda client: client.send(
        "POST", "/v1/rules/imports", by=by, approver=approve_by, params={"name": str(file)}, content=read_file(file),
        headers={"Content-Type": "application/octet-stream"})).json()
    show(answer, as_json, _print_taken_in)


def check(as_json: AsJson = False) -> None:
    """Check the rules that are live or wait for a verdict; exits non-zero where one must not be published."""
    findings = with_client(lambda client: client.get("/v1/rules/findings")["findings"])
    show(findings, as_json, _print_findings)
    if any(finding["severity"] == "error" for finding in findings):
        raise typer.Exit(1)


def _path(rule_id: str) -> str:
    return f"/v1/rules/{quoted(rule_id)}"


def read_file(file: Path) -> bytes:
    """The bytes of a file that a command is given."""
    try:
        return file.read_bytes()
    except OSError as fault:
        raise InvalidInput(_CANNOT_READ.fill(path=file, why=fault.strerror), hint=_NAME_ONE) from fault


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as fault:
        raise InvalidInput(_CANNOT_WRITE.fill(path=file, why=fault.strerror), hint=_NAME_A_FOLDER) from fault


def _print_rule(found: Json, language: str) -> None:
    """A rule and its draft as a difference, the verdicts there were, and the digest."""
    typer.echo(f"{found['id']}  {found['status']}  (by {found['author']})")
    if found["draft"] is None:
        typer.echo(found["text"][language])
    else:
        typer.echo(f"a draft by {found['draft']['author']} waits for a verdict:")
        for line in found["difference"][language]:
            typer.echo(f"{_MARKS[line['mark']]} {line['text']}")
    for one in found["history"]:
        typer.echo(f"earlier draft by {one['author']}: {one['status']} by {one['approver']}"
                   + (f", {one['reason']}" if one["reason"] else ""))
    typer.echo(f"digest: {found['digest']}")


def _print_rules(answer: Json) -> None:
    print_rows([{"id": rule["id"], "status": rule["status"],
                 "draft": "" if rule["draft"] is None else f"by {rule['draft']['author']}",
                 "name": rule["name"]["en"]} for rule in answer["rules"]])
    if answer["waiting"]:
        typer.echo(f"{answer['waiting']} drafts wait for a verdict; next: zhike rules show ID")
    if answer["next"]:
        typer.echo(f"more rules follow; narrow the list with --q or --status, here are the first {_MOST}")


def _print_exported(told: Json) -> None:
    typer.echo(f"wrote {told['rules']} rules to {told['file']}")
    if told["waiting"]:
        typer.echo(f"left out, for a draft of what is approved waits: {', '.join(told['waiting'])}")


def _print_taken_in(told: Json) -> None:
    for what in ("new", "changed"):
        if told[what]:
            typer.echo(f"{what}, {told['status']}: {', '.join(told[what])}")
    typer.echo(f"unchanged: {told['unchanged']}")
    if told["waiting"]:
        typer.echo(f"a draft waits for a verdict already: {', '.join(told['waiting'])}")
    if told["status"] == "proposed" and (told["new"] or told["changed"] or told["waiting"]):
        typer.echo("next: a second person reads them with `zhike rules show` and approves")
    elif told["new"] or told["changed"]:
        typer.echo("next: zhike publish")


def _print_findings(findings: Sequence[Json]) -> None:
    """What looks wrong with the rules, and how many errors and warnings that makes."""
    for finding in findings:
        typer.echo(f"{finding['severity']:8} {finding['rule_id'] or 'all rules'}: {finding['message']['en']}")
    errors = sum(finding["severity"] == "error" for finding in findings)
    typer.echo(f"{errors} errors, {len(findings) - errors} warnings")
