"""Which edition of the facts and of the knowledge a graph holds: whoever remembers what it read asks whether it stands.

Every change of what is read of customers writes another token into a node ``State`` in the same transaction, so that
the processes that share the graph learn of each other's changes with one cheap read.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kb.graph.port import Graph, Record, Statement
from kb.graph.twin import POINTER, TWINS

JOURNAL = "journal:"
"""Names of the state nodes that say how far the graph follows a journal begin with this and end with its id."""

READ_STATES = """
    MATCH (s:State) WHERE s.name IN $states OR s.name STARTS WITH $journals RETURN s.name AS name, s.value AS value"""
_SET = "MERGE (s:State {name: $name}) ON CREATE SET s.value = $value ON MATCH SET s.value = $value"


class Edition(StrEnum):
    """What changes as one."""

    FACTS = "facts_edition"
    KNOWLEDGE = "knowledge_edition"


STATES = {"states": [POINTER, *Edition], "journals": JOURNAL}
"""The parameters of ``READ_STATES``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a reading of customers rests on.

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
        """From the rows of ``READ_STATES``."""
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


def changed(edition: Edition) -> Statement:
    """What a transaction that changes something of ``edition`` writes too."""
    return Statement(_SET, {"name": edition.value, "value": secrets.token_hex(8)})
