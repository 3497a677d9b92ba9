"""The fact tables that rules are read over, and tables made of facts that are in none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.expr.types import Table, Value

from kb.errors import NotFound
from kb.facts.definitions.interaction import remembered
from kb.facts.refresh import FactTables
from kb.model.condition import Scalar
from kb.model.facts import Facts, Row
from ontology.schema import FactType, PropertyType, Schema
from ontology.text import Text
from ontology.vocabulary import FactName
from rules.batch.expressions import KEY, column
from rules.condition.values import values_of
from rules.condition.walk import CUSTOMER

Backend: TypeAlias = BaseBackend
"""Where tables are computed."""

ROW_KEY = "_key"

_ARROW: Mapping[PropertyType, pa.DataType] = {
    PropertyType.NUMBER: pa.float64(),
    PropertyType.INTEGER: pa.int64(),
    PropertyType.STRING: pa.string(),
    PropertyType.BOOLEAN: pa.bool_(),
}
_IBIS: Mapping[PropertyType, str] = {
    PropertyType.NUMBER: "float64",
    PropertyType.INTEGER: "int64",
    PropertyType.STRING: "string",
    PropertyType.BOOLEAN: "boolean",
}

Source = Mapping[str, Table]
"""A table for each fact type by name: ``customer`` with one row for each ``customer_key``, the related ones with
``customer_key``, ``_key`` (unique for the customer) and their properties; a property without a column is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactColumns:
    """The columns of a source that rules read.

    Args:
        source: The fact tables.
        properties: The properties wanted of each fact type, with their types.
    """

    source: Source
    properties: Mapping[str, Mapping[str, PropertyType]]

    def customers(self) -> Table:
        """``customer_key`` and what is wanted of the customer."""
        return self._columns(CUSTOMER, CUSTOMER, {})

    def related(self, fact: str, alias: str, key: str) -> Table:
        """``customer_key``, the row's key as ``key`` and what is wanted of a fact type, its rows called ``alias``."""
        return self._columns(fact, alias, {key: ROW_KEY})

    def _columns(self, fact: str, alias: str, keys: Mapping[str, str]) -> Table:
        if fact not in self.source:
            msg = Text(zh=f"规则读取“{fact}”的事实，但没有这张表；已有：{'、'.join(self.source)}",
                       en=f"rules read facts of '{fact}', but there is no table of them; given: "
                          f"{', '.join(self.source)}")
            raise NotFound(msg, hint=Text(zh="没有这类事实时请给一张空表",
                                          en="Give an empty table where there are no such facts."))
        table = self.source[fact]
        wanted = {column(alias, name): _typed(table, name, kind)
                  for name, kind in self.properties.get(fact, {}).items()}
        return table.select(table[KEY], **{name: table[key] for name, key in keys.items()}, **wanted)


@contextmanager
def opened_backend() -> Iterator[Backend]:
    """An embedded database of its own, on one thread, for the length of the context."""
    backend = ibis.duckdb.connect(threads=1)
    backend.raw_sql("SET enable_progress_bar = false")
    try:
        yield backend
    finally:
        backend.disconnect()


def stored_tables(facts: FactTables, backend: Backend) -> dict[str, Table]:
    """The fact tables of a refresh as a source; of knowledge and of the moment they say nothing."""
    read = {name: backend.read_parquet(facts.path(name)) for name in facts.rows}
    return read | {FactName.INTERACTION.value: remembered(read[FactName.INTERACTION])}


def unfilled(source: Source, properties: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of the (fact type, property) pairs of which no row of the source has a value."""
    wanted: dict[str, list[str]] = {}
    for fact, name in sorted(set(properties)):
        wanted.setdefault(fact, []).append(name)
    return frozenset((fact, name) for fact, names in wanted.items() for name in _empty(source[fact], names))


def _empty(table: Table, names: Sequence[str]) -> Iterator[str]:
    there = [name for name in names if name in table.columns]
    counts = table.aggregate([table[name].count().name(f"_{name}") for name in there]).to_pyarrow() if there else None
    for name in names:
        if counts is None or name not in there or not counts[f"_{name}"][0].as_py():
            yield name


def tables_of(people: Iterable[Facts], schema: Schema) -> dict[str, Table]:
    """The facts of some customers as a source with every fact type of ``schema``, for instance of drawn customers.

    >>> from ontology.schema import load_schema
    >>> told = Facts(customer_key="c1", as_of=0, customer={"age": 40}, related={
    ...     "interaction": (Row(key="i1", days_ago=3, values={"kind": "visit"}),)})
    >>> tables_of([told], load_schema())["interaction"].select("customer_key", "_key", "kind", "days_ago").to_pyarrow(
    ...     ).to_pylist()
    [{'customer_key': 'c1', '_key': 'i1', 'kind': 'visit', 'days_ago': 3}]
    """
    listed = tuple(people)
    records = {name: [_record(facts.customer_key, row) for facts in listed for row in facts.related.get(name, ())]
               for name in schema.facts if name != CUSTOMER}
    records[CUSTOMER] = [{KEY: facts.customer_key, **facts.customer} for facts in listed]
    return {name: ibis.memtable(_arrow(rows, schema.facts[name])) for name, rows in records.items()}


def same_for_all(customers: Table, rows: Sequence[Row], fact: FactType) -> Table:
    """The related rows that every one of ``customers`` has: what is true of the moment of a batch, such as its hour."""
    made = ibis.memtable(_arrow([_record(None, row) for row in rows], fact)).drop(KEY)
    return customers.select(KEY).cross_join(made)


def _record(customer_key: str | None, row: Row) -> dict[str, Scalar | None]:
    return {KEY: customer_key, ROW_KEY: row.key, **values_of(row)}


def _arrow(records: list[dict[str, Scalar | None]], fact: FactType) -> pa.Table:
    keys = [(KEY, pa.string()), *([(ROW_KEY, pa.string())] if fact.many else [])]
    properties = [(name, _ARROW[known.type]) for name, known in fact.properties.items()]
    return pa.Table.from_pylist(records, schema=pa.schema([*keys, *properties]))


def _typed(table: Table, name: str, kind: PropertyType) -> Value:
    return table[name].cast(_IBIS[kind]) if name in table.columns else ibis.null(_IBIS[kind])
