"""The process that durable_rules lives in: it answers requests, one after another.

A rule set is loaded once, then asked for customers. Any fault ends the process after it was told: the state of the
engine can no longer be trusted, and a fresh process costs a tenth of a second.
"""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from kb.child_process import Answers, limit_resources, requests
from kb.model.validity import is_in_effect
from rules.engine.json_values import CUSTOMER, fact_text, property_text
from rules.engine.wrapper import Engine

Json = dict[str, Any]

_TRUE = "true"

KEPT_SECONDS = 0.05
"""How long an answer may be kept back until others leave with it: a part of any deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """One of the engine's rule sets; ``meant`` is what its rules are called without the number of the alternative."""

    engine: Engine
    reads: tuple[str, ...]
    meant: Mapping[str, str]

    @classmethod
    def of(cls, name: str, plain: Json) -> "_Stage":
        return cls(engine=Engine(name, plain["text"], is_joined=plain["is_joined"]), reads=tuple(plain["reads"]),
                   meant={rule: rule.rpartition("#")[0] for rule in orjson.loads(plain["text"])})

    def run(self, customer: Mapping[str, str], rows: Iterable[str] = ()) -> set[str]:
        """What fires, without the number of the alternative."""
        known = "".join([customer[name] for name in self.reads if name in customer])
        meant = self.meant
        return {meant[rule] for rule in self.engine.run([fact_text(CUSTOMER, 0, known), *rows])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A program whose rule sets are compiled."""

    rows: tuple[_Stage, ...]
    strata: tuple[tuple[_Stage, ...], ...]
    concludes: Mapping[str, str]
    spans: Mapping[str, tuple[int | None, int | None]]

    @classmethod
    def of(cls, plain: Json) -> "Loaded":
        """Compile a ``rules.engine.program.Loadable`` that was sent as JSON."""
        return cls(
            rows=tuple(_Stage.of(f"rows{number}", stage) for number, stage in enumerate(plain["rows"])),
            strata=tuple(tuple(_Stage.of(f"rules{height}-{number}", stage) for number, stage in enumerate(stages))
                         for height, stages in enumerate(plain["strata"])),
            concludes=plain["concludes"], spans={rule: tuple(span) for rule, span in plain["spans"].items()})

    def fire(self, now: int, customer: Mapping[str, str], rows: Sequence[str]) -> list[str]:
        """The numbers of the rules that fire for one customer."""
        known = dict(customer)
        for stage in self.rows:
            known.update([(name, property_text(name, _TRUE)) for name in stage.run(customer, rows)])
        fired: list[str] = []
        for stages in self.strata:
            new = [rule for stage in stages for rule in stage.run(known)
                   if rule not in self.spans or is_in_effect(*self.spans[rule], now)]
            for name in [self.concludes[rule] for rule in new if rule in self.concludes]:
                known[name] = property_text(name, _TRUE)
            fired += new
        return fired

    def close(self) -> None:
        """Free the engine's rule sets."""
        for stage in (*self.rows, *(stage for stages in self.strata for stage in stages)):
            stage.engine.close()


def serve(asked: Iterable[Json], answers: Answers) -> None:
    """Answer requests until there are no more, or one of them fails.

    Answers to one request leave together, for each that wakes the reader costs as much as a small rule set; but none is
    kept back for long, so that who waits sees that the worker is at work.
    """
    programs: dict[str, Loaded] = {}
    for request in asked:
        try:
            left = time.monotonic()
            for answer in _answers(request, programs):
                answers.keep(answer)
                if time.monotonic() - left > KEPT_SECONDS:
                    answers.flush()
                    left = time.monotonic()
            answers.flush()
        except Exception as error:  # noqa: BLE001  # whatever went wrong, the other side is told and this one ends
            answers.tell({"error": f"{type(error).__name__}: {error}"})
            return


def _answers(request: Json, programs: dict[str, Loaded]) -> Iterator[Json]:
    """One answer to a request, or one for each customer that it asks about."""
    match request:
        case {"load": fingerprint, "program": program}:
            programs[fingerprint] = Loaded.of(program)
            yield {}
        case {"forget": fingerprint}:
            forgotten = programs.pop(fingerprint, None)
            if forgotten is not None:
                forgotten.close()
            yield {}
        case {"fire": fingerprint, "people": people}:
            program = programs[fingerprint]
            yield from ({"fired": program.fire(now, customer, rows)} for now, customer, rows in people)


def main(arguments: Sequence[str]) -> None:
    """Answer our parent, with the limits given as arguments: bytes of memory and seconds of processor time."""
    limit_resources(memory_bytes=int(arguments[0]), cpu_seconds=int(arguments[1]))
    serve(requests(), Answers.to_the_parent())


if __name__ == "__main__":
    main(sys.argv[1:])
