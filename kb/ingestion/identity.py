"""External customer ids -> keys, in bulk; and the persons behind them, for the graph alone."""

from collections.abc import Iterable, Sequence
from typing import Any

import ibis
import pyarrow as pa

from kb.home import key_of
from kb.ingestion.files import LINE, Connection
from kb.ingestion.staging import FAULT, Staged
from kb.tables.canonical import CanonicalType, ColumnSpec
from kb.tables.duckdb_functions import md5
from ontology.vocabulary import OrderStatus

_PERSON = ("external_id", "name", "phone", "address")
_ID_DIGITS = 24
PERSONS_SCHEMA = pa.schema([("customer_key", pa.string()), *((name, pa.string()) for name in _PERSON)])


def assign_keys(con: Connection, staged: Sequence[Staged], secret: bytes) -> ibis.Table:
    """``external_id, customer_key`` for everybody whom any table names, staff too; each id is hashed once."""
    columns = [one.table[spec.name] for one in staged for spec in (*_customers_of(one), *_staff_of(one))]
    distinct = {value for column in columns for value in _distinct(column)}
    ids = sorted(distinct)
    keys = pa.table({"external_id": pa.array(ids, pa.string()),
                     "customer_key": pa.array([key_of(name, secret) for name in ids], pa.string())})
    return con.create_table("customer_keys", keys, temp=True)


def with_keys(one: Staged, rows: ibis.Table, keys: ibis.Table) -> ibis.Table:
    """``rows`` with each external id replaced by its key, under the stored name."""
    for spec in _customers_of(one):
        renamed = keys.select(**{f"_{spec.name}": keys.external_id, spec.stored: keys.customer_key})
        joined = rows.left_join(renamed, rows[spec.name] == renamed[f"_{spec.name}"])
        rows = joined.drop(spec.name, f"_{spec.name}")
    return rows


def names_of_erased(staged: Sequence[Staged], keys: ibis.Table, erased: frozenset[str]) -> frozenset[str]:
    """The ids of erased customers that stand in the files, and the names that the files give them."""
    if not erased:
        return frozenset()
    ids = keys.filter(keys.customer_key.isin(sorted(erased))).select("external_id")
    found = set(_distinct(ids.external_id))
    for one in staged:
        if one.mapping.name == "customers" and "name" in one.mapping.columns:
            found.update(_distinct(one.table.semi_join(ids, one.table.customer_id == ids.external_id)["name"]))
    return frozenset(found)


def without_names(one: Staged, rows: ibis.Table, names: frozenset[str]) -> ibis.Table:
    """``rows`` in which no column of staff holds one of ``names``."""
    staff = [spec.stored for spec in _staff_of(one)] if names else []
    return rows.mutate(**{name: rows[name].cases(*((gone, None) for gone in sorted(names)), else_=rows[name])
                          for name in staff}) if staff else rows


def named(rows: ibis.Table, one: Staged) -> ibis.Table:
    """``rows`` with an id made from their content where the canonical table wants one and the source has none."""
    if one.mapping.name != "interactions" or "interaction_id" in one.mapping.columns:
        return rows
    columns = [column for column in sorted(rows.columns) if column not in (LINE, FAULT)]
    content = ibis.literal("|").join([rows[column].cast("string").fill_null("") for column in columns])
    return rows.mutate(interaction_id=ibis.literal("i") + md5(content).left(_ID_DIGITS))


def with_status(rows: ibis.Table, one: Staged) -> ibis.Table:
    """``rows`` with the status of an order, where the source tells of its delivery alone."""
    columns = one.mapping.columns
    if one.mapping.name != "order_lines" or "delivered_at" not in columns or "order_status" in columns:
        return rows
    return rows.mutate(order_status=ibis.ifelse(
        rows.delivered_at.notnull(), OrderStatus.DELIVERED.value, OrderStatus.PLACED.value))


def persons_of(kept_customers: ibis.Table, keys: ibis.Table, described: ibis.Table | None) -> pa.Table:
    """The persons behind the customers that were kept.

    Args:
        kept_customers: ``customer_key``.
        keys: As ``assign_keys`` made them.
        described: Keyed rows of the customers table, with what it says of name, phone and address.
    """
    persons = keys.semi_join(kept_customers, "customer_key")
    said = [name for name in _PERSON if described is not None and name in described.columns]
    if described is not None and said:
        first = described.group_by("customer_key").aggregate(**{name: described[name].max() for name in said})
        persons = persons.left_join(first, "customer_key").drop("customer_key_right")
    table = persons.mutate(**{name: ibis.null("string") for name in _PERSON if name not in persons.columns})
    return table.select(*PERSONS_SCHEMA.names).order_by("customer_key").to_pyarrow().cast(PERSONS_SCHEMA)


def _customers_of(one: Staged) -> Sequence[ColumnSpec]:
    return _mapped(one, CanonicalType.CUSTOMER)


def _staff_of(one: Staged) -> Sequence[ColumnSpec]:
    return _mapped(one, CanonicalType.STAFF)


def _mapped(one: Staged, kind: CanonicalType) -> Sequence[ColumnSpec]:
    return [spec for spec in one.specs if spec.type is kind and spec.name in one.mapping.columns]


def _distinct(column: Any) -> Iterable[str]:
    found: list[str] = column.as_table().distinct().drop_null().to_pyarrow().column(0).to_pylist()
    return found
