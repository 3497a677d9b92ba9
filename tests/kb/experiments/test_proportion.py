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
    ((56, 70), (48, 80), 0.2, -0.0760, 0.4760),
    ((560, 700), (480, 800), 0.2, 0.1254, 0.2746),
    ((0, 40), (0, 40), 0.0, -0.1000, 0.1000),
    ((10, 10), (0, 10), 1.0, -0.5358, 1.0),
])
def test_the_interval_of_a_difference_is_so_many_errors_wide_as_the_sequence_says(one, other, found, low, high):
    """By hand: 480 of 800 and 560 of 700 are 1,041 of 1,502: .2127; 3.02 * (.2127 / 700 + .24 / 800)**.5 = .0743."""
    told, interval = difference(*(Proportion(hits=hits, size=size) for hits, size in (one, other)))
    assert told == pytest.approx(found)
    assert interval == pytest.approx((low, high), abs=2e-3)


def test_the_interval_that_may_be_read_on_any_day_is_wider_than_newcombes():
    """Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10, case (a): .0524 to .3339, read once."""
    _, (low, high) = difference(Proportion(hits=56, size=70), Proportion(hits=48, size=80))
    assert low < 0.0524
    assert high > 0.3339


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
