"""Canonical tables in memory, orders drawn at random, and the matrices that miners read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace

import ibis
import numpy as np
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from kb.facts.moment import Moment
from kb.model.pattern import Dataset, Period
from kb.tables.canonical import CANONICAL
from mining.context import MiningContext
from mining.itemsets import to_baskets
from mining.sales import Orders
from ontology.extension import extension_turtle
from ontology.schema import schema_of
from ontology.text import Text

DAY = 86_400
NOW = Moment(400 * DAY - 1, "UTC")


@dataclass
class Shelf:
    """Canonical tables made of rows, with what the warehouse says of them."""

    rows: dict
    attributes: tuple = ()
    zone: str = "UTC"
    currency: str = "USD"
    mapping: str = f"sha256:{0:064d}"
    connection: object = field(default_factory=ibis.duckdb.connect)

    def __getitem__(self, name):
        schema = dict(CANONICAL[name].schema.items())
        if name == "customers":
            schema |= {a.name: {"number": "float64", "integer": "int64"}.get(a.type, a.type) for a in self.attributes}
        typed = ibis.schema(schema)
        money = {column for column, kind in typed.items() if kind.is_decimal()}
        rows = [{column: Decimal(str(row[column])) if column in money and row.get(column) is not None
                 else row.get(column) for column in typed} for row in self.rows.get(name, [])]
        held = pa.Table.from_pylist(rows, schema=typed.to_pyarrow())
        return self.connection.create_table(name, held, overwrite=True)

    def has(self, name):
        return bool(self.rows.get(name))

    @property
    def datasets(self):
        return tuple(Dataset(name=name, digest=f"sha256:{len(rows):064d}") for name, rows in sorted(self.rows.items()))

    @property
    def mappings(self):
        return {"made-up": self.mapping}

    @property
    def category_labels(self):
        return {p["category"]: Text(zh=f"品类{p['category']}", en=p["category"].lower())
                for p in self.rows.get("products", []) if p["category"]}

    @property
    def words(self):
        return {}

    @property
    def ruled_out(self):
        return frozenset()

    @property
    def offerable(self):
        return frozenset(self.category_labels)


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """As a run has it: on data of this size threads cost more than they give."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session")
def shelf() -> Callable[..., Shelf]:
    return lambda attributes=(), **rows: Shelf(rows=rows, attributes=attributes)


@pytest.fixture(scope="session")
def context(shelf) -> Callable[..., MiningContext]:
    """Material over rows at the tests' own present."""
    def make(moment=NOW, attributes=(), **rows):
        tables = shelf(attributes=attributes, **rows)
        return MiningContext(tables, moment, seed=7,
                             schema=schema_of(extension_turtle(tables.attributes, tables.words)))

    return make


@pytest.fixture(scope="session")
def orders() -> Callable[..., Orders]:
    """Orders from lists of columns."""
    def make(lists, items):
        return Orders(baskets=to_baskets(lists, items=items), categories=tuple(f"I{n:03}" for n in range(items)),
                      period=Period(start=0, end=DAY))

    return make


@pytest.fixture(scope="session")
def shopping() -> Callable[..., list[list[int]]]:
    """Order lists with long-tailed sizes and popularities, as shops see them; ``together`` pairs meet on purpose."""
    def make(seed, count, items=60, together=()):
        chance = np.random.default_rng(seed)
        sizes = np.minimum(items // 2, 1 + chance.geometric(0.12, count))
        drawn = np.argsort(np.log(np.arange(1, items + 1)) - chance.gumbel(size=(count, items)), axis=1)
        lists = [list(row[:size]) for row, size in zip(drawn, sizes, strict=True)]
        for left, right in together:
            for order in lists:
                if left in order and right not in order and chance.random() < 0.5:
                    order.append(right)
        return [[int(item) for item in order] for order in lists]

    return make


@pytest.fixture(scope="session")
def shop_rows() -> Callable[..., dict]:
    """A small shop over 400 days: regulars, and some who stop coming after their spend has fallen."""
    def make(seed=1, customers=500):
        chance = np.random.default_rng(seed)
        lines = []
        for n in range(customers):
            gap = float(chance.uniform(3, 12))
            fades = n % 4 == 0
            end = chance.uniform(200, 400) if fades else 400
            day = float(chance.uniform(0, 20))
            while day < end:
                weak = fades and day > end - 60
                lines += [line_of(n, day, f"P{category}", 2.0 if weak else float(chance.uniform(5, 30)))
                          for category in chance.choice(4, 1 if weak else 3, replace=False)]
                day += max(1.0, chance.normal(gap * (2 if weak else 1), gap / 4))
        return {"order_lines": lines, "products": [{"product_id": f"P{n}", "category": f"C{n}"} for n in range(4)],
                "customers": [{"customer_key": f"c{n:04}"} for n in range(customers)]}

    return make


@pytest.fixture(scope="session")
def tastes() -> Callable[..., dict]:
    """A shop over 400 days of three kinds of customer, each with ten of the 30 categories to their taste.

    They come every 25th day; what is to their taste they buy at every fifth visit, anything else ten times as seldom.
    ``shuffled`` says with which seed what was bought is dealt out anew among all lines; ``None`` leaves it.
    """
    def make(seed=1, customers=400, *, shuffled=None):
        chance = np.random.default_rng(seed)
        likes = np.arange(30)[None, :] % 3 == np.arange(customers)[:, None] % 3
        visit, customer, category = np.nonzero(chance.random((16, customers, 30)) < np.where(likes, 0.2, 0.02))
        if shuffled is not None:
            category = np.random.default_rng(shuffled).permutation(category)
        lines = [line_of(int(who), 25 * int(when) + int(who) % 25 + 0.5, f"P{what:02}")
                 for who, when, what in zip(customer, visit, category, strict=True)]
        products = [{"product_id": f"P{n:02}", "category": f"C{n:02}"} for n in range(30)]
        return {"order_lines": lines, "products": products}

    return make


def line_of(customer, day, product, amount=10.0):
    key = None if customer is None else f"c{customer:04}"
    at = int(day * DAY)
    return {"customer_key": key, "order_id": f"o{key}{at}", "product_id": product, "ordered_at": at, "quantity": 1.0,
            "amount": round(amount, 2)}


@pytest.fixture(scope="session")
def line() -> Callable[..., dict]:
    return line_of


@pytest.fixture(scope="session")
def now() -> Moment:
    return NOW


@pytest.fixture(scope="session")
def attribute():
    """A declared attribute of customers."""
    return lambda name, kind, **values: SimpleNamespace(
        name=name, type=kind, labels=Text.same(name), unit=None, sensitive=False,
        values={value: Text.same(said) for value, said in values.items()})
