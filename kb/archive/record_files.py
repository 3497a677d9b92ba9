"""Files of records: Parquet for what is long, JSON Lines for the few that people look into."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

PARQUET, LINES = ".parquet", ".jsonl"
_BATCH_ROWS = 20_000
_BATCH_LINES = 100


def write_parquet(path: Path, shape: pa.Schema, pages: Iterable[pa.Table]) -> int:
    """Write pages of records one after the other; how many records there were."""
    written = 0
    with pq.ParquetWriter(path, shape, compression="zstd") as writer:
        for page in pages:
            writer.write_table(page)
            written += page.num_rows
    return written


def write_lines(path: Path, pages: Iterable[pa.Table]) -> int:
    """Write each record as one line of JSON; how many records there were."""
    written = 0
    with path.open("wb") as file:
        for page in pages:
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in page.to_pylist())
            written += page.num_rows
    return written


def read_pages(path: Path, shape: pa.Schema) -> Iterator[pa.Table]:
    """The records of a file in either form, a bounded number at a time."""
    if path.suffix == LINES:
        with path.open("rb") as file:
            while lines := list(islice(file, _BATCH_LINES)):
                yield pa.Table.from_pylist(list(map(orjson.loads, lines)), schema=shape)
        return
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH_ROWS):
            yield _shaped(pa.Table.from_batches([batch]), shape)


def _shaped(page: pa.Table, shape: pa.Schema) -> pa.Table:
    """The columns of ``shape``; one that came after the archive was written is unknown in all of it."""
    for field in shape:
        if field.name not in page.column_names:
            page = page.append_column(field, pa.nulls(page.num_rows, field.type))
    return page.select(shape.names).cast(shape)
