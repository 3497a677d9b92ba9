from hypothesis import given, settings
from hypothesis import strategies as st

from kb.experiments.bucketing import is_drawn, lot

NAMES = st.text(min_size=1, max_size=12)
KEYS = st.text("0123456789abcdef", min_size=32, max_size=32).map("c{}".format)
SHARES = st.floats(0.0, 1.0)


@given(NAMES, KEYS)
def test_a_lot_is_the_same_at_every_call_and_never_one(name, key):
    assert 0.0 <= lot(name, key) == lot(name, key) < 1.0


@given(NAMES, KEYS, SHARES, SHARES)
def test_a_greater_share_keeps_who_was_drawn_before(name, key, one, other):
    small, great = sorted((one, other))
    assert is_drawn(name, key, great) or not is_drawn(name, key, small)


@settings(max_examples=20)
@given(NAMES, st.integers(0, 10**9), st.sampled_from([0.05, 0.1, 0.3, 0.5]))
def test_about_the_share_is_drawn(name, first, share):
    """4,000 customers: six standard deviations are below 5 points, so that a fair lot does not fail by chance."""
    drawn = sum(is_drawn(name, f"c{number}", share) for number in range(first, first + 4_000))
    assert abs(drawn / 4_000 - share) < 0.05


def test_two_drawings_are_independent_of_each_other():
    keys = [f"c{number}" for number in range(4_000)]
    both = sum(is_drawn("spring", key, 0.5) and is_drawn("autumn", key, 0.5) for key in keys)
    assert abs(both / 4_000 - 0.25) < 0.04


def test_a_lot_does_not_change_between_versions():
    """Figures written down once: if they change, running holdouts and challengers change their customers."""
    assert [round(lot(name, "c1"), 6) for name in ("spring", "autumn")] == [0.142823, 0.247843]
