"""What a reading of customers rests on, in one cheap read."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.graph.port import Graph, Record
from kb.graph.state import Edition
from kb.graph.twin import POINTER, TWINS

JOURNAL = "journal:"
"""Names of the state nodes that say how far the graph follows a journal begin with this and end with its id."""

READ_STATES = """
    MATCH (s:State) WHERE s.name IN $states OR s.name STARTS WITH $journals RETURN s.name AS name, s.value AS value"""
STATES = {"states": [POINTER, *(edition.value for edition in Edition)], "journals": JOURNAL}
"""The parameters of ``READ_STATES``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What stands in the graph now.

    Args:
        holds: The live relationship table of what holds for customers.
        facts: Token of the facts; empty before the first load.
        knowledge: Token of what is published, approved and held.
        journals: Ids of the journals that the graph follows.
    """

    holds: str
    facts: str
    knowledge: str
    journals: frozenset[str]

    @classmethod
    def of(cls, records: Iterable[Record]) -> "Stamp":
        """From the rows of ``READ_STATES``.

        >>> Stamp.of([{"name": "holds", "value": "HOLDS_B"}, {"name": "journal:a", "value": "7"}]).journals
        frozenset({'a'})
        """
        said = {record["name"]: record["value"] for record in records}
        return cls(holds=said.get(POINTER, TWINS[0]), facts=said.get(Edition.FACTS, ""),
                   knowledge=said.get(Edition.KNOWLEDGE, ""),
                   journals=frozenset(name.removeprefix(JOURNAL) for name in said if name.startswith(JOURNAL)))

    def is_shared(self, journal: str) -> bool:
        """Whether the graph follows other journals besides this one."""
        return bool(self.journals - {journal})


def read_stamp(graph: Graph) -> Stamp:
    """What a reading of customers rests on now."""
    return Stamp.of(graph.read(READ_STATES, **STATES))
