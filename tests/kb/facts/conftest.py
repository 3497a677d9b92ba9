"""A small source of canonical tables in memory, with the schemas of the real ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest

from kb.facts.moment import Moment
from kb.facts.registry import build
from kb.tables.canonical import CANONICAL

ZONE = "America/New_York"
_MONEY = frozenset({"amount", "discount", "monthly_income", "income_low", "income_high", "monthly_amount"})


@dataclass(frozen=True)
class Attribute:
    name: str
    type: str


@dataclass
class InMemory:
    """Canonical tables made of rows; a column that no row names is unknown throughout."""

    rows: dict
    attributes: tuple = ()
    ruled_out: frozenset = frozenset()
    connection: object = field(default_factory=ibis.duckdb.connect)
    made: dict = field(default_factory=dict)

    def __getitem__(self, name):
        if name not in self.made:
            self.fill(name, self.rows.get(name, []))
        return self.made[name]

    def fill(self, name, rows):
        """Put other rows into a table; expressions that were built on it read these from now on."""
        schema = CANONICAL[name].schema
        if name == "customers":
            schema = ibis.schema(dict(schema.items()) | {a.name: _DTYPES.get(a.type, a.type) for a in self.attributes})
        typed = [{column: _typed(column, row.get(column)) for column in schema} for row in rows]
        held = pa.Table.from_pylist(typed, schema=schema.to_pyarrow())
        self.made[name] = self.connection.create_table(name, held, overwrite=True)


_DTYPES = {"number": "float64", "integer": "int64"}


def _typed(column, value):
    return Decimal(str(value)) if column in _MONEY and value is not None else value


@pytest.fixture(scope="session")
def local() -> Callable[[str], int]:
    """Epoch seconds of a local time of the test zone."""
    return lambda text: int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


@pytest.fixture(scope="session")
def at(local) -> Callable[[str], Moment]:
    """The moment of a local time of the test zone."""
    return lambda text: Moment(as_of=local(text), zone=ZONE)


@pytest.fixture(scope="session")
def source() -> Callable[..., InMemory]:
    """A source made of lists of rows, by table name."""
    return lambda attributes=(), ruled_out=frozenset(), **rows: InMemory(
        rows=rows, attributes=attributes, ruled_out=ruled_out)


@pytest.fixture(scope="session")
def line(local) -> Callable[..., dict]:
    """An order line of customer c1, of one piece of a product."""
    def make(order, when, amount=1, **other):
        return {"customer_key": "c1", "order_id": order, "product_id": "p1", "ordered_at": local(when),
                "quantity": 1.0, "amount": amount} | other
    return make


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., list[dict]]:
    """The rows of one fact type, sorted by customer and key."""
    def read(tables, moment, name):
        rows = build(tables, moment, name).to_pyarrow().to_pylist()
        return sorted(rows, key=lambda row: (row["customer_key"], row.get("_key", "")))
    return read


@pytest.fixture(scope="session")
def only(rows_of) -> Callable[..., dict]:
    """The one customer row of a source."""
    def read(tables, moment):
        (row,) = rows_of(tables, moment, "customer")
        return row
    return read


@pytest.fixture(scope="session")
def Declared():  # noqa: N802 - a class
    """A declared customer attribute."""
    return Attribute
