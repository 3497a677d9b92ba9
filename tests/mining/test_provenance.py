"""Everything that a figure depends on is in the provenance of the run that made it."""

import ast
import os
import shutil
import sys
from pathlib import Path

import pytest

from mining.provenance import LIBRARIES, ROOT, SOURCES, code_version, libraries


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A copy of the source that figures depend on."""
    folder = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def version_of(folder: Path) -> str:
    """Read anew: the version of a folder is remembered."""
    return code_version.__wrapped__(folder)


def test_a_copy_of_the_source_has_its_version(source):
    assert version_of(source) == version_of(ROOT)


@pytest.mark.parametrize("changed", [
    "mining/baskets.py", "mining/kinds.py", "mining/packs/grocery.toml", "kb/facts/indicators.py",
    "kb/facts/definitions/contact.py", "kb/ingestion/expressions.py", "kb/ingestion/cleaning.py",
    "kb/model/condition.py", "ontology/zhike.ttl", "ontology/vocabulary.py",
])
def test_a_change_of_any_part_is_another_version(source, changed):
    before, text = version_of(source), (source / changed).read_bytes()
    (source / changed).write_bytes(text + b"\n# another\n")
    assert version_of(source) != before
    (source / changed).write_bytes(text)
    assert version_of(source) == before


def test_a_new_name_and_a_moved_line_are_another_version(source, tmp_path):
    before = version_of(source)
    shutil.copytree(source, tmp_path / "moved")
    (tmp_path / "moved/mining/gate.py").rename(tmp_path / "moved/mining/gates.py")
    assert version_of(tmp_path / "moved") != before


def test_time_stamps_compiled_files_and_the_order_of_files_change_nothing(source, tmp_path):
    before, again = version_of(source), tmp_path / "again"
    for path in sorted((p for p in source.rglob("*") if p.is_file()), reverse=True):  # written in another order
        (again / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, again / path.relative_to(source))
        os.utime(again / path.relative_to(source), (1, 1))
    compiled = again / "mining/__pycache__/gate.cpython-311.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"anything")
    assert version_of(again) == before


COMPUTES_NOTHING = {"babel", "cattrs", "openpyxl", "orjson", "pyparsing", "pyshacl", "python_calamine", "rdflib",
                    "threadpoolctl", "xlrd"}
"""Libraries that read, write and check records, and whose version no figure hangs on."""


def test_every_library_that_computes_a_figure_is_named():
    imported = {name.split(".")[0] for folder in SOURCES for path in (ROOT / folder).rglob("*.py")
                for name in imports_of(path)}
    ours = {"kb", "mining", "ontology", "rules", "api", "tests"}
    called = {"sklearn": "scikit-learn", "ibis": "ibis-framework"}
    others = imported - set(sys.stdlib_module_names) - ours - COMPUTES_NOTHING - {""}
    assert {called.get(name, name) for name in others} <= set(LIBRARIES)
    assert libraries().keys() == {"python", *LIBRARIES}


def imports_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
