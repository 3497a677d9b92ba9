"""What sources write where nothing is known: a customer 0, the year 1900, the first of January 1970."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import ibis

from kb.ingestion.expressions import ParsedValue
from kb.tables.canonical import CanonicalType, ColumnSpec

_FIRST_YEAR = datetime(1902, 1, 1, tzinfo=UTC)
"""Earlier instants are the first days that programs know: of the year 1, of 1899 and 1900; the latest is 1970-01-01."""


def without_placeholders(rows: ibis.Table, readings: Mapping[str, ParsedValue], specs: Sequence[ColumnSpec], *,
                         zones: Sequence[str | None]) -> tuple[Mapping[str, ParsedValue], Mapping[str, int]]:
    """The readings with placeholders left unknown, and on how many rows each column held one.

    Args:
        rows: Which the readings read.
        readings: By column.
        specs: Of the columns.
        zones: By whose clocks instants may have been written.
    """
    found = {spec.name: is_one for spec in specs if spec.name in readings
             and (is_one := _is_placeholder(readings[spec.name].value, spec, zones)) is not None}
    if not found:
        return readings, {}
    counts = rows.aggregate(**{name: is_one.sum() for name, is_one in found.items()}).to_pyarrow().to_pylist()[0]
    told = {name: int(count) for name, count in counts.items() if count}
    cleared = {name: replace(readings[name], value=ibis.ifelse(
        found[name], ibis.null(readings[name].value.type()), readings[name].value)) for name in told}
    return {**readings, **cleared}, told


def _is_placeholder(value: ibis.Value, spec: ColumnSpec, zones: Sequence[str | None]) -> ibis.Value | None:
    if spec.type is CanonicalType.INSTANT:
        beginnings = {int(datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)).timestamp()) for zone in ("UTC", *zones) if zone}
        return (value < int(_FIRST_YEAR.timestamp())) | value.isin(sorted(beginnings))
    if spec.placeholders:
        return value.cast("string").strip().lower().isin(sorted(spec.placeholders))
    return None
