"""What brings data in: ``zhike import``, and ``zhike moment``, from when everything asks *how long ago*."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, Json, fault_named
from api.cli.options import AsJson, By, with_client
from api.cli.printing import print_rows, show
from api.settings import Settings
from api.signals import Stopped
from kb.errors import Conflict, InvalidInput
from kb.home import Home
from ontology.text import Text

moment_app = typer.Typer(help="The moment from which everything asks how long ago: see it, set it.",
                         no_args_is_help=True)
_NO_PAIR = Text(zh="--file 需写成 来源=路径，收到的是 {pair}", en="--file expects SOURCE=PATH, got {pair!r}")
_TWICE = Text(zh="来源 {source} 指定了两个文件：{first} 和 {second}",
              en="source {source!r} was given two files: {first} and {second}")
_ONE_FILE = Text(zh="每个来源一次导入只读一个文件：请把它们合并，或为第二个文件另写一个映射",
                 en="an import reads one file for each source: join them, or bring the second in by a mapping of its "
                    "own")
_SHAPE = Text(zh="例如 --file lines=orders.csv", en="for example --file lines=orders.csv")
_POLL_SECONDS = 0.2
_GOING_ON = ("running", "loading")


def import_source(mapping: Annotated[str, typer.Argument(help="a shipped mapping's name, or the path of a TOML file")],
                  file: Annotated[list[str] | None, typer.Option(help="SOURCE=PATH: where a source's file is")] = None,
                  replace: Annotated[bool, typer.Option(
                      "--replace", help="also where more than 5 % of what this mapping brought before goes")] = False,
                  as_json: AsJson = False) -> None:
    """Bring a source in by its mapping; the same file twice changes nothing."""
    overrides = files_of_sources(file or [])
    settings = Settings()
    if not Home(settings.home).exists():
        from api.startup import create_for

        create_for(settings, mapping)
    report = with_client(lambda client: import_files(client, mapping, overrides, replacing=replace))
    show(report, as_json, _print_import)


@moment_app.command("show")
def moment_show(as_json: AsJson = False) -> None:
    """Show the moment, whether it stays, and who set it when and what stood before; beside a service too."""
    show(with_client(lambda client: client.get("/v1/moment")), as_json, _print_moment)


@moment_app.command("set")
def moment_set(to: Annotated[str, typer.Argument(help="a day, an ISO 8601 instant or epoch seconds, which then stays;"
                                                      " data: the last of the data, whatever comes in;"
                                                      " wall: the clock on the wall")],
               by: By = "", as_json: AsJson = False) -> None:
    """Set the moment, and compute the facts anew at it; beside a service too."""
    def set_it(client: Client) -> Json:
        client.announce("the service that holds the base computes the facts anew; it goes on answering")
        return client.post("/v1/moment", {"moment": to}, by=by)

    show(with_client(set_it), as_json, _print_moment)


def files_of_sources(pairs: Sequence[str]) -> dict[str, Path]:
    """Source -> file, as ``SOURCE=PATH`` tells it.

    >>> files_of_sources(["lines=a.csv"])
    {'lines': PosixPath('a.csv')}

    Raises:
        InvalidInput: If one is told otherwise, or a source has two files.
    """
    files: dict[str, Path] = {}
    for pair in pairs:
        source, sign, path = pair.partition("=")
        if not (source and sign and path):
            raise InvalidInput(_NO_PAIR.fill(pair=pair), hint=_SHAPE)
        if source in files:
            raise InvalidInput(_TWICE.fill(source=source, first=files[source], second=path), hint=_ONE_FILE)
        files[source] = Path(path)
    return files


def import_files(client: Client, mapping: str, overrides: Mapping[str, Path], *, replacing: bool = False) -> Json:
    """Import files, say what is said of it, and return the report.

    A signal stops the import as long as nothing has changed; what became of it is said.

    Raises:
        ZhikeError: As the import raised it; also where it was stopped.
    """
    body = {"mapping": _named(mapping), "files": _located(mapping, overrides), "replace": replacing}
    client.announce("the service that holds the base imports; it goes on answering")
    begun = client.post("/v1/imports", body)
    try:
        ended = _followed(client, begun)
    except Stopped:
        _stop(client, begun["id"])
        raise
    report: Json = _succeeded(ended)["report"]
    return report


def _followed(client: Client, progress: Json) -> Json:
    """The import when it has ended; every line that it said was passed on."""
    while True:
        for line in progress["lines"]:
            client.say(line)
        if progress["state"] not in _GOING_ON:
            return progress
        time.sleep(_POLL_SECONDS)
        progress = client.get(f"/v1/imports/{progress['id']}", after=progress["said"])


def _stop(client: Client, import_id: str) -> None:
    """Stop an import that nobody waits for any more; where that is too late, say so.

    Raises:
        ZhikeError: That it was stopped.
    """
    try:
        ended = client.delete(f"/v1/imports/{import_id}")
    except Conflict as fault:
        client.say(f"{fault.message} by the service" if client.service_url else fault.message)
    else:
        _succeeded(ended)


def _succeeded(ended: Json) -> Json:
    """An import that has ended well.

    Raises:
        ZhikeError: As it ended otherwise.
    """
    if (fault := ended["fault"]) is not None:
        raise fault_named(fault["kind"], Text(**fault["message"]), Text(**fault["hint"]))
    return ended


def _named(mapping: str) -> str:
    """A mapping as the service finds it, whose working folder is another."""
    from kb.ingestion.mapping.toml_file import shipped_mappings

    is_shipped = "/" not in mapping and mapping.replace("_", "-") in {
        name.replace("_", "-") for name in shipped_mappings()}
    return mapping if is_shipped else str(Path(mapping).absolute())


def _located(mapping: str, overrides: Mapping[str, Path]) -> dict[str, str]:
    """The files that are given, and those that the mapping names from here, by absolute paths."""
    from kb.ingestion.mapping.toml_file import load_mapping

    stated = {name: Path(source.path) for name, source in load_mapping(mapping).sources.items()
              if source.path and not source.path.startswith(("package:", "/"))}
    return {name: str(path.absolute()) for name, path in {**stated, **overrides}.items()}


def _print_import(report: Mapping[str, Any]) -> None:
    """The tables, why rows were refused, and which tables the mapping no longer fills."""
    print_rows(report["tables"])
    for one in report["refused"]:
        typer.echo(f"{one['table']}: {one['rows']:,} refused, {one['why']['en']} ({one['reason']}, first on line"
                   f" {one['first_line']:,})")
    for table, rows in report["dropped"].items():
        typer.echo(f"{table}: the {rows:,} rows that this mapping brought before are gone")


def _print_moment(told: Mapping[str, Any]) -> None:
    if told["lives"]:
        typer.echo("the moment is the clock on the wall")
    else:
        typer.echo(f"the moment is {told['as_of_text']}; {'it stays' if told['stays'] else 'it follows the data'}")
    for change in told["changes"]:
        typer.echo(f"  {change['at_text']}: {change['by']} set it to {change['after_text']}; before:"
                   f" {change['before_text']}")
