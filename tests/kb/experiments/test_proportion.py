import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from kb.experiments.proportion import Proportion, difference

COUNTS = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(
    lambda pair: Proportion(hits=min(pair), size=max(pair)))


@pytest.mark.parametrize(("hits", "size", "low", "high"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718),
    (20, 20, 0.8389, 1.0), (0, 0, 0.0, 1.0),
])
def test_the_interval_of_a_share_is_wilsons(hits, size, low, high):
    """The first four are Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3."""
    assert Proportion(hits=hits, size=size).interval == pytest.approx((low, high), abs=5e-5)


@given(COUNTS.filter(lambda counted: counted.size))
def test_the_interval_of_a_share_is_that_of_scipy(counted):
    peer = binomtest(counted.hits, counted.size).proportion_ci(method="wilson")
    assert counted.interval == pytest.approx((peer.low, peer.high), abs=1e-12)


@pytest.mark.parametrize(("one", "other", "found", "low", "high"), [
    ((56, 70), (48, 80), 0.2, 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.6, 0.1705, 0.8090),
    ((6, 7), (2, 7), 4 / 7, 0.0582, 0.8062),
    ((5, 56), (0, 29), 5 / 56, -0.0381, 0.1926),
    ((0, 10), (0, 20), 0.0, -0.1611, 0.2775),
    ((10, 10), (0, 10), 1.0, 0.6075, 1.0),
])
def test_the_interval_of_a_difference_is_newcombes(one, other, found, low, high):
    """Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10."""
    sides = (Proportion(hits=hits, size=size) for hits, size in (one, other))
    told, interval = difference(*sides)
    assert told == pytest.approx(found)
    assert interval == pytest.approx((low, high), abs=5e-5)


def test_of_nobody_there_is_no_rate_and_no_difference():
    assert Proportion(hits=0, size=0).rate is None
    assert difference(Proportion(hits=0, size=0), Proportion(hits=1, size=2)) is None


@given(COUNTS, COUNTS)
def test_a_difference_lies_in_its_interval_and_turns_its_sign_with_the_sides(one, other):
    found, turned = difference(one, other), difference(other, one)
    if found is None:
        assert turned is None
        return
    told, (low, high) = found
    assert low - 1e-12 <= told <= high + 1e-12
    assert (turned[0], turned[1]) == (pytest.approx(-told), pytest.approx((-high, -low)))


@pytest.mark.parametrize(("hits", "size"), [(2, 1), (-1, 1)])
def test_more_hits_than_customers_are_refused(hits, size):
    with pytest.raises(ValueError, match="hits"):
        Proportion(hits=hits, size=size)
