"""A run's relationships appear all at once, while readers go on."""

import threading

import pyarrow as pa
import pytest

from kb.errors import StoreFailure
from kb.graph.double_buffer import TWINS, DoubleBuffer
from kb.graph.port import Statement

COUNT = 25_000


@pytest.fixture
def buffer(graph):
    graph.bulk_load("Customer", pa.table({"customer_key": [f"c{i}" for i in range(COUNT)]}))
    graph.bulk_load("KnowledgeItem", pa.table({"id": ["k1"]}))
    return DoubleBuffer(graph)


def links(score):
    return pa.table({"from": [f"c{i}" for i in range(COUNT)], "to": ["k1"] * COUNT, "score": [score] * COUNT})


def scores(graph, table):
    rows = graph.read(f"MATCH (:Customer)-[h:{table}]->(:KnowledgeItem) RETURN h.score AS score, count(*) AS n")
    return [(row["score"], row["n"]) for row in rows]


def test_each_load_goes_into_the_other_table_and_flips_the_pointer(graph, buffer):
    live = [buffer.live()]
    for score in (0.1, 0.2, 0.3):
        buffer.replace(links(score))
        live.append(buffer.live())
        assert scores(graph, buffer.live()) == [(score, COUNT)]
    assert live == [TWINS[0], TWINS[1], TWINS[0], TWINS[1]]


def test_before_a_table_is_live_it_is_rehearsed_whole(graph, buffer):
    seen = []
    rehearsed = DoubleBuffer(graph, lambda idle: seen.append((idle, buffer.live(), scores(graph, idle))))
    rehearsed.replace(links(0.5))
    assert seen == [(TWINS[1], TWINS[0], [(0.5, COUNT)])]
    assert rehearsed.live() == TWINS[1]


def test_a_load_that_fails_leaves_the_live_table_live(graph, buffer):
    buffer.replace(links(0.5))
    bad = pa.table({"from": ["nobody"], "to": ["k1"], "score": [0.9]})
    with pytest.raises(StoreFailure):
        buffer.replace(bad)
    assert scores(graph, buffer.live()) == [(0.5, COUNT)]
    buffer.replace(links(0.6))
    assert scores(graph, buffer.live()) == [(0.6, COUNT)]


LIVE = "MATCH (:Customer)-[h:HOLDS]->(:KnowledgeItem) RETURN h.score AS score, count(*) AS n"


def test_a_query_says_holds_and_reads_the_live_table_however_it_is_asked(graph, buffer):
    assert graph.read(LIVE) == []
    for score in (0.1, 0.2, 0.3):
        buffer.replace(links(score))
        rows = [{"score": score, "n": COUNT}]
        assert graph.read(LIVE) == rows
        assert graph.snapshot({"held": LIVE, "one": "RETURN 1 AS one"}) == {"held": rows, "one": [{"one": 1}]}
        assert graph.bulk_read(LIVE, pa.schema([("score", pa.float64()), ("n", pa.int64())])).to_pylist() == rows
    graph.write([Statement("MATCH (:Customer)-[h:HOLDS]->(:KnowledgeItem) SET h.score = $score", {"score": 0.9})])
    assert scores(graph, buffer.live()) == [(0.9, COUNT)]


@pytest.mark.usefixtures("buffer")
def test_another_service_reads_the_live_table_as_soon_as_the_pointer_has_moved(services):
    here, there = services
    for score in (0.1, 0.2, 0.3):
        DoubleBuffer(here).replace(links(score))
        assert there.read(LIVE) == [{"score": score, "n": COUNT}]


def test_whoever_says_holds_sees_one_run_or_the_next_while_it_loads(graph, buffer):
    buffer.replace(links(0.0))
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append([(row["score"], row["n"]) for row in graph.read(LIVE)])

    reader = threading.Thread(target=read)
    reader.start()
    for score in (1.0, 2.0, 3.0):
        buffer.replace(links(score))
    done.set()
    reader.join()
    assert seen
    assert all(answer in [[(score, COUNT)] for score in (0.0, 1.0, 2.0, 3.0)] for answer in seen)
