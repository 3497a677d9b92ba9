"""How much a file may come to: a small one must not unpack to what no machine holds."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from kb.ingestion.files.shape import refuse
from ontology.quantities import byte_size
from ontology.text import Text

_CHUNK_BYTES = 1 << 20
_BREAKS = (b"\n", b"\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """What one file may come to.

    Args:
        unpacked_bytes: Of a text file, after unpacking.
        line_bytes: Of one line of it, and of one record.
        columns: Of any file.
        rows: Of a Parquet file, which packs equal rows to nothing.
        workbook_bytes: Of all parts of a workbook, after unpacking: each cell of it passes through memory.
    """

    unpacked_bytes: int = 20_000_000_000
    line_bytes: int = 1_000_000
    columns: int = 2_000
    rows: int = 500_000_000
    workbook_bytes: int = 400_000_000


def require_short_lines(path: Path, opened: Callable[[Path], AbstractContextManager[BinaryIO]],
                        limits: FileLimits) -> None:
    """Return if the text unpacks to no more than it may, and no line is longer than one may be.

    It is read once in small pieces, and no further than where it is too much.

    Raises:
        InvalidSource: With the line, or with the size.
    """
    size, line, begun = 0, 1, 0
    with opened(path) as text:
        while chunk := text.read(min(_CHUNK_BYTES, limits.line_bytes)):  # no longer line fits between two pieces
            size += len(chunk)
            first = min((place for sign in _BREAKS if (place := chunk.find(sign)) >= 0), default=len(chunk))
            if begun + first > limits.line_bytes:
                refuse(path, _LONG_LINE.fill(line=line), _SHORTER.fill(most=f"{limits.line_bytes:,}"), hint=_IS_IT_TEXT)
            if size > limits.unpacked_bytes:
                refuse(path, _TOO_BIG, _SMALLER.fill(most=byte_size(limits.unpacked_bytes)), hint=_SPLIT)
            last = max(chunk.rfind(sign) for sign in _BREAKS)
            begun = begun + len(chunk) if last < 0 else len(chunk) - last - 1
            line += chunk.count(b"\n")


def require_few_columns(path: Path, names: tuple[str, ...], limits: FileLimits) -> None:
    """Return if there are no more columns than there may be.

    Raises:
        InvalidSource: With both numbers.
    """
    if len(names) > limits.columns:
        refuse(path, _MANY_COLUMNS.fill(n=f"{len(names):,}"), _FEWER_COLUMNS.fill(most=f"{limits.columns:,}"))


def require_few_rows(path: Path, rows: int, limits: FileLimits) -> None:
    """Return if there are no more rows than there may be.

    Raises:
        InvalidSource: With both numbers.
    """
    if rows > limits.rows:
        refuse(path, _MANY_ROWS.fill(n=f"{rows:,}"), _FEWER_ROWS.fill(most=f"{limits.rows:,}"), hint=_SPLIT)


def require_small_workbook(path: Path, limits: FileLimits) -> None:
    """Return if the parts of a workbook unpack to no more than they may; its own table of contents tells.

    Raises:
        InvalidSource: With both sizes.
        BadZipFile: If it is no workbook.
    """
    with ZipFile(path) as parts:
        size = sum(part.file_size for part in parts.infolist())
    if size > limits.workbook_bytes:
        refuse(path, _WORKBOOK.fill(size=byte_size(size)), _SMALLER.fill(most=byte_size(limits.workbook_bytes)),
               hint=_AS_CSV)


_LONG_LINE = Text(zh="第 {line} 行过长", en="line {line} is too long")
_SHORTER = Text(zh="每行最多 {most} 字节", en="expected at most {most} bytes a line")
_IS_IT_TEXT = Text(zh="这是换行分隔的文本文件吗？", en="is it a text file with line breaks?")
_TOO_BIG = Text(zh="解压后过大", en="unpacks to too much")
_SMALLER = Text(zh="最多 {most}", en="expected at most {most}")
_SPLIT = Text(zh="请分成较小的文件，或用 ZHIKE_UNPACKED 允许更大的文件",
              en="split it, or allow more with ZHIKE_UNPACKED")
_MANY_COLUMNS = Text(zh="有 {n} 列", en="has {n} columns")
_FEWER_COLUMNS = Text(zh="最多 {most} 列", en="expected at most {most}")
_MANY_ROWS = Text(zh="有 {n} 行", en="has {n} rows")
_FEWER_ROWS = Text(zh="最多 {most} 行", en="expected at most {most}")
_WORKBOOK = Text(zh="解压后为 {size}", en="unpacks to {size}")
_AS_CSV = Text(zh="请另存为 CSV 再导入", en="save the sheet as CSV and bring that in")
