"""Which edition of the facts and of the knowledge a graph holds: whoever remembers what it read asks whether it stands.

Every change of what is read of customers writes another token into a node ``State`` in the same transaction, so that
the processes that share the graph learn of each other's changes with one cheap read (``kb.graph.stamp``).
"""

import secrets
from enum import StrEnum

from kb.graph.port import Statement

_SET = "MERGE (s:State {name: $name}) ON CREATE SET s.value = $value ON MATCH SET s.value = $value"


class Edition(StrEnum):
    """What changes as one: facts of customers; what is published, approved and held."""

    FACTS = "facts_edition"
    KNOWLEDGE = "knowledge_edition"


def changed(edition: Edition) -> Statement:
    """What a transaction that changes something of ``edition`` writes too."""
    return Statement(_SET, {"name": edition.value, "value": secrets.token_hex(8)})
