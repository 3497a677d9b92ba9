"""Eclat against counts by hand, against mlxtend and against published figures."""

import gzip
from math import ceil

import numpy as np
import pandas as pd
import pytest
from mlxtend.frequent_patterns import fpgrowth
from scipy import sparse

from mining.itemsets import Baskets, Caps, bit_count, frequent_itemsets, pack, to_baskets


@pytest.mark.parametrize(("lists", "least", "expected"), [
    ([], 1, {}),
    ([[]], 1, {}),
    ([[3]], 1, {(3,): 1}),
    ([[0, 1], [0, 1]], 2, {(0,): 2, (1,): 2, (0, 1): 2}),
    ([[0, 1], [0], [1]], 2, {(0,): 2, (1,): 2}),
    ([[0, 0, 1]], 1, {(0,): 1, (1,): 1, (0, 1): 1}),
    ([[0, 1, 2], [0, 1, 2], [0, 1]], 2,
     {(0,): 3, (1,): 3, (2,): 2, (0, 1): 3, (0, 2): 2, (1, 2): 2, (0, 1, 2): 2}),
])
def test_counts_are_those_counted_by_hand(lists, least, expected):
    assert frequent_itemsets(to_baskets(lists, items=4), least).counts == expected


@pytest.mark.parametrize("seed", range(4))
def test_itemsets_are_those_of_fpgrowth(seed, shopping):
    lists = shopping(seed, 300, items=25)
    baskets = to_baskets(lists, items=25)
    frame = pd.DataFrame(baskets.toarray().astype(bool))
    theirs = {tuple(sorted(row.itemsets)): round(row.support * 300)
              for row in fpgrowth(frame, min_support=0.03).itertuples()}
    assert frequent_itemsets(baskets, ceil(0.03 * 300)).counts == theirs


def test_a_long_basket_keeps_its_most_frequent_items_and_says_so():
    found = frequent_itemsets(to_baskets([[0, 1, 2], [0], [1]], items=3), 1, caps=Caps(basket_length=2))
    assert (2,) not in found.counts
    assert found.counts[0, 1] == 1
    assert "1 baskets held more than 2 items" in found.notes[0].en


def test_the_cap_on_itemsets_says_that_it_bit():
    found = frequent_itemsets(to_baskets([[0, 1, 2, 3]], items=4), 1, caps=Caps(itemsets=5))
    assert len(found.counts) == 5
    assert "more than 5 frequent itemsets" in found.notes[0].en


@pytest.mark.parametrize("length", [1, 2, 3])
def test_no_itemset_is_longer_than_the_cap(length):
    found = frequent_itemsets(to_baskets([[0, 1, 2, 3]] * 2, items=4), 1, caps=Caps(length=length))
    assert max(map(len, found.counts)) == length
    assert not found.notes


def test_every_bit_of_a_word_is_used():
    baskets = to_baskets([[0]] * 65, items=1)
    assert bit_count(pack(baskets)).tolist() == [65]
    assert pack(baskets).shape == (1, 2)


def test_a_basket_matrix_keeps_its_own_data():
    baskets = Baskets(sparse.csr_matrix(np.array([[1, 1], [1, 0]], dtype=np.int32)))
    before = baskets.toarray().copy()
    frequent_itemsets(baskets, 1, caps=Caps(basket_length=1))
    assert (baskets.toarray() == before).all()


@pytest.mark.shared_data
@pytest.mark.parametrize(("share", "published"), [(0.01, 159), (0.005, 580), (0.001, 7_589)])
def test_the_published_counts_of_the_belgian_retailer(shared_data, share, published):
    with gzip.open(shared_data / "retail.dat.gz", "rt") as lines:
        lists = [[int(item) for item in line.split()] for line in lines]
    baskets = to_baskets(lists, items=16_470)
    assert len(frequent_itemsets(baskets, ceil(share * len(lists))).counts) == published
