"""How one pass over rows remembers which of many tests some row made true."""

import operator
from collections.abc import Mapping, Sequence
from typing import Protocol

import ibis
from ibis.expr.types import BooleanColumn, BooleanValue, Table, Value

from rules.batch.expressions import joined

_BITS_PER_COLUMN = 62
"""Of the 64 of a BIGINT: the sign stays clear, and so does the largest power of two."""


class Gathering(Protocol):
    """Aggregates over the tests of a pass, and how to read one test from them."""

    @property
    def missing(self) -> int | bool:
        """What the aggregates of a customer without rows are."""

    def gather(self, prefix: str, tests: Sequence[BooleanColumn]) -> Mapping[str, Value]:
        """The aggregates by column name, each name beginning with ``prefix``."""

    def read(self, table: Table, prefix: str, place: int) -> BooleanValue:
        """Whether some row made the test at ``place`` true; never unknown."""


class Bits:
    """Each test is a bit, 62 to a column: the fast way."""

    missing: int = 0

    def gather(self, prefix: str, tests: Sequence[BooleanColumn]) -> Mapping[str, Value]:
        """One ``bit_or`` for every 62 tests."""
        flags = [ibis.ifelse(test, _bit(place), ibis.literal(0, "int64")) for place, test in enumerate(tests)]
        return {f"{prefix}{start // _BITS_PER_COLUMN}":
                joined(operator.add, flags[start:start + _BITS_PER_COLUMN], of_none=0).bit_or()
                for start in range(0, len(flags), _BITS_PER_COLUMN)}

    def read(self, table: Table, prefix: str, place: int) -> BooleanValue:
        """Whether the bit is set."""
        return (table[f"{prefix}{place // _BITS_PER_COLUMN}"] & _bit(place)) != 0


class Booleans:
    """Each test is a column: for a backend that has no ``bit_or`` (PySpark in Ibis 12)."""

    missing: bool = False

    def gather(self, prefix: str, tests: Sequence[BooleanColumn]) -> Mapping[str, Value]:
        """One ``any`` for each test; unknown is made false before, for *any* of nothing but unknown is unknown."""
        return {f"{prefix}{place}": ibis.ifelse(test, True, False).any() for place, test in enumerate(tests)}

    def read(self, table: Table, prefix: str, place: int) -> BooleanValue:
        """The column."""
        return table[f"{prefix}{place}"]


BITS: Gathering = Bits()
BOOLEANS: Gathering = Booleans()


def _bit(place: int) -> Value:
    return ibis.literal(2 ** (place % _BITS_PER_COLUMN), "int64")
