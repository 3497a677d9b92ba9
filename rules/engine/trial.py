"""A program is tried in a process of its own before any worker that serves customers sees it."""

import dataclasses
from collections.abc import Iterator

from kb.errors import InvalidRule
from kb.model.facts import Facts
from rules.engine.draw import draw_customers
from rules.engine.encode import Encoder, Message
from rules.engine.process import WorkerLost, WorkerProcess
from rules.engine.program import Program
from rules.engine.texts import Outside
from rules.evaluate import fired_ids
from rules.evaluate.examples import example_facts

SECONDS = 30.0
MEMORY_BYTES = 2 * 1024**3
DRAWN = 200


def try_program(program: Program, *, drawn: int = DRAWN, seed: int = 7) -> None:
    """Compile ``program`` under limits of time and memory, and compare it with the Python reading.

    Args:
        program: What is to be served.
        drawn: How many customers are drawn at random, besides those of the rules' examples.
        seed: Of the draw.

    Raises:
        InvalidRule: It cannot be compiled, or the two readings differ; the message names the rules.
    """
    worker = WorkerProcess(memory_bytes=MEMORY_BYTES, cpu_seconds=int(SECONDS))
    try:
        worker.load(program.ruleset.fingerprint, plain(program), seconds=SECONDS)
        encoder = Encoder.of(program)
        for facts in _customers(program, drawn, seed):
            _compare(program, encoder, worker, facts)
    except WorkerLost as error:
        msg = f"the rule engine cannot take these rules: {error}"
        raise InvalidRule(msg, hint="publish fewer or simpler rules, and report the set that failed") from error
    finally:
        worker.kill()


def plain(program: Program) -> dict[str, object]:
    """What goes to a worker, as JSON values."""
    return dataclasses.asdict(program.loadable)


def request(fingerprint: str, message: Message) -> dict[str, object]:
    """The question about one customer, as JSON values."""
    return {"fire": fingerprint, "now": message.now, "customer": message.customer, "rows": message.rows}


def _customers(program: Program, drawn: int, seed: int) -> Iterator[Facts]:
    for rule in program.ruleset.rules.values():
        yield from map(example_facts, rule.examples)
    yield from draw_customers(program.ruleset, count=drawn, seed=seed)


def _compare(program: Program, encoder: Encoder, worker: WorkerProcess, facts: Facts) -> None:
    try:
        message = encoder.message(facts)
    except Outside:
        return
    answer = worker.ask(request(program.ruleset.fingerprint, message), seconds=SECONDS)
    told = {program.numbered[int(number)] for number in answer["fired"]}
    expected, _ = fired_ids(program.ruleset, facts)
    if told != expected:
        msg = f"two readings of these rules differ: {', '.join(sorted(told ^ expected))} for {facts.customer_key}"
        raise InvalidRule(msg, hint="do not publish these rules, and report them")
