"""CSV, plain or gzip: read fast by DuckDB; where it refuses, read again slowly to say which line and why."""

import csv
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, cast

import duckdb
import ibis

from kb.ingestion.files.limits import FileLimits, require_few_columns, require_short_lines
from kb.ingestion.files.shape import LINE, Connection, quoted, refuse, require_names
from kb.ingestion.mapping.declaration import Source

_BROKEN_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)
_UTF8 = frozenset({"utf-8", "utf8"})


def read_csv(con: Connection, source: Source, path: Path, limits: FileLimits) -> ibis.Table:
    """The file as a table of texts; an empty cell is unknown."""
    with _diagnosed(source, path, 0):
        require_short_lines(path, _open_bytes, limits)
    names = source.columns or _header(source, path)
    require_few_columns(path, names, limits)
    has_header = not source.columns
    with _diagnosed(source, path, len(names)), _as_utf8(con, source, path) as readable:
        con.raw_sql(
            f"CREATE TEMP TABLE {quoted(source.name)} AS "  # noqa: S608 - names are quoted, values are parameters
            f"SELECT row_number() OVER () + ? AS {LINE}, * FROM read_csv(?, auto_detect=false, header=?, delim=?, "
            "quote='\"', escape='\"', columns=?, null_padding=false, strict_mode=true, "
            "max_line_size=?)",
            parameters=[int(has_header), str(readable), has_header, source.delimiter, dict.fromkeys(names, "VARCHAR"),
                        limits.line_bytes])
    return con.table(source.name)


def line_of_record(source: Source, path: Path, record: int) -> int:
    """The line on which a record ends: cells with line breaks make it differ from the record's number."""
    filled = 0
    with _open_text(source, path) as lines:
        reader = csv.reader(lines, delimiter=source.delimiter)
        for row in reader:
            filled += bool(row)
            if filled == record:
                return reader.line_num
    return record


def _header(source: Source, path: Path) -> tuple[str, ...]:
    try:
        with _open_text(source, path) as lines:
            names = tuple(name.strip() for name in next(csv.reader(lines, delimiter=source.delimiter), []))
    except (UnicodeError, LookupError, csv.Error, *_BROKEN_GZIP):
        _explain(source, path, columns=0, fallback=f"expected {source.encoding} text")
    return require_names(path, names)


@contextmanager
def _open_text(source: Source, path: Path) -> Iterator[io.TextIOWrapper]:
    encoding = "utf-8-sig" if source.encoding.lower() in _UTF8 else source.encoding
    with _open_bytes(path) as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as lines:
        yield lines


@contextmanager
def _open_bytes(path: Path) -> Iterator[io.BufferedReader]:
    if path.suffix == ".gz":
        with gzip.open(path, "rb") as unpacked:
            yield cast("io.BufferedReader", unpacked)  # reads the same
    else:
        with path.open("rb") as plain:
            yield plain


@contextmanager
def _as_utf8(con: Connection, source: Source, path: Path) -> Iterator[Path]:
    """The file itself if it is UTF-8, else a copy that is, gone afterwards: DuckDB reads few encodings."""
    if source.encoding.lower() in _UTF8:
        yield path
        return
    beside = Path(con.raw_sql("SELECT current_setting('temp_directory')").fetchone()[0]).parent
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=beside, prefix=".import-") as copy:
        with _open_text(source, path) as lines:
            for line in lines:
                copy.write(line)
        copy.flush()
        yield Path(copy.name)


@contextmanager
def _diagnosed(source: Source, path: Path, columns: int) -> Iterator[None]:
    """Translate a refusal to read into ours."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, UnicodeError, *_BROKEN_GZIP) as fault:
        _explain(source, path, columns=columns, fallback=str(fault).splitlines()[0])


def _explain(source: Source, path: Path, *, columns: int, fallback: str) -> NoReturn:
    """Say which line does not fit; only called when reading fast has failed."""
    line = 0
    try:
        with _open_text(source, path) as lines:
            reader = csv.reader(lines, delimiter=source.delimiter, strict=True)
            for row in reader:
                line = reader.line_num
                if columns and row and len(row) != columns:
                    refuse(path, f"line {line} has {len(row)} columns", f"expected {columns}")
    except UnicodeError as fault:
        line, byte = _first_undecodable(source, path)
        refuse(path, f"line {line}: byte 0x{byte:02x} is not {source.encoding}", f"expected {source.encoding} text",
               hint="state the file's `encoding` in the mapping, for example gb18030", cause=fault)
    except LookupError as fault:
        refuse(path, f"is said to be in {source.encoding!r}",
               "expected the name of an encoding, such as utf-8 or gb18030", cause=fault)
    except (csv.Error, *_BROKEN_GZIP) as fault:
        refuse(path, f"line {line + 1} cannot be read", f"expected CSV: {fault}", cause=fault)
    refuse(path, "cannot be read as CSV", fallback)


def _first_undecodable(source: Source, path: Path) -> tuple[int, int]:
    """The first line that is not of the stated encoding, and the byte that shows it."""
    with _open_bytes(path) as raw:
        for number, line in enumerate(raw, start=1):
            try:
                line.decode(source.encoding)
            except UnicodeDecodeError as fault:
                return number, line[fault.start]
    return 0, 0
