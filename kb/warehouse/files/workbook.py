"""Excel: one sheet, its cells as the texts that a CSV file would hold."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

import ibis
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from kb.warehouse.files.shape import LINE, Connection, refuse, require_names
from kb.warehouse.mapping.nouns import Source


def read_xlsx(con: Connection, source: Source, path: Path) -> ibis.Table:
    """The sheet as a table of texts; ``_line`` is the sheet's own row number."""
    rows = _sheet(source, path)
    names = source.columns or require_names(path, _header(next(rows, ())))
    numbers: list[int] = []
    columns: list[list[str | None]] = [[] for _ in names]
    for line, row in enumerate(rows, start=1 if source.columns else 2):
        cells = [_text_of(cell) for cell in row]
        if any(cells[len(names):]):
            refuse(path, f"line {line} has {len(cells)} columns", f"expected {len(names)}")
        if any(cells):
            numbers.append(line)
            for i, values in enumerate(columns):
                values.append(cells[i] if i < len(cells) else None)
    arrays = {name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)}
    return con.create_table(source.name, pa.table({LINE: pa.array(numbers, pa.int64())} | arrays), temp=True)


def _sheet(source: Source, path: Path) -> Iterator[tuple[object, ...]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError) as fault:
        refuse(path, "cannot be read as Excel", f"expected an .xlsx workbook: {fault}", cause=fault)
    name = source.sheet or book.sheetnames[0]
    if name not in book.sheetnames:
        refuse(path, f"has the sheets {', '.join(book.sheetnames)}", f"expected a sheet {name!r}")
    return iter(book[name].iter_rows(values_only=True))


def _header(cells: tuple[object, ...]) -> tuple[str, ...]:
    """The names up to the last filled cell; sheets are often wider than their data."""
    names = [_text_of(cell) or "" for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _text_of(cell: object) -> str | None:
    """A cell as text.

    >>> _text_of(17850.0), _text_of(" a "), _text_of(None), _text_of(True)
    ('17850', 'a', None, 'true')
    """
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.isoformat(sep=" ")
    return str(cell).strip() or None
