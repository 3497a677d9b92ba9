"""Questions whose answers are known: an instant for each customer, and what they bought after it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.facts.moment import Moment
from kb.facts.time_zone import DAY_SECONDS
from mining.arrays import Flags, Ints, distinct
from mining.learning.time_splits import end_of_day
from mining.offers.baselines import spread
from mining.offers.candidates import Candidates, CandidateSource, OfferQuestion
from mining.offers.history import PurchaseHistory, history_of
from mining.offers.model import LabelledCandidates, OfferModel, fit_offers
from mining.sales import Sales

LEAST_HISTORY_DAYS = 120
"""Days of sales before an instant from which offers are learned."""

MOST_LEARNED_FROM = 20_000
"""Customers of a large base of whom a model is made, and on whom it is tested: more fill the memory, not the model."""

_STEP_DAYS = 15
_CUTS = 4
_BASKETS = 3
_NEVER = -2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuestion:
    """What was known when the question was put, and what came.

    Args:
        history: Before the instants.
        answers: Customer x items + item of each that was bought afterwards, sorted.
    """

    history: PurchaseHistory
    answers: Ints

    def is_bought(self, customer: Ints, item: Ints) -> Flags:
        """Which of the customers bought the item; an item of -1 is bought by nobody."""
        keys = np.where(item >= 0, customer * self.history.shape[1] + item, -1)
        return np.isin(keys, self.answers)

    def answer_counts(self) -> Ints:
        """Items that each customer bought afterwards."""
        return np.bincount(self.answers // self.history.shape[1], minlength=self.history.shape[0])


def question_at(sales: Sales, as_of: int, days: int) -> PastQuestion:
    """What everybody bought within ``days`` after the end of ``as_of``, epoch seconds."""
    instants = np.full(len(sales.customers), as_of + 1)
    after = (sales.customer >= 0) & (sales.at > as_of) & (sales.at <= as_of + days * DAY_SECONDS)
    return _question(sales, instants, after)


def question_of_basket(sales: Sales, back: int) -> PastQuestion | None:
    """What each customer bought together, ``back`` baskets before the end: 1 is the last.

    Customers without a basket before it are not asked about; ``None`` where there is nobody else.
    """
    named = sales.customer >= 0
    baskets = np.unique(np.stack([sales.customer[named], sales.at[named]]), axis=1)
    count = np.bincount(baskets[0], minlength=len(sales.customers))
    place = np.cumsum(count) - back
    instants = np.where(count >= back, baskets[1][np.maximum(place, 0)], _NEVER)
    if not (count > back).any():
        return None
    return _question(sales, instants, named & (sales.at == instants[sales.customer]))


def train_by_days(sales: Sales, moment: Moment, days: int, question: OfferQuestion, offerable: Flags, *,  # noqa: PLR0913 - the parts of a question
                  seed: int) -> OfferModel | None:
    """The model of a question whose last answers are known at ``moment``; ``None`` where the past is too short.

    It learns from instants ``days`` and more before the moment, so that it has seen nothing after it.
    """
    return trained(labelled_by_days(sales, moment, days, question, offerable), seed=seed)


def labelled_by_days(sales: Sales, moment: Moment, days: int, question: OfferQuestion,
                     offerable: Flags) -> list[LabelledCandidates]:
    """What such a model learns from: the candidates of some past instants with what came of them, the latest first."""
    cuts = [end_of_day(moment, days + n * _STEP_DAYS).as_of for n in range(_CUTS)]
    start = int(sales.at.min()) + LEAST_HISTORY_DAYS * DAY_SECONDS
    past = [question_at(sales, cut, days) for cut in cuts if cut > start]
    return [labelled(one, question, offerable) for one in past]


def train_by_baskets(sales: Sales, offerable: Flags, *, seed: int) -> OfferModel | None:
    """The model of the next basket, from those before each customer's last; ``None`` where nobody comes often.

    An item weighs by the square root of its basket's size: recall counts each basket alike, by which the few small
    ones would decide of what is new; unweighted, the large ones decide everything.
    """
    past = [question_of_basket(sales, back) for back in range(2, 2 + _BASKETS)]
    samples = [labelled(one, OfferQuestion.EITHER, offerable, is_by_basket=True) for one in past if one is not None]
    return trained(samples, seed=seed)


def labelled(past: PastQuestion, question: OfferQuestion, offerable: Flags, *,
             is_by_basket: bool = False) -> LabelledCandidates:
    """The candidates of a question whose answers are known; with ``is_by_basket`` answers of equal weight."""
    among = learned_from(past.history, MOST_LEARNED_FROM)
    [found] = CandidateSource(past.history).everybody((question,), offerable, among)
    return with_answers(past, found, is_by_basket=is_by_basket)


def learned_from(history: PurchaseHistory, most: int) -> Flags:
    """Which customers are learned from: everybody, or so many of a large base, who are spread over all that occurs."""
    chosen = np.zeros(history.shape[0], dtype=bool)
    chosen[spread(history, most)] = True
    return chosen


def with_answers(past: PastQuestion, found: Candidates, *, is_by_basket: bool = False) -> LabelledCandidates:
    """Candidates with what came of them; with ``is_by_basket`` answers of equal weight."""
    answers = np.maximum(1, past.answer_counts())
    weights = answers[found.customer] ** -0.5 if is_by_basket else np.ones(len(found.customer))
    return LabelledCandidates(values=found.values, labels=past.is_bought(found.customer, found.item), weights=weights)


def trained(samples: Sequence[LabelledCandidates], *, seed: int) -> OfferModel | None:
    """The model of samples, the latest first; ``None`` where one of them, or there being none, has nothing to teach."""
    can_be_learned = [0 < sample.labels.sum() < len(sample.labels) for sample in samples]
    return fit_offers(samples, seed=seed) if samples and all(can_be_learned) else None


def _question(sales: Sales, instants: Ints, after: Flags) -> PastQuestion:
    answers = distinct(sales.customer[after] * len(sales.categories) + sales.category[after])
    return PastQuestion(history=history_of(sales, instants), answers=answers)
