"""A base as an archive and as a base again: equal record for record, whole or absent."""

import json
import os
import signal
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kb.archive.manifest import FORMAT, read_manifest
from kb.archive.restoring import settle
from kb.archive.writing import home_files
from kb.errors import Conflict, InvalidInput, NotFound, StoreFailure, Unavailable
from kb.graph.ownership import claim_graph
from kb.home import UNFINISHED, Base, Home
from kb.journal.store import Journal
from ontology.schema import load_schema
from ontology.text import Text


def quiet(_):
    """Nobody listens to the progress."""


def fault_at(table):
    """A progress that fails when that table is done."""
    def stop(line):
        if line.startswith(table):
            msg = "the disk is full"
            raise StoreFailure(msg)

    return stop


def journal_rows(home):
    with closing(sqlite3.connect(home.journal_path)) as db:
        tables = [name for name, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall() for name in tables}  # noqa: S608


def test_a_base_moves_record_for_record(base, archive, destination, records_of):
    settle(archive, destination, quiet)
    with closing(destination.open_graph(load_schema())) as graph:
        assert records_of(graph) == records_of(base.graph)
    assert journal_rows(destination.home) == journal_rows(base.home)


@pytest.fixture
def archived_again(archive, destination, archive_of, tmp_path):
    """The base moved to an engine, and written as an archive from there."""
    settle(archive, destination, quiet)
    with closing(destination.open_graph(load_schema())) as graph:
        archive_of(destination.home, graph, tmp_path / "back")
    return tmp_path / "back"


def test_a_base_that_moves_to_an_engine_and_back_is_equal(base, archived_again, embedded, records_of):
    settle(archived_again, embedded, quiet)
    with closing(embedded.open_graph(load_schema())) as graph:
        assert records_of(graph) == records_of(base.graph)
    assert journal_rows(embedded.home) == journal_rows(base.home)
    assert embedded.home.base() == base.home.base()


def test_every_file_moves_and_the_secret_with_it(base, archive, destination):
    """With another secret every customer would get another key."""
    settle(archive, destination, quiet)
    moved = {path: (destination.home.path / path).read_bytes() for path in home_files(destination.home)}
    assert moved == {path: (base.home.path / path).read_bytes() for path in home_files(base.home)}
    assert destination.home.secret() == base.home.secret()
    assert destination.home.base() == base.home.base()


def test_the_journal_goes_on_counting_where_it_stood(base, archive, destination):
    settle(archive, destination, quiet)
    with closing(Journal(destination.home.journal_path)) as journal:
        assert journal.last_sequence() == base.journal.last_sequence() == 5
        assert journal.decision("d2") == base.journal.decision("d2")


