"""The last part of an import: sifted rows -> snapshots, quarantine, catalog and report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis

from kb.model.ids import Digest
from kb.warehouse.canonical import CANONICAL, EVENTS, STORED, ColumnSpec, ColumnType
from kb.warehouse.catalog import Catalog, Contribution, ImportRecord, Snapshot, file_snapshot, write_catalog
from kb.warehouse.cleaning import REASON, Sifted
from kb.warehouse.files import LINE, Connection, SourceFile
from kb.warehouse.identity import persons_of
from kb.warehouse.mapping.nouns import SourceMapping
from kb.warehouse.report import ImportReport, TableReport

_CUSTOMERS = "customers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """What is needed to write one import.

    Args:
        scratch: An empty folder on the base's disk; files move from there to their names.
        keys: ``external_id, customer_key``.
    """

    con: Connection
    home: Path
    scratch: Path
    catalog: Catalog
    mapping: SourceMapping
    files: tuple[SourceFile, ...]
    keys: ibis.Table
    progress: Callable[[str], None]
    before_commit: Callable[[ImportReport], None]

    def write(self, sifted: Sequence[Sifted], *, now: int | None) -> ImportReport:
        """Write what was kept and what was refused; the catalog last, and only if something differs."""
        by_table = {one.staged.mapping.name: one for one in sifted}
        customers = self._customers(by_table)
        kept = {name: self._canonical(one) for name, one in by_table.items()} | {_CUSTOMERS: customers}
        snapshots = {name: self._snapshot(name, rows) for name, rows in kept.items()}
        quarantine = {name: snapshot for name, one in by_table.items() if (snapshot := self._quarantine(one))}
        given = Contribution(
            mapping=self.mapping.name, tables=snapshots, quarantine=quarantine,
            attributes=tuple(self.mapping.attributes.values()), categories=tuple(self.mapping.categories.values()),
            last_instant=self._last_instant(snapshots), words=self.mapping.words)
        report = self._report(given, by_table)
        self.before_commit(report)
        self._record(given, report, now)
        return report

    def _canonical(self, one: Sifted) -> ibis.Table:
        return _in_canonical_shape(one.kept, one.staged.specs)

    def _customers(self, by_table: Mapping[str, Sifted]) -> ibis.Table:
        """The described customers, and everybody else whom some table knows."""
        specs = self.mapping.customer_columns
        described = by_table.get(_CUSTOMERS)
        rows = None if described is None else described.kept
        met = [one.kept.select(customer_key=one.kept[spec.stored]) for one in by_table.values()
               for spec in one.staged.specs if spec.type is ColumnType.CUSTOMER and spec.stored in one.kept.columns]
        everybody = reduce(lambda a, b: a.union(b), (keys.distinct() for keys in met)).distinct()
        everybody = everybody.filter(everybody.customer_key.notnull())
        if rows is not None:
            everybody = everybody.left_join(rows, "customer_key").drop("customer_key_right")
        return self.con.create_table("all_customers", _in_canonical_shape(everybody, specs), temp=True)

    def _snapshot(self, name: str, rows: ibis.Table) -> Snapshot:
        self.progress(f"{name}: writing the snapshot")
        fresh = self.scratch / f"{name}.parquet"
        self.con.to_parquet(rows.order_by(_order_of(name, rows)), fresh, compression="zstd")
        return file_snapshot(self.home, f"snapshots/{name}", fresh, self._rows_in(fresh))

    def _quarantine(self, one: Sifted) -> Snapshot | None:
        """The refused rows: source, line, reason, and the row as JSON without what names a person."""
        refused = one.rows.inner_join(one.refused, LINE)
        keyed = {spec.stored: refused[spec.stored] for spec in one.staged.specs
                 if spec.type is ColumnType.CUSTOMER and spec.stored in refused.columns}
        raw = one.staged.raw.select(LINE, **{f"_raw_{name}": one.staged.raw[name] for name in one.staged.shown_columns})
        joined = refused.select(LINE, REASON, **keyed).inner_join(raw, LINE)
        shown = {name: joined[name] for name in keyed} | {
            name: joined[f"_raw_{name}"] for name in one.staged.shown_columns}
        row = ibis.ifelse(joined[REASON] == "erased", None, ibis.struct(shown).cast("json").cast("string"))
        told = joined.select(source=ibis.literal(one.staged.source.name), line=joined[LINE], reason=joined[REASON],
                             row=row)
        fresh = self.scratch / "refused.parquet"
        self.con.to_parquet(told.order_by(["line", "reason"]), fresh, compression="zstd")
        rows = self._rows_in(fresh)
        return file_snapshot(self.home, f"quarantine/{one.staged.mapping.name}", fresh, rows) if rows else None

    def _rows_in(self, path: Path) -> int:
        return int(self.con.read_parquet(path).count().execute())

    def _last_instant(self, snapshots: Mapping[str, Snapshot]) -> int:
        """The mapping's own moment, or the latest instant of anything that happened; 0 where nothing has a date."""
        base = self.mapping.base
        if base.as_of is not None:
            return int(datetime.fromisoformat(base.as_of).replace(tzinfo=ZoneInfo(base.zone)).timestamp())
        latest = [0]
        for name in EVENTS.keys() & snapshots.keys():
            rows = self.con.read_parquet(self.home / snapshots[name].path)
            latest += [rows[column].max().execute() or 0 for column in EVENTS[name]]
        return int(max(latest))

    def _report(self, given: Contribution, by_table: Mapping[str, Sifted]) -> ImportReport:
        before = self.catalog.contribution(self.mapping.name)
        tables = {name: self._table_report(name, snapshot, by_table.get(name),
                                           unchanged=before is not None and before.tables.get(name) == snapshot)
                  for name, snapshot in given.tables.items()}
        customers = self.con.table("all_customers").select("customer_key")
        described = by_table[_CUSTOMERS].kept if _CUSTOMERS in by_table else None
        return ImportReport(
            mapping=self.mapping.name, base=self.mapping.base, sources=self.files, tables=tables,
            reasons={name: words for one in by_table.values() for name, words in one.reasons.items()},
            last_instant=given.last_instant, persons=persons_of(customers, self.keys, described))

    def _table_report(self, name: str, snapshot: Snapshot, one: Sifted | None, *, unchanged: bool) -> TableReport:
        counts, amounts = ({}, {}) if one is None else _refusals(one)
        read, merged = (0, 0) if one is None else (one.staged.read, one.merged)
        added = snapshot.rows - (read - merged - sum(counts.values()))
        self.progress(f"{name}: {read:,} read, {snapshot.rows:,} kept, {sum(counts.values()):,} refused")
        return TableReport(
            table=name, source="" if one is None else one.staged.source.name, read=read, kept=snapshot.rows,
            merged=merged, added=added, quarantined=counts, quarantined_amounts=amounts,
            coverage=self._coverage(snapshot), digest=snapshot.digest, unchanged=unchanged)

    def _coverage(self, snapshot: Snapshot) -> dict[str, float]:
        rows = self.con.read_parquet(self.home / snapshot.path)
        known = rows.aggregate(**{name: rows[name].count() for name in rows.columns}).to_pyarrow().to_pylist()[0]
        return {name: count / snapshot.rows for name, count in known.items() if count}

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


def _refusals(one: Sifted) -> tuple[dict[str, int], dict[str, str]]:
    """Reason -> rows, and reason -> money on them."""
    refused = one.rows.inner_join(one.refused, LINE)
    has_amount = "amount" in refused.columns
    amount = refused.amount.sum() if has_amount else ibis.null("decimal(18, 4)")
    told = refused.group_by(REASON).aggregate(n=refused.count(), amount=amount).order_by(REASON).to_pyarrow()
    amounts = {row[REASON]: str(row["amount"]) for row in told.to_pylist() if row["amount"] is not None}
    return {row[REASON]: row["n"] for row in told.to_pylist()}, amounts
