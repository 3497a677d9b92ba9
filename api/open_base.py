"""An open base: its folder, its graph and its journal, and what reads and writes them, opened and closed together."""

import time
from typing import Self

from kb.curation.curation import Curation
from kb.curation.harms import OwnHarms
from kb.curation.levers import StandingLevers
from kb.curation.pauses import PauseStates
from kb.customers import CustomerDirectory
from kb.description import BaseDescription
from kb.experiments.challenge import Challenges
from kb.facts.fact_cache import FactCache
from kb.facts.home_tables import HomeTables
from kb.graph.address import EMBEDDED, GraphAccess, place_of
from kb.graph.double_buffer import DoubleBuffer
from kb.graph.opening import open_graph
from kb.graph.ownership import claim_graph
from kb.graph.port import Graph
from kb.home import Home
from kb.ingestion.files import FileLimits
from kb.ingestion.lock import IngestionLock
from kb.journal.projector import Projector
from kb.journal.store import Journal
from kb.knowledge_map import rehearse_map
from kb.local_ontology import LocalOntology
from kb.rates.states import RatesStates
from kb.tables.memory_limit import Memory
from ontology.schema import Schema, load_schema

_CATCH_UP_SECONDS = 1.0
"""How long opening and closing wait for the graph to follow the journal; the next time goes on from there."""

_ANYBODY = "MATCH (c:Customer) RETURN c.customer_key AS key ORDER BY key LIMIT 1"


class OpenBase:
    """The stores of one base. Each use case is given those that it needs; the caller holds the home's lock."""

    def __init__(self, home: Home, access: GraphAccess | None = None, memory: Memory | None = None,
                 limits: FileLimits | None = None) -> None:
        self.home = home
        self.limits = limits or FileLimits()
        self.journal = Journal(home.journal_path)
        schema = load_schema(*home.extensions)
        self.graph: Graph = _claimed(home, schema, access)
        self.projector = Projector(self.journal, lambda: self.graph)
        self.description = BaseDescription(home, self.graph)
        self.ontology = LocalOntology(home, self.graph, schema)
        self.directory = CustomerDirectory(home, self.graph)
        self.tables = HomeTables(home=home, graph=self.graph, memory=memory or Memory.of_machine())
        self.lock = IngestionLock(home, None if self.is_embedded else self.graph, self.journal.id)
        self.cache = FactCache()
        self.buffer = DoubleBuffer(self.graph, self._rehearse)
        self.curation = Curation(self.graph, now=_wall_clock)
        self.levers = StandingLevers(self.graph, now=_wall_clock)
        self.harms = OwnHarms(self.graph, now=_wall_clock)
        self.rates = RatesStates(self.graph, now=_wall_clock)
        self.pauses = PauseStates(self.graph, now=_wall_clock)
        self.challenges = Challenges(self.graph)
        self.ontology.take_over()
        self.projector.catch_up(_CATCH_UP_SECONDS)

    @property
    def is_embedded(self) -> bool:
        """Whether the graph is this process's own, so that no other service can share it."""
        return self.description.base.graph == EMBEDDED

    def close(self) -> None:
        """Let go of graph and journal."""
        self.projector.close(_CATCH_UP_SECONDS)
        self.journal.close()
        self.graph.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _rehearse(self, table: str) -> None:
        for anybody in self.graph.read(_ANYBODY):
            rehearse_map(self.graph, anybody["key"], table)


def graph_of(home: Home, url: str, schema: Schema, access: GraphAccess | None) -> Graph:
    """The graph that a URL names for a home, with the tables of a schema."""
    return open_graph(place_of(url, home.path, access), home.path / "graph", schema)


def _claimed(home: Home, schema: Schema, access: GraphAccess | None) -> Graph:
    """The graph of the base in a home, which is no other base's."""
    base = home.base()
    graph = graph_of(home, base.graph, schema, access)
    try:
        claim_graph(graph, base, home.secret())
    except BaseException:
        graph.close()
        raise
    return graph


def _wall_clock() -> int:
    return int(time.time())
