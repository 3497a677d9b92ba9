"""Parquet: read by DuckDB in place, with the file's own types."""

from pathlib import Path

import duckdb
import ibis

from kb.ingestion.files.limits import FileLimits, require_few_columns, require_few_rows
from kb.ingestion.files.shape import LINE, Connection, quoted, refuse
from kb.ingestion.mapping.declaration import Source


def read_parquet(con: Connection, source: Source, path: Path, limits: FileLimits) -> ibis.Table:
    """The file as a view; ``_line`` is the number of the row."""
    place = "'" + str(path).replace("'", "''") + "'"
    try:
        con.raw_sql(
            f"CREATE TEMP VIEW {quoted(source.name)} AS SELECT file_row_number + 1 AS {LINE}, "  # noqa: S608 - a view takes no parameters; both names are quoted
            f"* EXCLUDE (file_row_number) FROM read_parquet({place}, file_row_number=true)")
    except duckdb.Error as fault:
        refuse(path, "cannot be read as Parquet", str(fault).splitlines()[0], cause=fault)
    table = con.table(source.name)
    require_few_columns(path, tuple(table.columns), limits)
    require_few_rows(path, int(table.count().execute()), limits)
    return table
