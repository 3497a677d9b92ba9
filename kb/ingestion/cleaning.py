"""Which rows are kept and which are refused: for the first reason that applies, in the order of ``_reasons_of``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ibis
from ibis.util import gen_name

from kb.errors import InvalidSource
from kb.ingestion.files import LINE, Connection, physical_line
from kb.ingestion.identity import named, with_keys, with_status, without_names
from kb.ingestion.latest_instant import LatestInstant
from kb.ingestion.mapping.declaration import RowCheck, Sign
from kb.ingestion.staging import FAULT, Staged, condense, varying
from kb.tables.canonical import HAPPENED, CanonicalType, ColumnSpec
from ontology.text import Text

REASON = "_reason"
ERASED = "erased"
"""The reason of rows that name an erased person: nothing of them is kept."""


class RefusalReason(NamedTuple):
    """A reason to refuse a row: its name in reports, in words, and the rows it applies to."""

    name: str
    words: Text
    applies: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """A table whose rows are told apart.

    Args:
        rows: Keyed rows, kept and refused alike.
        refused: ``_line, _reason``.
        reasons: Reason -> in words.
        merged: Rows put together with another, because both describe one thing.
        varying: Attribute -> customers of whom the source tells several, and so none.
    """

    staged: Staged
    rows: ibis.Table
    refused: ibis.Table
    reasons: Mapping[str, Text]
    merged: int
    varying: Mapping[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> ibis.Table:
        """The rows that go on."""
        return self.rows.anti_join(self.refused, LINE)


def sift(con: Connection, staged: Staged, keys: ibis.Table, erased: frozenset[str], horizon: LatestInstant,  # noqa: PLR0913, PLR0917 - what rows are judged by
         names: frozenset[str] = frozenset()) -> Sifted:
    """Tell apart the rows of one table.

    Args:
        con: Where temporary tables go.
        staged: The table with its external ids.
        keys: ``external_id, customer_key``.
        erased: Keys of erased customers.
        horizon: How late something can have happened.
        names: Ids and names of the erased as the files have them; no column of staff holds one.
    """
    identified = named(with_keys(staged, staged.table, keys), staged)
    rows = with_status(without_names(staged, identified, names), staged)
    rows, varies = _condensed(con, staged, rows) if staged.mapping.one_per else (rows, {})
    merged = staged.read - int(rows.count().execute()) if staged.mapping.one_per else 0
    copies_are_rows = staged.mapping.keep_duplicates or staged.mapping.one_per
    duplicates = None if copies_are_rows else _repeated_rows(con, staged.raw)
    reasons = (*_reasons_of(staged, rows, duplicates, erased), *_reasons_beyond(staged, rows, horizon))
    first = ibis.cases(*((r.applies, r.name) for r in reasons), else_=ibis.null("string"))
    judged = rows.select(LINE, first.name(REASON))
    refused = con.create_table(f"refused_{staged.mapping.name}", judged.filter(judged[REASON].notnull()), temp=True)
    words = {reason.name: reason.words for reason in reasons} | {"repeated_key": _REPEATED_KEY}
    return Sifted(staged=staged, rows=rows, refused=_with_repeated_keys(con, staged, rows, refused), reasons=words,
                  merged=merged, varying=varies)


def _condensed(con: Connection, staged: Staged, rows: ibis.Table) -> tuple[ibis.Table, Mapping[str, int]]:
    """One row for each thing, and how many things have several values of an attribute."""
    attributes = staged.attributes_in(rows)
    varies = varying(rows, staged.one_per, attributes)
    condensed = condense(rows, staged.one_per, attributes)
    return con.create_table(f"condensed_{staged.mapping.name}", condensed, temp=True), varies


def _with_repeated_keys(con: Connection, staged: Staged, rows: ibis.Table, refused: ibis.Table) -> ibis.Table:
    key = staged.mapping.canonical.key
    if not key:
        return refused
    kept = rows.anti_join(refused, LINE)
    again = _repeated_keys(kept, tuple(staged.stored_names[column] for column in key))
    named_again = again.mutate(**{REASON: ibis.literal("repeated_key")})
    return con.create_table(f"refused_at_last_{staged.mapping.name}", refused.union(named_again), temp=True)


def refuse_unreadable(staged: Staged) -> None:
    """Refuse the whole file if a value cannot be read, unless the mapping is lenient with its column.

    Raises:
        InvalidSource: With file, line, column, value and what was expected.
    """
    faulty = staged.table.filter(staged.table[FAULT].notnull() & ~staged.table[FAULT].isin(staged.mapping.lenient))
    offenders = faulty.select(LINE, FAULT).order_by(LINE).limit(1).to_pyarrow().to_pylist()
    if not offenders:
        return
    record, column = offenders[0][LINE], offenders[0][FAULT]
    given = staged.raw.filter(staged.raw[LINE] == record).select(*staged.columns_behind(column)).to_pyarrow()
    told = ", ".join(f"column {name}: {value!r}" for name, value in given.to_pylist()[0].items())
    line = physical_line(staged.source, staged.path, record)
    msg = (f"{staged.path} line {line}, {told}; expected {staged.expected[column]}"
           f" ({faulty.count().execute():,} such rows)")
    raise InvalidSource(msg, hint=f"correct the file or the mapping, or name {column!r} in `lenient` of "
                                  f"tables.{staged.mapping.name} to put such rows into quarantine")


def _reasons_of(staged: Staged, rows: ibis.Table, duplicates: ibis.Table | None,
               erased: frozenset[str]) -> Iterator[RefusalReason]:
    """Every reason that may refuse one of ``rows``: keyed rows of ``staged``."""
    customers = [spec for spec in staged.specs if spec.type is CanonicalType.CUSTOMER and spec.stored in rows.columns]
    for spec in customers if erased else ():
        yield RefusalReason(ERASED, _WAS_ERASED, rows[spec.stored].isin(sorted(erased)))
    if duplicates is not None:
        yield RefusalReason("duplicate", _DUPLICATE, rows[LINE].isin(duplicates[LINE]))
    for column in sorted(staged.mapping.lenient):
        yield RefusalReason(f"{column}_unreadable", _UNREADABLE.fill(column=column), rows[FAULT] == column)
    for spec in staged.specs:
        yield from _value_reasons(spec, rows)
    for check in staged.mapping.checks:
        yield RefusalReason(check.reason, check.why, _holds(check, rows, staged.stored_names))


def _reasons_beyond(staged: Staged, rows: ibis.Table, horizon: LatestInstant) -> Iterator[RefusalReason]:
    """Instants later than anything can have happened, or so much later than the rest that they are none of it."""
    for column in HAPPENED.get(staged.mapping.name, ()):
        if column in rows.columns and horizon.now is not None:
            yield RefusalReason(f"{column}_to_come", _TO_COME.fill(column=column),
                                (rows[column] > horizon.now).fill_null(False))
        if column in rows.columns and horizon.rest is not None:
            yield RefusalReason(f"{column}_beyond_the_rest", _BEYOND.fill(column=column, day=horizon.rest_day),
                                (rows[column] > horizon.rest).fill_null(False))


def _value_reasons(spec: ColumnSpec, rows: ibis.Table) -> Iterator[RefusalReason]:
    if spec.stored not in rows.columns:
        return
    value = rows[spec.stored]
    if spec.required:
        yield RefusalReason(f"{spec.name}_missing", _MISSING.fill(column=spec.name), value.isnull())
    if spec.choices:
        yield RefusalReason(f"{spec.name}_not_in_vocabulary",
                            _NOT_A_TERM.fill(column=spec.name, terms=", ".join(sorted(spec.choices))),
                            value.notnull() & ~value.isin(sorted(spec.choices)))
    if spec.minimum is not None:
        yield RefusalReason(f"{spec.name}_impossible", _IMPOSSIBLE.fill(column=spec.name, minimum=spec.minimum),
                            (value < spec.minimum).fill_null(False))


def _holds(check: RowCheck, rows: ibis.Table, stored: Mapping[str, str]) -> Any:
    holds = ibis.literal(True)
    for column, sign in check.when.items():
        holds = holds & _SIGNS[sign](rows[stored[column]]).fill_null(False)
    return holds


def _repeated_rows(con: Connection, raw: ibis.Table) -> ibis.Table | None:
    """The lines of every exact copy of an earlier row; ``None`` where there are none.

    Rows are compared whole, but only those whose hash occurs twice: comparing 1.4 million rows column by column
    takes ten times as long.
    """
    names = [name for name in raw.columns if name != LINE]
    hashed = raw.select(LINE, _hash=ibis.struct({name: raw[name] for name in names}).hash())
    twice = hashed.group_by("_hash").aggregate(n=hashed.count()).filter(lambda t: t.n > 1)
    suspects = con.create_table(gen_name("suspects"), hashed.semi_join(twice, "_hash").select(LINE), temp=True)
    if suspects.count().execute() == 0:
        return None
    rows = raw.semi_join(suspects, LINE)
    firsts = rows.group_by(names).aggregate(**{LINE: rows[LINE].min()})  # a window would hold all copies in memory
    return con.create_table(gen_name("duplicates"), suspects.anti_join(firsts, LINE).select(LINE), temp=True)


def _repeated_keys(rows: ibis.Table, key: tuple[str, ...]) -> ibis.Table:
    """The lines of every row that names a thing an earlier row has named."""
    named = rows.filter(*(rows[column].notnull() for column in key))
    firsts = named.group_by(list(key)).aggregate(**{LINE: named[LINE].min()})
    return named.select(LINE).anti_join(firsts, LINE)


_SIGNS: Mapping[Sign, Any] = {
    Sign.ZERO: lambda value: value == 0,
    Sign.NEGATIVE: lambda value: value < 0,
    Sign.POSITIVE: lambda value: value > 0,
    Sign.UNKNOWN: lambda value: value.isnull(),
}

_TO_COME = Text(zh="{column} 在本机时钟一天以后", en="{column} lies more than a day after this machine's clock")
_BEYOND = Text(zh="{column} 远在其余数据之后：{day} 之后长时间没有任何记录；若日期无误，请在 [base] 中写明 as_of",
               en="{column} lies far beyond the rest, which ends on {day}; if it is right, state `as_of` in [base]")
_REPEATED_KEY = Text(zh="同一编号此前已出现", en="another row has the same key")
_WAS_ERASED = Text(zh="该客户已被删除", en="the customer was erased")
_DUPLICATE = Text(zh="与前面某行完全相同", en="an exact copy of an earlier row")
_UNREADABLE = Text(zh="{column} 的值无法读取", en="the value of {column} cannot be read")
_MISSING = Text(zh="缺少 {column}", en="{column} is missing")
_NOT_A_TERM = Text(zh="{column} 的值不在词表中（{terms}）",
                   en="the value of {column} is none of its vocabulary: {terms}")
_IMPOSSIBLE = Text(zh="{column} 小于 {minimum}", en="{column} is less than {minimum}")
