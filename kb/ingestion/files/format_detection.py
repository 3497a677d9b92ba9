"""Which format a file has by its first bytes, where the mapping or its name says another."""

import json
from collections.abc import Mapping
from pathlib import Path

from kb.ingestion.files.shape import refuse
from kb.ingestion.mapping.declaration import Format, Source
from ontology.text import Text

_HEAD_BYTES = 65_536
_GZIP, _ZIP, _PARQUET, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"
_NAMES: Mapping[bytes, Text] = {
    _GZIP: Text(zh="gzip 压缩文件", en="packed by gzip"),
    _ZIP: Text(zh="zip 压缩包或 Excel 工作簿", en="a zip archive, or an Excel workbook"),
    _PARQUET: Text(zh="Parquet 文件", en="Parquet"),
    _OLD_EXCEL: Text(zh="旧版 Excel（.xls）", en="an old Excel file (.xls)"),
}
_HINTS: Mapping[bytes, Text] = {
    _GZIP: Text(zh="请让文件名以 .gz 结尾，或先解压", en="let its name end in .gz, or unpack it"),
    _ZIP: Text(zh='请先解压；若是工作簿，请写 format = "xlsx"', en='unpack it; of a workbook say format = "xlsx"'),
    _PARQUET: Text(zh='请写 format = "parquet"', en='say format = "parquet"'),
    _OLD_EXCEL: Text(zh="请另存为 .xlsx 或 CSV", en="save it as .xlsx or CSV"),
}
_IS = Text(zh="是{what}", en="is {what}")
_CSV_EXPECTED = Text(zh="映射写的是 CSV 文本", en="the mapping says CSV text")
_XLSX_EXPECTED = Text(zh="映射写的是 .xlsx 工作簿", en="the mapping says an .xlsx workbook")
_JSON = Text(zh="JSON", en="JSON")
_AS_CSV = Text(zh="不读取 JSON：请转成带表头的 CSV，或 Parquet",
               en="JSON is not read: write it as CSV with a header, or as Parquet")


def require_format(source: Source, path: Path) -> None:
    """Return unless the file is evidently of another format than the mapping says.

    Raises:
        InvalidSource: Saying which format it is, and what to do.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    found = next((sign for sign in _NAMES if head.startswith(sign)), None)
    if source.format is Format.XLSX and found == _OLD_EXCEL:
        refuse(path, _IS.fill(what=_NAMES[_OLD_EXCEL]), _XLSX_EXPECTED, hint=_HINTS[_OLD_EXCEL])
    if source.format is not Format.CSV:
        return
    if found is not None and not (found == _GZIP and path.suffix == ".gz"):
        refuse(path, _IS.fill(what=_NAMES[found]), _CSV_EXPECTED, hint=_HINTS[found])
    if _is_json(head):
        refuse(path, _IS.fill(what=_JSON), _CSV_EXPECTED, hint=_AS_CSV)


def _is_json(head: bytes) -> bool:
    """Whether the first line is an object, or a list of them begins."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return text[1:].lstrip().startswith(b"{")
    if not text.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(text.splitlines()[0]), dict)
    except ValueError:
        return text.removeprefix(b"{").lstrip().startswith(b'"') and b"\n" in text and b'":' in text
