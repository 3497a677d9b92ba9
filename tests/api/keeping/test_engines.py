"""A base moves from the embedded graph to a Neo4j server and back: equal, serving the same, and sound."""

import secrets
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from api.settings import Settings
from api.startup import open_service
from api.use_cases.restoring import import_archive, restore_backup
from kb.archive.manifest import read_manifest
from kb.errors import Conflict
from ontology.vocabulary import Channel
from tests.neo4j.namespaces import drop


@pytest.fixture(scope="module")
def embedded():
    """Settings for a base whose graph lies in its own folder."""
    return {"graph": "ladybug:", "engine_workers": 0}


@pytest.fixture(scope="module")
def on_server(neo4j_server):
    """Settings that name a graph of its own on a real server."""
    name = f"moved-{secrets.token_hex(4)}"
    yield {"graph": f"{neo4j_server.url}?namespace={name}", "graph_user": neo4j_server.user,
           "graph_password": neo4j_server.password, "engine_workers": 0}
    drop(neo4j_server, name)


@pytest.fixture(scope="module")
def moved():
    """Make an archive the base of a home, and write that base as an archive."""
    def move(archive, home, settings, onward):
        import_archive(Settings(home=home, **settings), archive, quiet)
        with open_service(Settings(home=home, **settings)) as service:
            service.archives.export(onward, quiet)

    return move


@pytest.fixture(scope="module")
def homes(moved, shop_archive, embedded, on_server, tmp_path_factory):
    """The shop's base embedded, then moved to the server, then back; and the archives between."""
    folder = tmp_path_factory.mktemp("moving")
    moved(shop_archive, folder / "server", on_server, folder / "from-server")
    moved(folder / "from-server", folder / "back", embedded, folder / "again")
    return folder


def quiet(_):
    """Nobody listens to the progress."""


def records(archive: Path) -> dict[str, list[object]]:
    """What the graph and the journal of an archive hold, table by table, in one order."""
    found: dict[str, list[object]] = {}
    for path in read_manifest(archive).files:
        if path.endswith(".parquet") and not path.startswith("home/"):
            found[path] = sorted(pq.read_table(archive / path).to_pylist(), key=repr)
        elif path.endswith(".jsonl"):
            found[path] = sorted((archive / path).read_text(encoding="utf-8").splitlines())
    return found


def test_a_base_that_went_to_a_server_and_back_is_equal_record_for_record(homes, shop_archive):
    sent, returned = records(shop_archive), records(homes / "again")
    assert sum(map(len, sent.values())) > 300
    assert {path: rows for path, rows in returned.items() if rows != sent[path]} == {}
    assert returned.keys() == sent.keys()


def test_files_are_moved_byte_for_byte(homes, shop_archive):
    digests = [{path: said.sha256 for path, said in read_manifest(archive).files.items() if path.startswith("home/")}
               for archive in (shop_archive, homes / "from-server", homes / "again")]
    assert digests[0]
    assert digests[0] == digests[1] == digests[2]


def test_a_base_serves_the_same_from_the_server_and_is_sound(homes, embedded, on_server):
    """The same release with the same fingerprint, and the same actions for the same reasons."""
    def told(home, settings):
        with open_service(Settings(home=homes / home, **settings)) as service:
            decided = service.deciding.decide(["m1", "m2", "m7"], Channel.PHONE, {})["decisions"]
            assert sum(check["wrong"] for check in service.checking.checkup()) == 0
            return ([(one["number"], one["fingerprint"], one["live"]) for one in service.publishing.listed()],
                    [{**one, "decision_id": ""} for one in decided])

    assert told("server", on_server) == told("back", embedded)


def test_a_graph_on_a_server_is_not_restored_over(homes, on_server, tmp_path):
    """A folder can be kept aside, a graph of the server cannot: the base stays as it is, and the message says so."""
    settings = Settings(home=homes / "server", **on_server)
    with open_service(settings) as service:
        service.archives.backup(tmp_path / "base.zhike", quiet)
    with pytest.raises(Conflict, match="the graph belongs to the base 'Corner shop'") as told:
        restore_backup(settings, tmp_path / "base.zhike", force=True, progress=quiet)
    assert "another namespace in ZHIKE_GRAPH" in told.value.hint
    assert list(homes.glob("server.before-*")) == []
    with open_service(settings) as service:
        assert service.publishing.listed()
