"""The command ``zhike``: every use case from a terminal; listings have ``--json``."""

import getpass
import signal
import sys
import time
import warnings
from typing import Annotated

import typer

from api import startup
from api.base_creation import make_base
from api.cli import demo as demo_story
from api.cli.archives import backup, export, import_knowledge, restore
from api.cli.cases import case_app
from api.cli.conformance import prove_readings
from api.cli.doctor import is_sound, print_checkup, print_mended
from api.cli.importing import files_of_sources, print_import
from api.cli.knowledge import knowledge_app
from api.cli.linked_data import knowledge_export, knowledge_import, knowledge_validate
from api.cli.mining import mine, runs_app
from api.cli.moment import moment_app
from api.cli.options import AsJson
from api.cli.options import show as _show
from api.cli.options import with_ways as _with_ways
from api.cli.printing import (
    print_decisions,
    print_erasure,
    print_family_table,
    print_findings,
    print_rows,
    print_why_not,
    say,
)
from api.cli.releases import publish, rollback
from api.cli.rules import rules_app
from api.cli.simulations import simulate, simulations
from api.cli.steering import challenger_app, holdouts, levers_app
from api.security.keys import owner_name
from api.settings import Settings, check_settings
from kb.errors import InvalidInput, ZhikeError
from kb.home import Base, Home
from ontology.text import Text
from ontology.vocabulary import Channel, Role
from rules.decision.request import ContactDirection

app = typer.Typer(name="zhike", help="A customer knowledge base with a rule engine (知客).", no_args_is_help=True,
                  pretty_exceptions_enable=False, add_completion=False)
app.add_typer(knowledge_app, name="knowledge")
app.add_typer(rules_app, name="rules")
app.add_typer(moment_app, name="moment")
app.add_typer(runs_app, name="runs")
app.add_typer(case_app, name="case")
app.add_typer(levers_app, name="levers")
app.add_typer(challenger_app, name="challenger")
for command in (mine, simulate, simulations, holdouts, publish, rollback):
    app.command()(command)

for keeping in (export, import_knowledge, backup, restore):
    app.command()(keeping)

for name, linked in (("export", knowledge_export), ("import", knowledge_import), ("validate", knowledge_validate)):
    knowledge_app.command(name)(linked)

_OWNERS = Text(zh="“{name}”是服务为知识库文件夹的所有者所用的名字",
               en="'{name}' is the name that a service gives the owner of the base's folder")
_OTHER_NAME = Text(zh="请用其他名字", en="choose another name")
_HELP = {"--help"}
_SIGNALLED = 128  # the shell's convention: the signal's number is added
AsOf = Annotated[str | None, typer.Option(help="true then: a day, an ISO 8601 instant or epoch seconds")]
ChannelOption = Annotated[Channel, typer.Option(help="where the customer is")]
DirectionOption = Annotated[ContactDirection | None, typer.Option(
    help="who addresses whom; left out, the channel says, and with --all it is us")]


def main() -> None:
    """Run the command; a fault prints its message and hint and exits with 1."""
    signal.signal(signal.SIGTERM, _stop)
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")  # of Ibis about DuckDB 2, not ours
    try:
        if not _HELP & {*sys.argv}:
            check_settings()
        app()
    except ZhikeError as fault:
        say(f"zhike: {fault.message}")
        if fault.hint:
            say(f"  try: {fault.hint}")
        sys.exit(1)


@app.command()
def init(name: str = "zhike", zone: str = "Asia/Shanghai", currency: str = "CNY",
         as_of: Annotated[int | None, typer.Option(help="fix the moment (epoch seconds)")] = None) -> None:
    """Make an empty base in ZHIKE_HOME; with ZHIKE_SECRET_FILE, join the base of that secret at its graph."""
    settings = Settings()
    home = Home(settings.home)
    if home.exists():
        typer.echo(f"there is a base in {home.path} already; nothing was changed")
        return
    said = Base(name=Text.same(name), zone=zone, currency=currency, graph=settings.graph)
    if as_of is not None:
        said = said.at_moment(as_of, by=getpass.getuser(), at=int(time.time()))
    if make_base(home, said, settings) == said:
        typer.echo(f"made an empty base in {home.path}; next: zhike import MAPPING")
    else:
        typer.echo(f"{home.path} joined the base {home.base().name.en} at its graph; next: zhike serve")


@app.command("import")
def import_source(mapping: Annotated[str, typer.Argument(help="a shipped mapping's name, or the path of a TOML file")],
                  file: Annotated[list[str] | None, typer.Option(help="SOURCE=PATH: where a source's file is")] = None,
                  replace: Annotated[bool, typer.Option(
                      "--replace", help="also where more than 5 % of what this mapping brought before goes")] = False,
                  as_json: AsJson = False) -> None:
    """Bring a source in by its mapping; the same file twice changes nothing."""
    overrides = files_of_sources(file or [])
    settings = Settings()
    startup.create_for(settings, mapping)
    report = _with_ways(lambda ways: ways.import_mapping(mapping, overrides, replacing=replace, progress=say))
    _show(report, as_json, print_import)


