"""What came of the offers of each category on days that are over, beside what anybody would do without the model.

A category counts as offered to a customer if it is among their most probable ones. Those who are offered something that
is not bought by everybody buy a lot else already, and buy more of everything: so they are compared with customers who
buy as many categories, as orders are with orders of the same size.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from mining.arrays import Flags, Floats, Ints
from mining.learning.plain_rule import skill
from mining.offers.candidates import Candidates, foremost
from mining.offers.history import PurchaseHistory, item_shares
from mining.offers.paired_gain import Gain, paired_gain
from mining.offers.samples import PastQuestion
from mining.rate_intervals import GroupRates
from mining.stratified_lift import Meeting

_ALIKE_DECIMALS = 9  # sums over customers differ beyond them by the order in which they are added
_TOLD_DECIMALS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The most probable candidates of each customer, one row each, the best of a customer first.

    Args:
        customer: Index of the customer.
        item: Index of the item.
        place: From 0 on, within the customer.
        chance: That they buy it within the horizon, [0, 1].
    """

    customer: Ints
    item: Ints
    place: Ints
    chance: Floats

    @classmethod
    def together(cls, parts: Iterable["Offers"]) -> "Offers":
        """The offers to several groups of customers, one group after another."""
        kept = list(parts)
        return cls(**{name: np.concatenate([getattr(part, name) for part in kept])
                      for name in ("customer", "item", "place", "chance")})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedCategory:
    """What came of the offers of one category.

    Args:
        item: Index of the category.
        meeting: Of *offered* and *bought* among all who had not bought it, in strata of who buy as many categories.
        chance: Mean of the chances told.
        popularity_rate: Of the same customers, those who bought what popularity puts in the same place of their list.
        brier: Of the chances told.
        base_brier: Of the base rate, told to each of the same customers.
    """

    item: int
    meeting: Meeting
    chance: float
    popularity_rate: float
    brier: float
    base_brier: float

    @property
    def rate(self) -> float:
        """Share of those who were offered it that bought it, [0, 1]."""
        return self.meeting.confidence

    @property
    def base_rate(self) -> float:
        """Share of all who had not bought it that did, [0, 1]."""
        return self.meeting.consequent / self.meeting.orders

    @property
    def skill(self) -> float:
        """The share by which the Brier score lies below that of the base rate; 0 where nobody bought."""
        return skill(self.brier, self.base_brier)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSkill:
    """What came of all offers.

    Args:
        customers: Who were made offers.
        first: Of them, those who bought the first offer, [0, 1].
        popularity_first: Those who bought what is most popular of the things that they had not bought.
        gain: Of the first over the second.
        categories: Those that were offered at all, by index.
    """

    customers: int
    first: float
    popularity_first: float
    gain: Gain
    categories: tuple[OfferedCategory, ...]


def offers_of(found: Candidates, chances: Floats, each: int) -> Offers:
    """The ``each`` most probable candidates of every customer."""
    rows, place = foremost(found.customer, chances.round(_ALIKE_DECIMALS), each)
    return Offers(customer=found.customer[rows], item=found.item[rows], place=place, chance=chances[rows])


def try_offers(past: PastQuestion, among: Flags, found: Candidates, chances: Floats, *, each: int, bands: int,  # noqa: PLR0913 - what was asked, answered and told
               seed: int) -> OfferSkill:
    """The offers that would have been made at a past instant, and what came of them.

    Args:
        past: The instant, and what was bought after it.
        among: The customers who are asked about.
        found: All their candidates of then.
        chances: Of each, by a model that had seen nothing after the instant.
        each: Offers of a customer.
        bands: Strata of customers by how many categories they bought in the last 90 days.
        seed: Of the interval.
    """
    ours = offers_of(found, chances, each)
    popular = found.item[foremost(found.customer, item_shares(past.history)[found.item], each)[0]]  # in the same places
    bought, popular_bought = (past.is_bought(ours.customer, items) for items in (ours.item, popular))
    first, band = ours.place == 0, _bands(past.history, among, bands)
    return OfferSkill(customers=int(first.sum()), first=float(bought[first].mean()),
                      popularity_first=float(popular_bought[first].mean()),
                      gain=paired_gain(bought[first], popular_bought[first], seed=seed),
                      categories=_categories(past, ours, (bought, popular_bought), band, bands))


def base_rates(past: PastQuestion, among: Flags) -> GroupRates:
    """Of each item, who of those that had not bought it lately then did."""
    asked, buyers = _asked(past, _bands(past.history, among, 1), 1)
    return GroupRates(buyers.sum(axis=0).astype(float), asked.sum(axis=0).astype(float))


def _categories(past: PastQuestion, ours: Offers, outcomes: tuple[Flags, Flags], band: Ints,
                bands: int) -> tuple[OfferedCategory, ...]:
    width, (bought, popular_bought) = past.history.shape[1], outcomes
    asked, buyers = _asked(past, band, bands)
    offered, both = (_counts(band[ours.customer[rows]], ours.item[rows], asked.shape)
                     for rows in (slice(None), bought))
    sums = [np.bincount(ours.item, values, width)
            for values in (ours.chance, popular_bought, (ours.chance - bought) ** 2)]
    return tuple(_category(item, Meeting.of(*(counts[:, item] for counts in (asked, offered, buyers, both))),
                           [float(total[item]) for total in sums])
                 for item in np.flatnonzero(offered.sum(axis=0)).tolist())


def _category(item: int, meeting: Meeting, sums: list[float]) -> OfferedCategory:
    chance, popularity_rate, brier = (total / meeting.antecedent for total in sums)
    rate, base = meeting.confidence, meeting.consequent / meeting.orders
    base_brier = rate * (1 - base) ** 2 + (1 - rate) * base ** 2
    return OfferedCategory(item=item, meeting=meeting, popularity_rate=popularity_rate,
                           chance=round(chance, _TOLD_DECIMALS), brier=round(brier, _TOLD_DECIMALS),
                           base_brier=round(base_brier, _TOLD_DECIMALS))


def _bands(history: PurchaseHistory, among: Flags, count: int) -> Ints:
    """The stratum of each customer; -1 of who bought nothing in the last 90 days or is not among those asked about."""
    breadth = np.bincount(history.customer[history.is_recent], minlength=history.shape[0])
    is_asked = among & (history.trips[:, 1] > 0)
    edges = np.quantile(breadth[is_asked], np.arange(1, count) / count)
    return np.where(is_asked, np.searchsorted(edges, breadth, side="right"), -1)


def _asked(past: PastQuestion, band: Ints, bands: int) -> tuple[Ints, Ints]:
    """Customers who had not bought the item for 90 days, and those of them who then did: strata x items."""
    history, shape = past.history, (bands, past.history.shape[1])
    now = history.is_recent & (band[history.customer] >= 0)
    have = _counts(band[history.customer[now]], history.item[now], shape)
    customer, item = np.divmod(past.answers, shape[1])
    row = history.find(customer, item)
    is_new = (band[customer] >= 0) & ~((row >= 0) & now[row])
    in_band = np.bincount(band[band >= 0], minlength=bands)
    return in_band[:, None] - have, _counts(band[customer[is_new]], item[is_new], shape)


def _counts(band: Ints, item: Ints, shape: tuple[int, int]) -> Ints:
    return np.bincount(band * shape[1] + item, minlength=shape[0] * shape[1]).reshape(shape)