def test_the_manifest_counts_what_the_files_hold(archive):
    manifest = read_manifest(archive)
    assert (manifest.records("graph")["Customer"], manifest.records("journal")["decisions"]) == (4, 2)
    told = {path: said.records for path, said in manifest.files.items() if path.endswith(".parquet") and said.records}
    assert told == {path: pq.read_metadata(archive / path).num_rows for path in told}
    lines = (archive / "graph" / "Release.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2]


def test_an_archive_is_for_its_owner_alone_and_carries_the_ontology(archive):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o700
    assert (archive / "ontology" / "zhike.ttl").read_text(encoding="utf-8").startswith("# The ontology of Zhike")
    moved = {path.removeprefix("home/") for path in read_manifest(archive).under("home")}
    assert moved == {"secret", "erased", "catalog.json", "snapshots/orders/0.parquet"}


def test_a_long_table_is_written_page_by_page(base, write, tmp_path, records_of):
    """25,000 relationships of 5,000 customers, and 45,000 of one, are several pages."""
    customers = [f"k{i}" for i in range(5_000)]
    base.graph.bulk_load("Customer", pa.table({"customer_key": customers}))
    ends = [key for key in customers for _ in range(5)] + ["k7"] * 45_000
    base.graph.bulk_load("HOLDS_B", pa.table({"from": ends, "to": ["KnowledgeItem-1"] * len(ends)}))
    write(tmp_path / "archive")
    file = pq.ParquetFile(tmp_path / "archive" / "graph" / "HOLDS_B.parquet")
    sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
    assert sum(sizes) == len(ends) + 2
    assert max(sizes) == 45_005
    assert sorted(file.read()["from"].to_pylist()) == sorted(row["from"] for row in records_of(base.graph)["HOLDS_B"])


def test_a_folder_with_something_in_it_is_refused_and_kept(write, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("dear", encoding="utf-8")
    with pytest.raises(Conflict, match="is not empty"):
        write(tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter"]


def test_an_archive_that_fails_half_way_leaves_an_empty_folder(write, tmp_path):
    with pytest.raises(StoreFailure):
        write(tmp_path / "archive", fault_at("HOLDS_A"))
    assert list((tmp_path / "archive").iterdir()) == []


def test_a_graph_that_another_service_changes_meanwhile_is_not_archived(base, write, tmp_path):
    """Writers of this process wait; those of another are seen by the counts."""
    def meanwhile(line):
        if line.startswith("State"):
            text = "CREATE (:Note {note_id: 'late'})"
            base.graph._writer.execute(text)

    with pytest.raises(Unavailable, match="wrote to Note meanwhile: 2 records are now 3"):
        write(tmp_path / "archive", meanwhile)


def test_a_home_with_a_base_is_refused(archive, destination):
    destination.home.create(Base(name=Text.same("other"), zone="UTC", currency="EUR"))
    with pytest.raises(Conflict, match="there is a base in"):
        settle(archive, destination, quiet)
    assert destination.home.base().name.en == "other"


def test_a_folder_with_other_things_is_refused_and_kept(archive, destination):
    destination.home.path.mkdir()
    (destination.home.path / "letter").write_text("dear", encoding="utf-8")
    with pytest.raises(Conflict, match="holds no base, but 'letter'"):
        settle(archive, destination, quiet)
    assert (destination.home.path / "letter").exists()


@pytest.mark.parametrize("path", ["graph/Customer.parquet", "graph/State.jsonl", "journal/decisions.parquet",
                                  "home/secret", "home/snapshots/orders/0.parquet", "base.json"])
def test_a_file_with_another_digest_is_refused_and_nothing_is_written(archive, destination, path):
    content = bytearray((archive / path).read_bytes())
    content[len(content) // 2] ^= 1
    (archive / path).write_bytes(content)
    with pytest.raises(InvalidInput, match="SHA-256"):
        settle(archive, destination, quiet)
    assert not destination.home.path.exists()


def test_a_file_that_is_gone_is_named(archive, destination):
    (archive / "home" / "erased").unlink()
    with pytest.raises(InvalidInput, match="lacks home/erased"):
        settle(archive, destination, quiet)


@pytest.mark.parametrize("path", ["../outside", "/etc/hostname", "home/../../outside"])
def test_a_path_that_leads_out_of_the_archive_is_refused(archive, destination, path):
    said = json.loads((archive / "manifest.json").read_text(encoding="utf-8"))
    said["files"][path] = said["files"]["base.json"]
    (archive / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InvalidInput, match="not inside it"):
        settle(archive, destination, quiet)


@pytest.mark.parametrize(("said", "word"), [({"format": FORMAT + 1}, f"format {FORMAT + 1}"), ({}, "format None"),
                                            ([], "format None"), ({"format": FORMAT}, "is damaged")])
def test_an_archive_of_another_format_is_refused(archive, destination, said, word):
    (archive / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InvalidInput, match=word):
        settle(archive, destination, quiet)


def test_a_folder_without_a_manifest_is_no_archive(archive, destination):
    """The manifest is written last: without it the archive was not finished."""
    (archive / "manifest.json").unlink()
    with pytest.raises(NotFound, match="not finished"):
        settle(archive, destination, quiet)


def test_a_fault_half_way_leaves_no_base_and_the_next_attempt_succeeds(archive, destination, base, records_of):
    with pytest.raises(StoreFailure):
        settle(archive, destination, fault_at("PURCHASED"))
    assert list(destination.home.path.iterdir()) == []
    settle(archive, destination, quiet)
    with closing(destination.open_graph(load_schema())) as graph:
        assert records_of(graph) == records_of(base.graph)


@pytest.mark.parametrize("step", ["Customer", "PURCHASED", "State", "describe"])
def test_an_attempt_that_was_killed_is_no_base_and_says_so_until_it_is_repeated(archive, destination, step, base,
                                                                                records_of):
    """A child is killed at that step; what it left in the folder and in the graph does not stand in the way."""
    def die(_):
        os.kill(os.getpid(), signal.SIGKILL)

    if (child := os.fork()) == 0:
        at_step = replace(destination, describe=die) if step == "describe" else destination
        settle(archive, at_step, lambda line: die(line) if line.startswith(step) else None)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not destination.home.exists()
    with pytest.raises(Conflict, match="not finished"):
        destination.home.create(Base(name=Text.same("other"), zone="UTC", currency="EUR"))
    settle(archive, destination, quiet)
    with closing(destination.open_graph(load_schema())) as graph:
        assert records_of(graph) == records_of(base.graph)
    assert not (destination.home.path / UNFINISHED).exists()


def test_a_graph_that_holds_records_is_not_filled(archive, destination):
    with closing(destination.open_graph(load_schema())) as full:
        full.bulk_load("Note", pa.table({"note_id": ["n"]}))
    peers = replace(destination, home=Home(destination.home.path / "new"))
    with pytest.raises(Conflict, match="holds Note already"):
        settle(archive, peers, quiet)
    assert not peers.home.exists()


def test_a_graph_of_another_base_is_not_filled(archive, destination):
    with closing(destination.open_graph(load_schema())) as taken:
        claim_graph(taken, Base(name=Text.same("other"), zone="UTC", currency="EUR"), b"another secret")
    peers = replace(destination, home=Home(destination.home.path / "new"))
    with pytest.raises(Conflict, match="belongs to the base 'other'"):
        settle(archive, peers, quiet)
    assert not peers.home.exists()


def test_a_table_of_the_journal_that_this_version_does_not_know_is_refused(archive, destination):
    said = json.loads((archive / "manifest.json").read_text(encoding="utf-8"))
    (archive / "journal" / "dreams.parquet").write_bytes((archive / "journal" / "notes.parquet").read_bytes())
    said["files"]["journal/dreams.parquet"] = said["files"]["journal/notes.parquet"]
    (archive / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    with pytest.raises(InvalidInput, match="no table 'dreams'"):
        settle(archive, destination, quiet)
    assert not destination.home.exists()
