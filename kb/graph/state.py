"""What a graph says of itself as a whole: nodes ``State``, each a name and a value.

Which release is live, of which moment the facts are, how far a journal has come. Every change of what is read of
customers writes another token into one of the editions in the same transaction, so that the processes that share the
graph learn of each other's changes with one cheap read (``kb.graph.stamp``).
"""

import secrets
from enum import StrEnum

from kb.graph.port import Graph, Statement

READ_STATE = "MATCH (s:State {name: $name}) RETURN s.value AS value"
READ_STATES = "MATCH (s:State) WHERE s.name IN $names RETURN s.name AS name, s.value AS value"
_PUT = "MERGE (s:State {name: $name}) SET s.value = $value"


class Edition(StrEnum):
    """What changes as one: facts of customers; what is published, approved and held."""

    FACTS = "facts_edition"
    KNOWLEDGE = "knowledge_edition"


def state_of(graph: Graph, name: str) -> str | None:
    """The value under a name; ``None`` where the graph says nothing of it."""
    found = graph.read(READ_STATE, name=name)
    return str(found[0]["value"]) if found else None


def put_state(name: str, value: str) -> Statement:
    """Let the graph say ``value`` under ``name``, whatever it said before."""
    return Statement(_PUT, {"name": name, "value": value})


def changed(edition: Edition) -> Statement:
    """What a transaction that changes something of ``edition`` writes too."""
    return put_state(edition.value, secrets.token_hex(8))
