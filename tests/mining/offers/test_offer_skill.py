"""What came of offers: by hand, and that chance alone is no skill where customers buy more of everything."""

import numpy as np
import pytest

from kb.facts.moment import Moment
from mining.learning.time_splits import end_of_day
from mining.offers.candidates import Candidates, CandidateSource, OfferQuestion
from mining.offers.offer_skill import try_offers
from mining.offers.samples import question_at, trained, with_answers

DAY = 86_400
BEFORE = [(0, 0, 2, 40), (0, 1, 1, 50), (1, 2, 1, 50), *[(n, 10 + n, 0, 150) for n in range(4)],
          (4, 20, 2, 150), (5, 21, 1, 20)]
"""Customers 0 to 3 buy 0 now; customer 4 buys 2, customer 5 nothing any more. After 0, item 1 is the most popular."""
AFTER = [(0, 30, 2, 201), (1, 31, 2, 202), (2, 32, 1, 203), (4, 33, 2, 204), (5, 34, 2, 205)]


@pytest.fixture(scope="module")
def skill(sales):
    """One offer to each of the customers 0 to 3: 2, 2, 1, 1, of which the last alone is not bought."""
    past = question_at(sales(BEFORE + AFTER), 200 * DAY, 30)
    customer, item = (part.ravel() for part in np.meshgrid(np.arange(4), [1, 2], indexing="ij"))
    found = Candidates(customer=customer, item=item, values=np.zeros((8, 0)))
    chances = np.array([0.2, 0.6, 0.2, 0.5, 0.4, 0.1, 0.3, 0.1])
    return try_offers(past, np.ones(6, dtype=bool), found, chances, each=1, bands=2, seed=7)


def test_first_offers_by_hand(skill):
    assert (skill.customers, skill.first, skill.popularity_first, skill.gain.mean) == (4, 0.75, 0.25, 0.5)


def test_a_category_by_hand(skill):
    """Of four who could be asked about 2 two bought it: both to whom it was offered. Who buys it now is not asked."""
    _, two = skill.categories
    assert (two.item, two.meeting.orders, two.meeting.antecedent, two.meeting.consequent) == (2, 4, 2, 2)
    assert (two.rate, two.base_rate, two.popularity_rate) == (1.0, 0.5, 0.0)
    assert two.meeting.adjusted_lift == 2.0
    assert (two.chance, two.brier, two.base_brier) == pytest.approx((0.55, (0.4**2 + 0.5**2) / 2, 0.25))
    assert two.skill == pytest.approx(1 - 0.205 / 0.25)


def test_another_category_by_hand(skill):
    """Customer 4 may be asked about 1 too; one of five bought it, to whom it was offered."""
    one, _ = skill.categories
    assert (one.meeting.orders, one.rate, one.base_rate, one.popularity_rate) == (5, 0.5, 0.2, 0.5)
    assert one.base_brier == pytest.approx((0.8**2 + 0.2**2) / 2)


def test_who_is_not_among_those_asked_about_counts_nowhere(sales):
    """Customer 4 buys 2 now, and could be asked about 1; left out, four are asked about it."""
    past = question_at(sales(BEFORE + AFTER), 200 * DAY, 30)
    found = Candidates(customer=np.arange(4), item=np.ones(4, dtype=int), values=np.zeros((4, 0)))
    among = np.array([True, True, True, True, False, True])
    [one] = try_offers(past, among, found, np.full(4, 0.2), each=1, bands=2, seed=7).categories
    assert (one.meeting.orders, one.meeting.antecedent) == (4, 4)


def test_who_buys_much_of_everything_is_held_against_those_who_buy_as_much(sales):
    """Customers buy little or much, whatever it is: of those offered it more buy it than of all, and that is all."""
    chance = np.random.default_rng(3)
    rates = chance.gamma(1.5, 0.01, (600, 1)) * np.linspace(0.3, 2, 25)
    visit, customer, item = np.nonzero(chance.random((84, 600, 25)) < np.minimum(1, rates))
    everything = sales(zip(customer, visit * 600 + customer, item, 5 * visit + 0.5, strict=True))
    cuts = [end_of_day(Moment(420 * DAY - 1, "UTC"), days).as_of for days in (30, 60)]
    tested, learned = (question_at(everything, cut, 30) for cut in cuts)
    candidates = [CandidateSource(past.history).everybody((OfferQuestion.EXPLORE,), np.ones(25, dtype=bool))[0]
                  for past in (tested, learned)]
    model = trained([with_answers(learned, candidates[1])], seed=7)
    chances = model.probability(candidates[0].values)
    skill = try_offers(tested, np.ones(600, dtype=bool), candidates[0], chances, each=5, bands=10, seed=7)
    often = [one for one in skill.categories if one.meeting.antecedent >= 50]
    assert len(often) >= 10
    assert np.mean([one.rate / one.base_rate for one in often]) > 1.1
    assert min(one.meeting.p_value for one in often) > 0.05 / len(often)
