"""A graph whose files are written anew holds what it held, and no byte of what was deleted."""

import os
import platform
import signal
import subprocess
import sys
import threading
from contextlib import closing

import pyarrow as pa
import pytest

from kb.archive.pages import pages
from kb.errors import StoreFailure
from kb.graph import compaction
from kb.graph.disk_space import RESERVE_BYTES
from kb.graph.ladybug import LadybugGraph
from kb.graph.port import Statement
from ontology.schema import load_schema

GONE, STAYS = "Ottilie Unterholzner", "Benedikta Hausmann"
_DELETE = Statement("MATCH (c:Customer {customer_key: 'c1'}) DETACH DELETE c")


def fill(graph, others=3):
    keys = ["c1", "c2", *(f"d{number}" for number in range(others))]
    graph.bulk_load("Customer", pa.table({"customer_key": keys, "name": [GONE, STAYS, *keys[2:]],
                                          "age": pa.array([40, None, *range(others)], pa.int64())}))
    graph.bulk_load("Category", pa.table({"name": ["tea", "红茶"]}))
    graph.bulk_load("PURCHASED", pa.table({"from": keys * 2, "to": ["tea"] * len(keys) + ["红茶"] * len(keys),
                                           "orders_all": list(range(2 * len(keys)))}))
    graph.bulk_load("KNOWS", pa.table({"from": ["c2", "d0"], "to": ["c1", "c2"], "kind": ["social", "social"]}))
    graph.write([Statement("CREATE (r:Release {number: 7})"), Statement("CREATE (s:State {name: 'x', value: ''})")])


