"""The base's own rows of the harm table as they stand, beside those that are shipped with the product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from kb.graph.port import Graph
from kb.graph.state import change_state, state_of
from kb.model.codec import from_plain, to_plain
from kb.model.harm import Harm

_STATE = "harm_changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmChange:
    """The base's own rows, all of them, as somebody brought them in; ``at`` is the wall clock, epoch seconds."""

    by: str
    at: int
    rows: tuple[Harm, ...]


class OwnHarms:
    """The own rows of one graph, and who brought them in when."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._graph = graph
        self._now = now

    def current(self) -> tuple[Harm, ...]:
        """The rows that the next release is checked by, beside the shipped ones."""
        changes = self.history()
        return changes[-1].rows if changes else ()

    def history(self) -> tuple[HarmChange, ...]:
        """Every change, oldest first."""
        return _read(state_of(self._graph, _STATE))

    def replace(self, rows: Sequence[Harm], by: str) -> None:
        """Put these rows in place of the base's own ones; what stood before stays in the history."""
        change = HarmChange(by=by, at=self._now(), rows=tuple(rows))
        change_state(self._graph, _STATE, lambda known: _written((*_read(known), change)))


def _read(known: str | None) -> tuple[HarmChange, ...]:
    return tuple(from_plain(change, HarmChange) for change in orjson.loads(known or "[]"))


def _written(history: Sequence[HarmChange]) -> str:
    return orjson.dumps([to_plain(change) for change in history]).decode()
