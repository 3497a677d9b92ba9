"""What a graph says of itself as a whole: nodes ``State``, each a name and a value.

Which release is live, of which moment the facts are, how far a journal has come. Every change of what is read of
customers writes another token into one of the editions in the same transaction, so that the processes that share the
graph learn of each other's changes with one cheap read (``kb.graph.version``).

What is made of the value that stood before is swapped, not put: ``swap_state`` undoes its transaction where somebody
else wrote meanwhile, and ``change_state`` then begins again from what they wrote.
"""

import secrets
from collections.abc import Callable
from enum import StrEnum

from kb.errors import Conflict
from kb.graph.port import Graph, Statement
from ontology.text import Text

READ_STATE = "MATCH (s:State {name: $name}) WHERE s.value IS NOT NULL RETURN s.value AS value"
READ_STATES = """
    MATCH (s:State) WHERE s.name IN $names AND s.value IS NOT NULL RETURN s.name AS name, s.value AS value"""
"""A name may stand without a value: Neo4j shows a part of another process's commit while it applies it."""

_PUT = "MERGE (s:State {name: $name}) SET s.value = $value"
_BEGIN = "MERGE (s:State {name: $name})"
_SWAP_FIRST = "MATCH (s:State {name: $name}) WHERE s.value IS NULL SET s.value = $after RETURN s.name AS name"
_SWAP = "MATCH (s:State {name: $name}) WHERE s.value = $before SET s.value = $after RETURN s.name AS name"
_MOST_SWAPS = 100  # a swap fails only where another succeeded: so many that change once, all at once, are all kept
_MEANWHILE = Text(zh="“{name}”刚刚被别人改动", en="'{name}' was changed by somebody else meanwhile")
_NO_REST = Text(zh="“{name}”一直在被别人改动，{tries} 次都没能写入",
                en="'{name}' is being changed by others all the time; it could not be written in {tries} tries")
_LATER = Text(zh="没有写入任何内容，请稍后再试", en="nothing was written; try again later")


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


def swap_state(name: str, before: str | None, after: str, guard: str | Text | None = None) -> tuple[Statement, ...]:
    """Let the graph say ``after`` under ``name`` if it still says ``before``; the whole transaction is undone if not.

    Whoever writes to a graph does so alone, in every process and on every engine (``Graph.write``), so that what is
    compared here is what the last one wrote.

    Args:
        name: Of the state.
        before: What it said when it was read; ``None`` where it said nothing.
        after: What it is to say.
        guard: What to tell, with a ``Conflict``, where it says something else by now.
    """
    guard = guard or _MEANWHILE.fill(name=name)
    if before is None:
        return Statement(_BEGIN, {"name": name}), Statement(_SWAP_FIRST, {"name": name, "after": after}, guard=guard)
    return (Statement(_SWAP, {"name": name, "before": before, "after": after}, guard=guard),)


def change_state(graph: Graph, name: str, change: Callable[[str | None], str]) -> str:
    """Make a new value of the one that stands and write it, so that two at once lose nothing; the new value.

    Args:
        graph: Whose state it is.
        name: Of the state.
        change: The new value from the one that stands, ``None`` where there is none. It is asked again where somebody
            else wrote meanwhile, and what it raises ends the change with nothing written.

    Raises:
        Conflict: If others wrote before each of a hundred tries.
    """
    for _ in range(_MOST_SWAPS):
        before = state_of(graph, name)
        after = change(before)
        try:
            graph.write(swap_state(name, before, after))
        except Conflict:
            continue
        return after
    raise Conflict(_NO_REST.fill(name=name, tries=_MOST_SWAPS), hint=_LATER, retryable=True)


def changed(edition: Edition) -> Statement:
    """What a transaction that changes something of ``edition`` writes too."""
    return put_state(edition.value, secrets.token_hex(8))
