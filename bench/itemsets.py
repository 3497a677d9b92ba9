"""Frequent itemsets beside mlxtend's FP-growth in one run, and how the time grows with ten times the baskets."""

import gzip
import sys
import time
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]  # its stubs are a package of their own
from mlxtend.frequent_patterns import fpgrowth
from scipy import sparse

from mining.itemsets import Baskets, frequent_itemsets, to_baskets

RETAIL = Path(__file__).resolve().parents[2] / "shared" / "data" / "retail.dat.gz"
SHARES = (0.01, 0.005, 0.001)
ROUNDS = 3


def main() -> None:
    if not RETAIL.is_file():
        print(f"no {RETAIL.name} in ../shared/data: nothing measured", file=sys.stderr)
        return
    with gzip.open(RETAIL, "rt") as lines:
        lists = [[int(item) for item in line.split()] for line in lines]
    baskets = to_baskets(lists, items=max(map(max, lists)) + 1)
    tenfold = Baskets(sparse.vstack([baskets] * 10, format="csr"))
    print(f"{'support':>8}{'itemsets':>10}{'mlxtend':>10}{'ours, s':>9}{'mlxtend, s':>12}{'ratio':>8}{'10x, s':>8}"
          f"{'growth':>8}")
    for share in SHARES:
        _compare(baskets, tenfold, share)


def _compare(baskets: Baskets, tenfold: Baskets, share: float) -> None:
    least = ceil(share * baskets.shape[0])
    ours, seconds = _timed(lambda: frequent_itemsets(baskets, least).counts, ROUNDS)
    theirs, their_seconds = _timed(lambda: _fpgrowth(baskets, share), 1)
    _, ten = _timed(lambda: frequent_itemsets(tenfold, 10 * least).counts, 1)
    print(f"{share:8.1%}{len(ours):10,}{len(theirs):10,}{seconds:9.3f}{their_seconds:12.3f}"
          f"{their_seconds / seconds:7.0f}x{ten:8.3f}{ten / seconds:7.1f}x")


def _fpgrowth(baskets: Baskets, share: float) -> Any:
    frame = pd.DataFrame.sparse.from_spmatrix(baskets.astype(bool))
    frame.columns = frame.columns.astype(str)
    return fpgrowth(frame, min_support=share)


def _timed(work: Callable[[], Any], rounds: int) -> tuple[Any, float]:
    """The result, and the shortest of so many rounds."""
    shortest = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        result = work()
        shortest = min(shortest, time.perf_counter() - begun)
    return result, shortest


if __name__ == "__main__":
    main()
