"""What came of things that were due again on days that are over, beside what anybody would say without the model.

A customer who comes often buys again whatever it is, and what is popular is bought again by many. So the model is held
against two plain rules: that all who are late with a category are alike, and one that knows how often and how much a
customer buys and how popular the category is, but nothing of this customer's own purchases of it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from mining.arrays import Flags, Floats, Ints
from mining.learning.factors import FeatureContrast
from mining.learning.plain_rule import skill
from mining.offers.candidates import Candidates, foremost
from mining.offers.history import PurchaseHistory, item_shares
from mining.offers.paired_gain import Gain, paired_gain
from mining.offers.plain_model import OfferModels
from mining.offers.samples import PastQuestion

_TOLD_DECIMALS = 6
_LEAST_TO_CORRELATE = 4  # pairs: a partial correlation has three degrees of freedom fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class _BrierScores:
    """Of the model's chances, of one rate for all, and of the plain model's chances."""

    brier: float
    base_brier: float
    plain_brier: float

    @property
    def base_skill(self) -> float:
        """The share by which the Brier score lies below that of the rate alone."""
        return skill(self.brier, self.base_brier)

    @property
    def skill(self) -> float:
        """The share by which it lies below that of the plain model."""
        return skill(self.brier, self.plain_brier)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueCategory(_BrierScores):
    """What became of the customers who were late with a category.

    Args:
        item: Index of the category.
        customers: How many they were.
        rate: Share of them that bought it, [0, 1].
        on_time: Customers within their own rhythm, and how many of them bought it.
        chance: Mean of the chances told.
        brier: Of the chances told.
        base_brier: Of ``rate``, told to each.
        plain_brier: Of the plain model's chances.
        p_value: Chance that the model tells as much more than the plain one, were there nothing behind it.
    """

    item: int
    customers: int
    rate: float
    on_time: tuple[int, int]
    chance: float
    p_value: float

    @property
    def on_time_rate(self) -> float:
        """Share of those on time that bought it, [0, 1]; 0 where there were none."""
        return self._beside_late.upper_rate

    @property
    def on_time_p_value(self) -> float:
        """Chance that so many more of those on time bought it, were being late nothing."""
        return self._beside_late.p_value(higher=True)

    @property
    def _beside_late(self) -> FeatureContrast:
        size, bought = self.on_time
        return FeatureContrast(lower=self.customers, lower_yes=round(self.rate * self.customers), upper=size,
                               upper_yes=bought)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatSkill(_BrierScores):
    """What came of everything that was due.

    Args:
        customers: Who were late with something.
        first: Of them, those who bought what was likeliest, [0, 1].
        popularity_first: Those who bought what is most popular of the things they were late with.
        overdue_first: Those who bought what they were latest with.
        gain: Of the first over the second.
        brier: Of all chances told.
        base_brier: Of one rate for all, as the plain rule *longer silent than usual* tells it.
        plain_brier: Of the plain model's chances.
        advantage: By how much the model's squared error is lower than the plain model's, mean over customers.
        categories: Those that somebody was late with, by index.
    """

    customers: int
    first: float
    popularity_first: float
    overdue_first: float
    gain: Gain
    advantage: Gain
    categories: tuple[DueCategory, ...]


def try_repeats(past: PastQuestion, among: Flags, found: Candidates, models: OfferModels, *,
                seed: int) -> RepeatSkill:
    """What was due at a past instant, and what came of it.

    Args:
        past: The instant, and what was bought after it.
        among: The customers who are asked about.
        found: All that they were late with then.
        models: Made of what was known before the instant.
        seed: Of the intervals.
    """
    bought = past.is_bought(found.customer, found.item)
    chances, plain = models.model.probability(found.values), models.plain_probability(found.values)
    ours, popular, overdue = (bought[foremost(found.customer, scores, 1)[0]] for scores in (
        chances.round(_TOLD_DECIMALS), item_shares(past.history)[found.item], _lateness(past.history, found)))
    errors, plain_errors = ((told - bought) ** 2 for told in (chances, plain))
    rate = float(bought.mean())
    return RepeatSkill(
        customers=len(ours), first=float(ours.mean()), popularity_first=float(popular.mean()),
        overdue_first=float(overdue.mean()), gain=paired_gain(ours, popular, seed=seed),
        brier=float(errors.mean()), base_brier=rate * (1 - rate), plain_brier=float(plain_errors.mean()),
        advantage=paired_gain(*(_means(found.customer, values) for values in (plain_errors, errors)), seed=seed),
        categories=_categories(past, among, found, (bought, chances, plain)))


def partial_p_value(outcome: Flags, chance: Floats, plain: Floats) -> float:
    """How likely so high a partial correlation of chance and outcome, given what the plain model says, is by luck.

    >>> partial_p_value(np.array([0, 0, 1, 1, 0, 1]) > 0, np.array([.1, .2, .8, .9, .1, .7]), np.full(6, .5)) < 0.01
    True

    Source: R. A. Fisher, "The distribution of the partial correlation coefficient", Metron 3, 1924.
    """
    size = len(outcome)
    if size < _LEAST_TO_CORRELATE:
        return 1.0
    known = np.column_stack([np.ones(size), plain])
    both = np.column_stack([outcome.astype(np.float64), chance])
    left, right = (both - known @ np.linalg.lstsq(known, both, rcond=None)[0]).T
    spread = np.sqrt((left @ left) * (right @ right))
    if spread <= 10.0 ** -_TOLD_DECIMALS:
        return 1.0
    free, correlation = size - 3, min(1.0, max(-1.0, float(left @ right / spread)))
    return float(student.sf(correlation * np.sqrt(free / max(1 - correlation ** 2, 10.0 ** -_TOLD_DECIMALS)), free))


def _lateness(history: PurchaseHistory, found: Candidates) -> Floats:
    row = history.find(found.customer, found.item)
    late: Floats = history.last_age[row] / history.usual_gap[row]
    return late


def _means(customer: Ints, values: Floats) -> Floats:
    """The mean of each customer that has a row."""
    _, place = np.unique(customer, return_inverse=True)
    means: Floats = np.bincount(place, values) / np.bincount(place)
    return means


def _categories(past: PastQuestion, among: Flags, found: Candidates,
                told: tuple[Flags, Floats, Floats]) -> tuple[DueCategory, ...]:
    on_time, (bought, chances, plain) = _on_time(past, among), told
    order = np.argsort(found.item, kind="stable")
    items, start = np.unique(found.item[order], return_index=True)
    return tuple(_category(int(item), on_time[item], bought[rows], chances[rows], plain[rows])
                 for item, rows in zip(items, np.split(order, start[1:]), strict=True))


def _category(item: int, on_time: tuple[int, int], bought: Flags, chances: Floats, plain: Floats) -> DueCategory:
    rate = float(bought.mean())
    brier, plain_brier = (round(float(((told - bought) ** 2).mean()), _TOLD_DECIMALS) for told in (chances, plain))
    p_value = partial_p_value(bought, chances, plain)  # its last digits change with the order of the customers
    return DueCategory(item=item, customers=len(bought), rate=rate, on_time=on_time,
                       chance=round(float(chances.mean()), _TOLD_DECIMALS), brier=brier, base_brier=rate * (1 - rate),
                       plain_brier=plain_brier, p_value=float(f"{p_value:.9g}"))


def _on_time(past: PastQuestion, among: Flags) -> list[tuple[int, int]]:
    """Of each item, how many were within their own rhythm, and how many of them bought it again."""
    history, width = past.history, past.history.shape[1]
    rows = history.is_on_time & among[history.customer]
    bought = past.is_bought(history.customer[rows], history.item[rows])
    items = history.item[rows]
    counts = (np.bincount(some, minlength=width).tolist() for some in (items, items[bought]))
    return list(zip(*counts, strict=True))
