"""Rates of actions, rules and bands of a model's figure, measured from outcomes: a numbered state beside a release."""

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum

from kb.model.bounds import COUNT, Bounds
from kb.model.canonical import digest
from kb.model.ids import Digest
from kb.model.pattern import Dataset
from ontology.text import Text

BANDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7)
"""Where one band of a model's figure ends and the next begins; narrow where figures are small, as most are."""

_WEIGHT = Bounds(least=1.0, most=100_000.0)
_WINDOW = Bounds(least=0, most=365)
_HALF_LIFE = Bounds(least=1, most=36_500)
_LEAST_FACTOR = Bounds(least=0.01, most=1.0)
_MOST_FACTOR = Bounds(least=1.0, most=10.0)
_HINT = Text(zh="例如：先验权重 50，窗口 14 天，半衰期 180 天，范围 0.5 至 2 倍",
             en="for example a prior weight of 50, a window of 14 days, a half-life of 180 and bounds of 0.5 and 2")


class RatesMode(StrEnum):
    """What becomes of rates that were learned."""

    OFF = "off"
    PROPOSE = "propose"
    WITHIN_BOUNDS = "within_bounds"


class RateSubject(StrEnum):
    """What a rate is of; a band is one of an action."""

    ACTION = "action"
    RULE = "rule"
    BAND = "band"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatesPolicy:
    """How rates are learned, and what becomes of them.

    Args:
        mode: ``off``: nothing is learned, and decisions take the figures as they are; ``propose``: a new state waits
            until somebody takes it; ``within_bounds``: it is taken by itself.
        prior_weight: For how many showings the figure counts that was assumed.
        window_days: Days from the first showing in which the customer may take it up; until they are over it counts
            neither way, so that quick answers do not flatter. 0: what is not answered in its decision is ignored.
        half_life_days: After so many days a showing counts for half.
        least_factor: The least that a rate may be of the figure that was assumed; ``most_factor`` the most.
    """

    mode: RatesMode = RatesMode.OFF
    prior_weight: float = 50.0
    window_days: int = 14
    half_life_days: int = 180
    least_factor: float = 0.5
    most_factor: float = 2.0

    def __post_init__(self) -> None:
        _WEIGHT.demand("prior_weight", self.prior_weight, hint=_HINT)
        _WINDOW.demand("window_days", self.window_days, hint=_HINT)
        _HALF_LIFE.demand("half_life_days", self.half_life_days, hint=_HINT)
        _LEAST_FACTOR.demand("least_factor", self.least_factor, hint=_HINT)
        _MOST_FACTOR.demand("most_factor", self.most_factor, hint=_HINT)

    def within(self, rate: float, assumed: float) -> float:
        """The rate that is nearest within the bounds around what was assumed, [0, 1].

        >>> policy = RatesPolicy()
        >>> policy.within(0.5, 0.2), policy.within(0.05, 0.2), policy.within(0.9, 0.8)
        (0.4, 0.1, 0.9)
        """
        return min(1.0, self.most_factor * assumed, max(self.least_factor * assumed, rate))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How often what was shown was taken up: a Beta posterior around what was assumed.

    Args:
        subject: What it is of.
        id: Of the action or the rule.
        band: Which band of the figure of a model; ``None`` where none speaks.
        prior: The figure that was assumed, [0, 1]: the catalogue's, the rule's, the mean of a model's in the band.
        showings: Settled ones, each weighed by its age; ``takings``: those of them that were taken up.
        measured: The posterior mean.
        value: The same within the bounds of the policy: what decisions take.
        accepted: How many were accepted, and ``converted``, ``rejected`` and ``ignored``; each showing is one of them.
        by_orders: Of how many of the converted orders tell, and nobody reported it.
    """

    subject: RateSubject
    id: str
    band: int | None = None
    prior: float
    showings: float
    takings: float
    measured: float
    value: float
    accepted: int
    converted: int
    rejected: int
    ignored: int
    by_orders: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether outcomes said more than the bounds let through."""
        return self.value != self.measured

    @property
    def factor(self) -> float:
        """By what outcomes moved the figure that was assumed; 1.0 where that is 0."""
        return self.value / self.prior if self.prior > 0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """One numbered state: decisions are made, and replayed, under its number. It never changes.

    Args:
        number: 1, 2, 3 ...
        as_of: The moment up to which outcomes counted, epoch seconds; ``made_at`` the wall clock.
        release: Whose rules and actions the figures that were assumed are of.
        upto: Number of the last record of the journal that was read; ``journal`` is its id.
        waiting: Showings whose window is not over.
        unshown: Cards of which an answer is on record, and no showing: they say nothing of how often.
        rates: Of everything that was shown, by subject, id and band.
        datasets: The orders and contacts that were read; none where there were none, or a card tells at once.
    """

    number: int
    as_of: int
    made_at: int
    by: str
    release: int
    journal: str
    upto: int
    policy: RatesPolicy
    waiting: int = 0
    unshown: int = 0
    rates: tuple[Rate, ...] = field(default=())
    datasets: tuple[Dataset, ...] = ()

    def __post_init__(self) -> None:
        COUNT.demand("number", self.number)

    @property
    def digest(self) -> Digest:
        """Of all that it holds; the listing keeps it, so that it is seen where a state was changed."""
        return digest(self)


def band_of(figure: float) -> int:
    """The band of a figure, [0, 1]; each begins with its lower end.

    >>> band_of(0.005), band_of(0.01), band_of(0.062), band_of(1.0)
    (0, 1, 3, 8)
    """
    return bisect_right(BANDS, figure)


def ends_of(band: int) -> tuple[float, float]:
    """Where a band begins and ends.

    >>> ends_of(0), ends_of(3), ends_of(8)
    ((0.0, 0.01), (0.05, 0.1), (0.7, 1.0))
    """
    ends = (0.0, *BANDS, 1.0)
    return ends[band], ends[band + 1]
