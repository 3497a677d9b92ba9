"""Customers drawn from known parameters, and the CDNOW purchases."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench import value
from mining.value.purchase_histories import PurchaseDays


@pytest.fixture(scope="session")
def drawn():
    """Purchases of customers who order and leave as the two models say, from day 0 on."""
    def make(people=4_000, until=400, rates=(0.6, 30.0, 0.8, 3.0), values=(6.0, 4.0, 15.0), seed=3):
        chance = np.random.default_rng(seed)
        (r, alpha, a, b), (p, q, gamma) = rates, values
        rows = []
        for person in range(people):
            rate, leaves = chance.gamma(r) / alpha, chance.beta(a, b)
            scale = chance.gamma(q) / gamma
            day = float(chance.integers(0, 100))
            while day < until:
                rows.append((f"c{person:05}", int(day), chance.gamma(p) / scale))
                if rows[-2:-1] and rows[-2][0] == rows[-1][0] and chance.random() < leaves:
                    break
                day += chance.exponential(1 / rate)
        return PurchaseDays.of(*zip(*rows, strict=True))

    return make


@pytest.fixture(scope="session")
def customer():
    """One customer of so many repeats, days to the last, age, valued orders and their value, for the models."""
    def make(repeats, last, age, valued=1.0, total=1.0):
        columns = {"repeats": repeats, "last": last, "age": age, "valued": valued, "value": total, "net": total}
        return SimpleNamespace(index=np.zeros(1, int), **{name: np.array([float(v)]) for name, v in columns.items()})

    return make


@pytest.fixture(scope="session")
def cdnow(shared_data):
    assert shared_data == value.CDNOW.parent
    return value.cdnow()


@pytest.fixture(scope="session")
def cdnow_sample(cdnow):
    """Which CDNOW customers are in the published tenth."""
    ids = (Path(__file__).parent / "cdnow_sample.txt").read_text().split()
    assert len(ids) == 2_357
    return np.isin(np.array(cdnow.keys), ids)
