"""A disk that is full or read-only refuses in plain words, loses nothing, and serves again when there is room."""

import os
import resource
import shutil
import signal
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from api.settings import Settings
from bench.bases.corner_shop import make_shop, write_mapping, write_sales
from kb.errors import StoreFailure
from kb.home import Home
from kb.journal.events import Note
from kb.journal.store import Journal
from ontology.vocabulary import Channel


class Disk:
    """A small disk of memory with a copy of the shop's base."""

    def __init__(self, path, shop):
        self.path, self.home = path, path / "home"
        shutil.copytree(shop, self.home)

    def fill(self, *, left=0):
        """Leave so many bytes free."""
        with (self.path / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65_536)
            except OSError:
                pass
            os.truncate(file.fileno(), max(0, file.tell() - left))

    def make_room(self):
        (self.path / "filler").unlink()

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self.path], check=True)  # noqa: S603, S607


@pytest.fixture(scope="module")
def embedded_shop(tmp_path_factory):
    """The shop whose graph is a file in its home, on whichever engine the other tests run."""
    folder = tmp_path_factory.mktemp("embedded")
    return make_shop(folder, Settings(home=folder / "home", graph="ladybug:", engine_workers=0))


@pytest.fixture
def disk(embedded_shop, small_disk, monkeypatch):
    monkeypatch.setenv("ZHIKE_GRAPH", "ladybug:")
    return Disk(small_disk, embedded_shop)


def note(number):
    return Note(note_id=f"n{number}", customer_key="c1", text="x" * 4_000, author="li", at=number)


def test_a_journal_that_may_not_grow_refuses_keeps_what_it_had_and_serves_again(tmp_path):
    """A limit on the size of files stands in for the disk: it holds everywhere, without any right."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.add_note(note(0))
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "journal.db-wal").stat().st_size, before[1]))
            with pytest.raises(StoreFailure, match="the journal could not be written") as refused:
                journal.add_note(note(1))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert refused.value.retryable
        assert [kept.note_id for kept in journal.notes_of("c1")] == ["n0"]
        journal.add_note(note(2))
    with closing(Journal(tmp_path / "journal.db")) as journal:
        assert [kept.note_id for kept in journal.notes_of("c1")] == ["n2", "n0"]


def test_a_full_disk_refuses_every_write_and_nothing_acknowledged_is_lost(disk, open_service_of):
    with open_service_of(disk.home) as service:
        first = service.recording.add_note("m1", "before", "li")["note_id"]
        release = service.describing.describe()["release"]
        service.steering.set_levers({"survey": 3.0}, "li")
        disk.fill()
        for write in (lambda: service.deciding.decide(["m1"], Channel.PHONE, {}),
                      lambda: service.recording.add_note("m1", "full", "li"),
                      lambda: service.steering.set_levers({"survey": 2.0}, "li"),
                      lambda: service.publishing.publish("eve"),
                      lambda: service.runs.start(as_of=None, seed=7, by="li")):
            with pytest.raises(StoreFailure) as refused:
                write()
            assert refused.value.hint
        assert service.customers.knowledge_map("m1")["customer"]["customer_id"] == "m1"
        disk.make_room()
        assert service.deciding.decide(["m1"], Channel.PHONE, {})["decisions"]
        second = service.recording.add_note("m1", "after", "li")["note_id"]
        assert service.publishing.publish("eve")["number"] == release + 1
    with closing(Journal(disk.home / "journal.db")) as journal:
        key = Home(disk.home).customer_key("m1")
        assert [kept.note_id for kept in journal.notes_of(key)] == [second, first]


def test_the_graph_refuses_while_it_still_has_its_reserve(disk, open_service_of):
    """The embedded engine would hold its locks for ever once a commit finds no room."""
    with open_service_of(disk.home) as service:
        disk.fill(left=16 << 20)
        with pytest.raises(StoreFailure, match=r"is full: 1[56] MB are free, 32 are needed"):
            service.steering.set_levers({"survey": 2.0}, "li")
        assert service.recording.add_note("m1", "the journal needs less", "li")
        disk.make_room()
        service.steering.set_levers({"survey": 2.0}, "li")


def test_an_import_that_finds_no_room_did_not_take_place(disk, open_service_of, tmp_path):
    mapping = str(write_mapping(tmp_path, write_sales(tmp_path / "sales.csv", weeks=52)))
    with open_service_of(disk.home) as service:
        before = service.customers.find("m0", 1)
        disk.fill()
        with pytest.raises(StoreFailure, match="did not take place"):
            service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
        disk.make_room()
        assert service.customers.find("m0", 1) == before
        service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
        assert service.customers.find("m0", 1) != before
    assert not list(Path(disk.home).glob(".import-*"))


def test_commands_say_that_the_folder_takes_no_writes_and_work_once_it_does(disk, zhike):
    disk.remount("ro")
    refused = zhike(disk.home, "decide", "m1")
    assert refused.returncode == 1
    assert "cannot be written: Read-only file system" in refused.stderr
    assert "Traceback" not in refused.stderr
    disk.remount("rw")
    assert zhike(disk.home, "decide", "m1").returncode == 0


def test_a_service_on_a_full_disk_answers_503_goes_on_reading_and_recovers(disk, serve_home):
    with serve_home(disk.home) as server, server.client("agent") as agent:
        told = {"customer_ids": ["m1"]}
        assert agent.post("/v1/decisions", json=told).status_code == 200
        disk.fill()
        for path, body in (("/v1/decisions", told), ("/v1/customers/m1/notes", {"text": "full"})):
            refused = agent.post(path, json=body)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
            assert "full" in refused.json()["detail"]
        assert agent.get("/v1/customers/m1/knowledge-map").status_code == 200
        waiting = agent.get("/readyz")
        assert waiting.status_code == 503
        assert {"graph", "journal"} <= {name for name, part in waiting.json()["parts"].items() if not part["ready"]}
        assert "full" in waiting.json()["detail"]
        disk.make_room()
        assert agent.get("/readyz").status_code == 200
        assert agent.post("/v1/customers/m1/notes", json={"text": "again"}).status_code == 200
        assert agent.post("/v1/decisions", json=told).status_code == 200
