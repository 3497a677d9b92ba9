"""Each baseline on a case that a reader can compute, and the neighbours beside the matrix that is never made."""

import numpy as np
import pytest

from mining.offers.baselines import (
    BASELINES,
    PRIOR_ORDERS,
    frequency_with_popularity,
    item_knn,
    most_overdue,
    own_history,
    popularity,
    references,
    strongest,
    strongest_of,
    tifu_knn,
)
from mining.offers.history import history_of

AT = 200 * 86_400
ALL = slice(0, 3)


@pytest.fixture
def history(sales):
    rows = [(0, 0, 0, 150), (0, 1, 0, 160), (0, 1, 1, 160), (1, 2, 0, 170), (1, 2, 2, 170), (2, 3, 2, 180)]
    return history_of(sales(rows), np.full(3, AT))


def test_popularity_is_the_share_of_customers(history):
    np.testing.assert_allclose(popularity(history)(ALL), [[2 / 3, 1 / 3, 2 / 3]] * 3)


def test_own_history_counts_orders_and_popularity_decides_among_equals(history):
    ranked = np.argsort(-own_history(history)(ALL), axis=1)
    assert ranked[0].tolist() == [0, 1, 2]
    assert ranked[2].tolist() == [2, 0, 1]


def test_the_most_overdue_has_waited_longest_by_the_usual_gap(history):
    """Of item 0 customer 0 had orders 50 and 40 days ago, ten days apart: four gaps."""
    assert most_overdue(history)(ALL).tolist() == [[4, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_the_prior_is_worth_ten_orders(history):
    scores = frequency_with_popularity(history)(ALL)
    np.testing.assert_allclose(scores[0, 0], (2 + PRIOR_ORDERS * 2 / 3) / (2 + PRIOR_ORDERS))


def test_item_knn_equals_the_mean_cosine_of_the_full_matrix(regulars):
    history = history_of(regulars(), np.full(240, AT))
    bought = (history.matrix(history.orders).toarray() > 0).astype(float)
    norm = np.sqrt(np.maximum(1, bought.sum(axis=0)))
    cosine = bought.T @ bought / np.outer(norm, norm)
    np.fill_diagonal(cosine, 0)
    now = history.matrix(history.is_recent).toarray()
    expected = now @ cosine / now.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(item_knn(history)(slice(0, 240)), expected, atol=1e-9)


def test_tifu_adds_the_neighbours_mean_to_the_own_frequencies(history):
    own = history.matrix(history.decayed).toarray()
    others = np.stack([own[[1, 2]].mean(axis=0), own[[0, 2]].mean(axis=0), own[[0, 1]].mean(axis=0)])
    np.testing.assert_allclose(tifu_knn(history)(ALL), 0.2 * own + 0.8 * others)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.04, 0.2, 1.0])
def test_the_strongest_are_the_same_whether_few_or_many_are_looked_at(share):
    chance = np.random.default_rng(3)
    some, values = chance.random((50, 400)) < share, chance.integers(30, size=(50, 400)) / 7
    expected = strongest(np.where(some, values, -np.inf), 5)
    assert strongest_of(some, values, 5).tolist() == expected.tolist()
    assert (strongest_of(some, values, 5).sum(axis=1) >= np.minimum(5, some.sum(axis=1))).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_slice_is_scored_as_in_the_whole(regulars, name):
    history = history_of(regulars(), np.full(240, AT))
    score = BASELINES[name](history)
    np.testing.assert_allclose(score(slice(100, 140)), score(slice(0, 240))[100:140], atol=1e-9)


def test_in_a_large_base_likeness_is_sought_among_the_same_customers_whatever_they_are_called(sales):
    """Keys are keyed hashes: their order says nothing, and another base with the same data has another."""
    chance = np.random.default_rng(5)
    size = 3_000
    rows = [(who, 10 * who + n, int(chance.integers(40)), int(chance.integers(100, 199)))
            for who in range(size) for n in range(int(chance.integers(1, 5)))]
    renamed = chance.permutation(size)
    bases = [history_of(sales([(new[who], order, item, day) for who, order, item, day in rows]), np.full(size, AT))
             for new in (np.arange(size), renamed)]
    one, other = ([bought(history, who) for who in references(history).tolist()] for history in bases)
    assert len(one) == 2_500
    assert one == other


def bought(history, customer):
    """What one customer bought, and when."""
    rows = history.customer == customer
    return list(zip(history.item[rows].tolist(), history.last_age[rows].tolist(), strict=True))
