"""`docker-compose.yml`, `Dockerfile` and `make secrets`: what an operator starts from. No daemon is needed here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from compose_spec import PyCompose

from api.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
WAITING = {"base", "service"}


@pytest.fixture(scope="module")
def compose() -> dict:
    """The file as the compose specification reads it; what the specification does not know is refused."""
    return PyCompose.from_yaml(TEXT).to_dict()


@pytest.fixture
def project(tmp_path):
    """A folder in which `make secrets` can be called."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("right", "wrong"), [
    ("healthcheck:", "healthchecks:"), ("interval: 30s", "interval: soon"),
    ("condition: service_healthy", "condition: healthy"),
])
def test_what_the_specification_does_not_know_is_refused(right, wrong):
    with pytest.raises(ValueError, match="services"):
        PyCompose.from_yaml(TEXT.replace(right, wrong))


def test_the_service_waits_until_neo4j_answers_queries(compose):
    """An open port is not enough: the database comes up after it."""
    assert "cypher-shell" in compose["services"]["neo4j"]["healthcheck"]["test"]
    for name in WAITING:
        assert compose["services"][name]["depends_on"]["neo4j"]["condition"] == "service_healthy"


def test_every_service_has_limits(compose):
    for service in compose["services"].values():
        assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()


def test_state_is_in_named_volumes(compose):
    used = {volume.split(":")[0] for service in compose["services"].values() for volume in service["volumes"]}
    assert used == compose["volumes"].keys()


def test_no_password_stands_in_the_file(compose):
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name.upper() or value.startswith("/run/secrets/"), name
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), name


def test_every_secret_that_a_service_reads_is_given_to_it(compose):
    for service in compose["services"].values():
        read = {value.rsplit("/", 1)[1] for value in service["environment"].values() if "/run/secrets/" in str(value)}
        assert read <= set(service["secrets"]) <= compose["secrets"].keys()


def test_every_setting_in_the_files_is_one_of_the_product(compose):
    known = {f"ZHIKE_{name.upper()}" for name in Settings.model_fields}
    named = {name for service in compose["services"].values() for name in service["environment"]}
    named |= set(re.findall(r"ZHIKE_\w+", DOCKERFILE))
    assert {name for name in named if name.startswith("ZHIKE_")} <= known


def test_make_secrets_makes_each_file_once_and_for_the_owner_alone(project, compose):
    subprocess.run(["make", "secrets"], cwd=project, check=True, capture_output=True)  # noqa: S607
    files = {name: project / secret["file"] for name, secret in compose["secrets"].items()}
    made = {name: file.read_bytes() for name, file in files.items()}
    assert (project / "secrets").stat().st_mode & 0o077 == 0
    assert made["neo4j_auth"] == b"neo4j/" + made["graph_password"]
    assert len(made["graph_password"]) >= 32
    assert len(made["base_secret"]) == 32
    subprocess.run(["make", "secrets"], cwd=project, check=True, capture_output=True)  # noqa: S607
    assert {name: file.read_bytes() for name, file in files.items()} == made


def test_two_machines_get_different_secrets(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    shutil.copy(ROOT / "Makefile", other)
    for folder in (project, other):
        subprocess.run(["make", "secrets"], cwd=folder, check=True, capture_output=True)  # noqa: S607
    for name in ("graph_password", "base_secret"):
        assert (project / "secrets" / name).read_bytes() != (other / "secrets" / name).read_bytes()


def test_the_secrets_are_never_committed():
    assert "/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").split()


def test_the_image_serves_as_a_user_without_rights():
    last = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER (?!root\b|0\b)\w+", last, re.MULTILINE)


def test_what_the_image_is_built_from_is_there_and_not_kept_from_it():
    """A folder that `.dockerignore` keeps out, or that was renamed, would only be missed where images are built."""
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
              if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+)", DOCKERFILE, re.MULTILINE)
    copied = {name for line in copies for name in line.split()[:-1]}
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)


def test_the_wheel_of_the_image_holds_every_file_that_the_product_reads(tmp_path):
    """Templates, words, the ontology, mappings and packs are no modules: a build may forget them."""
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",  # noqa: S603
                    "--wheel-dir", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    packed = set(ZipFile(wheel).namelist())
    sources = {str(path.relative_to(ROOT)) for folder in ("ontology", "kb", "mining", "rules", "api")
               for path in (ROOT / folder).rglob("*")
               if path.is_file() and path.suffix in {".py", ".ttl", ".toml", ".html", ".css", ".js", ".lark", ".svg"}
               and "node_modules" not in path.parts}
    assert sources <= packed
