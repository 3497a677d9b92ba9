"""What recommending brought: customers who were recommended something beside a control that a draw alone tells apart.

Each customer counts once, from the first answer on, for as many days as are followed; who came later waits until those
days are over. So what is known of a customer does not change from look to look, as the confidence sequences want it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.experiments.bucketing import is_drawn
from kb.experiments.confidence_sequence import Interval, Sample
from kb.experiments.contrast import Contrast, ContrastVerdict, ImpactMeasure, contrast
from kb.experiments.sample_ratio import SampleRatio
from kb.facts.follow_up import Bought
from kb.journal.events import Decided
from kb.model.action import Holdout
from kb.model.ids import CustomerKey


class ControlKind(StrEnum):
    """Who the control is: those who are offered nothing, or those to whom a card was shown that was drawn."""

    HELD_OUT = "held_out"
    RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A customer on one side of a comparison.

    Args:
        since: Moment of the answer from which on the customer is followed, epoch seconds.
        control_share: How likely it was to be in the control, (0, 1).
        has_converted: Whether what was recommended, or would have been, was bought within the days.
    """

    customer_key: CustomerKey
    since: int
    is_control: bool
    control_share: float
    has_converted: bool = False

    @property
    def weight(self) -> float:
        """One over the probability of the side: sides that were drawn with unequal shares are then alike.

        >>> Participant(customer_key="c1", since=0, is_control=True, control_share=0.25).weight
        4.0
        """
        return 1 / (self.control_share if self.is_control else 1 - self.control_share)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyGained:
    """Money over all customers who were recommended something and whose days are over."""

    customers: int
    money: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledComparison:
    """Those who were recommended something beside a control.

    Args:
        ratio: How many stand on each side, the control last, of all who were drawn.
        waiting: Of how many the days are not over.
        contrasts: One for each measure; empty where nothing can be measured.
        gain: ``None`` where the money of both sides is not known, or too little of it, or the verdict is withheld.
    """

    ratio: SampleRatio
    waiting: int
    contrasts: tuple[Contrast, ...]
    gain: MoneyGained | None


def held_out(holdout: Holdout, decided: Sequence[Decided],
             converted: Collection[CustomerKey] = ()) -> tuple[Participant, ...]:
    """Everybody for whom something was decided while the holdout stood; the draw tells the sides apart.

    Reports of conversions are left out: who is offered nothing has nothing to report.

    Args:
        holdout: Its draw tells who is on which side.
        decided: Everybody, and since when each is followed.
        converted: Who bought what the first answer gave them, or withheld, by the orders of both sides alike.
    """
    return tuple(Participant(customer_key=one.customer_key, since=one.first_at, control_share=holdout.share,
                             is_control=is_drawn(holdout.name, one.customer_key, holdout.share),
                             has_converted=one.customer_key in converted) for one in decided)


def compare_sides(people: Sequence[Participant], bought: Mapping[CustomerKey, Bought],
                  measures: Sequence[ImpactMeasure], is_over: Callable[[int], bool]) -> ControlledComparison:
    """The figures of both sides, customer by customer.

    Args:
        people: Both sides; there is somebody.
        bought: What each bought in their days; who is not in it bought nothing.
        measures: What is known of both sides in the same way.
        is_over: Whether the days after an instant are over.
    """
    ratio = _ratio(people)
    over = [one for one in people if is_over(one.since)]
    contrasts = tuple(contrast(measure, _sample(over, measure, bought, is_control=False),
                               _sample(over, measure, bought, is_control=True), ratio) for measure in measures)
    return ControlledComparison(ratio=ratio, waiting=len(people) - len(over), contrasts=contrasts,
                                gain=next(filter(None, map(_gain, contrasts)), None))


def _ratio(people: Sequence[Participant]) -> SampleRatio:
    controls = sum(one.is_control for one in people)
    share = sum(one.control_share for one in people) / len(people)
    return SampleRatio(counts=(len(people) - controls, controls), shares=(1 - share, share))


def _sample(people: Sequence[Participant], measure: ImpactMeasure, bought: Mapping[CustomerKey, Bought], *,
            is_control: bool) -> Sample:
    side = [one for one in people if one.is_control is is_control]
    values = [_value(measure, one, bought.get(one.customer_key, Bought())) for one in side]
    return Sample.weighted(values, [one.weight for one in side])


def _value(measure: ImpactMeasure, one: Participant, bought: Bought) -> float:
    match measure:
        case ImpactMeasure.PURCHASE:
            return float(bought.orders > 0)
        case ImpactMeasure.ORDERS:
            return float(bought.orders)
        case ImpactMeasure.SPEND:
            return bought.spend
        case ImpactMeasure.CONVERSION:
            return float(one.has_converted)


def _gain(found: Contrast) -> MoneyGained | None:
    """The money that the difference comes to over everybody on the side that was recommended something."""
    if found.measure is not ImpactMeasure.SPEND or found.difference is None or found.interval is None:
        return None
    if found.verdict is ContrastVerdict.TOO_FEW:
        return None
    size, (low, high) = found.recommended.size, found.interval
    return MoneyGained(customers=size, money=size * found.difference, interval=(size * low, size * high))
