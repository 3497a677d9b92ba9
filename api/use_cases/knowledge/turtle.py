"""A Turtle document read in a process of its own, which is ended when its time is up or nobody waits for it.

Checking a document by its shapes takes seconds for some hundred things, in Python alone: in the service it would keep
everybody waiting, and could not be stopped. Run as a module, this is that process: one document, one answer.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.child_process import (
    Answers,
    ChildProcess,
    ProcessLate,
    ProcessLost,
    end_with_the_parent,
    limit_resources,
    requests,
)
from kb.curation.importing import DocumentContents, read_turtle
from kb.errors import QueryTooCostly, ShapeViolation, Unavailable
from kb.model.codec import from_plain, to_plain
from ontology.linked.concepts import merge_words
from ontology.quantities import number
from ontology.schema import load_schema
from ontology.text import Text

SECONDS = 60.0
_MEMORY_BYTES = 2 << 30
_TICK_SECONDS = 0.2
_IN_PARTS = Text(zh="分成几份导入；什么都没有保存", en="bring it in parts; nothing was stored")
_TOO_LONG = Text(zh="核对这份文档超过 {seconds} 秒", en="checking this document takes more than {seconds} seconds")
_TOO_MUCH = Text(zh="核对这份文档需要的内存超过允许的上限",
                 en="checking this document takes more memory than one document may have")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurtleDocument:
    """What is read.

    Args:
        text: Turtle.
        author: Who proposes what is in it.
        now: Epoch seconds.
        extensions: Files that extend the ontology here.
        vocabulary: The file of the words that are kept already; it need not be there.
    """

    text: str
    author: str
    now: int
    extensions: tuple[str, ...]
    vocabulary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """What a document brings, and the vocabulary with its words."""

    brought: DocumentContents
    vocabulary: str


def read_apart(document: TurtleDocument, still_wanted: Callable[[], None], *, seconds: float = SECONDS) -> ReadDocument:
    """What the document brings, as ``kb.curation.importing.read_turtle`` reads it.

    Args:
        document: What is read.
        still_wanted: Is called every now and then, and raises when nobody waits any more.
        seconds: How long it may take.

    Raises:
        ShapeViolation: If something is wrong with it.
        QueryTooCostly: If it takes too long or too much memory.
    """
    process = ChildProcess("api.use_cases.knowledge.turtle")
    try:
        said = _answer(process, to_plain(document), still_wanted, time.monotonic() + seconds)
    except ProcessLate as fault:
        raise QueryTooCostly(_TOO_LONG.fill(seconds=number(seconds)), hint=_IN_PARTS) from fault
    except ProcessLost as fault:
        raise QueryTooCostly(_TOO_MUCH, hint=_IN_PARTS) from fault
    finally:
        process.kill()
    if "fault" in said:
        raise ShapeViolation(from_plain(said["fault"], Text), hint=from_plain(said["hint"], Text))
    return from_plain(said, ReadDocument)


def _answer(process: ChildProcess, asked: Mapping[str, Any], still_wanted: Callable[[], None],
            until: float) -> Mapping[str, Any]:
    """What the process says, while somebody waits for it."""
    try:
        process.send(asked, seconds=until - time.monotonic())
    except ProcessLost as fault:
        if isinstance(fault, ProcessLate):
            raise
        msg = Text(zh="读取文档的进程无法启动", en="the process that reads documents could not be started")
        raise Unavailable(msg, hint=Text(zh="请稍后再试", en="try again in a moment")) from fault
    while True:
        still_wanted()
        try:
            return process.receive(seconds=_TICK_SECONDS)
        except ProcessLate:
            if time.monotonic() >= until:
                raise


def main() -> None:
    """Read the one document that is sent, and answer."""
    limit_resources(memory_bytes=_MEMORY_BYTES, cpu_seconds=int(SECONDS) + 1)
    tell = Answers.to_the_parent().tell
    document = from_plain(next(requests()), TurtleDocument)
    end_with_the_parent()
    tell(_read(document))


def _read(document: TurtleDocument) -> dict[str, Any]:
    try:
        schema = load_schema(*map(Path, document.extensions))
        brought = read_turtle(document.text, document.author, schema, document.now)
    except ShapeViolation as fault:
        return {"fault": to_plain(fault.message_text), "hint": to_plain(fault.hint_text)}
    kept = Path(document.vocabulary)
    merged = merge_words(kept.read_bytes() if kept.exists() else None, brought.words) if brought.words else b""
    return {"brought": to_plain(brought), "vocabulary": merged.decode()}


if __name__ == "__main__":
    main()
