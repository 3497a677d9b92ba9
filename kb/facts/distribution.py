"""How the numbers of a base are distributed: what *much*, *loyal* or *long ago* means here.

A refresh counts, for each number that facts hold, its value at every hundredth, and leaves that in the graph, so that
every service that publishes from the graph finds the same. Rules whose tests name a quantile take their constants from
here when a release is made (``kb.curation.quantile_resolution``).

Counted are those who are here: of the customers those with two orders or more, where the base holds orders, and of the
contracts those that run.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kb.facts.refresh import FactTables
from kb.graph.port import Graph, Statement
from kb.graph.state import put_state, state_of
from ontology.vocabulary import FactName

LEAST_KNOWN = 30
"""Of fewer known values no quantile is told: one customer more would move it."""

_Numbers: TypeAlias = npt.NDArray[Any]
_STATE = "distributions"
_HUNDREDTHS = range(1, 100)
_KEYS = frozenset({"customer_key", "_key", "days_ago"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value, and the share of the known values that reach it, [0, 1]."""

    value: int | float
    share: float


@dataclass(frozen=True, slots=True)
class Distributions:
    """For each ``<fact>.<property>`` with values enough, its marks at 1, 2 ... 99 hundredths."""

    marks: Mapping[str, Sequence[Mark]]

    def mark(self, fact: str, name: str, at: float) -> Mark | None:
        """The value that at most the share ``1 - at`` reaches; ``None`` where too little is known."""
        marks = self.marks.get(f"{fact}.{name}")
        return None if marks is None else marks[round(at * 100) - 1]

    @classmethod
    def of(cls, facts: FactTables) -> "Distributions":
        """Those of the fact tables of a refresh."""
        here = {FactName.CUSTOMER: _who_come_again(facts.read(FactName.CUSTOMER)),
                FactName.SUBSCRIPTION: _running(facts.read(FactName.SUBSCRIPTION))}
        return cls({f"{fact}.{name}": marks_of(values) for fact, rows in here.items()
                    for name, values in _numbers(rows) if len(values) >= LEAST_KNOWN})


def marks_of(values: Sequence[int | float] | _Numbers) -> tuple[Mark, ...]:
    """At each hundredth the least value that at most the rest of ``values`` reaches, the greatest where more share it.

    >>> marks_of(range(1, 11))[89], marks_of([1, 1, 1, 5])[89], marks_of([1, 2, 2, 2])[49]
    (Mark(value=10, share=0.1), Mark(value=5, share=0.25), Mark(value=2, share=0.75))
    """
    distinct, counts = np.unique(np.asarray(values), return_counts=True)
    reached = np.cumsum(counts[::-1])[::-1]
    return tuple(_mark(distinct, reached, hundredth) for hundredth in _HUNDREDTHS)


def _mark(distinct: _Numbers, reached: _Numbers, hundredth: int) -> Mark:
    """``reached`` says of each of the ``distinct`` values, in order, how many values are no less."""
    most = int(reached[0]) * (100 - hundredth) // 100
    place = min(int(np.searchsorted(-reached, -most)), len(distinct) - 1)
    return Mark(value=distinct[place].item(), share=round(int(reached[place]) / int(reached[0]), 4))


def put_distributions(found: Distributions) -> Statement:
    """Let the graph know them."""
    plain = {name: {"values": [mark.value for mark in marks], "shares": [mark.share for mark in marks]}
             for name, marks in found.marks.items()}
    return put_state(_STATE, json.dumps(plain))


def distributions_of(graph: Graph) -> Distributions:
    """Those of the last refresh; none before the first."""
    plain = json.loads(state_of(graph, _STATE) or "{}")
    return Distributions({name: tuple(Mark(value=value, share=share) for value, share in zip(
        one["values"], one["shares"], strict=True)) for name, one in plain.items()})


def _who_come_again(customers: pa.Table) -> pa.Table:
    return customers.filter(pc.fill_null(pc.greater_equal(customers["order_count"], 2), True))


def _running(contracts: pa.Table) -> pa.Table:
    return contracts.filter(pc.fill_null(contracts["active"], False))


def _numbers(rows: pa.Table) -> Iterator[tuple[str, _Numbers]]:
    for field in rows.schema:
        if field.name not in _KEYS and (pa.types.is_integer(field.type) or pa.types.is_floating(field.type)):
            yield field.name, rows[field.name].drop_null().to_numpy()
