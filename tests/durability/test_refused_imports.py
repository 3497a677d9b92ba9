"""What `zhike import` says and leaves behind where it refuses, and where it replaces."""

import json

import pytest

from bench.bases.corner_shop import write_mapping, write_sales

pytestmark = pytest.mark.timeout(300)


def held(home):
    """Tables, facts and the base's description, byte by byte."""
    paths = [*(home / "snapshots").rglob("*"), *(home / "quarantine").rglob("*"), *(home / "facts").rglob("*"),
             home / "catalog.json", home / "base.json"]
    return {path: path.read_bytes() for path in paths if path.is_file()}


def test_a_delivery_that_would_take_the_place_of_the_last_one_is_refused_and_nothing_has_changed(home, tmp_path, zhike):
    mapping, before = write_mapping(tmp_path, write_sales(tmp_path / "sales.csv", weeks=12)), held(home)
    refused = zhike(home, "import", str(mapping))
    assert refused.returncode == 1
    assert "more than 5% of what the mapping corner-shop brought before: of order_lines" in refused.stderr
    assert "--replace" in refused.stderr
    assert held(home) == before


def test_who_asks_for_it_replaces(home, tmp_path, zhike):
    mapping = write_mapping(tmp_path, write_sales(tmp_path / "sales.csv", weeks=12))
    report = json.loads(zhike(home, "import", str(mapping), "--replace", "--json").stdout)
    assert {table["table"] for table in report["tables"] if table["removed"]} == {"order_lines"}


def test_a_file_whose_rows_are_all_refused_ends_the_command_with_the_counts(home, tmp_path, zhike):
    sales, before = write_sales(tmp_path / "sales.csv"), held(home)
    header, *rows = sales.read_text(encoding="utf-8").splitlines()
    orderless = [",".join((row.split(",")[0], "", *row.split(",")[2:])) for row in rows]
    sales.write_text("\n".join([header, *orderless]) + "\n", encoding="utf-8")
    refused = zhike(home, "import", str(write_mapping(tmp_path, sales)))
    assert refused.returncode == 1
    assert f"all {len(rows):,} rows of order_lines were refused" in refused.stderr
    assert "order_id_missing, for example line 2" in refused.stderr
    assert held(home) == before


def test_two_files_for_one_source_are_refused_and_not_the_last_one_taken(home, tmp_path, zhike):
    mapping = write_mapping(tmp_path, write_sales(tmp_path / "sales.csv"))
    for command in (["import", str(mapping)], ["demo", "--no-serve", "--mapping", str(mapping)]):
        refused = zhike(home, *command, "--file", "sales=a.csv", "--file", "sales=b.csv")
        assert refused.returncode == 1
        assert "source 'sales' was given two files: a.csv and b.csv" in refused.stderr


def test_a_refused_row_is_told_with_its_reason_in_words_and_its_line(home, tmp_path, zhike):
    sales = write_sales(tmp_path / "sales.csv")
    with sales.open("a", encoding="utf-8", newline="") as file:
        file.write("m1,,tea,TEA,2024-06-01 10:00,1,9,gold\r\n")
    told = zhike(home, "import", str(write_mapping(tmp_path, sales)))
    assert "order_lines: 1 refused, order_id is missing (order_id_missing, first on line " in told.stdout, told.stderr
