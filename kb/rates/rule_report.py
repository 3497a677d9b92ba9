"""What came of each rule: for whom it fired, what was shown of it and taken up, beside those who were held out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.experiments.confidence_sequence import Interval
from kb.experiments.proportion import Proportion, difference
from kb.facts.follow_up import Bought
from kb.journal.events import RuleCustomer
from kb.model.ids import CustomerKey, RuleId
from kb.rates.trials import Trials
from ontology.vocabulary import OutcomeKind

Since: TypeAlias = Mapping[CustomerKey, int]
"""By customer, the instant from which on they are followed, epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleControl:
    """Customers who bought in the days after a rule led a card for them, beside those from whom it was withheld.

    Args:
        recommended: Those to whom the answer gave the card; ``held_out``: those whom a holdout kept from it.
        gained: The share of the first less that of the others; ``None`` where one side counts nobody.
        interval: Of the difference; it may be read on any day.
    """

    recommended: Proportion
    held_out: Proportion
    gained: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleReport:
    """What came of one rule.

    Args:
        fired: Customers for whom it led a card, given or withheld.
        shown: Trials of its cards, those that wait for the end of their window among them.
        results: How many trials had which result, of those that are settled.
        by_orders: Of how many of the converted orders tell, and nobody reported it.
        control: ``None`` where nobody was held out from it.
    """

    rule_id: RuleId
    fired: int
    shown: int
    waiting: int
    results: Mapping[OutcomeKind, int]
    by_orders: int
    control: RuleControl | None


@dataclass(slots=True)
class _Sides:
    """By customer, since when a rule led a card for them; each on the side of the first time."""

    recommended: dict[CustomerKey, int] = field(default_factory=dict)
    held_out: dict[CustomerKey, int] = field(default_factory=dict)


def rule_reports(customers: Iterable[RuleCustomer], trials: Trials, *, bought: Callable[[Since], Mapping[
        CustomerKey, Bought]], is_over: Callable[[int], bool]) -> Iterator[RuleReport]:
    """What came of each rule, by id.

    Args:
        customers: For whom each led a card, or would have.
        trials: Of all cards.
        bought: What customers bought in the days after their instants; who is not in it bought nothing.
        is_over: Whether all of the days after an instant are known.
    """
    sides = _sides(customers)
    waiting = Counter(trial.card.rule_id for trial in trials.waiting)
    results: dict[RuleId | None, Counter[OutcomeKind]] = defaultdict(Counter)
    for trial in trials.settled:
        results[trial.card.rule_id][trial.result] += 1
    by_orders = Counter(trial.card.rule_id for trial in trials.settled if trial.is_by_orders)
    for rule_id in sorted(sides):
        both, found = sides[rule_id], results[rule_id]
        yield RuleReport(rule_id=rule_id, fired=len(both.recommended) + len(both.held_out),
                         shown=found.total() + waiting[rule_id], waiting=waiting[rule_id], results=found,
                         by_orders=by_orders[rule_id],
                         control=_control(both, bought, is_over) if both.held_out else None)


def _sides(customers: Iterable[RuleCustomer]) -> Mapping[RuleId, _Sides]:
    sides: dict[RuleId, _Sides] = defaultdict(_Sides)
    for one in sorted(customers, key=lambda one: one.first_at):
        both = sides[one.rule_id]
        if one.customer_key not in both.recommended and one.customer_key not in both.held_out:
            (both.held_out if one.is_held_out else both.recommended)[one.customer_key] = one.first_at
    return sides


def _control(sides: _Sides, bought: Callable[[Since], Mapping[CustomerKey, Bought]],
             is_over: Callable[[int], bool]) -> RuleControl:
    over = [{key: since for key, since in side.items() if is_over(since)} for side in (sides.recommended,
                                                                                      sides.held_out)]
    did = bought({**over[0], **over[1]})
    recommended, held_out = (
        Proportion(hits=sum(did.get(key, Bought()).orders > 0 for key in side), size=len(side)) for side in over)
    gained, interval = difference(recommended, held_out) or (None, None)
    return RuleControl(recommended=recommended, held_out=held_out, gained=gained, interval=interval)
