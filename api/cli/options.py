"""What commands share: their options, the client that answers them, and the questions they ask."""

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from api.cli.client import Client, Json, open_client
from api.cli.printing import say
from api.settings import Settings
from kb.errors import InvalidInput
from ontology.text import Text

Answer = TypeVar("Answer")


class SentenceLanguage(StrEnum):
    """The languages of sentences and tables."""

    ZH = "zh"
    EN = "en"


Language = Annotated[SentenceLanguage, typer.Option(help="of sentences and headings")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
By = Annotated[str, typer.Option("--by", help="who acts; the name is recorded")]
AsOf = Annotated[str | None, typer.Option(help="true then: a day, an ISO 8601 instant or epoch seconds")]
Digest = Annotated[str | None, typer.Option(help="of what was read, as `show` tells it")]
Reason = Annotated[str, typer.Option(help="why, for those who read it later")]
_UNREAD = Text(zh="批准时须写明所读内容的摘要", en="nobody is at the terminal to read it, and no digest was named")
_NAME_IT = Text(zh="请加上 --digest；摘要见 `show`", en="name what you have read with --digest, as `show` tells it")


def with_client(use: Callable[[Client], Answer]) -> Answer:
    """What ``use`` makes of the API."""
    with open_client(Settings(), say) as client:
        return use(client)


def judge(path: str, verdict: str, *, reason: str, by: str, digest: str | None,  # noqa: PLR0913 - a verdict's parts
          show: Callable[[Json], None] | None = None) -> None:
    """Give a verdict.

    Args:
        path: Of the item or rule.
        verdict: ``approve``, ``reject``, ``retire``; of what has ceased to hold ``keep`` or ``wait``.
        reason: Why.
        by: Who judges; empty is the user of this process.
        digest: Of what was read.
        show: Prints what is judged where no digest is named, and somebody is asked about it then.

    Raises:
        InvalidInput: If nobody is there to be asked.
    """
    def give(client: Client) -> None:
        read = digest if digest or show is None else _read_now(client.get(path), show)
        client.post(f"{path}/review", {"verdict": verdict, "reason": reason, "digest": read}, by=by)

    with_client(give)


def ask(question: str, *, is_agreed: bool) -> bool:
    """Whether it is agreed to: beforehand, or by somebody at the terminal, whose *no* ends the command."""
    if not is_agreed and sys.stdin.isatty():
        return typer.confirm(question, abort=True)
    return is_agreed


def _read_now(found: Json, show: Callable[[Json], None]) -> str:
    if not sys.stdin.isatty():
        raise InvalidInput(_UNREAD, hint=_NAME_IT)
    show(found)
    typer.confirm("approve this?", abort=True)
    return str(found["digest"])
