"""What a simulation finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.model.ids import ActionId, CustomerKey, Digest, RuleId
from ontology.text import Text
from ontology.vocabulary import ActionFamily
from rules.simulation.estimate import Estimate, Shift


class RuleChange(StrEnum):
    """What a draft does to a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    KEPT = "kept"


class Move(StrEnum):
    """What becomes of a customer's first action."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One test of a rule, and how many customers pass it and all tests before it."""

    sentence: Text
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """For how many customers a rule fires.

    Args:
        live: Under the live release; 0 where it is not in it. Likewise ``draft``.
        funnel: Of the draft's rule, where it is new, says something else or fires for others; else empty.
    """

    rule_id: RuleId
    name: Text
    change: RuleChange
    live: int
    draft: int
    funnel: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What becomes of some customers: how many make which move, and what their first actions are expected to bring.

    Args:
        moves: Every move, also those that nobody makes.
        value: Propensity times value of one success, summed over the first actions.
        cost: Of offering the first actions once.
    """

    moves: Mapping[Move, Estimate]
    value: Shift
    cost: Shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Customers whose first action becomes another one, or the same one with other content.

    Args:
        before: The live release's first action; ``None`` where it says nothing. Likewise ``after``.
        examples: A few of them.
    """

    move: Move
    before: ActionId | None
    after: ActionId | None
    customers: Estimate
    examples: tuple[CustomerKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A draft release against the live one, over all customers at one moment.

    Args:
        live: Fingerprint of the live release; likewise ``draft``.
        customers: How many there are.
        differing: How many of them may get another answer: their rules say something else, or a change of policy,
            of a requirement or of the fallback concerns all. Everybody else gets the same answer from both.
        decided: For how many of those both releases decided: for all, or for a random sample.
        rules: Sorted by id.
        whole: Of those who may get another answer; so are ``families`` and ``segments``.
        families: How many first actions are of each family.
        segments: By the name given to the segment; customers in none are under the empty name.
    """

    live: Digest
    draft: Digest
    as_of: int
    seed: int
    request: Mapping[str, object]
    customers: int
    differing: int
    decided: int
    rules: tuple[RuleEffect, ...]
    whole: Balance
    transitions: tuple[Transition, ...]
    families: Mapping[ActionFamily, Shift]
    segments: Mapping[str, Balance]

    @property
    def is_sampled(self) -> bool:
        """Whether numbers of customers and money are estimates."""
        return self.decided < self.differing
