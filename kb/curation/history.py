"""What managers set, one change after another, kept with a graph: levers, own rows of the harm table."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import orjson

from kb.graph.port import Graph
from kb.graph.state import change_state, state_of
from kb.model.codec import from_plain, to_plain

Change = TypeVar("Change")


class ChangeHistory(Generic[Change]):
    """The changes of one kind, oldest first; none is ever taken out.

    Args:
        graph: With which they are kept.
        name: Of the state that holds them.
        noun: Of one change.
    """

    def __init__(self, graph: Graph, name: str, noun: type[Change]) -> None:
        self._graph = graph
        self._name = name
        self._noun = noun

    def all(self) -> tuple[Change, ...]:
        """Every change, oldest first."""
        return self._read(state_of(self._graph, self._name))

    def add(self, *changes: Change) -> tuple[Change, ...]:
        """Every change with these after the others; what is added at the same moment elsewhere is kept too."""
        return self._read(change_state(self._graph, self._name,
                                       lambda known: self._written((*self._read(known), *changes))))

    def _read(self, known: str | None) -> tuple[Change, ...]:
        return tuple(from_plain(change, self._noun) for change in orjson.loads(known or "[]"))

    def _written(self, changes: Iterable[Change]) -> str:
        return orjson.dumps([to_plain(change) for change in changes]).decode()
