"""The conventions of the project as tests."""

import ast
from pathlib import Path

import pytest

from kb import errors

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "ontology": {"ontology"},
    "kb": {"kb", "ontology"},
    "mining": {"mining", "kb", "ontology"},
    "rules": {"rules", "kb", "ontology"},
    "api": {"api", "rules", "mining", "kb", "ontology"},
}
HOME_OF_LIBRARY = {
    "neo4j": ("kb/graph/",),
    "ladybug": ("kb/graph/",),
    "durable_rules_engine": ("rules/engine/",),
    "ibis": ("kb/warehouse/", "kb/facts/", "mining/", "rules/tables/"),
    "rdflib": ("ontology/",),
    "pyshacl": ("ontology/",),
    "fastapi": ("api/",),
    "jinja2": ("api/console/",),
    "typer": ("api/",),
    "pydantic": ("api/",),
    "sklearn": ("mining/",),
    "mlxtend": ("mining/",),
    "lark": ("rules/language/",),
    "tomli_w": ("rules/language/",),
}
MODULES = sorted(path for folder in MAY_IMPORT for path in (ROOT / folder).rglob("*.py")
                 if "node_modules" not in path.parts)


def imports_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return named | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_arrows_between_folders_point_one_way(path):
    folder = path.relative_to(ROOT).parts[0]
    ours = {name.split(".")[0] for name in imports_of(path)} & set(MAY_IMPORT)
    assert ours <= MAY_IMPORT[folder]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_each_library_stays_in_its_home(path):
    where = path.relative_to(ROOT).as_posix()
    tops = {name.split(".")[0] for name in imports_of(path)}
    strays = {lib for lib, homes in HOME_OF_LIBRARY.items() if lib in tops and not where.startswith(homes)}
    assert not strays


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_settings_read_the_environment(path):
    text = path.read_text(encoding="utf-8")
    assert "os.environ" not in text
    assert "getenv" not in text


def test_no_folder_holds_more_than_twenty_modules():
    counts = {folder: len([p for p in folder.glob("*.py") if p.name != "__init__.py"])
              for folder in {p.parent for p in MODULES}}
    assert {str(f.relative_to(ROOT)): n for f, n in counts.items() if n > 20} == {}


def all_faults(base=errors.ZhikeError):
    for child in base.__subclasses__():
        yield child
        yield from all_faults(child)


def test_every_fault_has_a_status_and_stands_in_the_tree_of_the_docstring():
    from api.routes.problems import status_of

    for fault in set(all_faults()):
        assert status_of(fault("given, expected")) in {401, 403, 404, 409, 422, 503}, fault
        assert fault.__name__ in (errors.__doc__ or ""), fault
