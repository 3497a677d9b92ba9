"""What we say about one customer at one moment, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.model.condition import Scalar
from kb.model.facts import Facts
from kb.model.ids import ActionId, CustomerKey, DecisionId, Digest, ItemId, RuleId, RunId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, DecisionStatus, FigureSource, OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRead:
    """One value that a rule read: of the customer (``key`` is empty), or of the row ``key`` of type ``fact``."""

    fact: str
    key: str
    property: str
    value: Scalar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One rule that fired for one customer, with the values it read and the arguments it bound."""

    rule_id: RuleId
    reads: tuple[FactRead, ...]
    arguments: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The knowledge behind a reason: enough to walk on to the run and the data.

    Args:
        run_id: The run that measured the knowledge, as it was approved.
        score: The customer's own, where the rule reads it; ``scored_by`` is the run that made it.
    """

    id: ItemId
    statement: Text
    measures: Mapping[str, float]
    run_id: RunId | None
    dataset: Digest | None
    score: float | None = None
    scored_by: RunId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an action is recommended: one rule, in one sentence, with what it read and what it rests on."""

    rule_id: RuleId
    sentence: Text
    facts: tuple[FactRead, ...]
    knowledge: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose figure a factor is; ``run_id`` is the run that made the customer's own, where one did.

    Args:
        rates: Number of the rates that moved it; ``None`` where outcomes did not.
        before: The figure that they moved.
    """

    source: FigureSource
    run_id: RunId | None = None
    rates: int | None = None
    before: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """The four visible factors of arbitration; 1.0 where nothing is known (propensity: the action's prior).

    ``propensity_from`` and ``value_from`` are ``None`` in a decision that was recorded before they were.
    """

    propensity: float
    context: float = 1.0
    value: float = 1.0
    lever: float = 1.0
    propensity_from: Origin | None = None
    value_from: Origin | None = None

    @property
    def score(self) -> float:
        """Their product.

        >>> Factors(propensity=0.25, value=8.0).score
        2.0
        """
        return self.propensity * self.context * self.value * self.lever


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedAction:
    """One recommended action. ``window`` and ``expires_at`` are epoch seconds.

    Args:
        window_reason: Why the window does not open at once; ``None`` where it does.
        shown_probability: How likely it was to stand in this answer before anything was drawn, (0, 1].
        is_explored: Whether it is the card that was drawn; it may be one that would stand there anyway.
    """

    action_id: ActionId
    name: Text
    family: ActionFamily
    arguments: Mapping[str, Scalar]
    channel: Channel
    score: float
    factors: Factors
    window: tuple[int, int]
    expires_at: int
    content: Text | None
    reasons: tuple[Reason, ...]
    window_reason: Text | None = None
    shown_probability: float = 1.0
    is_explored: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldCard:
    """A card that would stand in an answer if nobody were held out; ``expires_at`` is in epoch seconds."""

    action_id: ActionId
    family: ActionFamily
    arguments: Mapping[str, Scalar]
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask next: a property that is unknown and would decide something, and how to ask."""

    property: str
    sentence: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The answer. With ``facts`` and ``request`` it can be computed again under its release.

    Args:
        request: Channel, context and limit as asked, plain JSON values.
        holdouts: Names of the release's holdouts that the customer belongs to, whether or not they cost an action.
        rates: Number of the rates that it was made under; ``None``: none. ``pauses`` likewise.
        withheld: Actions that nothing but a holdout held back, best first: what others in this place were offered.
        withheld_rules: Rules that would lead a card of the answer if nobody were held out; none in one of an earlier
            version. ``withheld_cards`` are those cards, in the same order.
        engine: Which reading decided: ``durable_rules`` or ``python``.
        readings: All readings that say so, the one that decided before the one that checked it; of a decision that was
            recorded before they were, none.
    """

    decision_id: DecisionId
    customer_key: CustomerKey
    release: int
    as_of: int
    status: DecisionStatus
    why_none: Text | None = None
    actions: tuple[RankedAction, ...]
    ask_next: tuple[Question, ...] = ()
    request: Mapping[str, object] = field(default_factory=dict)
    facts: Facts
    engine: str
    readings: tuple[str, ...] = ()
    holdouts: tuple[str, ...] = ()
    withheld: tuple[ActionId, ...] = ()
    withheld_rules: tuple[RuleId, ...] = ()
    withheld_cards: tuple[WithheldCard, ...] = ()
    rates: int | None = None
    pauses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one action of one decision; idempotent by (decision, action, outcome)."""

    decision_id: DecisionId
    action_id: ActionId
    outcome: OutcomeKind
    at: int
    author: str
