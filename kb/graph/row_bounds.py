"""Bulk relationships held against their shapes: all rows of a table at once."""

import pyarrow as pa
import pyarrow.compute as pc

from kb.errors import ShapeViolation
from ontology.columns import ColumnBounds, column_bounds
from ontology.text import Text


def check_rows(table: str, rows: pa.Table) -> None:
    """Return if every row of a relationship table fits the shape of that relationship.

    Raises:
        ShapeViolation: Naming table, column, what was expected, how many rows do not fit and the first such value.
    """
    for bounds in column_bounds(table):
        wrong = rows.filter(_breaks(bounds, rows)) if bounds.column in rows.column_names else rows.slice(0, 0)
        if wrong.num_rows:
            given = wrong.column(bounds.column)[0].as_py()
            msg = Text(zh=f"{table}：{bounds.column} {bounds.message}，得到的是 {given!r}；{rows.num_rows} 行中有 "
                          f"{wrong.num_rows} 行",
                       en=f"{table}: {bounds.column} {bounds.message}, got {given!r}; {wrong.num_rows} of "
                          f"{rows.num_rows} rows")
            raise ShapeViolation(msg, hint=Text(zh="没有载入任何内容", en="nothing was loaded"))


def _breaks(bounds: ColumnBounds, rows: pa.Table) -> pa.ChunkedArray:
    """Which rows do not fit; an unknown value breaks no bound but that of being required."""
    column = rows.column(bounds.column)
    broken = pc.is_null(column) if bounds.required else pc.and_(pc.is_null(column), False)
    for other, beyond in ((bounds.low, pc.less), (bounds.high, pc.greater)):
        if other is not None:
            broken = pc.or_(broken, pc.fill_null(beyond(column, other), False))
    if bounds.not_above is not None and bounds.not_above in rows.column_names:
        broken = pc.or_(broken, pc.fill_null(pc.greater(column, rows.column(bounds.not_above)), False))
    return broken
