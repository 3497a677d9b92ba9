"""A manager's levers as they stand: they go into the next release; the live one keeps those it was made with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import orjson

from kb.graph.port import Graph
from kb.graph.state import change_state, state_of
from kb.model.action import Levers
from kb.model.bounds import LEVER
from kb.model.codec import from_plain, to_plain
from ontology.text import Text
from ontology.vocabulary import ActionFamily

_STATE = "lever_changes"
_NEUTRAL = 1.0
_MENDED = "out of the bounds of a lever: set to the nearest within"
LEVER_HINT = Text(zh="例如 1.2；1 表示保持原样，0 表示不推荐",
                  en="for example 1.2; 1 lets the family stand as it is, 0 holds it back")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverChange:
    """One lever as somebody set it; ``at`` is the wall clock, epoch seconds, ``reason`` what they said about it."""

    family: ActionFamily
    weight: float
    by: str
    at: int
    reason: str = ""


class StandingLevers:
    """The levers of one graph, and who set them when."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._graph = graph
        self._now = now

    def current(self) -> Levers:
        """The levers of the next release; a family at 1.0 is not named."""
        return _standing(self.history())

    def history(self) -> tuple[LeverChange, ...]:
        """Every change, oldest first."""
        return _read(state_of(self._graph, _STATE))

    def change(self, weights: Mapping[ActionFamily, float], by: str, reason: str = "") -> Levers:
        """Set the levers of some families; 1.0 lets a family stand as it is, 0.0 holds it back.

        What others set at the same time is kept: of one family the last one counts, and each is in the history.

        Returns:
            The levers of the next release with these changes.

        Raises:
            InvalidInput: For a weight out of ``bounds.LEVER``; nothing is set then.
        """
        for family, weight in weights.items():
            LEVER.demand(f"lever {family}", weight, hint=LEVER_HINT)
        changes = [LeverChange(family=family, weight=weight, by=by, at=self._now(), reason=reason)
                   for family, weight in weights.items()]
        return _standing(_read(change_state(self._graph, _STATE, lambda told: _written((*_read(told), *changes)))))


    def out_of_bounds(self) -> Mapping[ActionFamily, float]:
        """The standing levers that no lever may have any more: they were set before there were bounds."""
        return {family: weight for family, weight in self.current().by_family.items() if not LEVER.holds(weight)}

    def mend(self, by: str) -> Mapping[ActionFamily, float]:
        """Set those that are out of bounds to the nearest within; which they were."""
        wrong = self.out_of_bounds()
        if wrong:
            self.change({family: LEVER.nearest(weight) for family, weight in wrong.items()}, by, _MENDED)
        return wrong


def _standing(history: Iterable[LeverChange]) -> Levers:
    weights = {change.family: change.weight for change in history}
    return Levers(by_family={family: weights[family] for family in sorted(weights) if weights[family] != _NEUTRAL})


def _read(told: str | None) -> tuple[LeverChange, ...]:
    return tuple(from_plain(change, LeverChange) for change in orjson.loads(told or "[]"))


def _written(history: Iterable[LeverChange]) -> str:
    return orjson.dumps([to_plain(change) for change in history]).decode()