@app.command()
def indicators(as_json: AsJson = False) -> None:
    """List the indicators: formula, unit, group, owner, and how many customers each is known for."""
    listed = _with_ways(lambda ways: ways.indicators())
    _show(listed, as_json, lambda rows: print_rows(
        [{**row, "label": row["label"]["en"], "owner": row["owner"]["en"], "formula": row["formula"]["en"],
          "coverage": None if row["coverage"] is None else f"{row['coverage']:.0%}"} for row in rows]))


@app.command()
def check(as_json: AsJson = False) -> None:
    """Check the rules that are live or wait for a verdict; exits non-zero where one must not be published."""
    findings = _with_ways(lambda ways: ways.findings())
    _show(findings, as_json, print_findings)
    if any(finding["severity"] == "error" for finding in findings):
        raise typer.Exit(1)


@app.command()
def releases(as_of: AsOf = None, as_json: AsJson = False) -> None:
    """List the releases; with --as-of those of then, and which was live."""
    _show(_with_ways(lambda ways: ways.releases(as_of)), as_json, print_rows)


@app.command()
def decide(customers: Annotated[list[str] | None, typer.Argument()] = None,  # noqa: PLR0913, PLR0917 - an option each
           everybody: Annotated[bool, typer.Option("--all", help="every customer, with a table by family")] = False,
           channel: ChannelOption = Channel.PHONE, direction: DirectionOption = None, limit: int = 3,
           as_json: AsJson = False) -> None:
    """Recommend actions for customers, each with its reasons."""
    if everybody:
        _show(_with_ways(lambda ways: ways.decide_all(channel=channel, limit=limit, progress=say,
                                                      direction=direction or "outbound")), as_json,
              print_family_table)
        return
    if not customers:
        msg = "no customer was named"
        raise typer.BadParameter(msg + "; give ids, or --all")
    context = {} if direction is None else {"direction": direction}
    answer = _with_ways(lambda ways: ways.decide(customers, channel, context, limit))
    _show(answer, as_json, print_decisions)
    for fault in answer["faults"]:
        say(f"zhike: {fault['detail']}")
    if answer["faults"]:
        raise typer.Exit(1)


@app.command("why-not")
def why_not(customer: str, action: str, channel: ChannelOption = Channel.PHONE, direction: DirectionOption = None,
            as_json: AsJson = False) -> None:
    """Say what keeps an action from being recommended."""
    _show(_with_ways(lambda ways: ways.why_not(customer, action, channel=channel, direction=direction)), as_json,
          print_why_not)


@app.command()
def replay(decision: str, as_json: AsJson = False) -> None:
    """Compute a stored decision again under its release."""
    result = _with_ways(lambda ways: ways.replay(decision))
    _show(result, as_json, lambda r: typer.echo("equal" if r["equal"] else "\n".join(r["differences"])))
    if not result["equal"]:
        raise typer.Exit(1)


@app.command()
def erase(customer: str, as_json: AsJson = False) -> None:
    """Erase a person to the byte: graph, snapshots, facts and journal; later imports leave them out."""
    erased = _with_ways(lambda ways: ways.erase(customer))
    _show(erased, as_json, print_erasure)


@app.command()
def key(name: str, role: Annotated[Role, typer.Option()]) -> None:
    """Make a new API key for a person or system; it is shown once."""
    if name == owner_name():
        raise InvalidInput(_OWNERS.fill(name=name), hint=_OTHER_NAME)
    typer.echo(startup.access_of(Home(Settings().home)).issue(name, role))


@app.command()
def serve() -> None:
    """Serve the API and the console until stopped."""
    startup.serve(Settings(), announce=say)


@app.command()
def doctor(rules: Annotated[bool, typer.Option("--rules", help="prove that the readings of rules agree; needs no base")]
           = False, cases: Annotated[int, typer.Option(min=1, help="evaluations, with --rules")] = 100_000,
           seed: Annotated[int, typer.Option(help="of the draw, with --rules")] = 7,
           mend: Annotated[bool, typer.Option("--mend", help="mend records that cannot be read, and levers out of"
                                                             " bounds; what stood there is kept")] = False,
           as_json: AsJson = False) -> None:
    """Check that the base can serve and that what it holds is sound, or with --rules that all readings agree."""
    if rules:
        if not prove_readings(cases, seed, say):
            raise typer.Exit(1)
        return
    told = _with_ways(lambda ways: ({"mended": ways.checking.mend(owner_name())} if mend else {}) | {
        "parts": ways.readiness(), "checks": ways.checking.checkup()})
    if mend and not as_json:
        print_mended(told["mended"])
    _show(told, as_json, print_checkup)
    if not is_sound(told):
        raise typer.Exit(1)


@app.command()
def demo(no_serve: Annotated[bool, typer.Option("--no-serve", help="stop before the server")] = False,
         mapping: str = "complete_journey",
         file: Annotated[list[str] | None, typer.Option(help="SOURCE=PATH")] = None) -> None:
    """Bring a real retailer's year in, mine, approve by policy, publish, decide and serve."""
    overrides = files_of_sources(file or [])
    demo_story.tell(Settings(), mapping=mapping, overrides=overrides, serve=not no_serve, say=say)


def _stop(number: int, _: object) -> None:
    """End by way of every ``finally``: the service takes its address with it, the base is closed."""
    sys.exit(_SIGNALLED + number)


