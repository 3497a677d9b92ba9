"""The last part of an import: sifted rows -> snapshots, quarantine, catalog and report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TypeAlias

import ibis

from kb.ingestion.cleaning import ERASED, REASON, Sifted
from kb.ingestion.files import LINE, Connection, SourceFile
from kb.ingestion.identity import persons_of
from kb.ingestion.latest_instant import LatestInstant, telling
from kb.ingestion.loss_check import Loss, losses_of, require_no_losses, require_rows
from kb.ingestion.mapping.declaration import Clock, SourceMapping
from kb.ingestion.report import ImportReport, TableReport
from kb.model.ids import Digest
from kb.tables.canonical import CANONICAL, EVENTS, STORED, CanonicalType, ColumnSpec
from kb.tables.catalog import (
    Catalog,
    Contribution,
    ImportRecord,
    Snapshot,
    put_in_place,
    snapshot_of,
    write_catalog,
)

_CUSTOMERS = "customers"
Fresh: TypeAlias = tuple[Path, Snapshot]
"""A file that was just written, and as what it will be known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotWriter:
    """What is needed to write one import.

    Args:
        scratch: An empty folder on the base's disk; files move from there to their names.
        keys: ``external_id, customer_key``.
        horizon: How late something can have happened.
        replacing: Whether more of what the mapping brought before may go than may go unasked.
    """

    con: Connection
    home: Path
    scratch: Path
    catalog: Catalog
    mapping: SourceMapping
    files: tuple[SourceFile, ...]
    keys: ibis.Table
    horizon: LatestInstant
    replacing: bool
    progress: Callable[[str], None]
    before_commit: Callable[[ImportReport], None]

    def write(self, sifted: Sequence[Sifted], *, now: int | None) -> ImportReport:
        """Write what was kept and what was refused; the catalog last, and only if something differs.

        Raises:
            InvalidSource: If all rows of a table were refused.
            Conflict: If more would go than may go unasked.
        """
        for one in sifted:
            require_rows(one)
        by_table = {one.staged.mapping.name: one for one in sifted}
        kept = {name: self._canonical(one) for name, one in by_table.items()} | {_CUSTOMERS: self._customers(by_table)}
        fresh = {name: self._fresh(name, rows) for name, rows in kept.items()}
        losses = self._losses(fresh)
        refused = {name: made for name, one in by_table.items() if (made := self._fresh_quarantine(one))}
        given = Contribution(
            mapping=self.mapping.name, tables=_snapshots(fresh), quarantine=_snapshots(refused),
            attributes=tuple(self.mapping.attributes.values()), categories=tuple(self.mapping.categories.values()),
            last_instant=self._last_instant(fresh), tells_moment=self.mapping.base.clock is Clock.DATA,
            words=self.mapping.words)
        report = self._report(given, by_table, losses, fresh)
        self.before_commit(report)
        for path, snapshot in (*fresh.values(), *refused.values()):
            put_in_place(self.home, snapshot, path)
        self._record(given, report, now)
        return report

    def _losses(self, fresh: Mapping[str, Fresh]) -> Mapping[str, Loss]:
        before = self.catalog.contribution(self.mapping.name)
        losses = losses_of(self.con, self.home, before, fresh)
        if not self.replacing:
            require_no_losses(self.mapping.name, tuple(losses.values()))
        return losses

    def _canonical(self, one: Sifted) -> ibis.Table:
        return _in_canonical_shape(one.kept, one.staged.specs)

    def _customers(self, by_table: Mapping[str, Sifted]) -> ibis.Table:
        """The described customers, and everybody else whom some table knows."""
        specs = self.mapping.customer_columns
        described = by_table.get(_CUSTOMERS)
        rows = None if described is None else described.kept
        met = [one.kept.select(customer_key=one.kept[spec.stored]) for one in by_table.values()
               for spec in one.staged.specs if spec.type is CanonicalType.CUSTOMER and spec.stored in one.kept.columns]
        everybody = reduce(lambda a, b: a.union(b), (keys.distinct() for keys in met)).distinct()
        everybody = everybody.filter(everybody.customer_key.notnull())
        if rows is not None:
            everybody = everybody.left_join(rows, "customer_key").drop("customer_key_right")
        return self.con.create_table("all_customers", _in_canonical_shape(everybody, specs), temp=True)

    def _fresh(self, name: str, rows: ibis.Table) -> Fresh:
        self.progress(f"{name}: writing the snapshot")
        path = self.scratch / f"{name}.parquet"
        self.con.to_parquet(rows.order_by(_order_of(name, rows)), path, compression="zstd")
        return path, snapshot_of(self.home, f"snapshots/{name}", path, self._rows_in(path))

    def _fresh_quarantine(self, one: Sifted) -> Fresh | None:
        """The refused rows: source, line, reason, and the row as JSON without what names a person."""
        refused = one.rows.inner_join(one.refused, LINE)
        keyed = {spec.stored: refused[spec.stored] for spec in one.staged.specs
                 if spec.type is CanonicalType.CUSTOMER and spec.stored in refused.columns}
        raw = one.staged.raw.select(LINE, **{f"_raw_{name}": one.staged.raw[name] for name in one.staged.shown_columns})
        joined = refused.select(LINE, REASON, **keyed).inner_join(raw, LINE)
        shown = {name: joined[name] for name in keyed} | {
            name: joined[f"_raw_{name}"] for name in one.staged.shown_columns}
        row = ibis.ifelse(joined[REASON] == ERASED, None, ibis.struct(shown).cast("json").cast("string"))
        told = joined.select(source=ibis.literal(one.staged.source.name), line=joined[LINE], reason=joined[REASON],
                             row=row)
        table = one.staged.mapping.name
        path = self.scratch / f"{table}.refused.parquet"
        self.con.to_parquet(told.order_by(["line", "reason"]), path, compression="zstd")
        rows = self._rows_in(path)
        return (path, snapshot_of(self.home, f"quarantine/{table}", path, rows)) if rows else None

    def _rows_in(self, path: Path) -> int:
        return int(self.con.read_parquet(path).count().execute())

    def _last_instant(self, fresh: Mapping[str, Fresh]) -> int:
        """The mapping's own moment, or the latest instant that tells it; 0 where nothing has a date."""
        stated = self.mapping.base.stated_moment
        if stated is not None:
            return stated
        latest = [0]
        for name, (path, _) in fresh.items():
            for instants in telling(name, self.con.read_parquet(path)):
                known = instants["at"] if (bound := self.horizon.latest) is None else instants.filter(
                    instants["at"] <= bound)["at"]
                latest.append(known.max().execute() or 0)
        return int(max(latest))

    def _report(self, given: Contribution, by_table: Mapping[str, Sifted], losses: Mapping[str, Loss],
                fresh: Mapping[str, Fresh]) -> ImportReport:
        before = self.catalog.contribution(self.mapping.name)
        held = {} if before is None else before.tables
        tables = {name: self._table_report(name, made, by_table.get(name), losses.get(name), held.get(name))
                  for name, made in fresh.items()}
        customers = self.con.table("all_customers").select("customer_key")
        described = by_table[_CUSTOMERS].kept if _CUSTOMERS in by_table else None
        return ImportReport(
            mapping=self.mapping.name, base=self.mapping.base, sources=self.files, tables=tables,
            dropped={name: loss.stand for name, loss in losses.items() if name not in fresh and loss.stand},
            reasons={name: words for one in by_table.values() for name, words in one.reasons.items()},
            last_instant=given.last_instant, persons=persons_of(customers, self.keys, described))

    def _table_report(self, name: str, made: Fresh, one: Sifted | None, loss: Loss | None,
                      held: Snapshot | None) -> TableReport:
        path, snapshot = made
        counts, amounts, lines = ({}, {}, {}) if one is None else _refusals(one)
        read, merged = (0, 0) if one is None else (one.staged.read, one.merged)
        added = snapshot.rows - (read - merged - sum(counts.values()))
        self.progress(f"{name}: {read:,} read, {snapshot.rows:,} kept, {sum(counts.values()):,} refused")
        if one is not None:
            self._tell_left_unknown(name, one)
        return TableReport(
            table=name, source="" if one is None else one.staged.source.name, read=read, kept=snapshot.rows,
            merged=merged, added=added, removed=0 if loss is None else loss.removed, quarantined=counts,
            quarantined_amounts=amounts, quarantined_lines=lines,
            varying={} if one is None else one.varying,
            placeholders={} if one is None else one.staged.placeholders, coverage=self._coverage(path, snapshot.rows),
            digest=snapshot.digest, unchanged=held == snapshot)

    def _tell_left_unknown(self, name: str, one: Sifted) -> None:
        for column, count in one.varying.items():
            self.progress(f"{name}: {column} has several values for {count:,} customers, and is left unknown for them")
        for column, count in one.staged.placeholders.items():
            self.progress(f"{name}: {column} holds a word for 'unknown' on {count:,} rows, and is left unknown there")

    def _coverage(self, path: Path, count: int) -> dict[str, float]:
        rows = self.con.read_parquet(path)
        known = rows.aggregate(**{name: rows[name].count() for name in rows.columns}).to_pyarrow().to_pylist()[0]
        return {name: filled / count for name, filled in known.items() if filled}

    def _record(self, given: Contribution, report: ImportReport, now: int | None) -> None:
        before = self.catalog.contribution(self.mapping.name)
        read_before = any(record.sources == self.files and record.mapping_digest == self.mapping.digest
                          for record in self.catalog.imports if record.mapping == self.mapping.name)
        if before == given and read_before:
            return
        record = ImportRecord(mapping=self.mapping.name, mapping_digest=Digest(self.mapping.digest),
                              sources=self.files, tables=report.tables, recorded_at=now)
        write_catalog(self.home, self.catalog.with_import(given, record))


