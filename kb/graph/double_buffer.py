"""Customer-knowledge relationships in two tables, one live and one idle: a run fills the idle one and flips.

Loading takes seconds where a base is large. Readers go on with the earlier run's relationships meanwhile, and see the
new ones all at once. A query names neither of the tables: it says ``HOLDS``, and each body of the port reads the table
that is live in the state over which the query is answered.
"""

import re
import threading
from collections.abc import Callable, Iterator

import pyarrow as pa

from kb.errors import StoreFailure
from kb.graph.port import Graph
from kb.graph.state import Edition, changed, put_state, state_of
from ontology.text import Text

HOLDS = "HOLDS"
"""The name, in queries, of whichever table is live."""

TWINS = ("HOLDS_A", "HOLDS_B")
POINTER = "holds"
"""The name of the state that says which is live; before any run it says nothing, and the first is."""

_NAMED = re.compile(rf"\b{HOLDS}\b")
_SLICE_ROWS = 20_000


class DoubleBuffer:
    """The pair of relationship tables ``HOLDS_A`` and ``HOLDS_B`` of one graph.

    Args:
        graph: Whose tables they are.
        rehearse: Asks of the table that is about to be live what readers will ask. A server plans a query for each
            table by itself, which takes it half a second, and nobody waits for it then.
    """

    def __init__(self, graph: Graph, rehearse: Callable[[str], None] = lambda _: None) -> None:
        self.graph = graph
        self._rehearse = rehearse
        self._filling = threading.Lock()

    def live(self) -> str:
        """The name of the table that is live now."""
        return state_of(self.graph, POINTER) or TWINS[0]

    def replace(self, links: pa.Table) -> None:
        """Fill the idle table with ``links`` and make it the live one.

        Args:
            links: ``from`` (customer key), ``to`` (item id) and the columns of the relationship.

        Raises:
            StoreFailure: If another load is under way; what is live stays.
        """
        if not self._filling.acquire(blocking=False):
            msg = Text(zh="正在载入另一个挖掘任务的结果", en="the results of another run are being loaded")
            raise StoreFailure(msg, hint=Text(zh="请等那个任务完成", en="wait until that run is finished"))
        try:
            idle = next(table for table in TWINS if table != self.live())
            self.graph.bulk_load(idle, links.slice(0, 0), replace=True)
            for part in _slices(links):
                self.graph.bulk_load(idle, part)
            self._rehearse(idle)
            self.graph.write([put_state(POINTER, idle), changed(Edition.KNOWLEDGE)])
        finally:
            self._filling.release()


def names_live_table(query: str) -> bool:
    """Whether a query reads the table that is live.

    >>> names_live_table("MATCH ()-[h:HOLDS]->() RETURN h"), names_live_table("MATCH ()-[h:HOLDS_A]->() RETURN h")
    (True, False)
    """
    return _NAMED.search(query) is not None


def on_table(query: str, table: str) -> str:
    """The query with ``table`` in place of the one that is live.

    >>> on_table("MATCH ()-[h:HOLDS]->() RETURN h", "HOLDS_B")
    'MATCH ()-[h:HOLDS_B]->() RETURN h'
    """
    return _NAMED.sub(table, query)


def _slices(links: pa.Table) -> Iterator[pa.Table]:
    for start in range(0, links.num_rows, _SLICE_ROWS):
        yield links.slice(start, _SLICE_ROWS)
