"""Sales made of (customer, order, item, day) rows."""

from collections.abc import Callable

import numpy as np
import pytest

from mining.sales import Sales

DAY = 86_400


@pytest.fixture(scope="session")
def sales() -> Callable[..., Sales]:
    """Customers, orders and items are numbers from 0 on."""
    def make(rows, customers=None, items=None):
        customer, order, item, day = (np.array(column) for column in zip(*rows, strict=True))
        return Sales(order=order, customer=customer, category=item, at=np.array(day * DAY, dtype=np.int64),
                     customers=tuple(f"c{n}" for n in range(customers or customer.max() + 1)),
                     categories=tuple(f"I{n}" for n in range(items or item.max() + 1)))

    return make


@pytest.fixture(scope="session")
def regulars(sales) -> Callable[..., Sales]:
    """240 customers who come every fifth day of 420 and buy a staple, and each of 20 things at a rate of their own."""
    def make(seed=1):
        chance = np.random.default_rng(seed)
        rates = chance.beta(0.3, 12, (240, 21))
        rates[:, 0] = 0.9
        bought = chance.random((84, 240, 21)) < rates
        visit, customer, item = np.nonzero(bought)
        return sales(zip(customer, visit * 240 + customer, item, 5 * visit + 0.5, strict=True))

    return make
