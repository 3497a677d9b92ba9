"""Rows of texts as .xlsx and .csv, so that no cell is taken for a number, a date or a formula."""

import csv
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO, StringIO
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from kb.errors import InvalidRule

MOST_SIGNS = 32_767
"""What one cell of Excel holds; openpyxl would cut the rest off without a word."""

_WIDTHS = (12, 60)
_AS_TEXT = "@"


def to_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as CSV in UTF-8, with the mark by which Excel knows that it is."""
    written = StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def from_csv(content: bytes, source: str) -> list[list[str]]:
    """The rows of a CSV file in UTF-8; ``source`` is what messages call it.

    Raises:
        InvalidRule: It is no such file.
    """
    try:
        text = content.decode("utf-8-sig")
        return list(csv.reader(StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        msg = f"{source}: not CSV in UTF-8: {fault}"
        raise InvalidRule(msg, hint="save it as 'CSV UTF-8', or as .xlsx") from fault


def to_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as a workbook of one sheet whose cells are all texts.

    Raises:
        InvalidRule: A text is longer than a cell may be.
    """
    book = Workbook()
    sheet = book.worksheets[0]
    for line, row in enumerate(rows, 1):
        for column, text in enumerate(row, 1):
            _fill(sheet.cell(line, column), text, is_heading=line == 1)
    for column in range(1, 1 + max(map(len, rows), default=0)):
        longest = max(len(row[column - 1]) for row in rows)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest, _WIDTHS[0]), _WIDTHS[1])
    sheet.freeze_panes = "B2"
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def from_xlsx(content: bytes, source: str) -> list[list[str]]:
    """The rows of the first sheet as texts; ``source`` is what messages call it.

    Raises:
        InvalidRule: It is no workbook, or a cell holds a formula.
    """
    try:
        book = load_workbook(BytesIO(content), read_only=True)
        return [[_text_of(cell, f"{source}, row {line}, column {column}") for column, cell in enumerate(row, 1)]
                for line, row in enumerate(book.worksheets[0].iter_rows(), 1)]
    except (InvalidFileException, BadZipFile, KeyError, IndexError) as fault:
        msg = f"{source}: not a workbook: {fault}"
        raise InvalidRule(msg, hint="save it as .xlsx") from fault


def _fill(cell: Cell | MergedCell, text: str, *, is_heading: bool) -> None:
    if len(text) > MOST_SIGNS:
        msg = f"row {cell.row}, column {cell.column} would hold {len(text)} characters, and Excel holds {MOST_SIGNS}"
        raise InvalidRule(msg, hint="write .csv, .toml or .txt")
    cell.number_format = _AS_TEXT
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if is_heading:
        cell.font = Font(bold=True)
    if text:
        cell.value = text
        cell.data_type = "s"  # openpyxl would store "=1" as a formula and "#N/A" as an error


def _text_of(cell: Cell | MergedCell, place: str) -> str:
    """A cell as it would have been written; what a person typed may be a number, a date or a truth value."""
    if cell.data_type == "f":
        msg = f"{place} holds the formula {cell.value}"
        raise InvalidRule(msg, hint="write the value itself, without =")
    match cell.value:
        case None:
            return ""
        case bool() as flag:
            return "yes" if flag else "no"
        case datetime() as instant:
            return instant.isoformat()
        case value:
            return str(value)
