"""The commands ``zhike knowledge``: list, show, approve, reject, retire."""

import getpass
from types import SimpleNamespace
from typing import Annotated, Any

import typer

from api.cli.client import Ways
from api.cli.options import AsJson, By, show, with_ways
from api.cli.printing import print_item, print_rows
from api.cli.verdicts import Digest, Reason, judge
from ontology.vocabulary import KnowledgeStatus, PatternKind, Standing

knowledge_app = typer.Typer(help="Review what was mined; write and read it as linked data.", no_args_is_help=True)
AsOf = Annotated[str | None, typer.Option(help="true then: a day, an ISO 8601 instant or epoch seconds")]
KnownAt = Annotated[str | None, typer.Option(help="known to us then; default: at --as-of")]


@knowledge_app.command("list")
def knowledge_list(status: KnowledgeStatus | None = None, kind: PatternKind | None = None, q: str = "",  # noqa: PLR0913, PLR0917 - an option each
                   standing: Annotated[Standing | None, typer.Option(
                       help="what the data say now; untested and contradicted items no longer hold")] = None,
                   limit: int = 50, as_of: AsOf = None, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """List knowledge items, also as they were: --as-of alone lists what we knew on that day."""
    page = with_ways(lambda ways: ways.list_knowledge(status, kind, q, None, limit, standing=standing, as_of=as_of,
                                                      known_at=known_at))
    show(page, as_json, _print_items)


@knowledge_app.command("show")
def knowledge_show(item_id: str, as_json: AsJson = False) -> None:
    """Show an item with its rule, its run and its data, and the digest that an approval names."""
    show(with_ways(lambda ways: ways.knowledge(item_id)), as_json, print_item)


@knowledge_app.command("approve")
def knowledge_approve(item_id: str, digest: Digest = None, reason: Reason = "", by: By = "") -> None:
    """Approve an item; its author cannot. Without --digest it is shown, and approved after a yes."""
    judge(_items, item_id, "approve", reason, by, digest, print_item)
    typer.echo(f"{item_id} is approved; next: zhike publish")


@knowledge_app.command("reject")
def knowledge_reject(item_id: str, reason: Annotated[str, typer.Option(help="what speaks against it")],
                     digest: Digest = None, by: By = "") -> None:
    """Reject an item with a reason."""
    with_ways(lambda ways: ways.review(item_id, "reject", reason, by or getpass.getuser(), read=digest))
    typer.echo(f"{item_id} is rejected")


@knowledge_app.command("retire")
def knowledge_retire(item_id: str, reason: Annotated[str, typer.Option(help="why it goes")], digest: Digest = None,
                     by: By = "") -> None:
    """Retire an item with a reason: it is kept, and the next release is without it and its rules."""
    with_ways(lambda ways: ways.review(item_id, "retire", reason, by or getpass.getuser(), read=digest))
    typer.echo(f"{item_id} is retired; next: zhike publish")


def _items(ways: Ways) -> SimpleNamespace:
    return SimpleNamespace(one=ways.knowledge, review=ways.review)


def _print_items(page: dict[str, Any]) -> None:
    print_rows([{"id": item["id"], "status": item["status"], "standing": item["standing"],
                 "kind": item["pattern_kind"], "statement": item["statement"]["en"]} for item in page["items"]])
    if page["doubtful"]:
        counted = ", ".join(f"{count} {standing}" for standing, count in sorted(page["doubtful"].items()))
        typer.echo(f"in use and no longer holding: {counted}; next: zhike knowledge list --standing"
                   f" {min(page['doubtful'])}")
