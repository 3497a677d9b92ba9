"""The commands that keep a base: ``zhike export``, ``import-knowledge``, ``backup`` and ``restore``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.options import AsJson, show, with_ways
from api.cli.printing import say
from api.settings import Settings
from api.use_cases.restoring import import_archive, restore_backup


def export(folder: Annotated[Path, typer.Argument(help="a new folder")], *, as_json: AsJson = False) -> None:
    """Write the whole knowledge base into a folder: Parquet, JSON Lines and the ontology, with digests."""
    told = with_ways(lambda ways: ways.archives.export(folder, say))
    show(told, as_json, lambda said: _print_archive("written to", folder, said))


def import_knowledge(folder: Annotated[Path, typer.Argument(help="as `zhike export` wrote it")], *,
                     as_json: AsJson = False) -> None:
    """Make an exported knowledge base the base of ZHIKE_HOME, which has none; on either engine."""
    told = import_archive(Settings(), folder, say)
    show(told, as_json, lambda said: _print_archive("read from", folder, said))


def backup(file: Annotated[Path, typer.Argument(help="a new file")], *, as_json: AsJson = False) -> None:
    """Write the whole knowledge base into one file, also while a service goes on."""
    told = with_ways(lambda ways: ways.archives.backup(file, say))
    show(told, as_json, lambda said: _print_archive("written to", file, said))


def restore(file: Annotated[Path, typer.Argument(help="as `zhike backup` wrote it")], *,
            force: Annotated[bool, typer.Option("--force", help="keep the base that is there aside")] = False,
            as_json: AsJson = False) -> None:
    """Make a backup the base of ZHIKE_HOME."""
    told = restore_backup(Settings(), file, force=force, progress=say)
    show(told, as_json, lambda said: _print_archive("read from", file, said))


def _print_archive(done: str, path: Path, said: Mapping[str, Any]) -> None:
    held = {name: said["graph"].get(table, 0) for name, table in
            (("customers", "Customer"), ("knowledge items", "KnowledgeItem"), ("releases", "Release"))}
    held |= {name: said["journal"].get(name, 0) for name in ("decisions", "outcomes")}
    told = ", ".join(f"{count:,} {name}" for name, count in held.items())
    typer.echo(f"{done} {path}: {said['files']} files; {told}")
