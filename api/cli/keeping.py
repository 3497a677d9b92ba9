"""The commands that keep a base: archives, backups and what is made of them, and ``zhike doctor``."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.client import Client, Json
from api.cli.options import AsJson, with_client
from api.cli.printing import print_rows, say, show
from api.settings import Settings
from ontology.quantities import number

if TYPE_CHECKING:
    from rules.conformance import Agreement, Difference

_SECONDS_BETWEEN = 5.0


def export(folder: Annotated[Path, typer.Argument(help="a new folder")], *, as_json: AsJson = False) -> None:
    """Write the whole knowledge base into a folder: Parquet, JSON Lines and the ontology, with digests."""
    told = with_client(lambda client: _archive(client, folder, "folder"))
    show(told, as_json, lambda said: _print_archive("written to", folder, said))


def import_knowledge(folder: Annotated[Path, typer.Argument(help="as `zhike export` wrote it")], *,
                     as_json: AsJson = False) -> None:
    """Make an exported knowledge base the base of ZHIKE_HOME, which has none; on either engine."""
    from api.use_cases.restoring import import_archive

    told = import_archive(Settings(), folder, say)
    show(told, as_json, lambda said: _print_archive("read from", folder, said))


def backup(file: Annotated[Path, typer.Argument(help="a new file")], *, as_json: AsJson = False) -> None:
    """Write the whole knowledge base into one file, also while a service goes on."""
    told = with_client(lambda client: _archive(client, file, "file"))
    show(told, as_json, lambda said: _print_archive("written to", file, said))


def restore(file: Annotated[Path, typer.Argument(help="as `zhike backup` wrote it")], *,
            force: Annotated[bool, typer.Option("--force", help="keep the base that is there aside")] = False,
            as_json: AsJson = False) -> None:
    """Make a backup the base of ZHIKE_HOME."""
    from api.use_cases.restoring import restore_backup

    told = restore_backup(Settings(), file, force=force, progress=say)
    show(told, as_json, lambda said: _print_archive("read from", file, said))


def doctor(rules: Annotated[bool, typer.Option("--rules", help="prove that the readings of rules agree; needs no base")]
           = False, cases: Annotated[int, typer.Option(min=1, help="evaluations, with --rules")] = 100_000,
           seed: Annotated[int, typer.Option(help="of the draw, with --rules")] = 7,
           mend: Annotated[bool, typer.Option("--mend", help="mend records that cannot be read, and levers out of"
                                                             " bounds; what stood there is kept")] = False,
           as_json: AsJson = False) -> None:
    """Check that the base can serve and that what it holds is sound, or with --rules that all readings agree."""
    if rules:
        if not prove_readings(cases, seed):
            raise typer.Exit(1)
        return
    found = with_client(lambda client: _examine(client, is_mending=mend))
    if mend and not as_json:
        _print_mended(found["mended"])
    show(found, as_json, _print_checkup)
    if not _is_sound(found):
        raise typer.Exit(1)


def prove_readings(cases: int, seed: int) -> bool:
    """Compare, print what came of it, and tell whether the readings agree on every evaluation."""
    from rules.conformance import prove

    begun = time.monotonic()
    tally = prove(cases=cases, seed=seed, processes=os.cpu_count() or 1, progress=_Progress(cases, say))
    rate = tally.evaluations / (time.monotonic() - begun)
    for difference in tally.differences:
        typer.echo(_difference_text(difference))
    typer.echo(f"{tally.evaluations:,} evaluations of {tally.rule_sets:,} rule sets, seed {seed}:"
               f" {tally.different:,} different; {tally.firings:,} firings, {tally.left_out:,} left to Python,"
               f" {rate:,.0f} a second")
    return tally.different == 0 and tally.evaluations == cases


class _Progress:
    """Says how far the comparison is, every few seconds."""

    def __init__(self, cases: int, say: Callable[[str], None]) -> None:
        self._cases, self._say = cases, say
        self._last = time.monotonic()

    def __call__(self, tally: "Agreement") -> None:
        now = time.monotonic()
        if now - self._last >= _SECONDS_BETWEEN:
            self._last = now
            self._say(f"{tally.evaluations:,} of {self._cases:,}, {tally.different:,} different")


def _archive(client: Client, path: Path, form: str) -> Json:
    client.announce(f"the service that holds the base writes {path}")
    return client.post("/v1/archives", {"path": str(path.absolute()), "form": form})


def _examine(client: Client, *, is_mending: bool) -> Json:
    """What was mended, where it is asked for; whether each part can serve; and every check."""
    mended = {"mended": client.post("/v1/checkup/mend")} if is_mending else {}
    parts = client.attempt("GET", "/readyz").json()["parts"]  # told as well where one is not ready
    return mended | {"parts": parts, "checks": client.get("/v1/checkup")["checks"]}


def _print_archive(done: str, path: Path, said: Mapping[str, Any]) -> None:
    held = {name: said["graph"].get(table, 0) for name, table in
            (("customers", "Customer"), ("knowledge items", "KnowledgeItem"), ("releases", "Release"))}
    held |= {name: said["journal"].get(name, 0) for name in ("decisions", "outcomes")}
    told = ", ".join(f"{count:,} {name}" for name, count in held.items())
    typer.echo(f"{done} {path}: {said['files']} files; {told}")


def _difference_text(difference: "Difference") -> str:
    """The difference with the rules as TOML and the customer as JSON, to be read again."""
    from kb.model.codec import to_json
    from rules.formats import rules_to_text

    customer = "every customer" if difference.facts is None else to_json(difference.facts)
    rules = rules_to_text(difference.rules)
    return f"the reading {difference.reading!r} {difference.message} for {customer}\n\n{rules}"


def _print_checkup(told: Mapping[str, Any]) -> None:
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


def _print_mended(told: Mapping[str, Any]) -> None:
    """What was mended, and what was taken aside."""
    if not any(told.values()):
        typer.echo("there was nothing to mend\n")
        return
    for done, said in (("repaired", "repaired"), ("taken_out", "taken out, its text is kept aside")):
        for one in told[done]:
            typer.echo(f"{said}: {one['kind']} {one['id']} ({one['why']})")
    for family, weight in told["levers"].items():
        typer.echo(f"lever {family}: {number(weight, exact=True)} set to the nearest that is allowed; publish to let it"
                   " take effect")
    typer.echo("")


def _is_sound(told: Mapping[str, Any]) -> bool:
    """Whether every part can serve and no check found anything."""
    return all(part["ready"] for part in told["parts"].values()) and not any(c["wrong"] for c in told["checks"])
