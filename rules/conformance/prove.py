"""Very many random rule sets on random customers."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random

from ontology.schema import load_schema
from rules.conformance.compare import Agreement, compare
from rules.conformance.random_rules import MOMENTS, draw_rules
from rules.conformance.readings import Reading, open_readings
from rules.engine.random_customers import draw_customers
from rules.interpreter import compile_rules

CUSTOMERS = 500
"""To a rule set, so that the compile for tables is paid by many."""

_SETS_TO_A_TASK = 5
_TASKS_TO_A_PROCESS = 40
"""Then all processes are replaced, so that whatever a library keeps is given back.

All together, for the executor of Python 3.11 can wait for ever where it replaces them one by one (CPython 115634).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Some rule sets of a proof.

    Args:
        seed: Of the proof.
        sets: Numbers of the rule sets; the rules and customers of each follow from ``seed`` and its number.
        sizes: How many customers each gets.
    """

    seed: int
    sets: tuple[int, ...]
    sizes: tuple[int, ...]

    def compare(self) -> Agreement:
        """Draw and compare, with readings that are opened for this lot."""
        with open_readings() as readings:
            return sum((_compared(f"{self.seed}/{number}", size, readings)
                        for number, size in zip(self.sets, self.sizes, strict=True)), Agreement())


def prove(*, cases: int, seed: int, customers: int = CUSTOMERS, processes: int = 1,
          progress: Callable[[Agreement], None] = lambda _: None) -> Agreement:
    """Compare the readings on ``cases`` evaluations; the result does not depend on how many processes do it.

    Args:
        cases: Evaluations in all.
        seed: Equal seeds give equal rules and customers.
        customers: To a rule set.
        processes: Beside this one; with 1 this one does all.
        progress: Told of the sum so far.
    """
    total = Agreement()
    lots = tuple(_lots(cases, seed, customers))
    if processes == 1:
        for lot in lots:
            total += lot.compare()
            progress(total)
        return total
    for first in range(0, len(lots), processes * _TASKS_TO_A_PROCESS):
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            for tally in pool.map(Lot.compare, lots[first:first + processes * _TASKS_TO_A_PROCESS]):
                total += tally
                progress(total)
    return total


def _lots(cases: int, seed: int, customers: int) -> Iterator[Lot]:
    sizes = [min(customers, cases - start) for start in range(0, cases, customers)]
    for first in range(0, len(sizes), _SETS_TO_A_TASK):
        some = sizes[first:first + _SETS_TO_A_TASK]
        yield Lot(seed=seed, sets=tuple(range(first, first + len(some))), sizes=tuple(some))


def _compared(seed: str, customers: int, readings: tuple[Reading, ...]) -> Agreement:
    """One rule set; all its customers are asked at one moment."""
    ruleset = compile_rules(draw_rules(load_schema(), seed=seed), load_schema())
    moment = Random(seed).choice(MOMENTS)  # noqa: S311  # test data, not secrets
    people = tuple(draw_customers(ruleset, count=customers, seed=seed, moments=(moment,)))
    return compare(ruleset, people, readings)
