"""What was read of customers lately, for as long as the graph says that it stands."""

import threading
from collections import OrderedDict

from kb.facts.customer_snapshot import CustomerSnapshot
from kb.graph.version import GraphVersion
from kb.model.ids import CustomerKey
from ontology.vocabulary import KnowledgeStatus

_MOST_ROWS = 50_000  # some 50 MB


class FactCache:
    """Remembers what stands still of the customers who were asked for last. Safe to call from several threads.

    Args:
        most_rows: How many rows are kept at most, over all customers; whoever was not asked for longest goes first.
    """

    def __init__(self, most_rows: int = _MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._changing = threading.Lock()
        self._version: GraphVersion | None = None
        self._kept: OrderedDict[tuple[CustomerKey, tuple[KnowledgeStatus, ...]], CustomerSnapshot] = OrderedDict()
        self._rows = 0

    @property
    def rows(self) -> int:
        """How many rows are kept."""
        return self._rows

    @property
    def version(self) -> GraphVersion | None:
        """Under which everything was read; ``None`` while nothing is kept."""
        return self._version

    def recall(self, key: CustomerKey, statuses: tuple[KnowledgeStatus, ...],
               version: GraphVersion) -> CustomerSnapshot | None:
        """What was read of a customer, if it was read under this version."""
        with self._changing:
            snapshot = self._kept.get((key, statuses)) if version == self._version else None
            if snapshot is not None:
                self._kept.move_to_end((key, statuses))
            return snapshot

    def forget(self) -> None:
        """Forget everything."""
        with self._changing:
            self._version, self._rows = None, 0
            self._kept.clear()

    def keep(self, key: CustomerKey, statuses: tuple[KnowledgeStatus, ...], version: GraphVersion,
             snapshot: CustomerSnapshot) -> None:
        """Remember what was read; under another version than before, everything else is forgotten."""
        with self._changing:
            if version != self._version:
                self._version, self._rows = version, 0
                self._kept.clear()
            before = self._kept.pop((key, statuses), None)
            self._kept[key, statuses] = snapshot
            self._rows += snapshot.size - (0 if before is None else before.size)
            while self._rows > self._most_rows:
                _, dropped = self._kept.popitem(last=False)
                self._rows -= dropped.size