def _in_canonical_shape(rows: ibis.Table, specs: Sequence[ColumnSpec]) -> ibis.Table:
    """Every canonical column, in order and of its stored type; unknown where the source does not tell."""
    return rows.select(**{
        spec.stored: (rows[spec.stored] if spec.stored in rows.columns else ibis.null()).cast(STORED[spec.type])
        for spec in specs if not spec.vaulted})


def _order_of(name: str, rows: ibis.Table) -> list[str]:
    """A total order: equal content is written as equal bytes. Events come first by time, so that readers skip."""
    first = EVENTS.get(name, CANONICAL[name].key)[:1]
    leading = [column for column in first if column in rows.columns]
    return [*leading, *(column for column in rows.columns if column not in leading)]


def _snapshots(fresh: Mapping[str, Fresh]) -> dict[str, Snapshot]:
    return {name: snapshot for name, (_, snapshot) in fresh.items()}


def _refusals(one: Sifted) -> tuple[dict[str, int], dict[str, str], dict[str, int]]:
    """Reason -> rows, money on them, and the line of the first."""
    refused = one.rows.inner_join(one.refused, LINE)
    has_amount = "amount" in refused.columns
    amount = refused.amount.sum() if has_amount else ibis.null("decimal(18, 4)")
    counted = refused.group_by(REASON).aggregate(n=refused.count(), amount=amount, line=refused[LINE].min())
    told = counted.order_by(REASON).to_pyarrow().to_pylist()
    amounts = {row[REASON]: str(row["amount"]) for row in told if row["amount"] is not None}
    return {row[REASON]: row["n"] for row in told}, amounts, {row[REASON]: row["line"] for row in told}
