"""The gain of one method over another with its interval."""

import numpy as np
import pytest

from mining.offers.paired_gain import paired_gain


def test_a_gain_is_paired_and_its_interval_is_the_bootstraps():
    """Of 100 customers 20 gain and none lose: .2, within two standard errors of .04."""
    values, reference = np.arange(100) < 60, np.arange(100) < 40
    gain = paired_gain(values, reference, seed=1)
    assert gain.mean == pytest.approx(0.2)
    assert gain.low == pytest.approx(0.12, abs=0.02)
    assert gain.high == pytest.approx(0.28, abs=0.02)
    assert paired_gain(values, values, seed=1).low == 0
