"""What the knowledge base asks of a graph, whichever engine holds it.

Queries are written in the part of Cypher that the engines share. Parameters stand in every place where a value does.
``HOLDS`` is the table of links between customers and knowledge that is live in the state that a query is answered over
(``kb.graph.double_buffer``).
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from kb.errors import Conflict
from ontology.schema import Schema
from ontology.text import Text

Record: TypeAlias = dict[str, Any]
"""One row of an answer: name of the returned column to its plain value."""

_ANEW = Text(zh="请重新查看后再决定", en="read it again and decide anew")


@dataclass(frozen=True, slots=True)
class Statement:
    """One step of a transaction.

    Args:
        text: Cypher of the shared part.
        parameters: Values for its ``$names``; an unknown value is ``None``.
        guard: What must have been true, in words. Where set, a statement that returns no row undoes the whole
            transaction with a ``Conflict`` that says so: the check and the change are one.
    """

    text: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    guard: str | Text = ""

    def demand(self, found: list[Record]) -> list[Record]:
        """What the statement returned, where its guard lets it pass.

        Raises:
            Conflict: If it has a guard and returned no row.
        """
        if self.guard and not found:
            raise Conflict(self.guard, hint=_ANEW)
        return found


class Graph(Protocol):
    """A property graph whose tables are those of the ontology. Safe to call from several threads.

    Every method raises ``StoreFailure`` where the engine refuses, and ``Conflict`` where a key is taken.
    """

    def read(self, query: str, /, **parameters: object) -> list[Record]:
        """The rows that ``query`` returns, of what is committed."""

    def snapshot(self, queries: Mapping[str, str], /, **parameters: object) -> dict[str, list[Record]]:
        """The rows of several queries over one and the same state, by name; each takes the parameters it names."""

    def bulk_read(self, query: str, columns: pa.Schema, /, **parameters: object) -> pa.Table:
        """The many rows that ``query`` returns, as the columns it returns, in the types of ``columns``."""

    def short_list(self, table: str) -> int:
        """Up to how many keys of a node table are found sooner one by one, with ``=``, than all with ``IN``."""

    def write(self, statements: Iterable[Statement], /) -> list[list[Record]]:
        """Run the statements as one transaction, durable on return; the rows that each returned."""

    def bulk_load(self, table: str, rows: pa.Table, *, replace: bool = False) -> None:
        """Load many rows into a table of the schema.

        A node table takes them by key: a known key gets the given columns, the others stay as they are. A
        relationship table has its ends in the columns ``from`` and ``to``, and gets each row as a new relationship.

        Args:
            table: Name of a node or relationship table.
            rows: Columns by name; integers, floats and strings are widened to the schema's types, NaN is unknown.
            replace: The table holds these rows and no other afterwards. For relationships the change is one step
                that a reader sees whole or not at all.
        """

    def hold_writers(self) -> AbstractContextManager[None]:
        """Let whoever writes wait, so that many reads see one state; readers go on."""

    def purge(self) -> bool:
        """Leave no byte of what was deleted in the store's files; whether they are this process's to write.

        Whoever writes waits, readers go on. A server keeps its files by itself, and this does nothing there.
        """

    def declare(self, schema: Schema) -> None:
        """Hold the tables of another schema from now on; tables and columns are only ever added."""

    def drift(self) -> Iterable[str]:
        """How the store departs from the schema: a name of each table, column or constraint, and what is wrong."""

    def ready(self) -> None:
        """Return if the graph can be read now, and nothing that is known here keeps it from being written."""

    def close(self) -> None:
        """Let go of the store; what was written stays. Closing twice is harmless."""


def key_taken() -> Conflict:
    """The fault of creating a record whose key stands in the graph already."""
    return Conflict(Text(zh="图谱中已有这个编号的记录", en="a record with this key is already in the graph"),
                    hint=Text(zh="请先查看它", en="read it first"))
