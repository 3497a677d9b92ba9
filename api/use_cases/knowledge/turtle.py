"""A Turtle document read in a process of its own, which is ended when its time is up or nobody waits for it.

Checking a document by its shapes takes seconds for some hundred things, in Python alone: in the service it would keep
everybody waiting, and could not be stopped. Run as a module, this is that process: one document, one answer.
"""

import json
import resource
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kb.curation.importing import DocumentContents, read_turtle
from kb.errors import QueryTooCostly, ShapeViolation, Unavailable
from kb.model.codec import from_plain, to_plain
from ontology.linked.concepts import merge_words
from ontology.schema import load_schema
from ontology.text import Text

SECONDS = 60.0
_MEMORY_BYTES = 2 << 30
_TICK_SECONDS = 0.2
_ROOT = Path(__file__).resolve().parents[3]
_IN_PARTS = Text(zh="分成几份导入；什么都没有保存", en="bring it in parts; nothing was stored")
_TOO_LONG = Text(zh="核对这份文档超过 {seconds:g} 秒", en="checking this document takes more than {seconds:g} seconds")
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
    command = [sys.executable, "-X", "utf8", "-m", "api.use_cases.knowledge.turtle"]
    with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,  # noqa: S603  # our own module
                          stderr=subprocess.DEVNULL) as process:
        try:
            told = _answer(process, json.dumps(to_plain(document)).encode(), still_wanted, time.monotonic() + seconds)
        except TimeoutError as fault:
            raise QueryTooCostly(_TOO_LONG.fill(seconds=seconds), hint=_IN_PARTS) from fault
        finally:
            process.kill()
    if not told:
        raise QueryTooCostly(_TOO_MUCH, hint=_IN_PARTS)
    said: Mapping[str, Any] = json.loads(told)
    if "fault" in said:
        raise ShapeViolation(from_plain(said["fault"], Text), hint=from_plain(said["hint"], Text))
    return from_plain(said, ReadDocument)


def _answer(process: "subprocess.Popen[bytes]", asked: bytes, still_wanted: Callable[[], None], until: float) -> bytes:
    """All that the process says until it ends; nothing where it was ended by its limits."""
    stdin, stdout = _pipe(process.stdin), _pipe(process.stdout)
    try:
        with stdin:
            stdin.write(asked)
    except BrokenPipeError as fault:
        msg = Text(zh="读取文档的进程无法启动", en="the process that reads documents could not be started")
        raise Unavailable(msg, hint=Text(zh="请稍后再试", en="try again in a moment")) from fault
    said = bytearray()
    while time.monotonic() < until:
        still_wanted()
        if select.select([stdout], [], [], _TICK_SECONDS)[0]:
            part = stdout.read1()  # type: ignore[attr-defined]  # a pipe is buffered
            if not part:
                return bytes(said)
            said += part
    raise TimeoutError


def _pipe(found: IO[bytes] | None) -> IO[bytes]:
    if found is None:
        msg = "the process is started with pipes"
        raise RuntimeError(msg)
    return found


def main() -> None:
    """Read the document of standard input; the answer is JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS) + 1, int(SECONDS) + 1))  # also where its owner is gone
    document = from_plain(json.load(sys.stdin), TurtleDocument)
    json.dump(_read(document), sys.stdout)


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
