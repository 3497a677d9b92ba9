"""Verdicts in a terminal: what is approved was shown, or is named by the digest that came with it."""

import getpass
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from api.cli.client import Ways
from api.cli.options import with_ways
from kb.errors import InvalidInput
from ontology.text import Text

Digest = Annotated[str | None, typer.Option(help="of what was read, as `show` tells it")]
Reason = Annotated[str, typer.Option(help="why, for those who read it later")]
_UNREAD = Text(zh="批准时须写明所读内容的摘要", en="nobody is at the terminal to read it, and no digest was named")
_NAME_IT = Text(zh="请加上 --digest；摘要见 `show`", en="name what you have read with --digest, as `show` tells it")


def judge(part: Callable[[Ways], Any], name: str, verdict: str, reason: str, by: str,  # noqa: PLR0913, PLR0917 - a verdict's parts
          digest: str | None, shown: Callable[[dict[str, Any]], None]) -> None:
    """Give a verdict on what was read.

    Args:
        part: The use cases with ``one`` and ``review``.
        name: Id of the item or rule.
        verdict: The verdict.
        reason: Why.
        by: Who judges; empty is the owner of the process.
        digest: Of what was read; ``None``: it is shown now, and asked about.
        shown: Prints what is judged.

    Raises:
        InvalidInput: If no digest is named and nobody is there to be asked.
    """
    def act(ways: Ways) -> None:
        read = digest or _read_now(part(ways).one(name), shown)
        part(ways).review(name, verdict, reason, by or getpass.getuser(), read=read)

    with_ways(act)


def ask(question: str, *, is_agreed: bool) -> bool:
    """Whether it is agreed to: beforehand, or by somebody at the terminal, whose *no* ends the command."""
    if not is_agreed and sys.stdin.isatty():
        return typer.confirm(question, abort=True)
    return is_agreed


def _read_now(found: dict[str, Any], shown: Callable[[dict[str, Any]], None]) -> str:
    if not sys.stdin.isatty():
        raise InvalidInput(_UNREAD, hint=_NAME_IT)
    shown(found)
    typer.confirm("approve this?", abort=True)
    return str(found["digest"])
