"""A manager's levers as they stand: they go into the next release; the live one keeps those it was made with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kb.curation.history import ChangeHistory
from kb.graph.port import Graph
from kb.model.action import Levers
from kb.model.bounds import EXPLORATION, LEVER
from ontology.text import Text
from ontology.vocabulary import ActionFamily

_NEUTRAL = 1.0
_MENDED = "out of the bounds of a lever: set to the nearest within"
LEVER_HINT = Text(zh="例如 1.2；1 表示保持原样，0 表示不推荐",
                  en="for example 1.2; 1 lets the family stand as it is, 0 holds it back")
_EXPLORATION_HINT = Text(zh="例如 0.1 表示十分之一的答复；0 表示不探索",
                         en="for example 0.1 for a tenth of the answers; 0 draws none")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeverChange:
    """What somebody set of one family; ``at`` is the wall clock, epoch seconds, ``reason`` what they said about it.

    ``weight`` is its lever and ``exploration`` its share of drawn answers; ``None`` leaves either as it stood.
    """

    family: ActionFamily
    weight: float | None = None
    by: str
    at: int
    reason: str = ""
    exploration: float | None = None


class StandingLevers:
    """The levers of one graph with the shares of exploration, and who set them when."""

    def __init__(self, graph: Graph, now: Callable[[], int]) -> None:
        self._changes = ChangeHistory(graph, "lever_changes", LeverChange)
        self._now = now

    def current(self) -> Levers:
        """The levers of the next release; a family at 1.0, and a share of 0.0, are not named."""
        return _standing(self.history())

    def history(self) -> tuple[LeverChange, ...]:
        """Every change, oldest first."""
        return self._changes.all()

    def change(self, weights: Mapping[ActionFamily, float], by: str, reason: str = "", *,
               exploration: Mapping[ActionFamily, float] | None = None) -> Levers:
        """Set the levers of some families; 1.0 lets a family stand as it is, 0.0 holds it back.

        What others set at the same time is kept: of one family the last one counts, and each is in the history.

        Args:
            weights: By family.
            by: Who sets them.
            reason: What they say about it.
            exploration: Shares of answers that are drawn, by family; those that are not named stay.

        Returns:
            The levers of the next release with these changes.

        Raises:
            InvalidInput: For a weight out of ``bounds.LEVER``, or a share out of ``bounds.EXPLORATION``; nothing is
                set then.
        """
        shares = exploration or {}
        for family, weight in weights.items():
            LEVER.demand(f"lever {family}", weight, hint=LEVER_HINT)
        for family, share in shares.items():
            EXPLORATION.demand(f"exploration {family}", share, hint=_EXPLORATION_HINT)
        return _standing(self._changes.add(*(
            LeverChange(family=family, weight=weights.get(family), exploration=shares.get(family), by=by,
                        at=self._now(), reason=reason) for family in dict.fromkeys((*weights, *shares)))))

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
    weights, shares = dict[ActionFamily, float](), dict[ActionFamily, float]()
    for change in history:
        if change.weight is not None:
            weights[change.family] = change.weight
        if change.exploration is not None:
            shares[change.family] = change.exploration
    return Levers(by_family={family: weights[family] for family in sorted(weights) if weights[family] != _NEUTRAL},
                  exploration={family: shares[family] for family in sorted(shares) if shares[family]} or None)
