"""Which of the numbered states is in use: of the rates, of what is paused; and who took which into use."""

from collections.abc import Callable
from dataclasses import dataclass

from kb.curation.history import ChangeHistory
from kb.graph.port import Graph
from kb.graph.state import put_state, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StateUse:
    """Which state was taken into use when, 0 for none; ``at`` is the wall clock, epoch seconds."""

    number: int
    by: str
    at: int


class LiveState:
    """The number of the state under which decisions are made, kept with a graph.

    Args:
        graph: With which it is kept.
        name: Under which the number is.
        uses: Under which it is told who took which state into use.
        now: The wall clock in epoch seconds.
    """

    def __init__(self, graph: Graph, name: str, uses: str, now: Callable[[], int]) -> None:
        self._graph = graph
        self._name = name
        self._uses = ChangeHistory(graph, uses, StateUse)
        self._now = now

    def number(self) -> int | None:
        """Of the state in use; ``None``: none is."""
        return int(state_of(self._graph, self._name) or 0) or None

    def uses(self) -> tuple[StateUse, ...]:
        """Which state was taken into use when, and by whom, oldest first."""
        return self._uses.all()

    def use(self, number: int, by: str) -> None:
        """Make decisions under a state that there is from now on, or under none: 0."""
        self._uses.add(StateUse(number=number, by=by, at=self._now()))
        self._graph.write([put_state(self._name, str(number))])

    def end(self, by: str) -> None:
        """Take out of use what is in use."""
        if self.number() is not None:
            self.use(0, by)
