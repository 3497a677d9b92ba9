"""The base's own rows of the harm table as they stand, beside those that are shipped with the product."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.curation.history import ChangeHistory
from kb.graph.port import Graph
from kb.model.harm import Harm


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmChange:
    """The base's own rows, all of them, as somebody brought them in; ``at`` is the wall clock, epoch seconds."""

    by: str
    at: int
    rows: tuple[Harm, ...]


class OwnHarms:
    """The own rows of one graph, and who brought them in when."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._changes = ChangeHistory(graph, "harm_changes", HarmChange)
        self._now = now

    def current(self) -> tuple[Harm, ...]:
        """The rows that the next release is checked by, beside the shipped ones."""
        changes = self.history()
        return changes[-1].rows if changes else ()

    def history(self) -> tuple[HarmChange, ...]:
        """Every change, oldest first."""
        return self._changes.all()

    def replace(self, rows: Sequence[Harm], by: str) -> None:
        """Put these rows in place of the base's own ones; what stood before stays in the history."""
        self._changes.add(HarmChange(by=by, at=self._now(), rows=tuple(rows)))
