"""Excel: one sheet, its cells as the texts that a CSV file would hold."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import iterparse
from zipfile import BadZipFile, ZipFile

import ibis
import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException

from kb.ingestion.files.limits import FileLimits, require_few_columns, require_small_workbook
from kb.ingestion.files.shape import LINE, Connection, refuse, require_names
from kb.ingestion.mapping.declaration import Source
from ontology.text import Text

_BATCH_ROWS = 20_000
_UNCALCULATED = Text(zh="从未计算过：公式 {cell} 没有值", en="was never calculated: the formula in {cell} has no value")
_VALUES = Text(zh="公式单元格应带有计算结果", en="expected formulas with their results")
_CALCULATE = Text(zh="请用电子表格程序打开并保存，再导入",
                  en="open it in a spreadsheet program, save it, and bring it in again")


def read_xlsx(con: Connection, source: Source, path: Path, limits: FileLimits) -> ibis.Table:
    """The sheet as a table of texts; ``_line`` is the sheet's own row number."""
    rows = _sheet(source, path, limits)
    names = source.columns or require_names(path, _header(next(rows, ())))
    require_few_columns(path, names, limits)
    lines = _lines(path, rows, len(names), first=1 if source.columns else 2)
    schema = pa.schema([(LINE, pa.int64()), *((name, pa.string()) for name in names)])
    batches = [pa.RecordBatch.from_arrays([pa.array(values, field.type) for values, field in
                                           zip(zip(*batch, strict=True), schema, strict=True)], schema=schema)
               for batch in iter(lambda: list(islice(lines, _BATCH_ROWS)), [])]  # cells as Python has them are large
    if any(batch.column(place).null_count for batch in batches for place in range(1, len(schema))):
        _refuse_uncalculated(path)
    return con.create_table(source.name, pa.Table.from_batches(batches, schema=schema), temp=True)


def _lines(path: Path, rows: Iterator[tuple[object, ...]], width: int, *, first: int) -> Iterator[tuple[object, ...]]:
    """The number of each row that has something in it, and its cells, as many as there are columns."""
    for line, row in enumerate(rows, start=first):
        cells = [_text_of(cell) for cell in row]
        if any(cells[width:]):
            refuse(path, f"line {line} has {len(cells)} columns", f"expected {width}")
        if any(cells):
            yield (line, *cells[:width], *(None,) * (width - len(cells)))


def _refuse_uncalculated(path: Path) -> None:
    """Refuse a workbook of which no formula was ever calculated: its cells look empty, and are not."""
    if (cell := _first_uncalculated(path)) is not None:
        refuse(path, _UNCALCULATED.fill(cell=cell), _VALUES, hint=_CALCULATE)


def _first_uncalculated(path: Path) -> str | None:
    """The first formula, if none of all has a value."""
    first = None
    with ZipFile(path) as parts:
        for name in (part for part in parts.namelist() if part.startswith("xl/worksheets/")):
            with parts.open(name) as sheet:
                for _, cell in iterparse(sheet):  # noqa: S314 - its size is bounded, and expat stops what multiplies
                    if cell.tag.endswith("}c") and any(part.tag.endswith("}f") for part in cell):
                        has_value = any(part.tag.endswith("}v") and part.text for part in cell)
                        if has_value or cell.attrib.get("t") == "str":
                            return None
                        first = first or cell.attrib.get("r", "")
                    if cell.tag.endswith("}row"):
                        cell.clear()
    return first


def _sheet(source: Source, path: Path, limits: FileLimits) -> Iterator[tuple[object, ...]]:
    try:
        require_small_workbook(path, limits)
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
