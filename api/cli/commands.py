"""The command ``zhike``: every use case from a terminal; listings have ``--json``.

A command imports what it alone needs: whoever asks a service that runs need not wait for the whole product.
"""

import getpass
import sys
import time
import warnings
from typing import Annotated

import typer

from api.cli.customers import case_app, decide, erase, replay, why_not
from api.cli.evaluation import evaluate
from api.cli.harms import harms_app
from api.cli.impact import impact
from api.cli.ingestion import files_of_sources, import_source, moment_app
from api.cli.keeping import backup, doctor, export, import_knowledge, restore
from api.cli.knowledge import indicators, knowledge_app
from api.cli.mining import mine, runs_app
from api.cli.pauses import pauses_app
from api.cli.printing import say
from api.cli.rates import rates_app
from api.cli.releases import publish, releases, rollback
from api.cli.rules import check, rules_app
from api.cli.simulations import simulate, simulations
from api.cli.steering import challenger_app, holdouts, levers_app
from api.settings import Settings, check_settings
from kb.errors import InvalidInput
from kb.home import Base, Home
from ontology.text import Text
from ontology.vocabulary import Role

app = typer.Typer(name="zhike", help="A customer knowledge base with a rule engine (知客).", no_args_is_help=True,
                  pretty_exceptions_enable=False, add_completion=False)
for name, group in (("knowledge", knowledge_app), ("rules", rules_app), ("moment", moment_app), ("runs", runs_app),
                    ("case", case_app), ("levers", levers_app), ("harms", harms_app), ("rates", rates_app),
                    ("pauses", pauses_app), ("challenger", challenger_app)):
    app.add_typer(group, name=name)
for command in (mine, evaluate, simulate, simulations, holdouts, impact, publish, rollback, export, import_knowledge,
                backup, restore, indicators, check, releases, decide, why_not, replay, erase, doctor):
    app.command()(command)
app.command("import")(import_source)

_OWNERS = Text(zh="“{name}”是服务为知识库文件夹的所有者所用的名字",
               en="'{name}' is the name that a service gives the owner of the base's folder")
_OTHER_NAME = Text(zh="请用其他名字", en="choose another name")
_HELP = {"--help"}


def run() -> None:
    """Run the command that this process was started with, and exit.

    Raises:
        ZhikeError: The fault that ends it.
    """
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")  # of Ibis about DuckDB 2, not ours
    if not _HELP & {*sys.argv}:
        check_settings()
    app()


@app.command()
def init(name: str = "zhike", zone: str = "Asia/Shanghai", currency: str = "CNY",
         as_of: Annotated[int | None, typer.Option(help="fix the moment (epoch seconds)")] = None) -> None:
    """Make an empty base in ZHIKE_HOME; with ZHIKE_SECRET_FILE, join the base of that secret at its graph."""
    from api.base_creation import make_base

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


@app.command()
def key(name: str, role: Annotated[Role, typer.Option()]) -> None:
    """Make a new API key for a person or system; it is shown once."""
    from api.security.keys import owner_name
    from api.startup import access_of

    if name == owner_name():
        raise InvalidInput(_OWNERS.fill(name=name), hint=_OTHER_NAME)
    typer.echo(access_of(Home(Settings().home)).issue(name, role))


@app.command()
def serve() -> None:
    """Serve the API and the console until stopped."""
    from api import startup

    startup.serve(Settings(), announce=say)


@app.command()
def demo(no_serve: Annotated[bool, typer.Option("--no-serve", help="stop before the server")] = False,
         mapping: str = "complete_journey",
         file: Annotated[list[str] | None, typer.Option(help="SOURCE=PATH")] = None) -> None:
    """Bring a real retailer's year in, mine, approve by policy, publish, decide and serve."""
    from api.cli.demo import tell

    tell(Settings(), mapping=mapping, overrides=files_of_sources(file or []), serve=not no_serve, say=say)
