"""Counting what becomes of first actions when one release follows another."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kb.model.decision import Decision
from kb.model.ids import ActionId, CustomerKey
from ontology.vocabulary import ActionFamily, DecisionStatus
from rules.decision.compiled_release import CompiledRelease
from rules.simulation.effects import Balance, Move, Transition
from rules.simulation.estimate import CustomerSample, Shift, Sums

_EXAMPLES = 5

_Way: TypeAlias = tuple[Move, ActionId | None, ActionId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The first action of an answer, what offering it is expected to bring and costs; empty where there is none.

    Args:
        content: The arguments, in writing.
        is_recommended: Whether a rule speaks for it; the fallback is no recommendation.
    """

    action_id: ActionId | None = None
    family: ActionFamily | None = None
    content: str = ""
    is_recommended: bool = False
    value: float = 0.0
    cost: float = 0.0

    @classmethod
    def of(cls, decision: Decision, compiled: CompiledRelease) -> "First":
        """Of an answer of a release; the factor *value* is net of the cost, which is added again here."""
        if not decision.actions:
            return cls()
        card = decision.actions[0]
        chance, cost = card.factors.propensity, compiled.actions[card.action_id].cost
        return cls(action_id=card.action_id, family=card.family, content=repr(sorted(card.arguments.items())),
                   is_recommended=decision.status is DecisionStatus.RECOMMENDED,
                   value=chance * card.factors.value + cost if chance > 0 else 0.0, cost=cost)


def move_between(before: First, after: First) -> Move:
    """What became of the first action.

    >>> one = First(action_id="cross_sell", content="[('category', 'TEA')]", is_recommended=True)
    >>> move_between(First(), one), move_between(one, First()), move_between(one, one)
    (<Move.GAINED: 'gained'>, <Move.LOST: 'lost'>, <Move.SAME: 'same'>)
    """
    if before.is_recommended is not after.is_recommended:
        return Move.GAINED if after.is_recommended else Move.LOST
    is_same = (before.action_id, before.content) == (after.action_id, after.content)
    return Move.SAME if is_same else Move.CHANGED


class Tally:
    """Moves and money of some customers."""

    def __init__(self) -> None:
        self._moves: Counter[Move] = Counter()
        self._value, self._cost = Sums(), Sums()

    def add(self, before: First, after: First) -> None:
        """One customer."""
        self._moves[move_between(before, after)] += 1
        self._value.add(before.value, after.value)
        self._cost.add(before.cost, after.cost)

    def balance(self, sample: CustomerSample) -> Balance:
        """Of all whom the sample stands for."""
        return Balance(moves={move: sample.count(self._moves[move]) for move in Move},
                       value=self._value.shift(sample), cost=self._cost.shift(sample))


class Transitions:
    """Which first action became which, of which families, and for whom."""

    def __init__(self) -> None:
        self._ways: Counter[_Way] = Counter()
        self._examples: dict[_Way, list[CustomerKey]] = defaultdict(list)
        self._families: dict[ActionFamily, Sums] = defaultdict(Sums)

    def add(self, key: CustomerKey, before: First, after: First) -> None:
        """One customer."""
        for family in {before.family, after.family}:
            if family is not None:
                self._families[family].add(before.family is family, after.family is family)
        move = move_between(before, after)
        if move is not Move.SAME:
            way = move, before.action_id, after.action_id
            self._ways[way] += 1
            if len(self._examples[way]) < _EXAMPLES:
                self._examples[way].append(key)

    def found(self, sample: CustomerSample) -> tuple[Transition, ...]:
        """The transitions of all whom the sample stands for, the most frequent first."""
        ranked = sorted(self._ways.items(), key=lambda item: (-item[1], repr(item[0])))
        return tuple(Transition(move=way[0], before=way[1], after=way[2], customers=sample.count(count),
                                examples=tuple(self._examples[way])) for way, count in ranked)

    def families(self, sample: CustomerSample) -> Mapping[ActionFamily, Shift]:
        """How many first actions are of each family."""
        return {family: self._families[family].shift(sample) for family in ActionFamily if family in self._families}
