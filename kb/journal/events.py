"""The nouns of the journal, and which outcomes of one action may stand beside each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kb.errors import Conflict
from kb.model.bounds import INSTANT, MONEY, RATING, SECONDS, Bounds
from kb.model.decision import Decision, Outcome
from kb.model.ids import ActionId, CustomerKey, DecisionId, RuleId
from kb.model.target import Target
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, InteractionKind, OutcomeKind

MAY_STAND_BESIDE: Mapping[OutcomeKind, frozenset[OutcomeKind]] = {
    OutcomeKind.SHOWN: frozenset(OutcomeKind),
    OutcomeKind.IGNORED: frozenset({OutcomeKind.SHOWN}),
    OutcomeKind.REJECTED: frozenset({OutcomeKind.SHOWN, OutcomeKind.IGNORED}),
    OutcomeKind.ACCEPTED: frozenset({OutcomeKind.SHOWN, OutcomeKind.IGNORED, OutcomeKind.CONVERTED}),
    OutcomeKind.CONVERTED: frozenset({OutcomeKind.SHOWN, OutcomeKind.IGNORED, OutcomeKind.ACCEPTED}),
}
"""For a new outcome, those that may be on record already.

====================  =====================================================================================
shown                 after anything: reports of the display may come late
ignored               after shown; who has answered did not ignore
rejected              after shown and ignored; who accepted or bought has not rejected
accepted              after shown, ignored (came back to it) and converted (reported late)
converted             after shown, ignored and accepted
====================  =====================================================================================
"""

NEEDS_RESOLUTION = frozenset({
    InteractionKind.COMPLAINT, InteractionKind.FAULT, InteractionKind.REPAIR, InteractionKind.ENQUIRY,
})
"""Kinds that stay open until their case is resolved; for any other kind ``resolved`` is unknown."""

CONSOLE = "console"
"""Author of what a page of the console records by itself: that a card stood on an agent's screen. Nobody bears it."""

_CONTRADICTION = Text(zh="决策“{decision}”的行动“{action}”已记录为“{known}”，与“{new}”矛盾",
                      en="'{new}' contradicts '{known}', already recorded for action '{action}' of decision"
                         " '{decision}'")
_STANDS = Text(zh="原记录不变；客户改了主意时，请更新推荐后再记录",
               en="what is recorded stands; ask for the action again if the customer changed mind")


