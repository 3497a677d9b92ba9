"""When this, then that: the form in which knowledge acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.model.action import Action
from kb.model.condition import Condition, Ref, Scalar
from kb.model.figures import CustomerProduct
from kb.model.ids import ActionId, ItemId, RuleId
from kb.model.validity import is_in_effect
from ontology.text import Text
from ontology.vocabulary import ActionFamily, KnowledgeStatus, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommend:
    """Make ``action`` a candidate.

    A ``Ref`` argument is read from the row that matched that alias (latest day first, then by key).
    """

    action: ActionId
    arguments: Mapping[str, Scalar | Ref] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """Candidates of ``family`` (or the one ``action``) stand only if the rule's condition is true."""

    family: ActionFamily | None = None
    action: ActionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclude:
    """Add (kind, value) to the conclusions that rules of higher strata may test."""

    kind: str
    value: str


Effect: TypeAlias = Recommend | Require | Conclude


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A customer on whom the rule must, or must not, fire. ``related`` maps a fact type to its rows."""

    name: str
    customer: Mapping[str, Scalar] = field(default_factory=dict)
    related: Mapping[str, tuple[Mapping[str, Scalar], ...]] = field(default_factory=dict)
    conclusions: tuple[tuple[str, str], ...] = ()
    fires: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Args:
        level: What a ``Require`` guards; a ``Recommend`` is always at ``applicability``.
        propensity: Measured chance that a customer for whom it fires responds, [0, 1]; ``None``: the action's prior.
        own_propensity: The same of the very customer, which goes before ``propensity`` where it is known.
        value: Money at stake where the rule knows better than the action; ``None``: the action's value.
        own_value: The same of the very customer, which goes before ``value`` where it is known.
        sentence: Why, for a person, with ``{arguments}``, and ``{property op}`` for a constant that is a quantile;
            empty: made from the condition.
        rests_on: The knowledge it applies; empty for a hand-written rule.
        valid_from: Effective from then, epoch seconds; ``None`` is always.
        status: A rule that rests on knowledge shares that item's life.
    """

    id: RuleId
    name: Text
    when: Condition
    then: Effect
    level: Level = Level.APPLICABILITY
    propensity: float | None = None
    own_propensity: CustomerProduct | None = field(default=None, metadata={"omit_none": True})
    value: float | None = None
    own_value: CustomerProduct | None = field(default=None, metadata={"omit_none": True})
    sentence: Text | None = None
    rests_on: tuple[ItemId, ...] = ()
    valid_from: int | None = None
    valid_to: int | None = None
    status: KnowledgeStatus = KnowledgeStatus.PROPOSED
    author: str
    examples: tuple[Example, ...] = ()

    @property
    def own_figures(self) -> tuple[CustomerProduct, ...]:
        """What it makes of numbers of the customer."""
        return tuple(product for product in (self.own_propensity, self.own_value) if product is not None)

    @property
    def is_dated(self) -> bool:
        """Whether it begins or ends at some instant."""
        return (self.valid_from, self.valid_to) != (None, None)

    def guards(self, action: Action) -> bool:
        """Whether it is a requirement without which no candidate of ``action`` stands."""
        return isinstance(self.then, Require) and (self.then.action == action.id or self.then.family is action.family)

    def is_in_effect(self, as_of: int) -> bool:
        """Whether ``as_of``, epoch seconds, lies within its dates; the end is no part of them."""
        return is_in_effect(self.valid_from, self.valid_to, as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDraft:
    """A new text of a hand-written rule, beside the rule that is approved and never in its place.

    Args:
        id: The rule's id and how many drafts it has had, as ``calm-before-campaign#2``.
        rule: What it would say. Its status is that of the draft: proposed, approved, rejected, or retired where
            another draft took its place or the rule was retired.
        recorded_at: When it came in, epoch seconds; ``None`` where an earlier version did not tell.
        judged_at: When it had its verdict, by ``approver`` and for ``reason``.
    """

    id: str
    rule: Rule
    recorded_at: int | None = None
    judged_at: int | None = None
    approver: str | None = None
    reason: str | None = None
