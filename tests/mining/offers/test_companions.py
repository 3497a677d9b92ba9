"""What a customer buys that an offer goes with: of their own, named beside another, never the offer itself."""

import numpy as np
import pytest
from scipy import sparse

from mining.offers.companions import companions
from mining.offers.offer_skill import Offers

PASTA, SAUCE, SOAP, PILLS = range(4)
FACTORS = np.array([[0.8, 0.1], [0.7, 0.0], [0.0, 0.9], [0.9, 0.0]])
"""Pasta, sauce and pills go together, pills most of all; soap goes with pasta a little."""
OWN = sparse.csr_matrix(np.array([[0.5, 0.0, 0.0, 0.5], [0.0, 0.0, 0.7, 0.0], [0.0, 0.0, 0.0, 0.0]]))
"""The first customer buys pasta and pills, the second soap, the third nothing that is factored."""
ALL, NO_PILLS = np.ones(4, dtype=bool), np.array([True, True, True, False])


def offers(*pairs):
    customer, item = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True)) if pairs else (
        np.empty(0, dtype=np.int64),) * 2
    return Offers(customer=customer, item=item, place=np.zeros(len(item)), chance=np.full(len(item), 0.2))


@pytest.mark.parametrize(("offered", "offerable", "named"), [
    ((0, SAUCE), ALL, PILLS),
    ((0, SAUCE), NO_PILLS, PASTA),   # what says something of health is not named
    ((1, SAUCE), ALL, -1),           # soap does not speak for sauce
    ((1, PASTA), ALL, SOAP),
    ((0, PASTA), NO_PILLS, -1),      # an offer is not its own companion
    ((2, SAUCE), ALL, -1),           # of whom nothing is known
])
def test_the_companion_is_what_of_theirs_speaks_most_for_the_offer(offered, offerable, named):
    assert companions((OWN, FACTORS), offers(offered), offerable).tolist() == [named]


def test_each_offer_of_each_customer_has_its_own():
    made = offers((0, SAUCE), (0, SOAP), (1, PASTA), (2, PASTA))
    assert companions((OWN, FACTORS), made, NO_PILLS).tolist() == [PASTA, PASTA, SOAP, -1]


def test_without_offers_there_is_nothing_to_name():
    assert companions((OWN, FACTORS), offers(), ALL).tolist() == []
