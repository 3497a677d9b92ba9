"""A small file does not unpack to what no machine holds: it is refused early, in plain words, and memory is kept to."""

import gzip
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pytest

import kb
from kb.errors import InvalidInput, InvalidSource, StoreFailure
from kb.ingestion.files import FileLimits
from kb.ingestion.intake import run_import
from kb.tables.catalog import read_catalog
from kb.tables.memory_limit import Memory
from kb.tables.tables import open_tables


def bomb(path, *, line_megabytes):
    """A packed file of one line, about a thousand times as long as the file is."""
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(line_megabytes):
            file.write(b"x" * 10**6)
    return path


def test_a_line_without_an_end_is_refused_long_before_it_is_unpacked(shop):
    with pytest.raises(InvalidSource, match=r"line 1 is too long; expected at most 1,000,000 bytes a line") as fault:
        shop.take(bomb(shop.folder / "lines.csv.gz", line_megabytes=50), name="lines.csv.gz")
    assert "过长" in fault.value.message_text.zh
    assert read_catalog(shop.home) is None


def test_a_bomb_takes_no_more_memory_than_any_file(shop):
    """The process may have as much as an import of three rows, and a little more: 300 MB of line would not fit."""
    path = bomb(shop.folder / "bomb.csv.gz", line_megabytes=300)
    shop.load(shop.mapping)
    told = in_a_child(shop, path, megabytes_more=150)
    assert "line 1 is too long" in told.stdout, told.stderr


def in_a_child(shop, path, *, megabytes_more):
    """What came of an import in a process that may take only so much more than it has when it begins."""
    script = f"""
import resource
from pathlib import Path
from kb.errors import ZhikeError
from kb.ingestion.intake import run_import
from kb.ingestion.mapping import load_mapping
from kb.tables.memory_limit import Memory
from kb.tables.tables import open_tables
mapping = load_mapping({str(shop.folder / 'shop.toml')!r})
used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {megabytes_more} * 10**6 + 10**9,) * 2)
try:
    run_import(mapping, home=Path({str(shop.home)!r}), secret=b's', overrides={{'lines': Path({str(path)!r})}},
               memory=Memory(500_000_000), progress=lambda _: None)
except ZhikeError as fault:
    print(fault.message)
"""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)  # noqa: S603


def test_a_line_too_long_is_told_with_its_number(shop):
    with pytest.raises(InvalidSource, match="line 5 is too long; expected at most 200 bytes"):
        shop.take(shop.lines + "ben,4,cup," + "x" * 300 + "\n" + shop.lines, limits=FileLimits(line_bytes=200))


def test_lines_are_short_where_windows_or_an_old_machine_ended_them(shop):
    shop.take(shop.lines.replace("\n", "\r\n"), limits=FileLimits(line_bytes=60))


def test_a_record_of_many_lines_is_too_long_as_well(shop):
    """A cell may hold line breaks: short lines alone do not bound it."""
    with pytest.raises(InvalidSource, match=r"lines\.csv"):
        shop.take(shop.lines + 'ben,4,"' + "x\n" * 700_000 + '",2024-03-02 11:00:00,1,30\n')


def test_a_header_of_one_endless_cell_is_refused_in_plain_words(shop):
    with pytest.raises(InvalidSource, match=r"lines\.csv"):
        shop.take('"' + "x\n" * 200_000)


def test_a_file_that_unpacks_to_too_much_is_refused(shop):
    packed = gzip.compress(shop.header.encode() + b"anna,1,tea,2024-03-01 09:30:00,2,19.90\n" * 100_000)
    with pytest.raises(InvalidSource, match="unpacks to too much; expected at most 3 MB") as fault:
        shop.take(packed, name="lines.csv.gz", limits=FileLimits(unpacked_bytes=3_000_000))
    assert "ZHIKE_UNPACKED" in fault.value.hint


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_read(shop):
    path = shop.folder / "lines.xlsx"
    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/sharedStrings2.xml", "w") as part:
        for _ in range(500):
            part.write(b" " * 10**6)
    assert path.stat().st_size < 10**6
    with pytest.raises(InvalidSource, match="unpacks to 500 MB; expected at most 400 MB") as fault:
        shop.take(path, mapping=shop.mapping.replace('"csv"', '"xlsx"'))
    assert "CSV" in fault.value.hint


def test_a_file_of_more_columns_than_one_may_have_is_refused(shop):
    with pytest.raises(InvalidSource, match="has 2,001 columns; expected at most 2,000"):
        shop.take(",".join(f"c{n}" for n in range(2001)) + "\n")


def test_a_workbook_that_was_never_calculated_says_so(shop):
    book = openpyxl.Workbook()
    for row in ([*shop.header.strip().split(",")], ["anna", 1, "tea", "2024-03-01 09:30:00", 2, "=E2*9.95"]):
        book.active.append(row)
    book.save(shop.folder / "lines.xlsx")
    with pytest.raises(InvalidSource, match="was never calculated: the formula in F2 has no value"):
        shop.take(shop.folder / "lines.xlsx", mapping=shop.mapping.replace('"csv"', '"xlsx"'))


