"""Rules in files: the suffix tells the form."""

import pytest

from kb.errors import InvalidInput, InvalidRule
from ontology.schema import load_schema
from rules.formats.files import rules_from_bytes
from tests.rule_files import read_rules, write_rules

SCHEMA = load_schema()


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"'\.xls'; known: \.toml, \.txt, \.xlsx, \.csv"):
        write_rules(tmp_path / "rules.xls", (), SCHEMA, "en")
    with pytest.raises(InvalidInput, match="known"):
        rules_from_bytes(b"", tmp_path / "rules", SCHEMA)


@pytest.mark.parametrize("suffix", [".toml", ".txt", ".xlsx", ".csv"])
def test_a_file_that_is_something_else_is_a_fault_with_a_hint(tmp_path, suffix):
    path = tmp_path / f"rules{suffix}"
    path.write_bytes(b"\xff\xfe\x00nothing")
    with pytest.raises(InvalidRule, match=r"rules\.\w+: not ") as caught:
        read_rules(path, SCHEMA)
    assert caught.value.hint


def test_a_fault_in_a_sentence_names_the_file_the_line_and_the_column(tmp_path):
    path = tmp_path / "rules.txt"
    path.write_text('规则 "a"。\n名字：', encoding="utf-8")
    with pytest.raises(InvalidRule, match=r"rules\.txt, line 2, column 1: found '名字', expected '名称'"):
        read_rules(path, SCHEMA)
