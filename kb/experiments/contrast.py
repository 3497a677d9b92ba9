"""Two groups that a draw alone tells apart, one figure of both, and what may be concluded on any day."""

from dataclasses import dataclass
from enum import StrEnum

from kb.experiments.comparison import FEWEST
from kb.experiments.confidence_sequence import Interval, Sample, mean_difference, share_difference
from kb.experiments.sample_ratio import SampleRatio


class ImpactMeasure(StrEnum):
    """What is measured of each customer: whether they bought, how many orders, how much money."""

    PURCHASE = "purchase"
    CONVERSION = "conversion"
    ORDERS = "orders"
    SPEND = "spend"

    @property
    def is_share(self) -> bool:
        """Whether a customer did it or did not."""
        return self in {ImpactMeasure.PURCHASE, ImpactMeasure.CONVERSION}


class ContrastVerdict(StrEnum):
    """What may be concluded; ``withheld`` where the groups are not as large as the draw makes them."""

    HIGHER = "higher"
    LOWER = "lower"
    UNDECIDED = "undecided"
    TOO_FEW = "too_few"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One figure of those who were recommended something and of the control.

    Args:
        difference: The first mean less the control's, a share in [0, 1] or money in the base's currency; ``None`` where
            one of them counts nobody, or the verdict is withheld.
        interval: Of the difference: of a hundred such comparisons, 95 never leave the truth out on any day.
    """

    measure: ImpactMeasure
    recommended: Sample
    control: Sample
    difference: float | None
    interval: Interval | None
    verdict: ContrastVerdict


def contrast(measure: ImpactMeasure, recommended: Sample, control: Sample, ratio: SampleRatio) -> Contrast:
    """The figure of both groups and their difference.

    Args:
        measure: What the samples are of; of a share the values are 0 and 1.
        recommended: Those who were recommended something.
        control: Those who were not.
        ratio: Of all who were drawn, also those whose time is not over yet.

    >>> drawn = SampleRatio(counts=(100, 100), shares=(0.5, 0.5))
    >>> many, few = Sample.of([1.0] * 40 + [0.0] * 60), Sample.of([1.0] * 10 + [0.0] * 90)
    >>> contrast(ImpactMeasure.PURCHASE, many, few, drawn).verdict.value
    'higher'
    """
    compare = share_difference if measure.is_share else mean_difference
    value, interval = (compare(recommended, control) if ratio.is_as_drawn else None) or (None, None)
    return Contrast(measure=measure, recommended=recommended, control=control, difference=value, interval=interval,
                    verdict=_verdict(min(recommended.size, control.size), interval, ratio))


def _verdict(fewest: int, interval: Interval | None, ratio: SampleRatio) -> ContrastVerdict:
    if not ratio.is_as_drawn:
        return ContrastVerdict.WITHHELD
    if interval is None or fewest < FEWEST:
        return ContrastVerdict.TOO_FEW
    low, high = interval
    if low <= 0 <= high:
        return ContrastVerdict.UNDECIDED
    return ContrastVerdict.HIGHER if low > 0 else ContrastVerdict.LOWER
