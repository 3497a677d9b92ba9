"""Offers of many customers: what learning them and scoring everybody takes, beside the demo's own customers.

The customers of the demo's year stand in a base several times, each copy with its own draw of a quarter of their
orders: ``python -m bench offer_scale``. Printed of each size: seconds, how much longer per customer than with each
once, and the most memory that the process had. Each size has a process of its own.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from bench.bases.imported import imported
from kb.home import Home
from kb.tables.tables import open_tables
from mining.context import MiningContext
from mining.offers import offer_miner
from mining.sales import Sales
from ontology.extension import extension_turtle
from ontology.schema import schema_of

COPIES = (1, 10, 40)
SHARE = 0.25
SEED = 7


class EnlargedContext(MiningContext):
    """A context whose customers stand in it several times."""

    copies = 1

    @property
    def sales(self) -> Sales:
        """What every copy of a customer bought."""
        if self._sales is None:
            self._sales = enlarged(super().sales, self.copies)
        return self._sales


def enlarged(sales: Sales, copies: int) -> Sales:
    """Every customer ``copies`` times, each copy with its own draw of a quarter of the orders."""
    chance, size = np.random.default_rng(SEED), int(sales.order.max()) + 1
    kept = [np.flatnonzero((chance.random(size) < SHARE)[sales.order]) for _ in range(copies)]
    columns = {name: np.concatenate([getattr(sales, name)[rows] for rows in kept]) for name in ("category", "at")}
    for name, step in (("order", size), ("customer", len(sales.customers))):
        columns[name] = np.concatenate([getattr(sales, name)[rows] + step * n for n, rows in enumerate(kept)])
    keys = tuple(f"{key}-{n:02}" for n in range(copies) for key in sales.customers)
    return Sales(**columns, customers=keys, categories=sales.categories)


def measure(home: Path, copies: int) -> None:
    """One size: its customers, lines, seconds and megabytes, on one line."""
    with open_tables(home) as tables, threadpool_limits(limits=1):
        schema = schema_of(extension_turtle(tables.attributes, tables.words))
        context = EnlargedContext(tables, Home(home).base().moment(), seed=SEED, schema=schema)
        context.copies = copies
        lines = len(context.sales.at)
        begun = time.perf_counter()
        offer_miner.mine(context, offer_miner.OfferLimits())
        seconds = time.perf_counter() - begun
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(len(context.sales.customers), lines, seconds, most)


def main() -> None:
    home = next(imported())
    print(f"{'customers':>10}{'lines':>13}{'seconds':>9}{'per customer':>14}{'most MB':>9}")
    per_customer = None
    for copies in COPIES:
        told = subprocess.run([sys.executable, "-W", "ignore", "-m", "bench.offer_scale", str(home), str(copies)],  # noqa: S603
                              check=True, capture_output=True, text=True).stdout.split()
        customers, lines, seconds, most = int(told[0]), int(told[1]), float(told[2]), int(told[3])
        per_customer = per_customer or seconds / customers
        print(f"{customers:>10,}{lines:>13,}{seconds:>9.1f}{seconds / customers / per_customer:>13.2f}x{most:>9,}")


if __name__ == "__main__":
    measure(Path(sys.argv[1]), int(sys.argv[2]))
