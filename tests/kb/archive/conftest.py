"""A small base with something in every part of it, and how to compare two bases record for record."""

from contextlib import closing
from types import SimpleNamespace

import pyarrow as pa
import pytest

from kb.archive.graph_files import tables_of
from kb.archive.pages import pages
from kb.archive.restoring import Destination
from kb.archive.sqlite_files import SqliteFile
from kb.archive.writing import Contents, write_archive
from kb.graph.address import GraphAddress
from kb.graph.ladybug import LadybugGraph
from kb.graph.opening import open_graph
from kb.graph.port import Statement
from kb.home import Base, Home, write_owner_only
from kb.journal.events import Interaction, Note
from kb.journal.store import Journal
from kb.model.decision import Outcome
from kb.tables.catalog import Catalog, write_catalog
from ontology.schema import load_schema
from ontology.text import Text
from ontology.vocabulary import InteractionKind, OutcomeKind

POOL = 1 << 27
SHOP = Base(name=Text(zh="小店", en="shop"), zone="Asia/Shanghai", currency="CNY", as_of=1_700_000_000)
SCHEMA = load_schema()


def quiet(_):
    """Nobody listens to the progress."""


def journal_of(home):
    return SqliteFile(name="journal", path=home.journal_path, declare=lambda path: Journal(path).close())


def fill_graph(graph):
    """Every table has a record; text in several scripts, unknown values and extremes among them."""
    graph.bulk_load("Customer", pa.table({
        "customer_key": ["c1", "c2", "", "客户"], "name": ["王小明", None, "", "emoji 🙂\n\"'`"],
        "age": pa.array([30, None, 0, -(2**60)], pa.int64()), "loyalty": [0.1 + 0.2, None, 5e-324, 1.7e308]}))
    for table in SCHEMA.nodes:
        if table.name not in ("Customer", "State"):
            key = [1, 2] if table.name == "Release" else [f"{table.name}-1", f"{table.name}-乙"]
            graph.bulk_load(table.name, pa.table({table.key: key}))
    keys = {table.name: graph.read(f"MATCH (n:{table.name}) RETURN n.{table.key} AS key") for table in SCHEMA.nodes}
    for table in SCHEMA.relations:
        ends = keys[table.source][0]["key"], keys[table.target][-1]["key"]
        graph.bulk_load(table.name, pa.table({"from": [ends[0]] * 2, "to": [ends[1]] * 2}))
    graph.bulk_load("HOLDS_A", pa.table({"from": ["c1"], "to": ["KnowledgeItem-1"], "score": [0.25], "since": [7]}))
    graph.write([Statement("CREATE (s:State {name: 'holds', value: 'HOLDS_A'})")])


def fill_journal(journal, decision_of):
    journal.append_decisions([decision_of("d1", "c1"), decision_of("d2", "客户")])
    journal.record_outcome(Outcome(decision_id="d1", action_id="cross_sell", outcome=OutcomeKind.SHOWN, at=5,
                                   author="王"))
    journal.record_interaction(Interaction(interaction_id="i1", customer_key="c1", kind=InteractionKind.COMPLAINT,
                                           at=6, author="li", text="太慢了 🙁", amount=1.5))
    journal.add_note(Note(note_id="n1", customer_key="c1", text="备注", author="li", at=7))


@pytest.fixture
def base(tmp_path, decision_of):
    """An open base: home, graph and journal."""
    home = Home(tmp_path / "base")
    home.create(SHOP)
    write_catalog(home.path, Catalog(zone=SHOP.zone, currency=SHOP.currency))
    (home.path / "snapshots" / "orders").mkdir(parents=True)
    (home.path / "snapshots" / "orders" / "0.parquet").write_bytes(bytes(range(256)))
    write_owner_only(home.path / "erased", b"c9")
    with closing(LadybugGraph(home.path / "graph", SCHEMA, buffer_pool_bytes=POOL)) as graph, \
            closing(Journal(home.journal_path)) as journal:
        fill_graph(graph)
        fill_journal(journal, decision_of)
        yield SimpleNamespace(home=home, graph=graph, journal=journal)


@pytest.fixture
def write(base):
    """Write the base as an archive."""
    def writer(folder, progress=quiet):
        return write_archive(contents_of(base.home, base.graph), folder, now=9, progress=progress)

    return writer


@pytest.fixture
def archive_of():
    """Write any open base as an archive: ``archive_of(home, graph, folder)``."""
    return lambda home, graph, folder: write_archive(contents_of(home, graph), folder, now=10, progress=quiet)


def contents_of(home, graph):
    return Contents(home=home, graph=graph, schema=SCHEMA, sqlite=[journal_of(home)])


@pytest.fixture
def archive(write, tmp_path):
    """The base as an archive."""
    folder = tmp_path / "archive"
    write(folder)
    return folder


@pytest.fixture
def destination(tmp_path, graph_place):
    """A home without a base, and the graph that it is to have on either engine."""
    return destination_at(Home(tmp_path / "new"), graph_place)


@pytest.fixture
def embedded(tmp_path):
    """A home without a base whose graph is to be embedded."""
    return destination_at(Home(tmp_path / "embedded"), GraphAddress())


def destination_at(home, place):
    def opener(schema):
        if place.is_embedded:
            return LadybugGraph(home.path / "graph", schema, buffer_pool_bytes=POOL)
        return open_graph(place, home.path / "graph", schema)

    return Destination(home=home, open_graph=opener, sqlite={"journal": journal_of(home)}, describe=lambda base: base)


@pytest.fixture
def records_of():
    """Every record of every table of a graph, in an order that does not depend on the engine."""
    def read(graph):
        return {table.name: sorted((row for page in pages(graph, SCHEMA, table) for row in page.to_pylist()), key=repr)
                for table in tables_of(SCHEMA)}

    return read