OTHERS = {
    "JSON lines": (b'{"customer": "anna", "order": 1}\n{"customer": "ben", "order": 2}\n', "is JSON", "CSV"),
    "a JSON list": (b'[\n {"customer": "anna"}]\n', "is JSON", "CSV"),
    "a zip archive": (b"PK\x03\x04" + b"\0" * 40, "is a zip archive", "unpack it"),
    "gzip without its name": (gzip.compress(b"customer\n"), "is packed by gzip", ".gz"),
    "Parquet": (b"PAR1" + b"\0" * 40, "is Parquet", "parquet"),
    "an old workbook": (b"\xd0\xcf\x11\xe0" + b"\0" * 40, "is an old Excel file", ".xlsx"),
}


@pytest.mark.parametrize(("content", "told", "hint"), OTHERS.values(), ids=OTHERS.keys())
def test_a_file_of_another_format_is_named_by_what_it_is(shop, content, told, hint):
    with pytest.raises(InvalidSource, match=told) as fault:
        shop.take(content)
    assert hint in fault.value.hint


def test_repeated_lines_are_one_row_and_its_copies_however_many(shop):
    report = shop.take(shop.header + "anna,1,tea,2024-03-01 09:30:00,2,19.90\n" * 50_000)
    assert (report.tables["order_lines"].kept, report.tables["order_lines"].duplicates) == (1, 49_999)


@pytest.mark.parametrize(("told", "size"), [("2GB", 2 * 10**9), ("800 mb", 8 * 10**8), ("1GiB", 2**30)])
def test_memory_is_told_as_people_write_it(told, size):
    assert Memory.parse(told).total_bytes == size


@pytest.mark.parametrize("told", ["", "much", "2", "-1GB", "100MB"])
def test_memory_that_is_none_or_too_little_is_refused_by_the_name_of_the_setting(told):
    with pytest.raises(InvalidInput, match="ZHIKE_MEMORY"):
        Memory.parse(told)


def test_nobody_asked_for_takes_a_quarter_of_the_machine_and_at_most_two_gigabytes():
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 500_000_000 <= Memory.of_machine().total_bytes <= max(500_000_000, min(2_000_000_000, machine // 4))


def test_what_does_not_fit_goes_on_in_the_home_and_nothing_of_it_is_left(tmp_path):
    with Memory(500_000_000).engine(tmp_path) as con:
        told = con.raw_sql("SELECT current_setting('temp_directory'), current_setting('memory_limit')").fetchone()
        con.raw_sql("CREATE TEMP TABLE wide AS SELECT md5(range::VARCHAR) || md5((range + 1)::VARCHAR) AS text"
                    " FROM range(6_000_000)")
        assert list(tmp_path.glob(".spill-*/*"))
    assert told[0].startswith(str(tmp_path))
    assert not list(tmp_path.glob(".spill-*"))


_TOO_MUCH = "SELECT list(range) FROM range(200_000_000)"


def test_what_needs_more_memory_than_was_allowed_is_told_the_setting_and_its_size(tmp_path):
    with pytest.raises(StoreFailure) as fault, Memory(500_000_000).engine(tmp_path) as con:
        con.raw_sql(_TOO_MUCH)
    assert "500 MB" in fault.value.message
    assert "500 MB" in fault.value.message_text.zh
    assert "ZHIKE_MEMORY" in fault.value.hint
    assert not fault.value.retryable


def test_tables_that_need_more_memory_than_was_allowed_say_so_too(shop):
    """As whoever mines, simulates or computes facts reads them."""
    shop.take()
    with pytest.raises(StoreFailure, match="500 MB"), open_tables(shop.home, Memory(500_000_000)) as tables:
        tables["customers"].get_backend().raw_sql(_TOO_MUCH)


def test_an_import_that_needs_more_memory_than_was_allowed_did_not_take_place(shop):
    def need_too_much(_):
        with duckdb.connect(config={"memory_limit": "100MB"}) as con:
            con.execute(_TOO_MUCH)

    with pytest.raises(StoreFailure, match="did not take place: this needs more memory than the 500 MB"):
        run_import(shop.load(shop.mapping), home=shop.home, secret=b"secret",
                   overrides={"lines": shop.write("lines.csv", shop.lines)}, memory=Memory(500_000_000),
                   progress=lambda _: None, before_commit=need_too_much)
    assert read_catalog(shop.home) is None


def test_two_connections_of_a_process_do_not_share_a_folder_for_what_does_not_fit(tmp_path):
    """A service reads the tables while it erases or simulates: the files in the folder bear the same names."""
    memory, folder = Memory(500_000_000), "SELECT current_setting('temp_directory')"
    with memory.engine(tmp_path) as one, memory.engine(tmp_path) as other:
        assert one.raw_sql(folder).fetchone() != other.raw_sql(folder).fetchone()


def test_every_connection_to_tables_keeps_to_the_memory_that_was_allowed():
    """Erasure and simulations once opened their own; the conformance proof has a few drawn customers, and no home."""
    root = Path(kb.__file__).parent.parent
    opened = {str(path.relative_to(root)) for room in ("api", "kb", "mining", "rules")
              for path in (root / room).rglob("*.py") if "duckdb.connect(\n" in (text := path.read_text("utf-8"))
              or re.search(r"duckdb\.connect\([^`]", text)}
    assert opened == {"kb/tables/memory_limit.py", "rules/batch/source.py"}
