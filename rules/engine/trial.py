"""A program is tried in a process of its own before any worker that serves customers sees it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from kb.child_process import ProcessLost
from kb.errors import InvalidRule
from kb.model.facts import Facts
from ontology.text import Text
from rules.engine.encoding import Encoder, Message
from rules.engine.json_values import Outside
from rules.engine.process import WorkerProcess
from rules.engine.program import Program, Said
from rules.engine.random_customers import draw_customers
from rules.interpreter import fired_ids
from rules.interpreter.examples import example_facts

SECONDS = 30.0
MEMORY_BYTES = 2 * 1024**3
DRAWN = 200

MOST_TOGETHER = 50
"""Customers to a message; a worker is then some twenty milliseconds with it, and others wait."""


class ProgramTrial:
    """A worker on its own, with limits of time and memory, that is asked about one program after another.

    Args:
        cpu_seconds: Of processor time in all; 0 sets no limit.
    """

    def __init__(self, *, cpu_seconds: int = int(SECONDS)) -> None:
        self._worker = WorkerProcess(memory_bytes=MEMORY_BYTES, cpu_seconds=cpu_seconds)

    def read(self, program: Program, people: Sequence[Facts]) -> Iterator[Said | None]:
        """What the engine says of each customer; ``None`` where a value must not reach it.

        Raises:
            ProcessLost: The program cannot be compiled, or the worker died or did not answer in time.
        """
        fingerprint = program.ruleset.fingerprint
        self._worker.load(fingerprint, plain(program), seconds=SECONDS)
        encoder = Encoder.of(program)
        for first in range(0, len(people), MOST_TOGETHER):
            messages = [_message(encoder, facts) for facts in people[first:first + MOST_TOGETHER]]
            asked = [message for message in messages if message is not None]
            answers = self._worker.ask_many(request(fingerprint, asked), len(asked), seconds=SECONDS)
            yield from [None if message is None else program.said(next(answers)["fired"]) for message in messages]
        self._worker.forget(fingerprint, seconds=SECONDS)

    def close(self) -> None:
        """End the worker."""
        self._worker.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()


def try_program(program: Program, *, drawn: int = DRAWN, seed: int = 7) -> None:
    """Compile ``program`` under limits of time and memory, and compare it with the Python reading.

    Args:
        program: What is to be served.
        drawn: How many customers are drawn at random, besides those of the rules' examples.
        seed: Of the draw.

    Raises:
        InvalidRule: It cannot be compiled, or the two readings differ; the message names the rules.
    """
    people = tuple(_customers(program, drawn, seed))
    try:
        with ProgramTrial() as trial:
            for facts, said in zip(people, trial.read(program, people), strict=True):
                _compare(program, facts, said)
    except ProcessLost as error:
        msg = Text(zh=f"规则引擎无法装载这些规则：{error}", en=f"the rule engine cannot take these rules: {error}")
        raise InvalidRule(msg, hint=Text(zh="请发布更少或更简单的规则，并报告失败的规则集",
                                         en="publish fewer or simpler rules, and report the set that "
                                            "failed")) from error


def plain(program: Program) -> dict[str, object]:
    """What goes to a worker, as JSON values."""
    return dataclasses.asdict(program.loadable)


def request(fingerprint: str, messages: Iterable[Message]) -> dict[str, object]:
    """The question about some customers, as JSON values."""
    return {"fire": fingerprint, "people": [(message.now, message.customer, message.rows) for message in messages]}


def _message(encoder: Encoder, facts: Facts) -> Message | None:
    try:
        return encoder.message(facts)
    except Outside:
        return None


def _customers(program: Program, drawn: int, seed: int) -> Iterator[Facts]:
    for rule in program.ruleset.rules.values():
        yield from map(example_facts, rule.examples)
    yield from draw_customers(program.ruleset, count=drawn, seed=seed)


def _compare(program: Program, facts: Facts, said: Said | None) -> None:
    expected = fired_ids(program.ruleset, facts)
    if said is not None and said != expected:
        differing = sorted(said[0] ^ expected[0])
        msg = Text(zh=f"这些规则的两种读法不一致：{'、'.join(differing)}，客户 {facts.customer_key}",
                   en=f"two readings of these rules differ: {', '.join(differing)} for {facts.customer_key}")
        raise InvalidRule(msg, hint=Text(zh="请不要发布这些规则，并报告它们",
                                         en="do not publish these rules, and report them"))
