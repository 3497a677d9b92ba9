"""Files of each format are read alike, and each fault of a file is told with file, line, column and expectation."""

import gzip
import shutil
from datetime import datetime

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.errors import InvalidSource
from kb.ingestion.intake import run_import
from kb.tables.catalog import read_catalog

NINE_THIRTY, TEN, NEXT_DAY = (datetime.fromisoformat(f"2024-03-{t}") for t in ("01 09:30", "01 10:00", "02 11:00"))


@pytest.fixture
def digest_of_csv(shop):
    digest = shop.take().tables["order_lines"].digest
    shutil.rmtree(shop.home)
    return digest


def test_a_gzip_file_gives_the_snapshot_of_the_plain_one(shop, digest_of_csv):
    report = shop.take(gzip.compress(shop.lines.encode()), name="lines.csv.gz")
    assert report.tables["order_lines"].digest == digest_of_csv


def test_a_workbook_gives_the_snapshot_of_the_csv_file(shop, digest_of_csv):
    book = openpyxl.Workbook()
    for row in ([*shop.header.strip().split(",")],
                ["anna", 1, "tea", NINE_THIRTY, 2, 19.90],
                [None, 2.0, "tea", TEN, 1, 9.95],
                ["ben", 3, "cup", NEXT_DAY, -1, -30]):
        book.active.append(row)
    book.save(shop.folder / "lines.xlsx")
    report = shop.take(shop.folder / "lines.xlsx", mapping=shop.mapping.replace('"csv"', '"xlsx"'))
    assert report.tables["order_lines"].digest == digest_of_csv


def test_a_parquet_file_gives_the_snapshot_of_the_csv_file(shop, digest_of_csv):
    columns = {"customer": ["anna", None, "ben"], "order": [1, 2, 3], "product": ["tea", "tea", "cup"],
               "at": [NINE_THIRTY, TEN, NEXT_DAY],
               "pieces": [2, 1, -1], "paid": [19.90, 9.95, -30.0]}
    pq.write_table(pa.table(columns), shop.folder / "lines.parquet")
    report = shop.take(shop.folder / "lines.parquet", mapping=shop.mapping.replace('"csv"', '"parquet"'))
    assert report.tables["order_lines"].digest == digest_of_csv


def test_a_byte_order_mark_and_windows_line_ends_do_not_matter(shop, digest_of_csv):
    report = shop.take(b"\xef\xbb\xbf" + shop.lines.replace("\n", "\r\n").encode())
    assert report.tables["order_lines"].digest == digest_of_csv


def test_a_stated_encoding_and_delimiter_are_used(shop):
    mapping = shop.mapping.replace('format = "csv"', 'format = "csv"\nencoding = "gb18030"\ndelimiter = ";"')
    report = shop.take(shop.lines.replace(",", ";").replace("anna", "安娜").encode("gb18030"), mapping=mapping)
    assert report.persons.column("external_id").to_pylist().count("安娜") == 1


def test_a_file_without_a_header_takes_its_names_from_the_mapping(shop, digest_of_csv):
    names = '["customer", "order", "product", "at", "pieces", "paid"]'
    report = shop.take(shop.lines.removeprefix(shop.header),
                         mapping=shop.mapping.replace('format = "csv"', f'format = "csv"\ncolumns = {names}'))
    assert report.tables["order_lines"].digest == digest_of_csv


FAULTS = {
    "ragged, too few": (lambda lines: lines + "ben,4,cup\n", ["lines.csv line 5 has 3 columns", "expected 6"]),
    "ragged, too many": (lambda lines: lines + "ben,4,cup,2024-03-02 11:00:00,1,30,what\n",
                         ["line 5 has 7 columns", "expected 6"]),
    "another encoding": (lambda lines: lines.replace("anna", "安娜").encode("gb18030"),
                         ["line 2: byte 0xb0 is not utf-8", "expected utf-8 text"]),
    "a missing column": (lambda lines: lines.replace("paid", "payed"),
                         ["line 1: expected a column 'paid'", "found customer, order, product, at, pieces, payed"]),
    "an unparsable date": (lambda lines: lines.replace("2024-03-02", "2024-13-02"),
                           ["line 4, column at: '2024-13-02 11:00:00'", "expected an instant", "(1 such rows)"]),
    "an unparsable number": (lambda lines: lines.replace("19.90", "cheap"),
                             ["line 2, column paid: 'cheap'", "expected an amount"]),
    "not a number": (lambda lines: lines.replace(",2,19", ",NaN,19"),
                     ["line 2, column pieces: 'NaN'", "expected a number"]),
    "nothing in it": (lambda _: b"", ["line 1", "expected"]),
    "a header only": (lambda lines: lines.splitlines()[0], ["holds no rows", "expected at least one"]),
    "a name twice": (lambda lines: lines.replace("order", "customer", 1),
                     ["line 1", "expected a different name for each column"]),
}


@pytest.mark.parametrize(("edit", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_names_file_line_column_and_expectation_and_leaves_the_base_as_it_was(shop, edit, told):
    shop.take()
    before = sorted(shop.home.rglob("*")), read_catalog(shop.home)
    with pytest.raises(InvalidSource) as fault:
        shop.take(edit(shop.lines))
    assert all(words in fault.value.message for words in told), fault.value.message
    assert fault.value.hint
    assert (sorted(shop.home.rglob("*")), read_catalog(shop.home)) == before


def test_the_line_of_a_fault_is_the_one_an_editor_shows(shop):
    """A cell with a line break makes the record's number differ from the line."""
    with pytest.raises(InvalidSource, match="line 5, column paid"):
        shop.take(shop.header + 'anna,1,"green\ntea",2024-03-01 09:30:00,1,9\n\nben,2,cup,2024-03-01 09:30:00,1,much\n')


def test_a_missing_file_is_named(shop):
    mapping = shop.load(shop.mapping)
    with pytest.raises(InvalidSource, match=r"no file .*nowhere\.csv") as fault:
        run_import(mapping, home=shop.home, secret=b"s", overrides={"lines": shop.folder / "nowhere.csv"},
                   progress=print)
    assert "--file lines=PATH" in fault.value.hint


def test_a_file_for_a_source_that_is_none_is_refused(shop):
    """Else a misspelt name would bring in the old file in silence."""
    with pytest.raises(InvalidSource, match="no source 'line'; its sources: lines"):
        run_import(shop.load(shop.mapping), home=shop.home, secret=b"s", overrides={"line": shop.folder},
                   progress=print)


def test_a_source_without_a_file_asks_for_one(shop):
    with pytest.raises(InvalidSource, match="'lines' has no file"):
        run_import(shop.load(shop.mapping), home=shop.home, secret=b"s", progress=print)


def test_a_package_that_is_not_installed_is_named(shop):
    mapping = shop.mapping.replace('format = "csv"', 'file = "package:no_such_package/data/lines.csv"')
    with pytest.raises(InvalidSource, match="no_such_package, which is not installed"):
        run_import(shop.load(mapping), home=shop.home, secret=b"s", progress=print)


@pytest.mark.parametrize(("form", "expected"), [("parquet", "Parquet"), ("xlsx", "Excel")])
def test_a_file_of_another_format_is_refused(shop, form, expected):
    with pytest.raises(InvalidSource, match=f"cannot be read as {expected}"):
        shop.take(shop.lines, mapping=shop.mapping.replace('"csv"', f'"{form}"'))


def test_a_truncated_gzip_file_is_refused(shop):
    with pytest.raises(InvalidSource, match=r"lines\.csv\.gz"):
        shop.take(gzip.compress(shop.lines.encode() * 100)[:60], name="lines.csv.gz")
