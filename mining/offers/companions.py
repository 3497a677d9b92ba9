"""What a customer buys that an offer goes with."""

import numpy as np
from scipy import sparse

from mining.arrays import Flags, Floats, Ints
from mining.offers.offer_skill import Offers

_LEAST_PART = 0.05  # of the item's affinity to itself: what goes with it less is nothing to tell


def companions(latent: tuple[sparse.csr_matrix, Floats], offers: Offers, offerable: Flags) -> Ints:
    """Of each offer, the item of the customer's own that gives it the most of its affinity; -1 where none does.

    Args:
        latent: Customers x items as they are factored, and items x factors, as of ``CandidateSource``.
        offers: Of any customers.
        offerable: Which items may be named beside another: not those that say something of health, say.
    """
    own, factors = latent
    near = _nearness(factors, offerable)
    best = np.full(len(offers.customer), -1)
    for customer in np.unique(offers.customer).tolist():
        rows = slice(*np.searchsorted(offers.customer, (customer, customer + 1)))
        held = slice(*own.indptr[customer:customer + 2])  # a row of its own costs more than all that is done with it
        items = own.indices[held]
        if len(items):
            parts = near[np.ix_(offers.item[rows], items)] * own.data[held]
            best[rows] = np.where(parts.max(axis=1) > 0, items[parts.argmax(axis=1)], -1)
    return best


def _nearness(factors: Floats, offerable: Flags) -> Floats:
    """Items x items: how much the column's purchase speaks for the row; 0 for the item itself and what is not named."""
    near = factors @ factors.T
    strength = near.diagonal().copy()
    near[near < _LEAST_PART * strength[:, None]] = 0.0
    np.fill_diagonal(near, 0.0)
    near[:, ~offerable] = 0.0
    named: Floats = near
    return named
