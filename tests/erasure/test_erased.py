"""Whatever is kept of a person, erasing removes, from every file to the byte."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from api.use_cases import ingestion
from kb.errors import Conflict, InvalidInput, NotFound, RunUnderWay, Unavailable
from kb.ingestion.recovery import UnfinishedErasures
from ontology.vocabulary import Channel
from tests.erasure.traces import OTHER, WHO, WORDS, found_in
from tests.homes import is_on_server

GRAPH = "graph/knowledge.lbug"
LISTED = {"erased", "home/erased", "graph/State.jsonl", GRAPH}
"""Where the key of an erased person stays, so that no import brings the person back."""
SAID_OF_ANOTHER = {"name"}
"""A note about somebody else names the person, and is that one's; the answer tells of it."""


IN_THE_GRAPH_ALONE = frozenset({"phone", "address"})
on_files_alone = pytest.mark.skipif(is_on_server(), reason="a server's files are not the base's")


class CutOff(BaseException):
    """The process ends here."""


def cut_off(*_, **__):
    raise CutOff


def words_of(home):
    """What is looked for: what was said of the person, and the key."""
    return {**WORDS, "key": home.customer_key(WHO)}


def left_in(folder, words):
    """What is found that should not be: the key where it is promised to stay is left out, and another's note."""
    found = found_in(folder, words)
    found["key"] = [path for path in found.get("key", []) if path not in LISTED]
    return {name: files for name, files in found.items() if files and name not in SAID_OF_ANOTHER}


def exported(service, folder):
    service.archives.export(folder, lambda _: None)
    return folder


def test_whatever_an_export_finds_of_a_person_erasing_removes_from_every_file(home, mapping, opened, tmp_path):
    words = words_of(home)
    with opened(home) as service:
        assert found_in(exported(service, tmp_path / "before"), words).keys() == words.keys()
    assert found_in(home.path, words).keys() == words.keys() - (IN_THE_GRAPH_ALONE if is_on_server() else set())
    with opened(home) as service:
        service.erasing.erase(WHO)
        assert left_in(home.path, words) == {}
        assert left_in(exported(service, tmp_path / "after"), words) == {}
        service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
        assert left_in(home.path, words) == {}
        with pytest.raises(NotFound):
            service.customers.knowledge_map(WHO)
    assert left_in(home.path, words) == {}


@on_files_alone
def test_the_embedded_graph_held_what_is_not_found_there_afterwards(home, opened):
    words = words_of(home)
    held = {"id", "name", "phone", "address", "complaint", "note", "contact", "key"}
    assert held <= {name for name, files in found_in(home.path, words).items() if GRAPH in files}
    with opened(home) as service:
        assert service.erasing.erase(WHO)["graph_files"]
    assert [name for name, files in found_in(home.path, words).items() if GRAPH in files] == ["name", "key"]


def test_what_is_of_others_stays_without_the_person(home, opened):
    with opened(home) as service:
        before = service.deciding.decide([OTHER, "m2"], Channel.PHONE, {})["decisions"]
        told = service.erasing.erase(WHO)
        with service.base.tables.open() as tables:  # what no use case shows
            contacts, deals = (tables[name].to_pyarrow().to_pylist() for name in ("interactions", "opportunities"))
        assert {row["interaction_id"]: row["handled_by"] for row in contacts} == {"i3": None, "i4": None, "i5": "lin"}
        assert {row["opportunity_id"]: row["agent"] for row in deals} == {"o2": None, "o3": "lin"}
        assert [(one["record"], one["customer_id"]) for one in told["mentioned"]] == [("note", "m5")]
        for decision in before:
            assert service.deciding.replay(decision["decision_id"])["equal"]
        assert service.customers.knowledge_map(OTHER)["information"]


_STEPS = {
    "before anything": "kb.erasure._identity",
    "after the journal": "kb.erasure.erase_rows",
    "in the middle of the tables": "kb.tables.erasure.write_catalog",
    "after the tables": "kb.erasure.erase_scores",
    "in the middle of the graph": "kb.erasure.changed",
    "before the graph is written anew": "kb.graph.compaction._copy",
    "before the journal's log is emptied": "kb.journal.store.Journal.purge",
}


@pytest.mark.parametrize("step", [pytest.param(step, marks=on_files_alone if "written anew" in step else ())
                                  for step in _STEPS])
def test_an_erasure_that_is_cut_off_is_completed_when_the_base_is_opened(home, opened, monkeypatch, step):
    with opened(home) as service, monkeypatch.context() as patch:
        patch.setattr(_STEPS[step], cut_off)
        with pytest.raises(CutOff):
            service.erasing.erase(WHO)
    assert UnfinishedErasures(home.path).keys() == {home.customer_key(WHO)}
    with opened(home):
        assert UnfinishedErasures(home.path).keys() == set()
        assert left_in(home.path, words_of(home)) == {}


