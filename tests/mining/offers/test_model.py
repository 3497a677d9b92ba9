"""The model on customers whose next purchases are known, and the reasons it has."""

import numpy as np
import pytest

from kb.facts.moment import Moment
from kb.model.pattern import Period
from mining.offers.candidates import FEATURES, CandidateSource, OfferQuestion, OfferReason, parts_of
from mining.offers.history import history_of
from mining.offers.model import LabelledCandidates, OfferModel, fit_offers
from mining.offers.reasons import ReasonSentences
from mining.offers.samples import question_at, question_of_basket, train_by_days
from ontology.text import Text

DAY = 86_400


@pytest.fixture(scope="module")
def base(regulars):
    return regulars()


def everything(sales):
    return np.ones(len(sales.categories), dtype=bool)


def test_what_is_bought_now_is_explored_by_nobody_and_what_may_not_be_offered_neither(base):
    history = history_of(base, np.full(240, 300 * DAY))
    offerable = everything(base)
    offerable[3] = False
    found = CandidateSource(history).best(slice(0, 240), OfferQuestion.EXPLORE, offerable)
    row = history.find(found.customer, found.item)
    assert not history.is_recent[row[row >= 0]].any()
    assert 3 not in found.item
    repeated = CandidateSource(history).best(slice(0, 240), OfferQuestion.REPEAT, offerable)
    assert history.is_recent[history.find(repeated.customer, repeated.item)].all()


def test_who_bought_nothing_lately_is_asked_nothing(sales):
    history = history_of(sales([(0, 0, 0, 1), (1, 1, 1, 190)]), np.full(2, 200 * DAY))
    (allowed,) = parts_of(history, slice(0, 2), OfferQuestion.EXPLORE, np.ones(2, dtype=bool))
    assert allowed.tolist() == [[False, False], [True, False]]


def test_features_are_known_and_those_of_one_purchase_are_as_counted(sales):
    history = history_of(sales([(0, 0, 0, 100), (0, 1, 1, 190), (1, 2, 1, 195)]), np.full(2, 200 * DAY))
    found = CandidateSource(history).of(slice(0, 2), np.array([0, 1]), np.array([0, 0]))
    named = [dict(zip(FEATURES, row, strict=True)) for row in found.values]
    assert np.isfinite(found.values).all()
    assert named[0]["never_bought"] == 0
    assert named[0]["log_days_since"] == np.log1p(100)
    assert named[0]["bought_once"] == 1
    assert named[1]["never_bought"] == 1
    assert named[1]["log_days_since"] == 0


def test_answers_of_the_training_end_where_the_question_begins(base):
    """What comes after the moment changes nothing that is learned."""
    moment = Moment(320 * DAY - 1, "UTC")
    model = train_by_days(base, moment, 60, OfferQuestion.EXPLORE, everything(base), seed=7)
    changed = base.during(Period(start=0, end=320 * DAY))
    again = train_by_days(changed, moment, 60, OfferQuestion.EXPLORE, everything(base), seed=7)
    np.testing.assert_allclose(model.weight, again.weight)


def test_probabilities_are_what_happens(base):
    """On a later period of the same customers, pooled over candidates, within two hundredths."""
    model = train_by_days(base, Moment(320 * DAY - 1, "UTC"), 60, OfferQuestion.EXPLORE, everything(base), seed=7)
    past = question_at(base, 320 * DAY - 1, 60)
    found = CandidateSource(past.history).best(slice(0, 240), OfferQuestion.EXPLORE, everything(base))
    happened = past.is_bought(found.customer, found.item)
    assert model.probability(found.values).mean() == pytest.approx(happened.mean(), abs=0.02)


def test_too_short_a_past_teaches_nothing(base):
    assert train_by_days(base, Moment(100 * DAY, "UTC"), 60, OfferQuestion.EXPLORE, everything(base), seed=7) is None


def test_a_sample_with_one_answer_alone_is_refused():
    sample = LabelledCandidates(values=np.zeros((3, len(FEATURES))), labels=np.ones(3, dtype=bool), weights=np.ones(3))
    with pytest.raises(ValueError, match="some were not"):
        fit_offers([sample], seed=7)


def test_the_reason_is_what_raises_the_chance_most_and_never_a_past_that_is_not_there():
    weight = np.array([1.0 if kind is OfferReason.OWN_HISTORY else 0.1 for kind in FEATURES.values()])
    model = OfferModel(centre=np.zeros(len(FEATURES)), weight=weight, offset=0.0)
    row = np.ones(len(FEATURES))
    row[0] = 0
    assert model.reasons(row[None]) == (OfferReason.OWN_HISTORY,)
    row[0] = 1
    assert model.reasons(row[None])[0] is OfferReason.POPULARITY  # four columns of it; two of affinity


def test_the_last_basket_is_asked_of_those_who_have_one_before_it(sales):
    past = question_of_basket(sales([(0, 0, 0, 1), (0, 1, 1, 5), (0, 1, 2, 5), (1, 2, 0, 7)]), 1)
    assert past.history.trips[:, 0].tolist() == [1, 0]
    assert past.is_bought(np.array([0, 0, 0, 1]), np.array([0, 1, 2, 0])).tolist() == [False, True, True, True]
    assert question_of_basket(sales([(0, 0, 0, 1)]), 1) is None


def test_a_reason_is_told_with_the_customers_own_numbers(sales):
    rows = [(0, 0, 0, 100), (0, 1, 0, 128), (0, 2, 0, 156), (0, 9, 1, 190), (1, 10, 0, 170), (1, 10, 1, 170)]
    history = history_of(sales(rows, items=3), np.full(2, 200 * DAY))
    words = ReasonSentences(CandidateSource(history), ("EGGS", "BEER", "TEA"), {"EGGS": Text(zh="鸡蛋", en="Eggs")},
                            np.array([True, True, True]))
    assert words.sentence(0, 0, OfferReason.OWN_HISTORY) == Text(
        zh="鸡蛋：买过 3 次，平均每 28 天一次，上次在 44 天前",
        en="Eggs: bought 3 times, usually every 28 days, last 44 days ago")
    assert words.sentence(0, 1, OfferReason.OWN_HISTORY).en == "BEER: bought once, 10 days ago"
    assert words.sentence(0, 2, OfferReason.POPULARITY).en == "TEA: 0% of customers have bought it"


def test_what_may_not_be_offered_is_named_in_no_reason(sales):
    history = history_of(sales([(0, 0, 1, 190), (1, 1, 0, 170), (1, 1, 1, 170)]), np.full(2, 200 * DAY))
    words = ReasonSentences(CandidateSource(history), ("EGGS", "CIGARETTES"), {}, np.array([True, False]))
    assert "CIGARETTES" not in words.sentence(0, 0, OfferReason.AFFINITY).en
