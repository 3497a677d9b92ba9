"""What must never be seen together: a row of the harm table, and what looking for it has found."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.model.action import Action
from kb.model.condition import Condition
from kb.model.ids import ActionId, CustomerKey, HarmId, RuleId
from ontology.text import Text
from ontology.vocabulary import ActionFamily, Channel, Purpose


class CategoryState(StrEnum):
    """What can be wrong with a category of products, whoever it is offered to."""

    COMPLAINTS_ABOVE_LIMIT = "complaints_above_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """The cards that a row speaks of: those of some actions, families or purposes.

    Args:
        is_outbound: Only where we address the customer.
        channels: Where it is looked for; empty: where customers call, and where we write to them.
        category: Only of products of a category in this state; ``None``: of whatever they speak.
    """

    actions: tuple[ActionId, ...] = ()
    families: tuple[ActionFamily, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    is_outbound: bool = False
    channels: tuple[Channel, ...] = ()
    category: CategoryState | None = None

    def cover(self, action: Action, *, is_outbound: bool = True) -> bool:
        """Whether a card of ``action`` is among them, in an answer to one who calls or in what we send."""
        is_named = action.id in self.actions or action.family in self.families or action.purpose in self.purposes
        return is_named and (is_outbound or not self.is_outbound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """One row of the harm table: such a card never stands in the answer for such a customer.

    Args:
        says: What must never be, for people.
        seen: The cards.
        when: The customer, in the language of rules. A test may also compare with an argument of the card
            (``$action.category``), and one of a knowledge row with a measure of its item (``$measure.later_rate``).
        author: Who wrote it.
    """

    id: HarmId
    says: Text
    seen: Cards
    when: Condition
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmFinding:
    """Cards of one action in answers where a row forbids them.

    Args:
        rule_ids: The rules that raised them, sorted; ``fallback`` where none did.
        customers: For how many customers, of those who were decided for.
        examples: A few of them; none where the finding is kept.
    """

    harm_id: HarmId
    says: Text
    action_id: ActionId
    rule_ids: tuple[RuleId, ...]
    customers: int
    examples: tuple[CustomerKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmReport:
    """What looking for every row in every customer's answers has found.

    Args:
        customers: How many the base has.
        suspects: Of how many a rule that raises such a card may hold together with a row; nobody else can see one.
        decided: For how many of them it was decided: for all, or for so many as were drawn.
        without_facts: Rows that nothing in the base can make true, and the facts that it does not hold.
    """

    customers: int
    suspects: int
    decided: int
    findings: tuple[HarmFinding, ...] = ()
    without_facts: Mapping[HarmId, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HarmAcceptance:
    """Why a release was published all the same, by whom, and what was known of then."""

    by: str
    reason: str
    findings: tuple[HarmFinding, ...]