def held(graph):
    schema = load_schema()
    found = {table.name: [row for page in pages(graph, schema, table) for row in page.to_pylist()]
             for table in (*schema.nodes, *schema.relations)}
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def bytes_of(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_graph_holds_the_same_after_its_files_were_written_anew(graph, monkeypatch):
    monkeypatch.setattr(compaction, "_PAGE_ROWS", 3)
    fill(graph)
    before = held(graph)
    graph.purge()
    assert held(graph) == before
    graph.write([Statement("CREATE (c:Customer {customer_key: 'c9', name: 'new'})")])
    assert graph.read("MATCH (c:Customer) RETURN count(*) AS n") == [{"n": 6}]


def test_what_was_deleted_is_in_no_byte_of_an_embedded_graph_and_a_server_says_that_it_keeps_its_files(
        graph, engine, tmp_path):
    fill(graph)
    graph.write([_DELETE])
    assert graph.purge() == (engine == "ladybug")
    if engine == "ladybug":
        assert GONE.encode() not in bytes_of(tmp_path)
        assert STAYS.encode() in bytes_of(tmp_path)


def test_without_that_a_deleted_record_stays_in_the_embedded_file(tmp_path):
    """The reason for all of it; the day this fails, it can go."""
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        fill(graph)
        graph.write([_DELETE])
    assert GONE.encode() in bytes_of(tmp_path)


def test_a_new_graph_can_be_written_anew(graph):
    before = held(graph)
    graph.purge()
    assert held(graph) == before


def test_readers_go_on_and_no_write_is_lost_meanwhile(graph):
    fill(graph, others=2_000)
    done, faults, written, read = threading.Event(), [], [], []

    def write():
        while not done.is_set():
            key = f"w{len(written)}"
            graph.write([Statement("CREATE (c:Customer {customer_key: $key})", {"key": key})])
            written.append(key)

    def look():
        while not done.is_set():
            read.append(graph.bulk_read("MATCH (c:Customer) RETURN c.name AS name", pa.schema({"name": pa.string()})))

    def tried(work):
        try:
            work()
        except BaseException as fault:  # noqa: BLE001  # it is looked at below
            faults.append(fault)

    threads = [threading.Thread(target=tried, args=(work,)) for work in (write, look, look)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        graph.purge()
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    found = {row["key"] for row in graph.read("MATCH (c:Customer) RETURN c.customer_key AS key")}
    assert set(written) <= found
    assert written
    assert all(GONE in page["name"].to_pylist() for page in read)  # answers outlive the file they were read from


_KILLED = """
import os, signal, sys
from pathlib import Path
import {module} as place
from kb.graph.ladybug import LadybugGraph
from kb.graph.port import Statement
from ontology.schema import load_schema

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

graph = LadybugGraph(Path(sys.argv[1]), load_schema())
graph.write([Statement("MATCH (c:Customer {{customer_key: 'c1'}}) DETACH DELETE c")])
place.{name} = die
graph.purge()
"""
_STEPS = {
    "before anything is copied": ("kb.graph.ladybug", "write_anew"),
    "in the middle of the copy": ("kb.graph.compaction", "_spans"),
    "when the copy is whole": ("kb.graph.ladybug", "LadybugGraph._take_fresh"),
    "when the old file is closed": ("kb.graph.ladybug", "_sync"),
    "before the names change": ("kb.graph.ladybug", "Path.replace"),
    "when the names have changed": ("kb.graph.ladybug", "LadybugGraph._open"),
}


@pytest.mark.parametrize("step", _STEPS)
def test_a_process_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path, step):
    module, name = _STEPS[step]
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        fill(graph)
    killed = subprocess.run([sys.executable, "-c", _KILLED.format(module=module, name=name), str(tmp_path)],  # noqa: S603
                            env={**os.environ, "PYTHONPATH": os.getcwd()}, check=False)  # noqa: PTH109
    assert killed.returncode == -signal.SIGKILL
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        assert [row["name"] for row in graph.read("MATCH (c:Customer {customer_key: 'c2'}) RETURN c.name AS name")] \
            == [STAYS]
        assert graph.read("MATCH (c:Customer) RETURN count(*) AS n") == [{"n": 4}]
        graph.purge()
    assert GONE.encode() not in bytes_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["knowledge.lbug"]


def test_where_the_copy_fails_the_graph_is_as_it_was_and_goes_on(tmp_path, monkeypatch):
    with closing(LadybugGraph(tmp_path, load_schema())) as graph:
        fill(graph)
        with monkeypatch.context() as patch:
            patch.setattr(compaction, "_spans", lambda *_: iter(()))
            with pytest.raises(StoreFailure, match="holds 0 records after"):
                graph.purge()
        graph.write([Statement("CREATE (c:Customer {customer_key: 'c9'})")])
        assert graph.read("MATCH (c:Customer) RETURN count(*) AS n") == [{"n": 6}]
    assert [path.name for path in tmp_path.iterdir()] == ["knowledge.lbug"]


def test_a_full_disk_is_told_before_anything_is_written(small_disk):
    with closing(LadybugGraph(small_disk / "graph", load_schema())) as graph:
        fill(graph)
        disk = os.statvfs(small_disk)
        (small_disk / "filler").write_bytes(bytes(disk.f_bavail * disk.f_frsize - RESERVE_BYTES))
        with pytest.raises(StoreFailure, match="is full"):
            graph.purge()
        assert len(graph.read("MATCH (c:Customer) RETURN c.name AS name")) == 5


_MARKED_MEMORY = 0xA5
"""What glibc fills freed memory with, by an option for its users' tests; memory handed out gets the complement."""
_WRITTEN = """
import os, shutil, sys
from contextlib import closing
from pathlib import Path
from kb.graph.ladybug import LadybugGraph
from kb.graph.port import Statement
from ontology.schema import load_schema
from tests.kb.graph.test_purge import fill

del os.environ["MALLOC_PERTURB_"]  # of this process: others start without it
folder = Path(sys.argv[1])
def keep(name):
    shutil.copytree(folder / "graph", folder / name)

with closing(LadybugGraph(folder / "graph", load_schema())) as graph:
    fill(graph, others=500)
    keep("filled")
    graph.purge()
    keep("anew")
    graph.write([Statement("MATCH (c:Customer) SET c.address = 'c'")])
    keep("changed")
keep("closed")
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="no other C library marks its memory")
def test_no_file_holds_memory_of_the_process_that_wrote_it(tmp_path):
    """The engine's pages end in memory as it was handed out, where words of an erased person may have been before."""
    subprocess.run([sys.executable, "-c", _WRITTEN, str(tmp_path)], check=True,  # noqa: S603
                   env={**os.environ, "PYTHONPATH": os.getcwd(), "MALLOC_PERTURB_": str(_MARKED_MEMORY)})  # noqa: PTH109
    marks = [bytes([mark]) * 16 for mark in (_MARKED_MEMORY, _MARKED_MEMORY ^ 0xFF)]
    assert not [name for name in ("filled", "anew", "changed", "closed")
                if any(mark in bytes_of(tmp_path / name) for mark in marks)]