_BOUNDS: Mapping[str, Bounds] = {"at": INSTANT, "amount": MONEY, "score": RATING, "score_max": RATING,
                                 "dwell_seconds": SECONDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One contact as it happened; an unknown property is ``None``. ``at`` is in epoch seconds."""

    interaction_id: str
    customer_key: CustomerKey
    kind: InteractionKind
    at: int
    author: str
    channel: Channel | None = None
    topic: str | None = None
    category: str | None = None
    case_id: str | None = None
    text: str | None = None
    resolved: bool | None = None
    amount: float | None = None
    dwell_seconds: float | None = None
    score: float | None = None
    score_max: float | None = None

    def __post_init__(self) -> None:
        for name, within in _BOUNDS.items():
            within.demand(name, getattr(self, name))

    @property
    def case(self) -> str:
        """The case it belongs to; one that names none is a case of its own."""
        return self.case_id or self.interaction_id


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """A customer's case was resolved, or opened again.

    Args:
        change_id: Its own; recording it twice changes nothing.
        case_id: Of a case, or of an interaction that belongs to none.
        resolved: False where it was opened again.
        at: When, epoch seconds; not before the case's last change.
        turn: Greater than that of every change of the case that was known when it was recorded. Of two services that
            change one case at once both may give the same.
    """

    change_id: str
    customer_key: CustomerKey
    case_id: str
    resolved: bool
    at: int
    turn: int
    author: str
    reason: str = ""

    @property
    def order(self) -> tuple[int, int, bool]:
        """By which the last change is found; of two services' changes at once the one that leaves the case open."""
        return self.at, self.turn, not self.resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A person's note about one customer, unreviewed."""

    note_id: str
    customer_key: CustomerKey
    text: str
    author: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An outcome together with what was recommended: what contact policy and later decisions read.

    Args:
        arguments: Of the recommended action, plain JSON values.
    """

    outcome: Outcome
    family: ActionFamily
    channel: Channel
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What happened to one customer after some number of the journal.

    Args:
        cases: What became of the customer's cases.
        sequence: Number of the last one; 0 when none is here.
    """

    interactions: tuple[Interaction, ...] = ()
    responses: tuple[Response, ...] = ()
    cases: tuple[CaseChange, ...] = ()
    sequence: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """What a challenging release would have answered beside a decision that was served."""

    beside: Decision
    decision: Decision

    @property
    def alike(self) -> tuple[ActionId, ...]:
        """The served actions that it recommends too, with the same arguments."""
        own = {action.action_id: action.arguments for action in self.decision.actions}
        return tuple(action.action_id for action in self.beside.actions
                     if own.get(action.action_id) == action.arguments)

    @property
    def is_first_alike(self) -> bool:
        """Whether both have the same first action, or none."""
        firsts = [[(action.action_id, action.arguments) for action in answer.actions[:1]]
                  for answer in (self.beside, self.decision)]
        return firsts[0] == firsts[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One outcome of one served action, as a comparison of releases counts it.

    Args:
        release: Which decided.
        alike: The decision's actions that the release in its shadow recommends too; ``None`` where it has no shadow.
    """

    customer_key: CustomerKey
    action_id: ActionId
    outcome: OutcomeKind
    family: ActionFamily
    release: int
    alike: frozenset[ActionId] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """How many decisions have a shadow, and how many of these shadows start with the same action."""

    decisions: int
    first_alike: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A customer for whom some releases decided.

    Args:
        first_at: Moment of the first of these decisions, epoch seconds.
        has_converted: Whether a recommendation was reported as bought after it, of whatever release.
    """

    customer_key: CustomerKey
    first_at: int
    has_converted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerOutcome:
    """A decision, and which of its actions were reported as bought, at what instant (epoch seconds)."""

    decision: Decision
    converted: Mapping[ActionId, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOutcome:
    """One outcome of one card, with what the card said.

    Args:
        at: Of the outcome, epoch seconds.
        arguments: Of the action, as they are stored: the same action with others is another card.
        rule_id: The rule that led; ``None`` where no rule spoke.
        figure: The propensity as it was before outcomes moved it.
        is_models: Whether a model gave it.
        target: What the card wants to come of it, where orders can tell; ``expires_at`` is until when it stands.
    """

    customer_key: CustomerKey
    decision_id: DecisionId
    action_id: ActionId
    arguments: str
    outcome: OutcomeKind
    at: int
    rule_id: RuleId | None
    figure: float
    is_models: bool
    target: Target | None = None
    expires_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCard:
    """A card of a customer's first answer, given or withheld from who is held out, that orders can tell of."""

    customer_key: CustomerKey
    action_id: ActionId
    target: Target
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCustomer:
    """A customer for whom a rule led a card, or would have if nobody were held out.

    Args:
        first_at: Moment of the first such decision, epoch seconds.
    """

    rule_id: RuleId
    customer_key: CustomerKey
    first_at: int
    is_held_out: bool


def check_succession(new: Outcome, recorded: Iterable[OutcomeKind]) -> None:
    """Return if ``new`` may stand beside what is ``recorded`` for the same decision and action.

    Raises:
        Conflict: If it contradicts one of them.
    """
    contradicted = sorted(set(recorded) - MAY_STAND_BESIDE[new.outcome] - {new.outcome})
    if contradicted:
        raise Conflict(_CONTRADICTION.fill(new=new.outcome, known=contradicted[0], action=new.action_id,
                                           decision=new.decision_id), hint=_STANDS)
