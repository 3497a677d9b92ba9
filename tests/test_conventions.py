"""The conventions of the project as tests."""

import ast
import re
from collections import defaultdict
from operator import itemgetter
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
    "ibis": ("kb/ingestion/", "kb/tables/", "kb/facts/", "mining/", "rules/batch/"),
    "rdflib": ("ontology/",),
    "pyshacl": ("ontology/",),
    "fastapi": ("api/",),
    "jinja2": ("api/console/",),
    "typer": ("api/",),
    "pydantic": ("api/",),
    "sklearn": ("mining/",),
    "mlxtend": ("mining/",),
    "lark": ("rules/formats/",),
    "tomli_w": ("rules/formats/",),
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


@pytest.mark.parametrize("path", sorted((ROOT / "rules" / "condition").glob("*.py")), ids=lambda p: p.name)
def test_what_a_condition_is_rests_on_no_reading_of_it(path):
    """Whatever reads conditions imports from there; the reverse is a circle that breaks whoever comes first."""
    assert not {name for name in imports_of(path) if name.startswith("rules.")
                and not name.startswith("rules.condition")}


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


RETIRED = frozenset({
    "asked", "casebook", "cuts", "desk", "elsewhere", "feeding", "follower", "foretell", "held", "occasion", "patient",
    "ruling", "served", "settling", "shelf", "slim", "stamp", "still", "terminal", "told", "twin",
})
"""Private words of the first build; the field has a term for each."""
FIELD_TERMS = ("held_out",)


def public_names(path: Path):
    """The module, and its public classes, functions, methods, fields and constants."""
    yield path.stem
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else []
        for one in (node, *inside):
            match one:
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    yield name
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield name
                case ast.Assign(targets=targets):
                    yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_public_name_is_made_of_a_retired_word(path):
    def words(name):
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
        for term in FIELD_TERMS:
            snake = snake.replace(term, "")
        return set(snake.split("_"))

    assert {name for name in public_names(path) if not name.startswith("_") and words(name) & RETIRED} == set()


def test_no_two_public_classes_have_one_name():
    homes = defaultdict(list)
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def all_faults(base=errors.ZhikeError):
    for child in base.__subclasses__():
        yield child
        yield from all_faults(child)


def test_every_fault_has_a_status_and_stands_in_the_tree_of_the_docstring():
    from api.routes.problems import status_of

    for fault in set(all_faults()):
        assert status_of(fault("given, expected")) in {401, 403, 404, 409, 422, 503}, fault
        assert fault.__name__ in (errors.__doc__ or ""), fault


READ_AT_A_TERMINAL = (
    "api/base_creation.py", "api/cli/", "api/console/assets.py", "api/settings.py", "api/startup.py",
    "kb/archive/", "kb/graph/address.py", "kb/ingestion/", "kb/tables/", "rules/formats/", "rules/packs/pack.py",
)
"""Where settings, files of an operator and archives are read: what goes wrong there is told by a command."""
FAULTS = {fault.__name__ for fault in all_faults()} | {"ZhikeError"}


def is_one_language(node: ast.expr | None) -> bool:
    """Whether an expression is plain English words, and not a ``Text``."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and bool(node.value))


def english_alone(path: Path) -> list[int]:
    """The lines on which a fault is given a message or a hint in English alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = [(node.lineno, node.targets[0].id, node.value) for node in ast.walk(tree)
             if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)]

    def said(node: ast.expr) -> ast.expr | None:
        """What a name was given last before it is used; anything else is itself."""
        if not isinstance(node, ast.Name):
            return node
        return max(((line, value) for line, name, value in named if name == node.id and line < node.lineno),
                   key=itemgetter(0), default=(0, None))[1]

    return [node.lineno for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FAULTS
            for given in (*node.args[:1], *(word.value for word in node.keywords if word.arg == "hint"))
            if is_one_language(said(given))]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_a_page_can_show_of_a_fault_is_said_in_both_languages(path):
    if path.relative_to(ROOT).as_posix().startswith(READ_AT_A_TERMINAL):
        return
    assert english_alone(path) == []
