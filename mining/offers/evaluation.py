"""How good offers are, out of time: what was offered and then bought, beside what one would offer without a model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.facts.moment import Moment
from mining.arrays import Flags, Floats, Ints
from mining.learning.time_splits import all_until, end_of_day
from mining.offers.baselines import BASELINES, Method, most_overdue
from mining.offers.candidates import CandidateSource, OfferQuestion, OfferReason, parts_of
from mining.offers.history import PurchaseHistory
from mining.offers.model import OfferModel
from mining.offers.paired_gain import Gain, paired_gain
from mining.offers.plain_model import OfferModels, train_beside_plain
from mining.offers.reasons import ReasonSentences
from mining.offers.samples import PastQuestion, labelled_by_days, question_at, question_of_basket, train_by_baskets
from mining.sales import Sales
from ontology.text import Text

MODEL = "model"
"""The name under which the model's own figures stand beside the baselines'."""

OFFERS = 3
BASKET_LIST = 10
HORIZONS: Mapping[OfferQuestion, tuple[int, int]] = {OfferQuestion.EXPLORE: (92, 30), OfferQuestion.REPEAT: (30, 7)}
"""Days within which an offer counts as bought, and the days of *soon*."""

REFERENCES: Mapping[OfferQuestion, str] = {OfferQuestion.EXPLORE: "popularity", OfferQuestion.REPEAT: "popularity",
                                           OfferQuestion.EITHER: "frequency_with_popularity"}
"""The baseline over which the gain of each method is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFigures:
    """What came of the offers of one method, shares in [0, 1].

    Args:
        method: ``model``, or a name of ``BASELINES``.
        first: Customers who bought the first offer within the horizon.
        three: Of three offers, those bought.
        soon: Customers who bought the first offer within the shorter horizon.
        gain: Of ``first``, over the reference.
    """

    method: str
    first: float
    three: float
    soon: float
    gain: Gain


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonFigures:
    """The first offers of the model that one reason carries.

    Args:
        reason: What carries them.
        offers: How many they are.
        bought: The share of them that was bought within the horizon.
        example: The likeliest of them, as a sentence.
    """

    reason: OfferReason
    offers: int
    bought: float
    example: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEvaluation:
    """Offers of what customers do not buy now, or of what is due again.

    Args:
        as_of: When they were made, epoch seconds; nothing later was seen.
        day: The same as a local day, ISO 8601.
        customers: Who were asked about: all who had bought something in the 90 days before.
        expected: Mean probability of the model's first offers, to be held against its ``first``.
        brier: Of the model's candidates.
        base_brier: Of the rate of the same candidates, which nobody knew beforehand.
        plain_brier: Of a model that knows how often and how much they buy and what is popular, and no more.
        methods: The model first.
    """

    question: OfferQuestion
    as_of: int
    day: str
    horizon_days: int
    soon_days: int
    customers: int
    expected: float
    brier: float
    base_brier: float
    plain_brier: float
    reference: str
    methods: tuple[OfferFigures, ...]
    reasons: tuple[ReasonFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketFigures:
    """Recall at ten of one method, means over customers, [0, 1].

    Args:
        recall: Of the items in the held-out basket, those among the ten foremost.
        repeat: The same, of those that the customer had bought before; ``None`` where nobody's basket held one.
        explore: Of those new to the customer, those among the ten foremost that are new to them; ``None`` likewise.
        gain: Of ``recall``, over the reference.
    """

    method: str
    recall: float
    repeat: float | None
    explore: float | None
    gain: Gain


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketEvaluation:
    """Each customer's last basket, from those before it.

    Args:
        customers: Those with at least two baskets.
        items: How many different ones there are.
        repeat_share: Of the items in the held-out baskets, those bought before.
        methods: The model first.
    """

    customers: int
    items: int
    repeat_share: float
    reference: str
    methods: tuple[BasketFigures, ...]


def evaluate_offers(sales: Sales, moment: Moment, question: OfferQuestion, offerable: Flags, *,  # noqa: PLR0913 - the parts of a question
                    labels: Mapping[str, Text], seed: int) -> OfferEvaluation | None:
    """Offers made a horizon before the moment, and what became of them.

    Args:
        sales: Everything up to the moment.
        moment: Up to which it is known what was bought.
        question: ``EXPLORE`` or ``REPEAT``.
        offerable: Which categories may be offered.
        labels: Words for categories.
        seed: Of everything drawn at random.

    Returns:
        ``None`` where the past is too short, or nothing was bought that could be learned from.
    """
    days, soon = HORIZONS[question]
    cut = end_of_day(moment, days)
    known = sales.during(all_until(cut))
    samples = labelled_by_days(known, cut, days, question, offerable) if len(known.at) else []
    models = train_beside_plain(samples, seed=seed)
    if models is None:
        return None
    model, past, near = models.model, question_at(sales, cut.as_of, days), question_at(sales, cut.as_of, soon)
    source = CandidateSource(past.history)
    offers = {name: _first_items(past.history, method, question, offerable)
              for name, method in _methods(model, source, question, offerable).items()}
    customers = np.flatnonzero(offers[MODEL][:, 0] >= 0)
    chances, reasons = _first_offers(model, source, customers, offers[MODEL][:, 0])
    sentences = ReasonSentences(source, sales.categories, labels, offerable)
    return OfferEvaluation(question=question, as_of=cut.as_of, day=cut.local_date.isoformat(), horizon_days=days,
                           soon_days=soon, customers=len(customers), expected=float(chances.mean()),
                           **_briers(models, source, past, question, offerable), reference=REFERENCES[question],
                           methods=_offer_figures(past, near, customers, offers, REFERENCES[question], seed=seed),
                           reasons=_reason_figures(past, (customers, offers[MODEL][customers, 0]), chances, reasons,
                                                   sentences))


def evaluate_baskets(sales: Sales, *, seed: int) -> BasketEvaluation | None:
    """The ten items foreseen in each customer's last basket; ``None`` where too few come often."""
    anything = np.ones(len(sales.categories), dtype=bool)
    model, past = train_by_baskets(sales, anything, seed=seed), question_of_basket(sales, 1)
    if model is None or past is None:
        return None
    source = CandidateSource(past.history)
    customers = np.flatnonzero((past.history.trips[:, 0] > 0) & (past.answer_counts() > 0))
    recalls = {name: _recalls(past, method, customers)
               for name, method in _methods(model, source, OfferQuestion.EITHER, anything).items()}
    reference = REFERENCES[OfferQuestion.EITHER]
    figures = tuple(BasketFigures(method=name, recall=float(found[0].mean()), repeat=_mean_of_known(found[1]),
                                  explore=_mean_of_known(found[2]),
                                  gain=paired_gain(found[0], recalls[reference][0], seed=seed))
                    for name, found in recalls.items())
    width = past.history.shape[1]
    of_these = np.isin(past.answers // width, customers)
    return BasketEvaluation(customers=len(customers), items=width, reference=reference, methods=figures,
                            repeat_share=float(_was_bought_before(past)[of_these].mean()))


def best_items(scores: Floats, allowed: Flags, most: int) -> Ints:
    """The foremost columns of each row among those allowed, the best first; -1 where there is none.

    >>> best_items(np.array([[0.1, 0.3, 0.2]]), np.array([[True, False, True]]), 3).tolist()
    [[2, 0, -1]]
    """
    ranked = np.where(allowed, scores, -np.inf)
    most = min(most, ranked.shape[1])
    some = np.sort(np.argpartition(-ranked, most - 1, axis=1)[:, :most], axis=1)
    order = np.argsort(-np.take_along_axis(ranked, some, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(some, order, axis=1)
    return np.where(np.isfinite(np.take_along_axis(ranked, best, axis=1)), best, -1)


def _methods(model: OfferModel, source: CandidateSource, question: OfferQuestion,
             offerable: Flags) -> Mapping[str, Method]:
    """The model and the baselines, for the history of the source; of what is due, what they are latest with too."""
    by_lateness = {"most_overdue": most_overdue} if question is OfferQuestion.REPEAT else {}
    return {MODEL: lambda _: model.scorer(source, question, offerable), **BASELINES, **by_lateness}


def _first_items(history: PurchaseHistory, method: Method, question: OfferQuestion, offerable: Flags) -> Ints:
    """Three offers to each customer."""
    score = method(history)
    return np.concatenate([best_items(score(rows), np.logical_or.reduce(parts_of(history, rows, question, offerable)),
                                      OFFERS) for rows in history.blocks()])


def _offer_figures(past: PastQuestion, near: PastQuestion, customers: Ints, offers: Mapping[str, Ints],  # noqa: PLR0913 - what was asked, answered and offered
                   reference: str, *, seed: int) -> tuple[OfferFigures, ...]:
    hits = {name: past.is_bought(customers[:, None], items[customers]) for name, items in offers.items()}
    return tuple(OfferFigures(method=name, first=float(hits[name][:, 0].mean()), three=float(hits[name].mean()),
                              soon=float(near.is_bought(customers, items[customers, 0]).mean()),
                              gain=paired_gain(hits[name][:, 0], hits[reference][:, 0], seed=seed))
                 for name, items in offers.items())


def _first_offers(model: OfferModel, source: CandidateSource, customers: Ints,
                  items: Ints) -> tuple[Floats, Sequence[OfferReason]]:
    """The probability of each customer's first offer, and its reason."""
    chances: list[Floats] = []
    reasons: list[OfferReason] = []
    for rows, here in _in_blocks(source.history, customers):
        values = source.of(rows, here, items[here]).values
        chances.append(model.probability(values))
        reasons += model.reasons(values)
    return np.concatenate(chances), reasons


def _in_blocks(history: PurchaseHistory, customers: Ints) -> Iterator[tuple[slice, Ints]]:
    for rows in history.blocks():
        yield rows, customers[(customers >= rows.start) & (customers < rows.stop)]


def _reason_figures(past: PastQuestion, offers: tuple[Ints, Ints], chances: Floats, reasons: Sequence[OfferReason],
                    sentences: ReasonSentences) -> tuple[ReasonFigures, ...]:
    customers, items = offers
    bought, figures = past.is_bought(customers, items), []
    for reason in sorted({*reasons}, key=list(OfferReason).index):
        rows = np.flatnonzero([one is reason for one in reasons])
        best = rows[chances[rows].argmax()]
        example = sentences.sentence(int(customers[best]), int(items[best]), reason)
        share = float(bought[rows].mean())
        figures.append(ReasonFigures(reason=reason, offers=len(rows), bought=share, example=example))
    return tuple(figures)


def _briers(models: OfferModels, source: CandidateSource, past: PastQuestion, question: OfferQuestion,
            offerable: Flags) -> Mapping[str, float]:
    """Of all candidates: of the model, of the plain one and of their rate alone."""
    errors: list[Floats] = []
    labels: list[Flags] = []
    for rows in past.history.blocks():
        found = source.best(rows, question, offerable)
        labels.append(past.is_bought(found.customer, found.item))
        told = np.stack([models.model.probability(found.values), models.plain_probability(found.values)])
        errors.append((told - labels[-1]) ** 2)
    brier, plain_brier = np.concatenate(errors, axis=1).mean(axis=1).tolist()
    rate = float(np.concatenate(labels).mean())
    return {"brier": brier, "plain_brier": plain_brier, "base_brier": rate * (1 - rate)}


def _recalls(past: PastQuestion, method: Method, customers: Ints) -> Floats:
    """Recall of all items, of those bought before, and of new ones, 3 x customers; NaN where there is none such."""
    history, score = past.history, method(past.history)
    orders, anything, novelties = history.matrix(history.orders), [], []
    for rows in history.blocks():
        scores, before = score(rows), orders[rows].toarray() > 0
        anything.append(best_items(scores, np.ones_like(before), BASKET_LIST))
        novelties.append(best_items(scores, ~before, BASKET_LIST))
    everything, new = (np.concatenate(lists)[customers] for lists in (anything, novelties))
    hits = past.is_bought(customers[:, None], everything)
    known = history.find(np.broadcast_to(customers[:, None], everything.shape), everything) >= 0
    repeated = past.answers[_was_bought_before(past)] // history.shape[1]
    repeats, total = np.bincount(repeated, minlength=history.shape[0])[customers], past.answer_counts()[customers]
    with np.errstate(invalid="ignore"):
        return np.stack([hits.sum(axis=1) / total, (hits & known).sum(axis=1) / repeats,
                         past.is_bought(customers[:, None], new).sum(axis=1) / (total - repeats)])


def _mean_of_known(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _was_bought_before(past: PastQuestion) -> Flags:
    """Which of the answers the customer had bought before."""
    width = past.history.shape[1]
    return past.history.find(past.answers // width, past.answers % width) >= 0