def test_a_person_in_an_import_that_was_cut_off_is_erased_from_what_waits_to_be_finished(
        home, mapping, opened, monkeypatch):
    with opened(home) as service:
        with monkeypatch.context() as patch:
            patch.setattr(ingestion.Ingestion, "_take_over", cut_off)
            with pytest.raises(CutOff):
                service.ingestion.import_mapping(mapping, {}, progress=lambda _: None)
        assert any("unfinished" in file for file in found_in(home.path, WORDS)["name"])
        service.erasing.erase(WHO)
        assert left_in(home.path, words_of(home)) == {}
    with opened(home) as service:
        assert left_in(home.path, words_of(home)) == {}


def test_half_written_files_of_a_killed_process_are_gone_when_the_base_is_opened(home, opened):
    for folder in (home.facts_path, home.links_path, home.path):
        (folder / ".left.parquet.new").write_text(WORDS["name"], encoding="utf-8")
    with opened(home):
        assert not list(home.path.rglob(".left*"))


def test_somebody_who_is_in_refused_rows_alone_can_be_erased(home, mapping, opened, tmp_path):
    sales = tmp_path / "sales.csv"
    sales.write_text("member,order,product,category,at,quantity,amount,tier\r\n"
                     "m1,1,tea,TEA,2024-06-08 10:00,1,12,gold\r\nKD-refused,9,tea,TEA,2024-06-09 10:00,0,12,gold\r\n")
    words = {"key": home.customer_key("KD-refused")}
    with opened(home) as service:
        service.ingestion.import_mapping(mapping, {"sales": sales}, replacing=True, progress=lambda _: None)
        assert found_in(home.path, words)
        service.erasing.erase("KD-refused")
        assert left_in(home.path, words) == {}


def test_a_copy_inside_the_home_would_outlive_an_erasure_and_is_refused(home, opened):
    with opened(home) as service:
        for write in (service.archives.export, service.archives.backup):
            with pytest.raises(InvalidInput, match="inside the home"):
                write(home.path / "backups" / "one", lambda _: None)
    assert not (home.path / "backups").exists()


@pytest.mark.skipif(is_on_server(), reason="a graph on a server is restored into a namespace of its own")
def test_a_backup_restored_over_its_base_does_not_bring_back_whom_that_had_erased(home, opened, zhike, tmp_path):
    with opened(home) as service:
        service.archives.backup(tmp_path / "kept.zhike", lambda _: None)
        service.erasing.erase(WHO)
    assert zhike(home.path, "restore", str(tmp_path / "kept.zhike"), "--force").returncode == 0
    shutil.rmtree(next(tmp_path.glob("home.before-*")))
    assert found_in(home.path, WORDS)
    with opened(home) as service, pytest.raises(NotFound):
        service.customers.knowledge_map(WHO)
    assert left_in(home.path, words_of(home)) == {}


def test_who_was_never_here_is_unknown_and_is_on_no_list(home, opened):
    with opened(home) as service, pytest.raises(NotFound, match="nobody-of-us"):
        service.erasing.erase("nobody-of-us")
    assert home.erased() == frozenset()


def test_erasing_again_finds_nothing_more(home, opened):
    with opened(home) as service:
        service.erasing.erase(WHO)
        again = service.erasing.erase(WHO)
    assert (again["journal"], again["facts"], again["snapshots"], again["mentioned"]) == (0, 0, [], [])


def test_while_somebody_reads_the_journal_the_answer_says_that_bytes_are_left(home, opened, monkeypatch):
    monkeypatch.setattr("kb.erasure._PATIENCE_SECONDS", 0.3)
    with opened(home) as service:
        with closing(sqlite3.connect(home.journal_path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM notes").fetchone()
            with pytest.raises(Unavailable, match="not off the disk"):
                service.erasing.erase(WHO)
            assert service.deciding.decide([OTHER], Channel.PHONE, {})["decisions"]
        service.erasing.erase(WHO)
        assert left_in(home.path, words_of(home)) == {}
        assert UnfinishedErasures(home.path).keys() == set()


def test_nothing_is_erased_while_files_are_read_by_miners_or_written_by_an_import(home, opened):
    with opened(home) as service:
        run = service.runs.start(as_of=None, seed=1, by="eve")
        with pytest.raises(RunUnderWay, match=run["id"]):
            service.erasing.erase(WHO)
        service.runs.cancel(run["id"], "eve")
        with service.base.lock.ingesting(), pytest.raises(Unavailable, match="under way"):  # an import has it
            service.erasing.erase(WHO)
        assert service.customers.knowledge_map(WHO)["information"]
    assert home.erased() == frozenset()


def test_a_record_that_was_under_way_while_a_person_was_erased_is_refused(home, opened):
    with opened(home) as service:
        decision = service.base.journal.decisions_of(home.customer_key(WHO))[0]
        service.erasing.erase(WHO)
        with pytest.raises(Conflict, match="was erased"):
            service.base.journal.append_decisions([decision])
    assert left_in(home.path, words_of(home)) == {}
