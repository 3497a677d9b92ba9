"""The three readings that serve, asked in the same way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from kb.child_process import ProcessLost
from kb.model.facts import Facts
from kb.model.ids import CustomerKey
from rules.batch import Backend, TableRules, compile_tables, opened_backend, tables_of
from rules.batch.expressions import KEY
from rules.engine.program import Said, compile_program
from rules.engine.trial import ProgramTrial
from rules.interpreter import RuleSet, fired_ids


class Reading(Protocol):
    """One way of reading rules."""

    @property
    def name(self) -> str:
        """What it is called where it differs."""

    def read(self, ruleset: RuleSet, people: Sequence[Facts]) -> Iterable[Said | None]:
        """What it says of each customer, in their order; ``None`` where it leaves the answer to the closures."""


class ClosuresReading:
    """The Python functions that explain and check."""

    name = "closures"

    def read(self, ruleset: RuleSet, people: Sequence[Facts]) -> Iterator[Said]:
        """One customer after the other."""
        return (fired_ids(ruleset, facts) for facts in people)


class EngineReading:
    """durable_rules in a process of its own, which is started anew after a fault."""

    name = "engine"

    def __init__(self) -> None:
        self._trial: ProgramTrial | None = None

    def read(self, ruleset: RuleSet, people: Sequence[Facts]) -> Iterator[Said | None]:
        """One customer after the other; one with a value that must not reach the engine is left out.

        Raises:
            ProcessLost: The engine cannot take the rules, or died, or did not answer in time.
        """
        self._trial = self._trial or ProgramTrial(cpu_seconds=0)
        try:
            yield from self._trial.read(compile_program(ruleset), people)
        except ProcessLost:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        if self._trial is not None:
            self._trial.close()
            self._trial = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesReading:
    """Ibis over all customers of a moment at once."""

    backend: Backend
    name: str = "tables"

    def read(self, ruleset: RuleSet, people: Sequence[Facts]) -> Iterator[Said | None]:
        """One query for each moment at which customers are asked; their keys are unique."""
        compiled = compile_tables(ruleset, ruleset.schema)
        by_moment = sorted(people, key=lambda facts: facts.as_of)
        said: dict[CustomerKey, Said] = {}
        for as_of, some in groupby(by_moment, key=lambda facts: facts.as_of):
            said |= self._at(compiled, tuple(some), as_of)
        return (said.get(facts.customer_key) for facts in people)

    def _at(self, compiled: TableRules, people: Sequence[Facts], as_of: int) -> Mapping[CustomerKey, Said]:
        fired = compiled.fired(tables_of(people, compiled.schema), as_of=as_of)
        rows = self.backend.to_pyarrow(fired).to_pylist()
        return {CustomerKey(row[KEY]): (
            frozenset(rule_id for rule_id in compiled.ruleset.rules if row[rule_id]),
            frozenset(pair for pair in compiled.conclusions if row["=".join(pair)])) for row in rows}


@contextmanager
def open_readings() -> Iterator[tuple[Reading, ...]]:
    """Engine, closures and tables; the process and the database that they need end with the context."""
    with opened_backend() as backend, closing(EngineReading()) as engine:
        yield engine, ClosuresReading(), TablesReading(backend=backend)
