"""One way to read for each format."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import ibis

from kb.errors import InvalidSource
from kb.ingestion.files.columnar import read_parquet
from kb.ingestion.files.csv_text import line_of_record, read_csv
from kb.ingestion.files.format_detection import require_format
from kb.ingestion.files.limits import FileLimits
from kb.ingestion.files.shape import LINE, Connection, refuse
from kb.ingestion.files.workbook import read_xlsx
from kb.ingestion.mapping.declaration import Format, Source
from kb.suggestion import nearest

_READERS: Mapping[Format, Callable[[Connection, Source, Path, FileLimits], ibis.Table]] = {
    Format.CSV: read_csv,
    Format.PARQUET: read_parquet,
    Format.XLSX: read_xlsx,
}


def read(con: Connection, source: Source, path: Path, limits: FileLimits) -> ibis.Table:
    """The file as a table, with ``_line``.

    Raises:
        InvalidSource: If the file is of another shape, format or encoding than the mapping says, or of more than one
            may come to.
    """
    require_format(source, path)
    table = _READERS[source.format](con, source, path, limits)
    if table.count().execute() == 0:
        refuse(path, "holds no rows", "expected at least one below the header")
    return table


def require_columns(source: Source, path: Path, table: ibis.Table, wanted: Iterable[str]) -> None:
    """Refuse a file that lacks a column which the mapping reads."""
    for column in wanted:
        if column not in table.columns:
            found = [name for name in table.columns if name != LINE]
            near = nearest(column, found)
            msg = f"{path} line 1: expected a column {column!r}; found {', '.join(found)}"
            hint = f"did the file mean {near!r}?" if near else f"correct the mapping of source {source.name!r}"
            raise InvalidSource(msg, hint=hint)


def physical_line(source: Source, path: Path, record: int) -> int:
    """The line on which a record stands, for a message."""
    return line_of_record(source, path, record) if source.format is Format.CSV else record
