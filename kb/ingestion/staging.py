"""A source's rows as columns of one canonical table: expressions applied, nothing judged, external ids still there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis

from kb.ingestion.expressions import ParsedValue, SourceFrame, read_expression
from kb.ingestion.files import LINE, Connection
from kb.ingestion.mapping.declaration import LookUp, Pick, Source, SourceMapping, TableMapping, columns_of
from kb.ingestion.placeholders import without_placeholders
from kb.tables.canonical import ColumnSpec

FAULT = "_fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The opened files of a mapping."""

    mapping: SourceMapping
    paths: Mapping[str, Path]
    tables: Mapping[str, ibis.Table]

    def looked_up(self, name: str) -> ibis.Table:
        """The source's rows with the columns that its look-ups fetch."""
        rows = self.tables[name]
        for lookup in self.mapping.sources[name].lookups:
            found = _picked(self.looked_up(lookup.source), lookup)
            rows = rows.left_join(found, list(lookup.on)).drop(*(f"{column}_right" for column in lookup.on))
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """One canonical table before anything is refused.

    Args:
        specs: The canonical columns, and the declared attributes.
        table: ``_line``, ``_fault`` (the first column whose value could not be read) and each mapped column.
        raw: The file's rows, with ``_line``.
        read: Rows that belong to this table.
        placeholders: Column -> rows on which it holds a word for *unknown*, and so nothing.
        expected: Column -> what would have been readable.
        personal: Columns of the file that name a person in any table; copied nowhere.
    """

    mapping: TableMapping
    specs: tuple[ColumnSpec, ...]
    source: Source
    path: Path
    table: ibis.Table
    raw: ibis.Table
    read: int
    placeholders: Mapping[str, int]
    expected: Mapping[str, str]
    personal: frozenset[str]

    @property
    def one_per(self) -> tuple[str, ...]:
        """The stored names of the columns that name a row."""
        return tuple(self.stored_names[column] for column in self.mapping.one_per)

    @property
    def stored_names(self) -> Mapping[str, str]:
        """Column as mappings write it -> as it is stored."""
        return {spec.name: spec.stored for spec in self.specs}

    def attributes_in(self, rows: ibis.Table) -> tuple[str, ...]:
        """The columns of ``rows`` that say something of a customer; a name may be spelt in several ways."""
        said = [spec.stored for spec in self.specs if not spec.vaulted and spec.name not in self.mapping.one_per]
        return tuple(name for name in said if name in rows.columns) if self.mapping.name == "customers" else ()

    def columns_behind(self, column: str) -> tuple[str, ...]:
        """The columns of the file from which ``column`` is made; look-ups left out."""
        return tuple(name for name in columns_of(self.mapping.columns[column]) if name in self.raw.columns)

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The columns of the file that quarantine may show: mapped ones that name nobody."""
        mapped = {name for column in self.mapping.columns for name in self.columns_behind(column)}
        return tuple(sorted(mapped - self.personal))


def stage(con: Connection, sources: Sources, table: TableMapping) -> Staged:
    """Apply the mapping of one table to its source."""
    mapping = sources.mapping
    source = mapping.sources[table.source]
    specs = mapping.columns_of(table)
    rows = sources.looked_up(table.source)
    for column, values in table.where.items():
        rows = rows.filter(rows[column].cast("string").isin(values))
    frame = SourceFrame(rows=rows, source=source, zone=mapping.base.zone)
    kinds = {spec.name: spec.type for spec in specs}
    read = {name: read_expression(expression, kinds[name], frame) for name, expression in table.columns.items()}
    readings, placeholders = without_placeholders(rows, read, specs, zones=(mapping.base.zone, source.zone))
    selected = rows.select(LINE, _first_fault(table, readings), **{name: r.value for name, r in readings.items()})
    named = selected.filter(*(selected[column].notnull() for column in table.one_per)) if table.one_per else selected
    staged = con.create_table(f"staged_{table.name}", named, temp=True)
    return Staged(
        mapping=table, specs=specs, source=source, path=sources.paths[table.source],
        table=staged, raw=sources.tables[table.source], read=int(staged.count().execute()),
        placeholders=placeholders, expected={name: reading.expected for name, reading in readings.items()},
        personal=_personal_columns(mapping, table.source))


def condense(rows: ibis.Table, one_per: tuple[str, ...], attributes: Collection[str] = ()) -> ibis.Table:
    """One row for each value of ``one_per``; every other column takes its most frequent known value.

    Of ``attributes`` a value is taken only where it is the same on all rows: what varies is no attribute of anybody.
    """
    single = {name: ibis.ifelse(rows[name].nunique() == 1, rows[name].max(), ibis.null(rows[name].type()))
              for name in attributes}
    condensed = rows.group_by(list(one_per)).aggregate(
        **{LINE: rows[LINE].min(), FAULT: rows[FAULT].min()}, **single)
    for column in rows.columns:
        if column not in (LINE, FAULT, *one_per, *attributes):
            found = _most_frequent(rows, one_per, column)
            condensed = condensed.left_join(found, list(one_per)).drop(*(f"{name}_right" for name in one_per))
    return condensed


def varying(rows: ibis.Table, one_per: tuple[str, ...], attributes: Collection[str]) -> Mapping[str, int]:
    """How many of the things that ``one_per`` names have more than one value of an attribute, where any has."""
    if not attributes:
        return {}
    counted = rows.group_by(list(one_per)).aggregate(**{name: rows[name].nunique() > 1 for name in attributes})
    found = counted.aggregate(**{name: counted[name].sum() for name in attributes}).to_pyarrow().to_pylist()[0]
    return {name: int(count) for name, count in found.items() if count}


def _first_fault(table: TableMapping, readings: Mapping[str, ParsedValue]) -> Any:
    """The name of the first unreadable column; those that refuse the file before those that refuse the row."""
    strict_first = sorted(readings, key=lambda name: name in table.lenient)
    faults = ((readings[name].faulty, name) for name in strict_first)
    return ibis.cases(*faults, else_=ibis.null("string")).name(FAULT)


def _personal_columns(mapping: SourceMapping, source: str) -> frozenset[str]:
    tables = [table for table in mapping.tables.values() if table.source == source]
    return frozenset(
        column for table in tables for spec in mapping.columns_of(table)
        if spec.personal and spec.name in table.columns for column in columns_of(table.columns[spec.name]))


def _picked(rows: ibis.Table, lookup: LookUp) -> ibis.Table:
    """One row for each value of the columns that both sources share."""
    found = rows.select(*lookup.on).distinct()
    for new, old in lookup.columns.items():
        known = rows.filter(rows[old].notnull()).select(*lookup.on, **{new: rows[old]})
        one = _most_frequent(known, lookup.on, new) if lookup.pick is Pick.MOST_FREQUENT else known.group_by(
            list(lookup.on)).aggregate(**{new: known[new].min() if lookup.pick is Pick.FIRST else known[new].max()})
        found = found.left_join(one, list(lookup.on)).drop(*(f"{column}_right" for column in lookup.on))
    return found


def _most_frequent(rows: ibis.Table, key: tuple[str, ...], column: str) -> ibis.Table:
    """The most frequent known value of ``column`` for each ``key``; the least of equally frequent ones."""
    known = rows.filter(rows[column].notnull())
    counted = known.group_by([*key, column]).aggregate(_n=known.count())
    ranked = counted.mutate(_rank=ibis.row_number().over(
        group_by=list(key), order_by=[counted["_n"].desc(), counted[column]]))
    return ranked.filter(ranked["_rank"] == 0).select(*key, column)
